-- kind: view
-- One row per user and track that was played (user_id, track_id), with a hash of what is known of the track (known_as), as far as
-- what was heard of it is counted by that: its length, the recording under which it stands, its artist, its popularity and its release.
SELECT
    p.user_id,
    p.track_id,
    hash_record_extended(ROW(t.duration_ms, r.track_id, a.artist_id, t.popularity, al.released), 0) AS known_as
FROM played_tracks AS p
JOIN tracks AS t ON t.track_id = p.track_id
LEFT JOIN recording_of AS r ON r.user_id = p.user_id AND r.played_id = p.track_id
LEFT JOIN track_artists AS a ON a.track_id = p.track_id AND a.position = 0
LEFT JOIN album_catalogue AS al ON al.album_id = t.album_id
