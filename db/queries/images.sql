-- name: orphans
-- What is no longer there, or has no image any more.
SELECT kind, spotify_id FROM images
EXCEPT (
    SELECT 'artists', artist_id FROM artists WHERE image_url IS NOT NULL
    UNION ALL
    SELECT 'albums', album_id FROM albums WHERE image_url IS NOT NULL
    UNION ALL
    SELECT 'playlists', playlist_id FROM playlists WHERE image_url IS NOT NULL
);

-- name: forget_kinds
-- Covers of kinds that are switched off.
DELETE FROM images WHERE kind = ANY(%(kinds)s);

-- name: stored
-- The images that should have a file.
SELECT kind, spotify_id FROM images WHERE path IS NOT NULL;

-- name: delete
-- Those that nothing names any more; and those whose file is gone: they are wanted again.
DELETE FROM images
WHERE (kind, spotify_id) IN (SELECT * FROM unnest(%(kinds)s::text[], %(spotify_ids)s::text[]));

-- name: wanted
-- What to download of what a listener has: the most played and liked first, then what else is in the library. Nobody else's
-- plays are read. Without a listener (NULL): of the whole catalogue, but no playlists: the URLs of those that are no longer
-- listed have expired.
WITH heard AS (
    SELECT track_id, count(*) AS times
    FROM (
        SELECT track_of(item_key) AS track_id FROM plays
        WHERE user_id = %(user_id)s AND track_of(item_key) IS NOT NULL
        UNION ALL
        SELECT track_id FROM library_members WHERE user_id = %(user_id)s AND source = 'liked'
    ) AS each
    GROUP BY track_id
), listed AS (
    SELECT DISTINCT track_id FROM library_members WHERE user_id = %(user_id)s AND source = 'playlist'
), counted AS (
    SELECT 'albums' AS kind, t.album_id AS spotify_id, h.times FROM heard AS h JOIN tracks AS t USING (track_id)
    UNION ALL
    SELECT 'artists', c.artist_id, h.times FROM heard AS h JOIN track_artists AS c USING (track_id)
    UNION ALL
    SELECT 'albums', album_id, 1 FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL
    UNION ALL
    SELECT 'artists', c.artist_id, 1
    FROM saved_albums AS s JOIN album_artists AS c USING (album_id)
    WHERE s.user_id = %(user_id)s AND s.removed_at IS NULL
    UNION ALL
    SELECT DISTINCT 'albums', t.album_id, 1 FROM listed JOIN tracks AS t USING (track_id)
    UNION ALL
    SELECT DISTINCT 'artists', c.artist_id, 1 FROM listed JOIN track_artists AS c USING (track_id)
    UNION ALL
    SELECT 'artists', artist_id, 1 FROM followed_artists WHERE user_id = %(user_id)s AND removed_at IS NULL
    UNION ALL
    SELECT 'playlists', playlist_id, 1 FROM playlists WHERE user_id = %(user_id)s AND removed_at IS NULL
), ours AS (
    SELECT kind, spotify_id, sum(times) AS times FROM counted GROUP BY kind, spotify_id
), covers AS (
    SELECT 'artists' AS kind, artist_id AS spotify_id, image_url FROM artists
    UNION ALL
    SELECT 'albums', album_id, image_url FROM albums
    UNION ALL
    SELECT 'playlists', playlist_id, image_url FROM playlists WHERE user_id = %(user_id)s AND removed_at IS NULL
)
SELECT c.kind, c.spotify_id, c.image_url AS url, i.path IS NOT NULL AS has_file
FROM covers AS c
LEFT JOIN ours AS o USING (kind, spotify_id)
LEFT JOIN images AS i USING (kind, spotify_id)
WHERE c.kind = ANY(%(kinds)s)
    AND c.image_url IS NOT NULL
    AND is_spotify_id(c.spotify_id)
    AND CASE WHEN %(user_id)s::text IS NULL THEN c.kind <> 'playlists' ELSE o.times IS NOT NULL END
    AND (
        i.source_url IS DISTINCT FROM c.image_url
        OR (i.path IS NULL AND COALESCE(believed(i.fetched_at, %(now)s) < %(failed_before)s, true))
    )
ORDER BY o.times DESC NULLS LAST, c.kind, c.spotify_id
LIMIT %(limit)s;
