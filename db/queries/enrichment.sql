-- name: artists
-- Artists whose details are not known, or old: those never asked for first, liked and played ones before the rest.
-- An id that is not one of Spotify's cannot be asked for.
WITH own_tracks AS (
    SELECT track_id FROM liked_tracks WHERE user_id = %(user_id)s AND removed_at IS NULL
    UNION
    SELECT track_id FROM plays WHERE user_id = %(user_id)s
),
wanted AS (
    SELECT DISTINCT ta.artist_id FROM own_tracks JOIN track_artists AS ta USING (track_id)
)
SELECT a.artist_id
FROM artists AS a
LEFT JOIN wanted AS w USING (artist_id)
WHERE (a.enriched_at IS NULL OR a.enriched_at <= %(before)s) AND a.artist_id ~ '^[0-9A-Za-z]{22}$'
ORDER BY a.enriched_at IS NOT NULL, w.artist_id IS NULL, a.artist_id COLLATE "C";

-- name: albums
-- Albums of liked and played tracks that have never come as a whole. Saved albums do, with the library.
WITH own_tracks AS (
    SELECT track_id FROM liked_tracks WHERE user_id = %(user_id)s AND removed_at IS NULL
    UNION
    SELECT track_id FROM plays WHERE user_id = %(user_id)s
)
SELECT a.album_id
FROM albums AS a
WHERE a.enriched_at IS NULL AND a.album_id ~ '^[0-9A-Za-z]{22}$'
  AND EXISTS (SELECT FROM own_tracks JOIN tracks AS t USING (track_id) WHERE t.album_id = a.album_id)
ORDER BY a.album_id COLLATE "C";

-- name: followed
-- Followed artists, and whether it is time to look at their albums: the one looked at longest ago first.
SELECT a.artist_id, a.albums_synced_at IS NULL OR a.albums_synced_at <= %(before)s AS is_due
FROM followed_artists AS f
JOIN artists AS a USING (artist_id)
WHERE f.user_id = %(user_id)s AND f.removed_at IS NULL AND a.artist_id ~ '^[0-9A-Za-z]{22}$'
ORDER BY a.albums_synced_at NULLS FIRST, a.artist_id COLLATE "C";

-- name: discography
-- How many albums and singles of an artist are stored, and how many of those given: one row.
SELECT
    count(*) FILTER (WHERE a.album_type IS DISTINCT FROM 'compilation') AS stored,
    count(*) FILTER (WHERE a.album_id = ANY(%(album_ids)s)) AS given
FROM albums AS a
WHERE EXISTS (SELECT FROM album_artists AS c WHERE c.album_id = a.album_id AND c.artist_id = %(artist_id)s);

-- name: stamp_discography
-- An artist's albums have been looked at.
UPDATE artists SET albums_synced_at = %(now)s WHERE artist_id = %(artist_id)s;
