-- name: lacking_tracks
-- Saved albums whose tracks have not all been stored, with how many of them have; and those that do not come whole with
-- their page, where more are stored than there are, or where it is long since all were read.
SELECT album_id, COALESCE(total_tracks, 0), stored
FROM (
    SELECT a.album_id, a.total_tracks, believed(a.tracks_synced_at, %(now)s) AS synced_at, (
        SELECT count(*) FROM album_tracks AS m WHERE m.album_id = a.album_id) AS stored
    FROM saved_albums AS s
    JOIN albums AS a USING (album_id)
    WHERE s.user_id = %(user_id)s AND s.removed_at IS NULL
) AS saved
WHERE synced_at IS NULL
   OR (total_tracks > %(page)s AND (
       synced_at <= %(old_before)s OR (stored > total_tracks AND synced_at <= %(doubted_before)s)))
ORDER BY album_id;

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

-- name: read_long_ago
-- The tracks of these albums are due again, as those are that were read long ago; until then they count as complete.
SELECT count(*) FROM (
    SELECT 1 FROM albums WHERE album_id = ANY(%(ids)s::text[]) ORDER BY album_id COLLATE "C" FOR NO KEY UPDATE
) AS held;
UPDATE albums SET tracks_synced_at = 'epoch' WHERE album_id = ANY(%(ids)s::text[]) AND tracks_synced_at IS NOT NULL;
