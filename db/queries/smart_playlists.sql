-- name: listener
-- For whom smart playlists are made without asking Spotify: the listener last active.
SELECT user_id, market, time_zone FROM users ORDER BY last_active_at DESC NULLS LAST, user_id LIMIT 1;

-- name: plain_lists
-- The playlists that a definition may name.
SELECT playlist_id, name FROM all_playlists WHERE user_id = %(user_id)s;

-- name: plain_list_tracks
-- What a playlist holds, as it was copied last.
SELECT DISTINCT track_id FROM all_playlist_items WHERE playlist_id = %(playlist_id)s AND track_id IS NOT NULL;

-- name: mappings
-- Every smart playlist of a listener that is known, with its rules: in the database, or copied from a file.
SELECT
    slug, name, playlist_id, status, is_dynamic, rules_source, rules::text, track_count, last_synced_at
FROM playlist_mappings WHERE user_id = %(user_id)s ORDER BY slug;

-- name: copied_items
-- What the copy says that a playlist holds, in order.
SELECT item_uri, name FROM playlist_items WHERE playlist_id = %(playlist_id)s ORDER BY position;
