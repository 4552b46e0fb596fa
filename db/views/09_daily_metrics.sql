-- kind: view
-- One row per day on which something was heard (user_id, day), in the user's time zone. daily_listening is what is stored of it.
-- What is too short to count as a play (heard_plays) is in the minutes and among the skips. Tracks are recordings (recording_of).
SELECT
    f.user_id,
    f.day,
    count(*) FILTER (WHERE is_counted)::integer AS play_count,
    count(*) FILTER (WHERE is_skip)::integer AS skip_count,
    count(DISTINCT COALESCE('spotify:track:' || r.track_id, f.item_key)) FILTER (WHERE is_counted)::integer AS track_count,
    round(COALESCE(sum(heard_ms), 0) / 60000.0, 1) AS minutes,
    bool_or(heard_is_inferred) AS minutes_are_inferred,
    COALESCE(sum(heard_ms), 0)::bigint AS heard_ms,
    count(*) FILTER (WHERE is_counted AND heard_is_inferred)::integer AS inferred_count,
    count(*) FILTER (WHERE is_counted AND source <> 'api')::integer AS export_count,
    count(*) FILTER (WHERE is_counted AND f.track_id IS NULL)::integer AS without_track_count,
    min(played_at) AS first_played_at,
    max(played_at) AS last_played_at
FROM play_facts AS f
LEFT JOIN recording_of AS r ON r.user_id = f.user_id AND r.played_id = f.track_id
GROUP BY f.user_id, f.day
