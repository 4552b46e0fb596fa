-- name: roles
-- The roles that may read: those that may use the schema of their views.
SELECT r.rolname
FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
JOIN pg_roles AS r ON r.oid = a.grantee
WHERE n.nspname = 'mirror_reader' AND a.privilege_type = 'USAGE' AND a.grantee <> n.nspowner
ORDER BY r.rolname;

-- name: views
-- The views that were made for them.
SELECT c.relname FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'mirror_reader' AND c.relkind = 'v';

-- name: personal_tables
-- The tables that show a session the rows of one listener.
SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'of_session' ORDER BY tablename;

-- name: shown
-- Which of these views there are, and whether each has rows of listeners.
SELECT c.relname, EXISTS (
    SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
) AS is_personal
FROM pg_class AS c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('v', 'm') AND c.relname = ANY(%(names)s)
ORDER BY c.relname;

-- name: known_role
-- A role that exists, and whether it can do more than log in: then it is none for reading alone.
SELECT r.oid, r.rolname = current_user OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
    OR NOT r.rolcanlogin
    OR EXISTS (SELECT 1 FROM pg_auth_members AS m WHERE m.member = r.oid)
    OR EXISTS (SELECT 1 FROM pg_shdepend AS d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o') AS does_more
FROM pg_roles AS r
WHERE r.rolname = %(role)s;

-- name: place
-- Where the tables are: what the rights of a role are for.
SELECT current_database(), current_schema();
