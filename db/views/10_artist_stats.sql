-- kind: materialized view
-- unique: user_id, artist_id
-- One row per artist who is played or in the library. Every credited artist counts, not only the first.
WITH played AS (
    SELECT
        f.user_id,
        ta.artist_id,
        sum(f.plays) AS play_count,
        sum(f.heard_ms) AS total_ms_played,
        min(f.first_played_at) AS first_played_at,
        max(f.last_played_at) AS last_played_at
    FROM heard_stretches AS f
    JOIN track_artists AS ta USING (track_id)
    GROUP BY f.user_id, ta.artist_id
),
owned AS (
    SELECT
        u.user_id,
        ta.artist_id,
        count(*) AS track_count,
        count(*) FILTER (WHERE u.is_liked) AS liked_count
    FROM library_tracks AS u
    JOIN track_artists AS ta USING (track_id)
    GROUP BY u.user_id, ta.artist_id
)
SELECT
    user_id,
    artist_id,
    a.name,
    COALESCE(p.play_count, 0)::integer AS play_count,
    COALESCE(p.total_ms_played, 0)::bigint AS total_ms_played,
    p.first_played_at,
    p.last_played_at,
    COALESCE(o.track_count, 0)::integer AS track_count,
    COALESCE(o.liked_count, 0)::integer AS liked_count
FROM played AS p
FULL JOIN owned AS o USING (user_id, artist_id)
JOIN artists AS a USING (artist_id)
