-- kind: materialized view
-- unique: user_id, track_id
-- One row per user and track with plays that count for it (counted_for). Days, hours and months are those of the user's
-- time zone. Percentages are from 0 to 100. Of a track that is played under several ids (several), days and months are counted across them.
-- heard_count: how often it was begun, what is too short to count as a play as well. Skips, time and shares are of all of them.
-- What is one row of heard_stretches (is_alone) is not added up: that are most tracks. Shares are rounded as integers, which is the same and costs a quarter.
WITH parts AS (
    SELECT
        c.track_id AS counted_id, h.user_id, h.heard, h.plays, h.days, h.skips, h.nights, h.mornings, h.afternoons, h.weekend, h.first_played_at,
        h.last_played_at, h.heard_ms, h.heard_per_mille, h.with_share, h.has_api, h.has_import, h.peak, c.is_several,
        h.is_over AND NOT c.is_several AND s.track_id IS NULL AS is_alone,
        CASE WHEN c.is_several THEN h.months END AS months,
        CASE WHEN c.is_several THEN h.month_plays END AS month_plays,
        CASE WHEN c.is_several THEN h.month_days END AS month_days
    FROM heard_stretches AS h
    JOIN counted_for AS c ON c.user_id = h.user_id AND c.played_id = h.track_id
    LEFT JOIN (SELECT DISTINCT user_id, track_id FROM heard_since) AS s ON s.user_id = h.user_id AND s.track_id = h.track_id
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
added AS (
    SELECT
        user_id, counted_id AS track_id, heard, plays, skips, days, first_played_at, last_played_at, heard_ms, heard_per_mille, with_share,
        weekend, peak, nights, mornings, afternoons, has_api, has_import
    FROM parts
    WHERE is_alone
    UNION ALL
    SELECT
        user_id, counted_id, sum(heard)::integer, sum(plays)::integer, sum(skips)::integer, sum(days)::integer, min(first_played_at),
        max(last_played_at), sum(heard_ms)::bigint, sum(heard_per_mille)::bigint, sum(with_share)::integer, sum(weekend)::integer, max(peak),
        sum(nights)::integer, sum(mornings)::integer, sum(afternoons)::integer, bool_or(has_api), bool_or(has_import)
    FROM parts
    WHERE NOT is_alone
    GROUP BY user_id, counted_id
),
tracks_played AS (
    SELECT *, plays - nights - mornings - afternoons AS evenings FROM added
)
SELECT
    user_id,
    track_id,
    plays AS play_count,
    heard AS heard_count,
    skips AS skip_count,
    COALESCE(s.distinct_days, p.days) AS distinct_days,
    first_played_at,
    last_played_at,
    COALESCE(heard_ms, 0) AS total_ms_played,
    0.1 * ((2 * heard_per_mille + with_share) / NULLIF(2 * with_share, 0)) AS avg_completion,
    0.1 * ((2000 * weekend::bigint + plays) / NULLIF(2 * plays, 0)) AS weekend_share,
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
