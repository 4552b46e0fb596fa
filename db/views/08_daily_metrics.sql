-- kind: materialized view
-- unique: user_id, day
-- One row per day with plays, in the user's time zone.
SELECT
    user_id,
    day,
    count(*)::integer AS play_count,
    count(*) FILTER (WHERE is_skip)::integer AS skip_count,
    count(DISTINCT item_key)::integer AS track_count,
    round(COALESCE(sum(heard_ms), 0) / 60000.0, 1) AS minutes,
    bool_or(heard_is_inferred) AS minutes_are_inferred
FROM play_facts
GROUP BY user_id, day
