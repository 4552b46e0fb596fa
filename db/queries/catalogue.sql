-- name: hold
-- Until the transaction ends nobody deletes from the catalogue (clean.sql takes a lock that waits for this one): what was
-- read to be there can be pointed to. Readers and writers go on.
LOCK TABLE artists, albums, tracks IN ROW SHARE MODE;

-- name: analyze
-- What many rows were written to is another table to the planner, who would learn it within minutes: the views and the lists come sooner.
ANALYZE artists, albums, tracks, album_tracks, album_artists, track_artists, liked_tracks, saved_albums, followed_artists,
    playlists, playlist_items, plays, played_tracks, top_items, excluded_tracks, track_availability;
