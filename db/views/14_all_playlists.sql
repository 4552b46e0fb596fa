-- kind: view
-- One row per (user_id, playlist_id): the lists that a user owns or follows, and Liked Songs as one more.
SELECT
    user_id,
    playlist_id,
    position,
    owner_id,
    name,
    description,
    is_public,
    is_collaborative,
    false AS is_liked_songs,
    items_readable,
    track_count,
    image_url
FROM playlists
WHERE removed_at IS NULL
UNION ALL
SELECT
    u.user_id,
    'liked:' || u.user_id,
    -1,
    u.spotify_id,
    'Liked Songs',
    NULL,
    false,
    false,
    true,
    true,
    (SELECT count(*)::integer FROM liked_tracks AS l WHERE l.user_id = u.user_id AND l.removed_at IS NULL),
    NULL
FROM users AS u
