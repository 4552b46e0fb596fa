-- track_plays from the plays alone, as it was before anything was kept of them. The witness of tests/api_syncs/deriving/test_heard.py.
WITH months AS (
    SELECT
        c.user_id,
        c.track_id,
        date_trunc('month', f.day::timestamp)::date AS month,
        count(*) AS heard,
        count(*) FILTER (WHERE f.is_counted) AS plays,
        bit_count(bit_or(1 << (date_part('day', f.day)::integer - 1)) FILTER (WHERE f.is_counted)::bit(32)) AS days,
        count(*) FILTER (WHERE f.is_skip) AS skips,
        count(*) FILTER (WHERE f.is_counted AND f.hour < 6) AS nights,
        count(*) FILTER (WHERE f.is_counted AND f.hour >= 6 AND f.hour < 12) AS mornings,
        count(*) FILTER (WHERE f.is_counted AND f.hour >= 12 AND f.hour < 18) AS afternoons,
        count(*) FILTER (WHERE f.is_counted AND date_part('isodow', f.day) >= 6) AS weekend,
        min(f.played_at) FILTER (WHERE f.is_counted) AS first_played_at,
        max(f.played_at) FILTER (WHERE f.is_counted) AS last_played_at,
        sum(f.heard_ms) AS heard_ms,
        sum(LEAST(1000 * f.heard_ms / NULLIF(f.duration_ms, 0), 1000)) AS heard_per_mille,
        count(f.heard_ms) FILTER (WHERE f.duration_ms > 0) AS with_share,
        bool_or(f.is_counted AND f.source IN ('api', 'both')) AS has_api,
        bool_or(f.is_counted AND f.source <> 'api') AS has_import
    FROM play_facts AS f
    JOIN counted_for AS c ON c.user_id = f.user_id AND c.played_id = f.track_id
    GROUP BY c.user_id, c.track_id, date_trunc('month', f.day::timestamp)::date
),
tracks_played AS (
    SELECT
        user_id,
        track_id,
        sum(heard)::integer AS heard_count,
        sum(plays)::integer AS play_count,
        sum(skips)::integer AS skip_count,
        COALESCE(sum(days), 0)::integer AS distinct_days,
        min(first_played_at) AS first_played_at,
        max(last_played_at) AS last_played_at,
        COALESCE(sum(heard_ms), 0)::bigint AS total_ms_played,
        round(sum(heard_per_mille) / NULLIF(10 * sum(with_share), 0), 1) AS avg_completion,
        round(100 * sum(weekend) / NULLIF(sum(plays), 0), 1) AS weekend_share,
        max(ARRAY[plays::integer, month - date '1970-01-01']) FILTER (WHERE plays > 0) AS peak,
        sum(nights) AS nights,
        sum(mornings) AS mornings,
        sum(afternoons) AS afternoons,
        sum(plays) - sum(nights) - sum(mornings) - sum(afternoons) AS evenings,
        bool_or(has_api) AS has_api,
        bool_or(has_import) AS has_import
    FROM months
    GROUP BY user_id, track_id
)
SELECT
    user_id,
    track_id,
    play_count,
    heard_count,
    skip_count,
    distinct_days,
    first_played_at,
    last_played_at,
    total_ms_played,
    avg_completion,
    weekend_share,
    date '1970-01-01' + peak[2] AS peak_month,
    CASE GREATEST(nights, mornings, afternoons, evenings)
        WHEN 0 THEN NULL
        WHEN evenings THEN 'evening'
        WHEN afternoons THEN 'afternoon'
        WHEN mornings THEN 'morning'
        ELSE 'night'
    END AS dominant_daypart,
    array_remove(ARRAY[CASE WHEN has_api THEN 'api' END, CASE WHEN has_import THEN 'import' END], NULL) AS play_sources
FROM tracks_played
