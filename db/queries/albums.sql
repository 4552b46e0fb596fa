-- name: lacking_tracks
-- Saved albums whose tracks have not all been stored, with how many of them have.
SELECT a.album_id, COALESCE(a.total_tracks, 0), (SELECT count(*) FROM tracks AS t WHERE t.album_id = a.album_id)
FROM albums AS a
WHERE believed(a.tracks_synced_at, %(now)s) IS NULL AND EXISTS (
    SELECT FROM saved_albums AS s
    WHERE s.user_id = %(user_id)s AND s.album_id = a.album_id AND s.removed_at IS NULL)
ORDER BY a.album_id;

-- name: stamp_tracks
-- All tracks are here, however many there turned out to be.
UPDATE albums SET tracks_synced_at = %(now)s WHERE album_id = %(album_id)s;
