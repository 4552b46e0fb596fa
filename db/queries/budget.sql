-- name: used
-- Requests of an endpoint group since then, and those of a job's earlier runs: one row.
SELECT
    COALESCE((SELECT sum(calls) FROM api_calls
              WHERE client_id = %(client_id)s AND endpoint_group = %(group)s AND hour >= %(since)s), 0) AS used,
    COALESCE((SELECT sum(requests) FROM sync_history
              WHERE job = %(job)s AND started_at >= %(since)s AND run_id <> %(run_id)s), 0) AS own;
