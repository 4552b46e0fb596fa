-- name: due
-- Whose turn it is: active listeners who were heard or copied since then, or are new, and were not finished a moment ago; first those whose library
-- is copied, since they need least, of them the one who has waited longest.
SELECT u.user_id, u.name
FROM users AS u
LEFT JOIN listener_claims AS c ON c.user_id = u.user_id
LEFT JOIN (SELECT user_id, max(day) AS last_day FROM daily_listening GROUP BY user_id) AS d ON d.user_id = u.user_id
LEFT JOIN (SELECT user_id FROM sync_state WHERE NOT is_complete GROUP BY user_id) AS s ON s.user_id = u.user_id
WHERE u.is_active
  AND (u.user_id = %(of_environment)s OR u.consent_flow IS NOT NULL)
  AND (%(everybody)s OR u.last_active_at IS NULL OR believed(u.authorized_at, %(now)s) > %(since)s
       OR believed(u.last_active_at, %(now)s) > %(since)s
       OR d.last_day >= (%(since)s AT TIME ZONE u.time_zone)::date)
  AND (%(again)s OR c.finished_at IS NULL OR believed(c.finished_at, %(now)s) IS NULL OR c.finished_at <= %(finished_before)s)
ORDER BY s.user_id IS NOT NULL,
    u.last_active_at IS NULL, u.last_active_at, u.user_id;

-- name: claim
-- Take a listener; a row where it is ours now. The lock of the listener is held.
INSERT INTO listener_claims AS c (user_id, runner, claimed_at) VALUES (%(user_id)s, %(runner)s, %(now)s)
ON CONFLICT (user_id) DO UPDATE SET runner = EXCLUDED.runner, claimed_at = EXCLUDED.claimed_at, finished_at = NULL, status = NULL
WHERE %(again)s OR c.finished_at IS NULL OR c.finished_at <= %(finished_before)s OR c.finished_at > %(now)s
RETURNING user_id;

-- name: unfinished
-- The runner that has begun with a listener, and not finished. The lock of the listener is held.
SELECT runner FROM listener_claims WHERE user_id = %(user_id)s AND finished_at IS NULL;

-- name: finish
-- How it went. A listener who was removed meanwhile has no claim any more.
UPDATE listener_claims SET finished_at = %(now)s, status = %(status)s WHERE user_id = %(user_id)s AND runner = %(runner)s;
