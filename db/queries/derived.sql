-- name: sources
-- The tables and materialized views that each of these materialized views reads, also through plain views.
WITH RECURSIVE reading (view, relation) AS (
    SELECT v.oid, d.refobjid
    FROM pg_class AS v
    JOIN pg_rewrite AS r ON r.ev_class = v.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
    WHERE v.relkind = 'm' AND v.relnamespace = current_schema()::regnamespace AND v.relname = ANY(%(views)s)
    UNION
    SELECT g.view, d.refobjid
    FROM reading AS g
    JOIN pg_class AS c ON c.oid = g.relation AND c.relkind = 'v'
    JOIN pg_rewrite AS r ON r.ev_class = c.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
)
SELECT v.relname, array_agg(DISTINCT c.relname::text)
FROM reading AS g
JOIN pg_class AS v ON v.oid = g.view
JOIN pg_class AS c ON c.oid = g.relation AND c.relkind IN ('r', 'p', 'm')
GROUP BY v.relname;

-- name: versions
-- What tells whether these tables are what they were. Of listeners and settings it is what views read of them: they are stamped by every run.
SELECT name, CASE
    WHEN name = 'users' THEN (SELECT md5(string_agg(concat_ws(' ', user_id, market, time_zone), ' ' ORDER BY user_id)) FROM users)
    WHEN name = 'app_settings' THEN (SELECT md5(string_agg(concat_ws(' ', user_id, key, value), ' ' ORDER BY user_id, key)) FROM app_settings)
    WHEN (SELECT c.relispopulated FROM pg_class AS c WHERE c.oid = name::regclass) THEN row_versions(name::regclass)
    ELSE 'not filled yet'
END
FROM unnest(%(names)s::text[]) AS name;

-- name: made_from
-- What everything was made from.
SELECT relation, versions FROM derived_from;

-- name: note_made_from
-- What one of them was made from now, and what it is itself.
INSERT INTO derived_from (relation, versions)
VALUES (%(relation)s, %(versions)s::jsonb || jsonb_build_object(%(relation)s::text, row_versions(%(relation)s::regclass)))
ON CONFLICT (relation) DO UPDATE SET versions = EXCLUDED.versions
RETURNING versions;

-- name: forget_made_from
-- Everything is made again.
DELETE FROM derived_from;

-- name: grown
-- Of these those tables that the planner takes for others than they are: a tenth of their rows, and more than a hundred, were written since it was told.
SELECT c.relname FROM pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
WHERE s.schemaname = current_schema() AND s.relname = ANY(%(names)s) AND c.relkind = 'r' AND (c.reltuples < 0 OR s.n_mod_since_analyze > 100 + c.reltuples / 10);
