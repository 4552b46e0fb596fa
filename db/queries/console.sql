-- name: begin_reading
-- From now on this transaction only reads: once something was asked, PostgreSQL refuses to make it a writing one.
SET TRANSACTION READ ONLY;
SELECT set_config('mirror.statement', %(statement)s, true);

-- name: open_answer
-- The server itself refuses what is not exactly one statement that gives rows: several, COMMIT, DO, DELETE.
DO $$
DECLARE answer refcursor := 'answer';
BEGIN
    OPEN answer FOR EXECUTE current_setting('mirror.statement');
END $$;

-- name: fetch_answer
-- The next rows of it.
FETCH 500 FROM answer;

-- name: relations
-- The tables and views that a statement can name.
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f');
