-- kind: materialized view
-- unique: user_id, track_id
-- One row per track of a user's library: liked, on a saved album, or in a playlist of their own.
--
-- Own playlists are those that the user owns and has among their lists. The lists that we look after do not count
-- (playlist_mappings): a smart playlist is made from the library, and would keep its tracks in it for ever.
-- added_at is the earliest of like, save and addition to a list; NULL where Spotify says of none of them when.
WITH membership AS (
    SELECT user_id, track_id, 'liked' AS source, liked_at, liked_at AS added_at
    FROM liked_tracks
    WHERE removed_at IS NULL
    UNION ALL
    SELECT s.user_id, t.track_id, 'album', NULL, s.added_at
    FROM saved_albums AS s
    JOIN tracks AS t USING (album_id)
    WHERE s.removed_at IS NULL
    UNION ALL
    SELECT up.user_id, i.track_id, 'playlist', NULL, i.added_at
    FROM user_playlists AS up
    JOIN users AS u USING (user_id)
    JOIN playlists AS p ON p.playlist_id = up.playlist_id AND p.owner_id = u.spotify_id
    JOIN playlist_items AS i ON i.playlist_id = p.playlist_id
    LEFT JOIN playlist_mappings AS m ON m.user_id = up.user_id AND m.playlist_id = up.playlist_id
    WHERE up.removed_at IS NULL AND i.item_type = 'track' AND i.track_id IS NOT NULL AND m.slug IS NULL
)
SELECT
    user_id,
    track_id,
    bool_or(source = 'liked') AS is_liked,
    max(liked_at) AS liked_at,
    min(added_at) AS added_at,
    array_agg(DISTINCT source) AS sources
FROM membership
GROUP BY user_id, track_id
