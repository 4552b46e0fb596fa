-- kind: materialized view
-- unique: user_id, track_id
-- One row per user and track with plays that count for it (counted_for). Days, hours and months are those of the user's
-- time zone. Percentages are from 0 to 100. Of a track that is played under several ids (several), days and months are counted across them.
-- heard_count: how often it was begun, what is too short to count as a play as well. Skips, time and shares are of all of them.
WITH counted AS (
    SELECT c.user_id, c.played_id, c.track_id, s.track_id IS NOT NULL AS is_several
    FROM counted_for AS c
    LEFT JOIN (
        SELECT user_id, track_id FROM counted_for GROUP BY user_id, track_id HAVING count(*) > 1
    ) AS s ON s.user_id = c.user_id AND s.track_id = c.track_id
),
parts AS (
    SELECT
        c.track_id AS counted_id, h.user_id, h.heard, h.plays, h.days, h.skips, h.nights, h.mornings, h.afternoons, h.weekend, h.first_played_at,
        h.last_played_at, h.heard_ms, h.heard_per_mille, h.with_share, h.has_api, h.has_import, h.peak, c.is_several,
        CASE WHEN c.is_several THEN h.months END AS months,
        CASE WHEN c.is_several THEN h.month_plays END AS month_plays,
        CASE WHEN c.is_several THEN h.month_days END AS month_days
    FROM heard_stretches AS h
    JOIN counted AS c ON c.user_id = h.user_id AND c.played_id = h.track_id
),
several AS (
    SELECT user_id, counted_id AS track_id, sum(bit_count(days::bit(32)))::integer AS distinct_days, max(ARRAY[plays, month]) AS peak
    FROM (
        SELECT p.user_id, p.counted_id, m.month - date '1970-01-01' AS month, sum(m.plays)::integer AS plays, bit_or(m.days) AS days
        FROM parts AS p
        CROSS JOIN unnest(p.months, p.month_plays, p.month_days) AS m (month, plays, days)
        WHERE p.is_several AND m.plays > 0
        GROUP BY p.user_id, p.counted_id, m.month
    ) AS by_month
    GROUP BY user_id, counted_id
),
tracks_played AS (
    SELECT
        user_id,
        counted_id AS track_id,
        sum(heard)::integer AS heard_count,
        sum(plays)::integer AS play_count,
        sum(skips)::integer AS skip_count,
        sum(days)::integer AS distinct_days,
        min(first_played_at) AS first_played_at,
        max(last_played_at) AS last_played_at,
        COALESCE(sum(heard_ms), 0)::bigint AS total_ms_played,
        round(sum(heard_per_mille) / NULLIF(10 * sum(with_share), 0), 1) AS avg_completion,
        round(100.0 * sum(weekend) / NULLIF(sum(plays), 0), 1) AS weekend_share,
        max(peak) AS peak,
        sum(nights) AS nights,
        sum(mornings) AS mornings,
        sum(afternoons) AS afternoons,
        sum(plays) - sum(nights) - sum(mornings) - sum(afternoons) AS evenings,
        bool_or(has_api) AS has_api,
        bool_or(has_import) AS has_import
    FROM parts
    GROUP BY user_id, counted_id
)
SELECT
    user_id,
    track_id,
    play_count,
    heard_count,
    skip_count,
    COALESCE(s.distinct_days, p.distinct_days) AS distinct_days,
    first_played_at,
    last_played_at,
    total_ms_played,
    avg_completion,
    weekend_share,
    date '1970-01-01' + (COALESCE(s.peak, p.peak))[2] AS peak_month,
    CASE GREATEST(nights, mornings, afternoons, evenings)
        WHEN 0 THEN NULL
        WHEN evenings THEN 'evening'
        WHEN afternoons THEN 'afternoon'
        WHEN mornings THEN 'morning'
        ELSE 'night'
    END AS dominant_daypart,
    array_remove(ARRAY[CASE WHEN has_api THEN 'api' END, CASE WHEN has_import THEN 'import' END], NULL) AS play_sources
FROM tracks_played AS p
LEFT JOIN several AS s USING (user_id, track_id)
