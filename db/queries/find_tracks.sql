-- Tracks that a person means by an id, or by a part of their title.

-- name: find
-- At most six tracks of known_tracks with that id, else those whose folded title holds the folded text: the same title
-- first, then those of the library, the most played first. The last two columns say which of these a track is.
SELECT
    k.track_id, k.name, COALESCE(k.artist_ids, '{}'), COALESCE(k.artists, '{}'), k.album_id, k.album_name, k.release_date,
    COALESCE(k.genres, '{}'), k.duration_ms, k.isrc, k.is_playable, k.added_at, k.play_count,
    c.title = %(text)s AS is_title, l.track_id IS NOT NULL AS in_library
FROM known_tracks AS k
JOIN track_catalogue AS c USING (track_id)
LEFT JOIN library_tracks AS l ON l.user_id = k.user_id AND l.track_id = k.track_id
WHERE k.user_id = %(user_id)s
  AND (k.track_id = %(track_id)s
       OR (strpos(c.title, %(text)s) > 0 AND NOT EXISTS (SELECT 1 FROM track_catalogue WHERE track_id = %(track_id)s)))
ORDER BY is_title DESC, in_library DESC, k.play_count DESC, k.track_id
LIMIT 6;
