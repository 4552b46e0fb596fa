-- kind: view
-- One row per (user_id, playlist_id, position): the items of every list, Liked Songs among them, newest like first.
SELECT user_id, playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by
FROM playlist_items
UNION ALL
SELECT
    l.user_id,
    'liked:' || l.user_id,
    (row_number() OVER (PARTITION BY l.user_id ORDER BY l.liked_at DESC, l.track_id) - 1)::integer,
    'spotify:track:' || l.track_id,
    'track',
    l.track_id,
    t.name,
    l.liked_at,
    NULL
FROM liked_tracks AS l
JOIN tracks AS t USING (track_id)
WHERE l.removed_at IS NULL
