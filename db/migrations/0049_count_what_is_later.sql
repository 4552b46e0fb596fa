-- How many rows a table has, and the sum of the transactions that wrote them: another pair after any change of it, since a row that is
-- written anew is of a later transaction than all that were there. It is told from their ages, which are numbers: to read each transaction's own
-- as one takes four times as long.
CREATE OR REPLACE FUNCTION row_versions(relation regclass) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    versions text;
BEGIN
    EXECUTE format('SELECT count(*) || '' '' || count(*) * age(''3''::xid) - COALESCE(sum(age(xmin)), 0) FROM %s', relation) INTO versions;
    RETURN versions;
END
$$;

-- When the last play was that is counted in heard_since: what is later than that is added to it, without a look at the plays before. NULL: not known.
ALTER TABLE heard_until ADD COLUMN counted_to timestamptz;
