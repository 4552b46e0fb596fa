-- name: clock
-- The time by the database's clock.
SELECT clock_timestamp();

-- name: knows_time_zone
-- Whether the database knows a time zone.
SELECT EXISTS (SELECT 1 FROM pg_timezone_names WHERE name = %(name)s);

-- name: active_listeners
-- How many listeners are not paused.
SELECT count(*) FROM users WHERE is_active;

-- name: writing
-- Whether this is a replica, and whether transactions of this login are read-only unless they say otherwise.
SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on';

-- name: rights
-- What this login may do: make tables, and temporary ones; and which of our own tables and views (those of the owner of
-- schema_migrations) it may not read and write, or not refresh.
WITH ours AS (
    SELECT c.oid, c.relname::text AS name, c.relkind, c.relowner FROM pg_class AS c
    JOIN pg_class AS m ON m.oid = to_regclass('schema_migrations') AND m.relowner = c.relowner AND m.relnamespace = c.relnamespace
)
SELECT
    COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false),
    has_database_privilege(current_database(), 'TEMPORARY'),
    ARRAY(SELECT name FROM ours WHERE relkind = 'r' AND NOT (
        has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) ORDER BY name),
    ARRAY(SELECT name FROM ours WHERE relkind = 'm' AND NOT pg_has_role(relowner, 'USAGE') ORDER BY name);

-- name: size
-- How many bytes this database takes on the server's disk.
SELECT pg_database_size(current_database());

-- name: take_lock
-- A lock that goes with the transaction; whether it was free.
SELECT pg_try_advisory_xact_lock(hashtextextended('doctor', 0));

-- name: stored_consents
-- How many consents are stored.
SELECT count(*) FROM users WHERE consent_flow IS NOT NULL;

-- name: consents
-- The stored consents of listeners who are not paused: since when they count, and what is wrong with them.
SELECT user_id, name, authorized_at, auth_status FROM users WHERE consent_flow IS NOT NULL AND is_active ORDER BY name;
