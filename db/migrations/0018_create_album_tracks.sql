-- What is on an album, as its own listing says: a track can be on several. tracks.album_id is the album that Spotify showed
-- last with the track itself, which may be another one, and which its listing may not even have (relinked ids).
CREATE TABLE album_tracks (
    album_id     text NOT NULL REFERENCES albums,
    track_id     text NOT NULL REFERENCES tracks,
    disc_number  integer,
    track_number integer,
    PRIMARY KEY (album_id, track_id)
);
CREATE INDEX album_tracks_track_id ON album_tracks (track_id);

-- So far a track was on one album only, whichever was seen last: for albums that were read that is most of the truth.
INSERT INTO album_tracks (album_id, track_id, disc_number, track_number)
SELECT t.album_id, t.track_id, t.disc_number, t.track_number
FROM tracks AS t
JOIN albums AS a USING (album_id)
WHERE a.tracks_synced_at IS NOT NULL OR a.enriched_at IS NOT NULL
   OR EXISTS (SELECT 1 FROM saved_albums AS s WHERE s.album_id = t.album_id);

-- The rest of it comes with the next run: of what does not come whole on its page, and of what lacks or has too much, the
-- stamp is not to be trusted; and the next pass over the saved albums begins anew and goes to the last page.
UPDATE albums AS a SET tracks_synced_at = NULL
WHERE a.tracks_synced_at IS NOT NULL
  AND (a.total_tracks > 50
       OR a.total_tracks IS DISTINCT FROM (SELECT count(*) FROM album_tracks AS m WHERE m.album_id = a.album_id));
UPDATE sync_state SET cursor = cursor || '{"last_full_at": null}', last_synced_offset = 0
WHERE entity_type = 'saved_albums';

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
SELECT up.user_id, i.track_id, 'playlist', p.playlist_id, NULL, i.added_at, NULL
FROM user_playlists AS up
JOIN users AS u USING (user_id)
JOIN playlists AS p ON p.playlist_id = up.playlist_id AND p.owner_id = u.spotify_id
JOIN playlist_items AS i ON i.playlist_id = p.playlist_id
WHERE up.removed_at IS NULL AND i.item_type = 'track' AND i.track_id IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM playlist_mappings AS m WHERE m.user_id = up.user_id AND m.playlist_id = up.playlist_id);

-- Which tracks count for an album: those of its listing; before all of that is known, also those shown with the album.
CREATE VIEW album_members AS
SELECT album_id, track_id FROM album_tracks
UNION
SELECT t.album_id, t.track_id
FROM tracks AS t
JOIN albums AS a USING (album_id)
WHERE a.tracks_synced_at IS NULL;
