-- name: refresh
-- Make a listener's daily_listening agree with daily_metrics from a day on (`from_day`, of the months that are not kept; NULL: all of
-- them): days that have changed are written, days without plays go. One row: how many were new, updated, removed, and how many there
-- are. Nobody else's plays are read, and none of the months that are kept. They come day by day: each is sorted by itself (from PostgreSQL 17 on).
WITH facts AS MATERIALIZED (
    SELECT f.day, COALESCE(r.track_id, f.track_id) AS track_id, ta.artist_id, COALESCE(f.heard_ms, 0)::integer AS heard_ms, f.is_counted
    FROM recent_facts AS f
    LEFT JOIN recording_of AS r ON r.user_id = f.user_id AND r.played_id = f.track_id
    LEFT JOIN track_artists AS ta ON ta.track_id = f.track_id AND ta.position = 0
    WHERE f.user_id = %(user_id)s AND f.day >= COALESCE(%(from_day)s::date, '-infinity')
    ORDER BY f.day
),
days AS (
    SELECT day, round(sum(heard_ms) / 60000.0, 1) AS minutes, count(*) FILTER (WHERE is_counted)::integer AS play_count
    FROM facts
    GROUP BY day
),
of_tracks AS MATERIALIZED (
    SELECT day, track_id, count(*) FILTER (WHERE is_counted) AS plays, sum(heard_ms) AS heard_ms
    FROM facts
    WHERE track_id IS NOT NULL
    GROUP BY day, track_id
),
top_tracks AS (
    SELECT DISTINCT ON (day) day, track_id
    FROM of_tracks
    JOIN (SELECT day, max(plays) AS plays FROM of_tracks GROUP BY day) AS most USING (day, plays)
    WHERE plays > 0
    ORDER BY day, heard_ms DESC, track_id COLLATE "C"
),
of_artists AS MATERIALIZED (
    SELECT day, artist_id, count(*) FILTER (WHERE is_counted) AS plays, sum(heard_ms) AS heard_ms
    FROM facts
    WHERE artist_id IS NOT NULL
    GROUP BY day, artist_id
),
top_artists AS (
    SELECT DISTINCT ON (day) day, artist_id
    FROM of_artists
    JOIN (SELECT day, max(plays) AS plays FROM of_artists GROUP BY day) AS most USING (day, plays)
    WHERE plays > 0
    ORDER BY day, heard_ms DESC, artist_id COLLATE "C"
),
fresh AS MATERIALIZED (
    SELECT %(user_id)s::text AS user_id, day, minutes, play_count, t.track_id AS top_track_id, a.artist_id AS top_artist_id
    FROM days
    LEFT JOIN top_tracks AS t USING (day)
    LEFT JOIN top_artists AS a USING (day)
),
written AS (
    INSERT INTO daily_listening AS d (user_id, day, minutes, play_count, top_track_id, top_artist_id)
    SELECT user_id, day, minutes, play_count, top_track_id, top_artist_id FROM fresh
    ON CONFLICT (user_id, day) DO UPDATE SET
        minutes = EXCLUDED.minutes, play_count = EXCLUDED.play_count,
        top_track_id = EXCLUDED.top_track_id, top_artist_id = EXCLUDED.top_artist_id
    WHERE ROW(d.minutes, d.play_count, d.top_track_id, d.top_artist_id) IS DISTINCT FROM
          ROW(EXCLUDED.minutes, EXCLUDED.play_count, EXCLUDED.top_track_id, EXCLUDED.top_artist_id)
    RETURNING d.xmax = 0 AS is_new
),
gone AS (
    DELETE FROM daily_listening AS d
    WHERE d.user_id = %(user_id)s AND d.day >= COALESCE(%(from_day)s::date, '-infinity')
      AND NOT EXISTS (SELECT 1 FROM fresh AS f WHERE f.user_id = d.user_id AND f.day = d.day)
    RETURNING true
)
SELECT
    (SELECT count(*) FROM written WHERE is_new),
    (SELECT count(*) FROM written WHERE NOT is_new),
    (SELECT count(*) FROM gone),
    (SELECT count(*) FROM daily_listening WHERE user_id = %(user_id)s)
    + (SELECT count(*) FROM written WHERE is_new) - (SELECT count(*) FROM gone);
