-- The listener's own lists: what they own and have among their lists. The lists that we look after do not count (playlist_mappings).
-- A view of the schema, and none of db/views, since the library is made of it (0010).
CREATE VIEW own_playlists AS
SELECT p.user_id, p.playlist_id, p.name
FROM playlists AS p
JOIN users AS u ON u.user_id = p.user_id AND u.spotify_id = p.owner_id
WHERE p.removed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM playlist_mappings AS m WHERE m.user_id = p.user_id AND m.playlist_id = p.playlist_id);

-- As it was (0019), but that it takes the lists from there.
CREATE OR REPLACE VIEW library_members AS
SELECT user_id, track_id, 'liked' AS source, NULL AS playlist_id, liked_at, liked_at AS added_at, NULL AS album_id
FROM liked_tracks
WHERE removed_at IS NULL
UNION ALL
SELECT s.user_id, m.track_id, 'album', NULL, NULL, s.added_at, s.album_id
FROM saved_albums AS s
JOIN album_tracks AS m USING (album_id)
WHERE s.removed_at IS NULL
UNION ALL
SELECT p.user_id, i.track_id, 'playlist', p.playlist_id, NULL, i.added_at, NULL
FROM own_playlists AS p
JOIN playlist_items AS i USING (user_id, playlist_id)
WHERE i.item_type = 'track' AND i.track_id IS NOT NULL;
