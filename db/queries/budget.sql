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

-- name: of_day
-- Requests since then of each endpoint group, of the app that has asked most of it, counted as `used` does; how often Spotify
-- wanted a pause; and when the first of them begin to be given back.
SELECT DISTINCT ON (endpoint_group)
    endpoint_group,
    sum(calls)::integer AS calls,
    sum(rate_limited)::integer AS rate_limited,
    min(LEAST(last_at, hour + interval '1 hour')) + interval '24 hours' AS back_from
FROM api_calls
WHERE hour > %(since)s::timestamptz - interval '1 hour' AND believed(hour, %(now)s) IS NOT NULL
  AND LEAST(last_at, hour + interval '1 hour') > %(since)s
GROUP BY endpoint_group, client_id
ORDER BY endpoint_group, sum(calls) DESC, client_id;

-- name: by_group
-- Requests since then of each endpoint group, of one app, counted as `used` does.
SELECT endpoint_group, sum(calls)::integer AS calls FROM api_calls
WHERE client_id = %(client_id)s AND hour > %(since)s::timestamptz - interval '1 hour' AND believed(hour, %(now)s) IS NOT NULL
  AND LEAST(last_at, hour + interval '1 hour') > %(since)s
GROUP BY endpoint_group;
