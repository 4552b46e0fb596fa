-- name: add
-- A batch of log lines. One %s for the rows.
INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message, extra) VALUES %s;

-- name: newest
-- The newest lines that a listener's runs have said, and those of nobody, the newest first. NULL: of every script, of every
-- level, whenever it was. `but`: a script whose lines are left out.
SELECT log_id::text, logged_at, source, level, message, extra, run_id::text
FROM logs
WHERE user_id IN (%(user_id)s, '*')
  AND (%(job)s::text IS NULL OR source = %(job)s)
  AND (%(but)s::text IS NULL OR source <> %(but)s)
  AND (%(levels)s::text[] IS NULL OR level = ANY(%(levels)s))
  AND (%(since)s::timestamptz IS NULL OR logged_at >= %(since)s)
ORDER BY logged_at DESC, run_id, line_number DESC
LIMIT %(limit)s;
