-- name: start
-- Called under the running-lock: another run of this job that still says "running" was killed. One row per run, also where this
-- has to be said twice.
WITH killed AS (
    UPDATE sync_history SET status = 'killed', finished_at = %(now)s
    WHERE user_id = %(user_id)s AND job = %(job)s AND status = 'running' AND run_id <> %(run_id)s::uuid
)
INSERT INTO sync_history (user_id, run_id, job, started_at, status, workflow)
VALUES (%(user_id)s, %(run_id)s, %(job)s, %(started_at)s, 'running', %(workflow)s)
ON CONFLICT (user_id, run_id) DO NOTHING;

-- name: finish
-- Also for a run that ended before it began: then the row is new.
INSERT INTO sync_history (user_id, run_id, job, started_at, finished_at, status, batch_number, checkpoint_offset,
                          rate_limited, items_processed, new_items, updated_items, removed_items, requests,
                          error_message, workflow)
VALUES (%(user_id)s, %(run_id)s, %(job)s, %(started_at)s, %(finished_at)s, %(status)s, %(batch_number)s,
        %(checkpoint_offset)s, %(rate_limited)s, %(items_processed)s, %(new_items)s, %(updated_items)s,
        %(removed_items)s, %(requests)s, %(error_message)s, %(workflow)s)
ON CONFLICT (user_id, run_id) DO UPDATE SET
    finished_at = EXCLUDED.finished_at, status = EXCLUDED.status,
    batch_number = EXCLUDED.batch_number, checkpoint_offset = EXCLUDED.checkpoint_offset,
    rate_limited = EXCLUDED.rate_limited, items_processed = EXCLUDED.items_processed, new_items = EXCLUDED.new_items,
    updated_items = EXCLUDED.updated_items, removed_items = EXCLUDED.removed_items, requests = EXCLUDED.requests,
    error_message = EXCLUDED.error_message;

-- name: began
-- When scripts began since a moment, whoever started them.
SELECT job, started_at FROM sync_history
WHERE user_id = ANY(%(user_ids)s) AND started_at > %(since)s AND believed(started_at, %(now)s) IS NOT NULL;

-- name: first_and_last
-- When each script began for the first time and the last, as far as that is kept.
SELECT job, min(started_at), max(started_at) FROM sync_history
WHERE user_id = ANY(%(user_ids)s) AND believed(started_at, %(now)s) IS NOT NULL
GROUP BY job;

-- name: last_by_schedule
-- When each workflow was last started by its schedule, as far as that is kept.
SELECT workflow, max(started_at) FROM sync_history
WHERE user_id = ANY(%(user_ids)s) AND workflow IS NOT NULL AND believed(started_at, %(now)s) IS NOT NULL
GROUP BY workflow;

-- name: silences
-- Stretches of more than so long in which no schedule has started anything, and then one has: their ends.
SELECT before, started_at FROM (
    SELECT started_at, lag(started_at) OVER (ORDER BY started_at) AS before FROM sync_history
    WHERE user_id = ANY(%(user_ids)s) AND workflow IS NOT NULL AND believed(started_at, %(now)s) IS NOT NULL
) AS starts
WHERE started_at - before > %(longest)s;

-- name: green
-- Runs since a moment that did something, and how many of them failed or were killed: one row.
SELECT count(*), count(*) FILTER (WHERE status IN ('failed', 'killed'))
FROM sync_history
WHERE user_id IN (%(user_id)s, '*') AND started_at > %(since)s AND believed(started_at, %(now)s) IS NOT NULL
  AND status <> ALL('{skipped,paused,running}');

-- name: last_runs
-- The last run of each job that did something for a listener, or for nobody, without those under way; and when it last went well.
WITH well AS (
    SELECT job, max(believed(last_success_at, %(now)s)) AS last_at FROM job_controls WHERE user_id IN (%(user_id)s, '*') GROUP BY job
)
SELECT DISTINCT ON (h.job)
    h.job,
    h.started_at,
    h.status,
    h.new_items,
    h.updated_items,
    h.removed_items,
    h.requests,
    h.error_message,
    w.last_at,
    h.run_id::text,
    h.user_id
FROM sync_history AS h
LEFT JOIN well AS w ON w.job = h.job
WHERE h.user_id IN (%(user_id)s, '*') AND h.run_id <> ALL(%(under_way)s::uuid[])
ORDER BY h.job, believed(h.started_at, %(now)s) DESC NULLS LAST, h.run_id;
