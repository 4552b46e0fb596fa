-- kind: view
-- One row per play (user_id, played_at, item_key), with what can be said about it; without those of what the listener has
-- excluded from statistics (uncounted_keys; counted_plays leaves out the same), which all the same were what was heard before.
-- What is not is_counted (heard_plays) is no play in any count: it is time heard, and may be a skip.
--
-- played_at lies near the end of a play. Where the source does not say how long was heard, it is inferred: no longer
-- than the track, and no longer than the time since the play before. A skip is a play that was heard for less than
-- 30 % of its track; it belongs to that play, never to the one before. The window is one listener's, so that a condition
-- on user_id keeps the plays of all others from being read.
SELECT
    user_id,
    played_at,
    item_key,
    track_id,
    context_uri,
    source,
    shuffle,
    played_there::date AS day,
    date_part('hour', played_there)::integer AS hour,
    duration_ms,
    COALESCE(ms_played, CASE WHEN duration_ms IS NOT NULL THEN LEAST(duration_ms, ms_since_previous) END) AS heard_ms,
    ms_played IS NULL AS heard_is_inferred,
    CASE
        WHEN ms_played IS NULL THEN COALESCE(10 * ms_since_previous < 3 * duration_ms::bigint, false)
        ELSE COALESCE(10 * ms_played::bigint < 3 * duration_ms::bigint AND reason_end IS DISTINCT FROM 'trackdone', false)
    END AS is_skip,
    is_counted
FROM (
    SELECT
        p.*,
        p.played_at AT TIME ZONE p.time_zone AS played_there,
        (1000 * date_part('epoch', p.played_at - lag(p.played_at) OVER (
            PARTITION BY p.user_id ORDER BY p.played_at, p.item_key)))::bigint AS ms_since_previous
    FROM heard_plays AS p
) AS p
WHERE NOT EXISTS (
    SELECT 1 FROM uncounted_keys AS x
    WHERE x.user_id = p.user_id AND NOT x.is_context AND x.key = p.item_key AND p.played_at >= x.begins_at AND p.played_at < x.ends_at)
  AND NOT EXISTS (
    SELECT 1 FROM uncounted_keys AS x
    WHERE x.user_id = p.user_id AND x.is_context AND x.key = p.context_uri AND p.played_at >= x.begins_at AND p.played_at < x.ends_at)
