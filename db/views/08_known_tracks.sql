-- kind: view
-- One row per user and track that the database knows (user_id, track_id): the library as in unified_tracks, and every
-- other track with the same columns, whose own plays count for it.
SELECT
    user_id,
    track_id,
    name,
    album_id,
    album_name,
    album_type,
    release_date,
    artist_ids,
    artists,
    genres,
    duration_ms,
    explicit,
    isrc,
    is_liked,
    liked_at,
    added_at,
    is_playable,
    excluded,
    play_count,
    skip_count,
    first_played_at,
    last_played_at,
    total_ms_played
FROM unified_tracks
UNION ALL
SELECT
    u.user_id,
    c.track_id,
    c.name,
    al.album_id,
    COALESCE(al.name, c.given_album),
    al.album_type,
    al.release_date,
    c.artist_ids,
    c.artists,
    c.genres,
    c.duration_ms,
    c.explicit,
    c.isrc,
    false,
    NULL,
    NULL,
    av.is_playable,
    e.track_id IS NOT NULL,
    COALESCE(p.play_count, 0),
    COALESCE(p.skip_count, 0),
    p.first_played_at,
    p.last_played_at,
    COALESCE(p.total_ms_played, 0)
FROM users AS u
CROSS JOIN track_catalogue AS c
LEFT JOIN album_catalogue AS al ON al.album_id = c.album_id
LEFT JOIN unified_tracks AS l ON l.user_id = u.user_id AND l.track_id = c.track_id
LEFT JOIN track_plays AS p ON p.user_id = u.user_id AND p.track_id = c.track_id
LEFT JOIN track_availability AS av ON av.market = u.market AND av.track_id = c.track_id
LEFT JOIN excluded_tracks AS e ON e.user_id = u.user_id AND e.track_id = c.track_id
WHERE l.track_id IS NULL
