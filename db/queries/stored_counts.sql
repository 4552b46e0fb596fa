-- name: images
-- Bytes and number of the copied covers of each kind.
SELECT kind, COALESCE(sum(bytes), 0), count(*) FROM images WHERE path IS NOT NULL GROUP BY kind;

-- name: catalogue
-- How many artists, albums, tracks and playlists there are: one row. A list that several listeners have is one.
SELECT
    (SELECT count(*) FROM artists) AS artists,
    (SELECT count(*) FROM albums) AS albums,
    (SELECT count(*) FROM tracks) AS tracks,
    (SELECT count(DISTINCT playlist_id) FROM playlists WHERE removed_at IS NULL) AS playlists;
