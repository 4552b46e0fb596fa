-- name: settings
-- Values as text are the same on every server then, and neither side ends a long copy, or waits long for a lock. Servers of one database
-- are asked one after the other (`transactions.begin`).
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = '10s';
SET LOCAL citus.multi_shard_modify_mode = 'sequential';

-- name: snapshot
-- Everything is read as of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: with_temporary_tables
-- Likewise, but temporary tables can be made. Before the first look.
SET TRANSACTION READ WRITE;

-- name: tables
-- The tables, with those columns that are not computed from others, in their order.
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname
ORDER BY c.relname COLLATE "C";

-- name: references
-- Which table points to which: the second has to be there first.
SELECT DISTINCT f.conrelid::regclass::text, f.confrelid::regclass::text FROM pg_constraint AS f
WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace AND f.conrelid <> f.confrelid;

-- name: try_lock
-- A lock that two sessions cannot have in one database.
SELECT pg_try_advisory_xact_lock(%(number)s);
