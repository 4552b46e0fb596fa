-- name: add
-- A batch of log lines. One %s for the rows.
INSERT INTO logs (logged_at, run_id, source, level, message, extra) VALUES %s;
