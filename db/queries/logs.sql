-- name: add
-- A batch of log lines. One %s for the rows.
INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message, extra) VALUES %s;
