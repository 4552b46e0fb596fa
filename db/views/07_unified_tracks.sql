-- kind: materialized view
-- unique: user_id, track_id
-- One row per track of a user's library (library_tracks), with all that is known of it. The centre of everything that
-- is derived.
--
-- The album is the saved one that the track is on, else the one that it is shown with. is_playable is that of the user's market, NULL where it is not known. A play counts for exactly one track, once
-- (counted_for). A repeat is a play.
SELECT
    l.user_id,
    l.track_id,
    c.name,
    al.album_id,
    al.name AS album_name,
    al.album_type,
    al.release_date,
    c.artist_ids,
    c.artists,
    c.genres,
    c.duration_ms,
    c.explicit,
    c.isrc,
    l.is_liked,
    l.liked_at,
    l.added_at,
    av.is_playable,
    e.track_id IS NOT NULL AS excluded,
    COALESCE(p.play_count, 0) AS play_count,
    COALESCE(p.skip_count, 0) AS skip_count,
    p.first_played_at,
    p.last_played_at,
    COALESCE(p.total_ms_played, 0) AS total_ms_played
FROM library_tracks AS l
JOIN users AS u USING (user_id)
JOIN track_catalogue AS c USING (track_id)
LEFT JOIN album_catalogue AS al ON al.album_id = COALESCE(l.album_id, c.album_id)
LEFT JOIN track_plays AS p ON p.user_id = l.user_id AND p.track_id = l.track_id
LEFT JOIN track_availability AS av ON av.market = u.market AND av.track_id = l.track_id
LEFT JOIN excluded_tracks AS e ON e.user_id = l.user_id AND e.track_id = l.track_id
