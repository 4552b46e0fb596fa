-- name: lacking_tracks
-- Saved albums whose tracks have not all been stored, with how many of them have.
SELECT a.album_id, COALESCE(a.total_tracks, 0), (SELECT count(*) FROM album_tracks AS m WHERE m.album_id = a.album_id)
FROM albums AS a
WHERE believed(a.tracks_synced_at, %(now)s) IS NULL AND EXISTS (
    SELECT 1 FROM saved_albums AS s
    WHERE s.user_id = %(user_id)s AND s.album_id = a.album_id AND s.removed_at IS NULL)
ORDER BY a.album_id;

-- name: count_tracks
-- How many tracks of an album are stored.
SELECT count(*) FROM album_tracks WHERE album_id = %(album_id)s;

-- name: unlisted
-- What is stored of these albums, and their whole listings lack.
SELECT m.album_id, m.track_id
FROM album_tracks AS m
WHERE m.album_id = ANY(%(album_ids)s::text[]) AND NOT EXISTS (
    SELECT 1 FROM unnest(%(owners)s::text[], %(track_ids)s::text[]) AS g (album_id, track_id)
    WHERE g.album_id = m.album_id AND g.track_id = m.track_id);

-- name: take_off
-- These tracks are on these albums no more.
DELETE FROM album_tracks
WHERE (album_id, track_id) IN (SELECT * FROM unnest(%(owners)s::text[], %(track_ids)s::text[]));

-- name: stamp_tracks
-- All tracks are here, however many there turned out to be.
UPDATE albums SET tracks_synced_at = %(now)s WHERE album_id = %(album_id)s;
