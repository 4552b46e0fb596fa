-- Which schedules were on when somebody looked.

-- name: seen
-- By which cron line each was started, and since when it is known to be that one.
SELECT file, cron, CASE WHEN since IS NOT NULL THEN COALESCE(believed(since, %(now)s), %(now)s) END FROM seen_schedules;

-- name: note
-- By which cron line a workflow is started now; NULL: it is off.
INSERT INTO seen_schedules AS s (file, cron) VALUES (%(file)s, %(cron)s)
ON CONFLICT (file) DO UPDATE SET cron = EXCLUDED.cron, since = %(now)s WHERE s.cron IS DISTINCT FROM EXCLUDED.cron;
