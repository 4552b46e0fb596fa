-- name: used
-- Requests of an endpoint group since then, and those of a listener's earlier runs of a job: one row. An hour counts as a
-- whole as long as its last request is not older; the runs are those that ended in an hour that counts. Hours that a
-- wrong clock has noted do not count.
WITH counted AS (
    SELECT hour, calls FROM api_calls
    WHERE client_id = %(client_id)s AND endpoint_group = %(group)s
      AND hour > %(since)s::timestamptz - interval '1 hour' AND believed(hour, %(now)s) IS NOT NULL
      AND LEAST(last_at, hour + interval '1 hour') > %(since)s
)
SELECT
    COALESCE((SELECT sum(calls) FROM counted), 0) AS used,
    COALESCE((SELECT sum(requests) FROM sync_history
              WHERE user_id = %(user_id)s AND job = %(job)s AND run_id <> %(run_id)s
                AND believed(COALESCE(finished_at, started_at), %(now)s) >= (SELECT min(hour) FROM counted)), 0) AS own;
