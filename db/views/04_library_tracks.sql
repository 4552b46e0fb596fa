-- kind: materialized view
-- unique: user_id, track_id
-- One row per track of a user's library (library_members): where it comes from, and its earliest moment.
--
-- added_at is the earliest of like, save and addition to a list; NULL where Spotify says of none of them when. album_id is
-- the saved album that it is on: of several the one that is shown with the track, else the one saved first; NULL where
-- it is on none.
SELECT
    m.user_id,
    m.track_id,
    bool_or(m.source = 'liked') AS is_liked,
    max(m.liked_at) AS liked_at,
    min(m.added_at) AS added_at,
    array_agg(DISTINCT m.source) AS sources,
    (array_agg(m.album_id ORDER BY m.album_id = t.album_id DESC NULLS LAST, m.added_at, m.album_id)
        FILTER (WHERE m.album_id IS NOT NULL))[1] AS album_id
FROM library_members AS m
JOIN tracks AS t USING (track_id)
GROUP BY m.user_id, m.track_id
