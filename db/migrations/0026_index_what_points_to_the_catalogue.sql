-- What is deleted from the catalogue is looked for in every table that may point to it: without an index that reads the
-- whole table for each row.
CREATE INDEX liked_tracks_track_id ON liked_tracks (track_id);
CREATE INDEX excluded_tracks_track_id ON excluded_tracks (track_id);
CREATE INDEX track_availability_track_id ON track_availability (track_id);
CREATE INDEX track_replacements_track_id ON track_replacements (track_id);
CREATE INDEX track_replacements_replacement_id ON track_replacements (replacement_id);
CREATE INDEX playlist_items_staged_track_id ON playlist_items_staged (track_id);
CREATE INDEX saved_albums_album_id ON saved_albums (album_id);
CREATE INDEX followed_artists_artist_id ON followed_artists (artist_id);
