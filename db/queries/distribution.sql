-- name: is_out
-- Whether what is derived is stored as tables that are spread over several servers.
SELECT EXISTS (SELECT 1 FROM distribution WHERE command = '@tables' AND done_at IS NOT NULL);

-- name: is_made
-- Whether there is a place for the plan: an older schema has none.
SELECT to_regclass('distribution') IS NOT NULL;

-- name: definition_of_view
-- The text of a view that a migration has made.
SELECT pg_get_viewdef(%(name)s::regclass, true);

-- name: columns
-- Of a table, in their order, each with its type.
SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = %(name)s::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attnum;

-- name: lock_rows
-- One at a time refreshes the rows of a listener in a derived table, or those of everybody.
SELECT pg_advisory_xact_lock(hashtextextended(%(what)s, 0));

-- name: steps
-- What is done and what is to be done, in its order.
SELECT position, about, command, undo, done_at IS NOT NULL AS is_done FROM distribution ORDER BY position;

-- name: plan
-- A step of the plan, behind all others.
INSERT INTO distribution (position, about, command, undo)
SELECT COALESCE(max(position), 0) + 1, %(about)s, %(command)s, %(undo)s FROM distribution;

-- name: note
-- A step that a migration has done.
INSERT INTO distribution (position, about, command, undo, done_at)
SELECT COALESCE(max(position), 0) + 1, %(about)s, %(command)s, %(undo)s, now() FROM distribution;

-- name: done
-- The step is done, or taken back, as part of its transaction.
UPDATE distribution SET done_at = CASE WHEN %(is_done)s THEN now() END WHERE position = %(position)s;

-- name: forget
-- Everything is taken back.
DELETE FROM distribution;

-- name: begin
-- No script begins from now on: its first look at the schema refuses this.
INSERT INTO schema_migrations (version, name, checksum) VALUES (0, 'distribution', '') ON CONFLICT (version) DO NOTHING;

-- name: end
-- Scripts may begin again.
DELETE FROM schema_migrations WHERE version = 0;

-- name: has_citus
-- Whether Citus is there.
SELECT to_regproc('create_distributed_table') IS NOT NULL AND to_regproc('citus_version') IS NOT NULL;

-- name: engine
-- Which version of Citus it is, and how many servers hold rows.
SELECT substring(citus_version() FROM 'Citus (\d+)')::integer, citus_version(), (SELECT count(*) FROM citus_get_active_worker_nodes());

-- name: placed
-- The tables that are not on the first server alone: by a key, or a copy on each.
SELECT logicalrelid::text, partmethod = 'h' FROM pg_dist_partition WHERE partmethod IN ('h', 'n') ORDER BY 1;

-- name: not_ours
-- The tables that belong to another role: only their owner may distribute them.
SELECT tablename FROM pg_tables
WHERE schemaname = current_schema() AND tablename = ANY(%(names)s) AND NOT pg_has_role(tableowner, 'USAGE')
ORDER BY tablename;

-- name: tables
-- The tables that are there.
SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename;

-- name: foreign_keys
-- Which table points to which, by what columns, and how that is said.
SELECT f.conname, f.conrelid::regclass::text AS of_table, f.confrelid::regclass::text AS to_table,
    ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
    pg_get_constraintdef(f.oid) AS definition
FROM pg_constraint AS f
WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace
ORDER BY 2, 1;

-- name: policies
-- What shows a session the rows of one listener, and how that is said.
SELECT tablename, policyname, cmd, qual FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'of_session' ORDER BY tablename;

-- name: once_numbered
-- Tables that once had a column which numbered their rows by itself, and how their keys and indexes are made.
SELECT c.relname,
    ARRAY(SELECT CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                 ELSE concat('ALTER TABLE ', c.relname, ' ADD CONSTRAINT ', k.conname, ' ', pg_get_constraintdef(k.oid)) END
          FROM pg_index AS i LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = c.oid
          WHERE i.indrelid = c.oid ORDER BY i.indexrelid)
FROM pg_class AS c
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    AND EXISTS (SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attisdropped AND a.attidentity <> '')
ORDER BY 1;

-- name: triggers
-- Tables with triggers of their own, which cannot be distributed.
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%(names)s) ORDER BY 1;

-- name: sizes
-- How many rows each table has, about, and how many bytes.
SELECT relname, GREATEST(reltuples, 0)::bigint, pg_total_relation_size(oid)
FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY(%(names)s)
ORDER BY relname;
