-- kind: view
-- One row per (user_id, playlist_id): the lists that a user owns or follows, and Liked Songs as one more.
SELECT
    u.user_id,
    p.playlist_id,
    u.position,
    p.owner_id,
    p.name,
    p.description,
    p.is_public,
    p.is_collaborative,
    false AS is_liked_songs,
    p.items_readable,
    p.track_count,
    p.image_url
FROM user_playlists AS u
JOIN playlists AS p USING (playlist_id)
WHERE u.removed_at IS NULL
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
