-- kind: materialized view
-- unique: user_id, album_id
-- One row per album with tracks that a user has in the library or has played; a track counts for every album that it is
-- on (album_members). Percentages, from 0 to 100, are of all the
-- album's tracks: of total_tracks, or of those that we know where Spotify does not say how many there are.
WITH members AS MATERIALIZED (
    SELECT album_id, track_id FROM album_members
),
owned AS (
    SELECT l.user_id, m.album_id, count(*) FILTER (WHERE l.is_liked) AS liked_count
    FROM library_tracks AS l
    JOIN members AS m USING (track_id)
    GROUP BY l.user_id, m.album_id
),
played AS (
    SELECT
        p.user_id,
        m.album_id,
        sum(p.play_count) AS play_count,
        count(*) FILTER (WHERE p.play_count > 0) AS played_count,
        max(p.last_played_at) AS last_played_at
    FROM track_plays AS p
    JOIN members AS m USING (track_id)
    GROUP BY p.user_id, m.album_id
),
sizes AS (
    SELECT a.album_id, a.name, GREATEST(a.total_tracks, m.known) AS track_count
    FROM albums AS a
    JOIN (SELECT album_id, count(*) AS known FROM members GROUP BY album_id) AS m USING (album_id)
)
SELECT
    user_id,
    album_id,
    s.name,
    s.track_count::integer,
    COALESCE(o.liked_count, 0)::integer AS liked_count,
    COALESCE(p.played_count, 0)::integer AS played_count,
    COALESCE(p.play_count, 0)::integer AS play_count,
    p.last_played_at,
    round(100.0 * COALESCE(p.played_count, 0) / s.track_count, 1) AS completion,
    round(100.0 * COALESCE(o.liked_count, 0) / s.track_count, 1) AS liked_share
FROM owned AS o
FULL JOIN played AS p USING (user_id, album_id)
JOIN sizes AS s USING (album_id)
