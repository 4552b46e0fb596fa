-- kind: view
-- One row per play that is stored (user_id, played_at, item_key, part), with its track, and whether it counts as a listen: what
-- is stored is never changed by it, so that another setting counts the same plays otherwise.
--
-- A play counts from plays.counted_from_seconds on (30, from which Spotify itself counts a stream), and where the source does not
-- say how long was heard: the API lists none that was shorter. What is shorter than that counts when it was heard to its
-- end, which a second less than its length is, too; 'trackdone' alone does not say so of a longer track, whose rest
-- may have been passed over. Whatever was heard is time heard, and a skip is a skip.
SELECT
    p.*,
    u.time_zone,
    t.track_id,
    t.duration_ms,
    COALESCE(
        p.ms_played >= u.counted_from_ms
        OR p.ms_played >= t.duration_ms - 1000
        OR (p.reason_end = 'trackdone' AND COALESCE(t.duration_ms < u.counted_from_ms, true)),
        p.ms_played IS NULL) AS is_counted
FROM plays AS p
JOIN (
    SELECT u.user_id, u.time_zone, 1000 * CASE WHEN jsonb_typeof(s.value) = 'number' THEN s.value::integer ELSE 30 END AS counted_from_ms
    FROM users AS u
    LEFT JOIN app_settings AS s ON s.user_id = u.user_id AND s.key = 'plays.counted_from_seconds'
) AS u USING (user_id)
LEFT JOIN tracks AS t ON t.track_id = track_of(p.item_key)
