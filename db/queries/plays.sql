-- name: newest
-- The last play known before the page at hand: one that a wrong clock has noted hides no gap.
SELECT max(played_at) FROM plays WHERE user_id = %(user_id)s AND believed(played_at, %(now)s) IS NOT NULL;

-- name: note_tracks
-- Which tracks the plays are of that a statement has `written`: part of that statement.
INSERT INTO played_tracks (user_id, track_id)
SELECT DISTINCT user_id, track_of(item_key) FROM written WHERE track_of(item_key) IS NOT NULL ORDER BY 1, 2
ON CONFLICT (user_id, track_id) DO NOTHING;

-- name: add_gap
-- Plays between these two may have been lost.
INSERT INTO play_gaps (user_id, gap_start, gap_end, reason)
VALUES (%(user_id)s, %(gap_start)s, %(gap_end)s, %(reason)s)
ON CONFLICT (user_id, gap_start) DO NOTHING;

-- name: gaps
-- Stretches in which plays may have been lost, the newest first, with the days of the listener that they touch.
SELECT
    gap_start,
    gap_end,
    (gap_start AT TIME ZONE u.time_zone)::date,
    (gap_end AT TIME ZONE u.time_zone)::date,
    reason
FROM play_gaps
JOIN users AS u USING (user_id)
WHERE user_id = %(user_id)s AND filled_at IS NULL
ORDER BY gap_start DESC;

-- name: count_gaps
-- In how many stretches since a moment plays may have been lost.
SELECT count(*) FROM play_gaps
WHERE user_id = ANY(%(user_ids)s) AND filled_at IS NULL AND gap_end > %(since)s
  AND believed(gap_end, %(now)s) IS NOT NULL;
