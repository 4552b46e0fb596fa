"""Citus as `./run db distribute` asks it, for a database that has none: nothing moves, what is asked is kept, and what Citus would refuse is refused."""

from contextlib import closing

import psycopg2
from psycopg2.extensions import parse_dsn

from tests.conftest import execute

FUNCTIONS = """
CREATE SCHEMA citus_fake;
CREATE TABLE citus_fake.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char", partkey text, beside text);
CREATE TABLE citus_fake.asked (number integer GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION citus_fake.citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus 14.0.1 on nothing' $$;
CREATE FUNCTION citus_fake.citus_get_active_worker_nodes() RETURNS SETOF text LANGUAGE sql AS $$ VALUES ('one'), ('two') $$;

CREATE FUNCTION citus_fake.place(relation regclass, method "char", key text, beside text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM citus_fake.pg_dist_partition WHERE logicalrelid = relation) THEN
        RAISE EXCEPTION 'table % is already distributed', relation;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal) THEN
        RAISE EXCEPTION 'cannot distribute relation % because it has triggers', relation;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_policies WHERE schemaname || '.' || tablename = 'public.' || relation::text AND qual LIKE '%SELECT%') THEN
        RAISE EXCEPTION 'cannot create policy: subqueries are not supported in policies on distributed tables';
    END IF;
    IF method = 'h' AND EXISTS (
        SELECT 1 FROM pg_index AS i WHERE i.indrelid = relation AND i.indisunique AND NOT EXISTS (
            SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = key AND a.attnum = ANY(i.indkey))) THEN
        RAISE EXCEPTION 'cannot create constraint on %: distributed relations cannot have UNIQUE without the partition column', relation;
    END IF;
    INSERT INTO citus_fake.asked (what) VALUES (method::text || ' ' || relation::text);
    INSERT INTO citus_fake.pg_dist_partition VALUES (relation, method, key, beside);
END $$;
CREATE FUNCTION citus_fake.create_distributed_table(table_name regclass, distribution_column text, colocate_with text DEFAULT 'default')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF colocate_with <> 'none' AND to_regclass(colocate_with) NOT IN (SELECT logicalrelid FROM citus_fake.pg_dist_partition) THEN
        RAISE EXCEPTION 'relation % is not distributed', colocate_with;
    END IF;
    PERFORM citus_fake.place(table_name, 'h', distribution_column, colocate_with);
END $$;
CREATE FUNCTION citus_fake.create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS $$
    SELECT citus_fake.place(table_name, 'n', NULL, NULL) $$;
CREATE FUNCTION citus_fake.undistribute_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'f' AND table_name IN (conrelid, confrelid)) THEN
        RAISE EXCEPTION 'cannot complete operation because table % has a foreign key', table_name;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = table_name AND attidentity <> '') THEN -- also of a column that is gone
        RAISE EXCEPTION 'cannot complete operation on a table with identity column';
    END IF;
    DELETE FROM citus_fake.pg_dist_partition WHERE logicalrelid = table_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'cannot undistribute table % because the table is not distributed', table_name;
    END IF;
    INSERT INTO citus_fake.asked (what) VALUES ('undistribute ' || table_name::text);
END $$;
CREATE FUNCTION citus_fake.truncate_local_data_after_distributing_table(function_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF function_name NOT IN (SELECT logicalrelid FROM citus_fake.pg_dist_partition) THEN
        RAISE EXCEPTION 'supplied parameter is not a distributed relation';
    END IF;
    IF EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = function_name
               AND conrelid NOT IN (SELECT logicalrelid FROM citus_fake.pg_dist_partition)) THEN
        RAISE EXCEPTION 'cannot truncate a table referenced in a foreign key constraint by a local table';
    END IF;
    INSERT INTO citus_fake.asked (what) VALUES ('free ' || function_name::text);
END $$;
CREATE FUNCTION citus_fake.forget_dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM citus_fake.pg_dist_partition WHERE logicalrelid NOT IN (SELECT oid FROM pg_class);
END $$;
CREATE EVENT TRIGGER forget_dropped ON sql_drop EXECUTE FUNCTION citus_fake.forget_dropped();
"""


def pretend(dsn: str) -> None:
    """Put it into a database, behind everything that is ours."""
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
    execute(dsn, f"ALTER DATABASE {parse_dsn(dsn)['dbname']} SET search_path TO public, citus_fake")
