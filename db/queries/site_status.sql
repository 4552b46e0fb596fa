-- name: runs_by_day
-- How the runs of each script ended on each day of the listener's time zone: of those that worked (skipped and paused ones did
-- not), how many there were, how many did not end well, and how the last one ended.
SELECT
    job,
    (started_at AT TIME ZONE %(time_zone)s)::date AS day,
    count(*) FILTER (WHERE status <> ALL('{skipped,paused,running}'))::integer AS worked,
    count(*) FILTER (WHERE status IN ('failed', 'killed'))::integer AS failed,
    (array_agg(status ORDER BY started_at DESC) FILTER (WHERE status <> ALL('{skipped,paused,running}')))[1] AS last
FROM sync_history
WHERE user_id IN (%(user_id)s, '*') AND run_id <> ALL(%(under_way)s::uuid[]) AND job <> %(builder)s
  AND started_at >= %(since)s::timestamp AT TIME ZONE %(time_zone)s AND (started_at AT TIME ZONE %(time_zone)s)::date <= %(today)s
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: counted
-- When the views were made last, how many plays they counted, and whether a run has changed something since that they count: one row.
-- Moments of a wrong clock do not count.
SELECT runs.counted_at, COALESCE(runs.changed_at > runs.counted_at, false) AS is_outdated, counted.plays
FROM (
    SELECT
        max(started_at) FILTER (WHERE job = 'materialized_views' AND status = 'done' AND believed(started_at, %(now)s) IS NOT NULL) AS counted_at,
        max(believed(finished_at, %(now)s)) FILTER (
            WHERE new_items + updated_items + removed_items > 0 AND job <> ALL(%(without_effect)s)) AS changed_at
    FROM sync_history
    WHERE user_id IN (%(user_id)s, '*')
) AS runs
CROSS JOIN (SELECT COALESCE(sum(play_count), 0) AS plays FROM daily_listening WHERE user_id = %(user_id)s) AS counted;

-- name: tables
-- How large each table and view is, with its indexes, the largest first; what lives only as long as this transaction is none. Rows as the planner estimates them (NULL: it was never asked to).
SELECT relname AS name, pg_total_relation_size(oid) AS bytes, CASE WHEN reltuples >= 0 THEN reltuples::bigint END AS rows
FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'm') AND relpersistence <> 't'
ORDER BY bytes DESC, name;
