-- name: gates
-- What may keep a job from running: what is wanted of it, the settings of a listener, and whether Spotify has wanted a pause of the
-- app: one row.
SELECT
    COALESCE((SELECT bool_or(is_paused) FROM job_controls
              WHERE user_id = %(user_id)s AND job IN (%(job)s, '*')), false) AS is_paused,
    (SELECT circuit_open_until FROM job_controls WHERE user_id = %(user_id)s AND job = %(job)s) AS circuit_open_until,
    COALESCE((SELECT last_success_at FROM job_controls WHERE user_id = %(user_id)s AND job = %(job)s),
             (SELECT last_success_at FROM job_controls
              WHERE user_id = '*' AND job = %(job)s
                AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.user_id = %(user_id)s AND u.consent_flow IS NOT NULL))) AS last_success_at,
    (SELECT jsonb_object_agg(key, value) FROM app_settings WHERE user_id = %(settings_of)s) AS settings,
    EXISTS (SELECT 1 FROM sync_pauses
            WHERE client_id = %(client_id)s AND (endpoint_group = '*' OR endpoint_group = ANY(%(groups)s::text[]))) AS has_pauses;

-- name: paused
-- Which of these listeners have paused a job, or all jobs.
SELECT DISTINCT user_id FROM job_controls
WHERE user_id = ANY(%(user_ids)s::text[]) AND job IN (%(job)s, '*') AND is_paused;

-- name: wanted
-- What has been wanted of a run since it began: a pause, by each of its listeners; its end ('it'), or that of all that it was
-- started with ('all'): one row. A chain that is to end ends its step.
SELECT
    cardinality(%(user_ids)s::text[]) > 0 AND cardinality(%(user_ids)s::text[]) <= (
        SELECT count(DISTINCT user_id) FROM job_controls
        WHERE user_id = ANY(%(user_ids)s::text[]) AND job IN (%(job)s, '*') AND is_paused) AS is_paused,
    (SELECT min(CASE WHEN run_id = %(chain)s::uuid THEN 'all' ELSE cancel_wanted END) FROM sync_history
     WHERE user_id = ANY(%(owners)s::text[]) AND run_id IN (%(run_id)s::uuid, %(chain)s::uuid)
       AND cancel_wanted IS NOT NULL) AS cancel_wanted;

-- name: pauses
-- What Spotify wants no requests of, and until when; also what is just over. Not believed: what was noted by a clock that
-- was wrong, or is longer than any pause that is.
SELECT endpoint_group, reason, until,
    believed(hit_at, %(now)s) IS NOT NULL AND believed(until, %(latest)s) IS NOT NULL AS is_believed
FROM sync_pauses
WHERE client_id = %(client_id)s AND (endpoint_group = '*' OR endpoint_group = ANY(%(groups)s))
ORDER BY until DESC;

-- name: forget_pauses
-- Pauses that are over, or not believed.
DELETE FROM sync_pauses
WHERE client_id = %(client_id)s
  AND (until <= %(now)s OR believed(hit_at, %(now)s) IS NULL OR believed(until, %(latest)s) IS NULL);

-- name: store_pause
-- A pause only ever gets longer; one that is not believed does not count.
INSERT INTO sync_pauses AS p (client_id, endpoint_group, reason, hit_at, until)
VALUES (%(client_id)s, %(group)s, %(reason)s, %(now)s, %(until)s)
ON CONFLICT (client_id, endpoint_group) DO UPDATE SET
    reason = EXCLUDED.reason, hit_at = EXCLUDED.hit_at,
    until = CASE WHEN believed(p.hit_at, %(now)s) IS NOT NULL AND believed(p.until, %(latest)s) IS NOT NULL
                 THEN GREATEST(p.until, EXCLUDED.until) ELSE EXCLUDED.until END;

-- name: run_lock
-- Ours until this transaction ends, however the process ends. The server is told not to end it for idling, and to
-- notice soon when the machine at the other end is gone.
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL tcp_keepalives_idle = 30;
SET LOCAL tcp_keepalives_interval = 10;
SET LOCAL tcp_keepalives_count = 3;
SELECT pg_try_advisory_xact_lock(hashtextextended(%(lock)s, 0));

-- name: still_there
-- Whether anybody is at the other end.
SELECT 1;

-- name: succeeded
-- A clean end closes the circuit and starts the cooldown.
INSERT INTO job_controls (user_id, job, consecutive_failures, last_success_at)
VALUES (%(user_id)s, %(job)s, 0, %(now)s)
ON CONFLICT (user_id, job) DO UPDATE SET
    consecutive_failures = 0, circuit_open_until = NULL, last_success_at = EXCLUDED.last_success_at;

-- name: failed
-- So many failures in a row open the circuit; NULL: whatever their number, this one does not.
INSERT INTO job_controls AS c (user_id, job, consecutive_failures)
VALUES (%(user_id)s, %(job)s, 1)
ON CONFLICT (user_id, job) DO UPDATE SET
    consecutive_failures = c.consecutive_failures + 1,
    circuit_open_until = CASE WHEN c.consecutive_failures + 1 >= %(limit)s::integer THEN %(open_until)s::timestamptz END
RETURNING consecutive_failures, circuit_open_until;

-- name: pause
-- A listener's pause, of one job or of all ('*').
INSERT INTO job_controls (user_id, job, is_paused) VALUES (%(user_id)s, %(job)s, true)
ON CONFLICT (user_id, job) DO UPDATE SET is_paused = true;

-- name: resume
-- No pause of one job, or none at all ('*'), also not where a hand has written one for everybody.
UPDATE job_controls SET is_paused = false
WHERE user_id = ANY(%(user_ids)s::text[]) AND (job = %(job)s OR %(job)s = '*') AND is_paused;

-- name: reset
-- The next run may begin at once: no cooldown, and no circuit is open.
UPDATE job_controls SET consecutive_failures = 0, circuit_open_until = NULL, last_success_at = NULL
WHERE user_id = ANY(%(user_ids)s::text[]) AND job = %(job)s;

-- name: controls
-- What is paused, or has an open circuit.
SELECT user_id, job, is_paused, consecutive_failures, circuit_open_until FROM job_controls
WHERE user_id = ANY(%(user_ids)s::text[]) AND (is_paused OR circuit_open_until > %(now)s)
ORDER BY job COLLATE "C", user_id COLLATE "C";

-- name: pauses_in_force
-- What Spotify wants no requests of, whatever the app.
SELECT endpoint_group, reason, max(until) FROM sync_pauses
WHERE until > %(now)s AND believed(hit_at, %(now)s) IS NOT NULL AND believed(until, %(latest)s) IS NOT NULL
GROUP BY endpoint_group, reason ORDER BY endpoint_group, reason;

-- name: held_locks
-- Which of these running-locks somebody holds, without taking one: a job that began at that moment would be skipped.
SELECT name FROM unnest(%(locks)s::text[]) AS name
WHERE EXISTS (
    SELECT 1 FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = ((hashtextextended(name, 0) >> 32) & 4294967295)::oid
      AND l.objid = (hashtextextended(name, 0) & 4294967295)::oid);

-- name: running
-- The runs of a listener, and of nobody, that say that they are under way; and whether they are to end.
SELECT run_id::text, job, user_id, cancel_wanted FROM sync_history
WHERE user_id = ANY(%(user_ids)s::text[]) AND status = 'running'
ORDER BY started_at, job COLLATE "C";

-- name: cancel
-- These runs are to end at their next batch.
UPDATE sync_history SET cancel_wanted = %(what)s
WHERE user_id = ANY(%(user_ids)s::text[]) AND run_id = ANY(%(run_ids)s::uuid[]) AND status = 'running';

-- name: overdue
-- Of these jobs those that ran before that moment, and have not gone well since (nor were left out, or stopped in order), and are
-- not paused; and when they last did. Runs are of a listener or of nobody, whom different servers may have: each table is asked by itself.
WITH well AS (
    SELECT DISTINCT job FROM sync_history
    WHERE user_id = ANY(%(user_ids)s::text[]) AND job = ANY(%(jobs)s::text[]) AND started_at > %(before)s
        AND status IN ('done', 'stopped', 'skipped', 'running') AND believed(started_at, %(now)s) IS NOT NULL
), paused AS (
    SELECT DISTINCT job FROM job_controls WHERE user_id = ANY(%(user_ids)s::text[]) AND is_paused
), late AS MATERIALIZED (
    SELECT job FROM unnest(%(jobs)s::text[]) AS job EXCEPT SELECT job FROM well EXCEPT SELECT job FROM paused
)
SELECT job, max(started_at) FILTER (WHERE status IN ('done', 'stopped', 'skipped'))
FROM sync_history
WHERE user_id = ANY(%(user_ids)s::text[]) AND job IN (SELECT job FROM late) AND started_at <= %(before)s
GROUP BY job
ORDER BY array_position(%(jobs)s::text[], job);

-- name: failing
-- Which jobs have failed so many times in a row.
SELECT DISTINCT job FROM job_controls
WHERE user_id = ANY(%(user_ids)s) AND consecutive_failures >= %(failures)s AND NOT is_paused
ORDER BY job;
