-- kind: view
-- One row per user, track and month (user_id, track_id, month) with plays of recent_facts: what was heard of the track, under the id that was
-- played. Days, hours and months are those of the user's time zone. plays counts what is_counted (heard_plays); heard is how
-- often it was begun, what is too short to count as well. Skips, time and shares (per mille of its length, with_share of them) are of all of
-- them. days: bits, the first of the month the lowest.
SELECT
    f.user_id,
    f.track_id,
    date_trunc('month', f.day::timestamp)::date AS month,
    count(*)::integer AS heard,
    (count(*) FILTER (WHERE f.is_counted))::integer AS plays,
    COALESCE(bit_or(1 << (date_part('day', f.day)::integer - 1)) FILTER (WHERE f.is_counted), 0) AS days,
    (count(*) FILTER (WHERE f.is_skip))::integer AS skips,
    (count(*) FILTER (WHERE f.is_counted AND f.hour < 6))::integer AS nights,
    (count(*) FILTER (WHERE f.is_counted AND f.hour >= 6 AND f.hour < 12))::integer AS mornings,
    (count(*) FILTER (WHERE f.is_counted AND f.hour >= 12 AND f.hour < 18))::integer AS afternoons,
    (count(*) FILTER (WHERE f.is_counted AND date_part('isodow', f.day) >= 6))::integer AS weekend,
    min(f.played_at) FILTER (WHERE f.is_counted) AS first_played_at,
    max(f.played_at) FILTER (WHERE f.is_counted) AS last_played_at,
    sum(f.heard_ms::integer) AS heard_ms,
    sum(LEAST(1000 * f.heard_ms / NULLIF(f.duration_ms, 0), 1000)::integer) AS heard_per_mille,
    (count(f.heard_ms) FILTER (WHERE f.duration_ms > 0))::integer AS with_share,
    bool_or(f.is_counted AND f.source IN ('api', 'both')) AS has_api,
    bool_or(f.is_counted AND f.source <> 'api') AS has_import
FROM recent_facts AS f
WHERE f.track_id IS NOT NULL
GROUP BY f.user_id, f.track_id, date_trunc('month', f.day::timestamp)::date
