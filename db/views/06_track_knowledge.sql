-- kind: view
-- One row per user and track that was played (user_id, track_id), with a hash of what is known of the track (known_as), as far as
-- what was heard of it is counted by that: its length, its artist, the recording under which it stands, and that one's artist, popularity and release.
SELECT
    p.user_id,
    p.track_id,
    hash_record_extended(ROW(t.duration_ms, a.artist_id, COALESCE(r.track_id, p.track_id), ra.artist_id, rt.popularity, al.released), 0) AS known_as
FROM played_tracks AS p
JOIN tracks AS t ON t.track_id = p.track_id
LEFT JOIN recording_of AS r ON r.user_id = p.user_id AND r.played_id = p.track_id
LEFT JOIN track_artists AS a ON a.track_id = p.track_id AND a.position = 0
LEFT JOIN tracks AS rt ON rt.track_id = COALESCE(r.track_id, p.track_id)
LEFT JOIN track_artists AS ra ON ra.track_id = rt.track_id AND ra.position = 0
LEFT JOIN album_catalogue AS al ON al.album_id = rt.album_id
