-- The library, as it is at the moment: one row for each like, each track of a saved album, and each entry of an own
-- playlist. Own playlists are those that the user owns and has among their lists. The lists that we look after do not
-- count (playlist_mappings): a smart playlist is made from the library, and would keep its tracks in it for ever.
--
-- A view of the schema, and none of db/views, since scripts need it before those are made for the first time. To change
-- it: CREATE OR REPLACE VIEW in another migration.
CREATE VIEW library_members AS
SELECT user_id, track_id, 'liked' AS source, NULL AS playlist_id, liked_at, liked_at AS added_at
FROM liked_tracks
WHERE removed_at IS NULL
UNION ALL
SELECT s.user_id, t.track_id, 'album', NULL, NULL, s.added_at
FROM saved_albums AS s
JOIN tracks AS t USING (album_id)
WHERE s.removed_at IS NULL
UNION ALL
SELECT up.user_id, i.track_id, 'playlist', p.playlist_id, NULL, i.added_at
FROM user_playlists AS up
JOIN users AS u USING (user_id)
JOIN playlists AS p ON p.playlist_id = up.playlist_id AND p.owner_id = u.spotify_id
JOIN playlist_items AS i ON i.playlist_id = p.playlist_id
WHERE up.removed_at IS NULL AND i.item_type = 'track' AND i.track_id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM playlist_mappings AS m WHERE m.user_id = up.user_id AND m.playlist_id = up.playlist_id);
