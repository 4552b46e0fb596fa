-- kind: materialized view
-- unique: user_id, played_id, track_id
-- For which track (track_id) a play of a track (played_id) counts.
--
-- A play counts for exactly one library track, once: the same id first, else the earliest-added track of the same
-- recording. Same recording: the same ISRC where both have one; else the same normalized title and main artist, and
-- durations known and within a second. What was played and is not in the library counts for itself, too: of interest
-- only where tracks outside of the library are looked at (known_tracks, album_stats).
WITH recording AS (
    SELECT track_id, isrc, duration_ms, recording_title AS title, artist_ids[1] AS main_artist_id
    FROM track_catalogue
),
outside AS (
    SELECT DISTINCT p.user_id, p.track_id
    FROM plays AS p
    WHERE p.track_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM library_tracks AS l WHERE l.user_id = p.user_id AND l.track_id = p.track_id)
),
same_recording AS (
    SELECT o.user_id, o.track_id AS played_id, l.track_id, l.added_at
    FROM outside AS o
    JOIN recording AS played ON played.track_id = o.track_id
    JOIN recording AS r ON r.isrc = played.isrc
    JOIN library_tracks AS l ON l.user_id = o.user_id AND l.track_id = r.track_id
    UNION ALL
    SELECT o.user_id, o.track_id, l.track_id, l.added_at
    FROM outside AS o
    JOIN recording AS played ON played.track_id = o.track_id
    JOIN recording AS r
        ON r.title = played.title
        AND r.main_artist_id = played.main_artist_id
        AND abs(r.duration_ms - played.duration_ms) <= 1000
        AND (r.isrc IS NULL OR played.isrc IS NULL)
    JOIN library_tracks AS l ON l.user_id = o.user_id AND l.track_id = r.track_id
)
SELECT user_id, track_id AS played_id, track_id FROM library_tracks
UNION ALL
SELECT user_id, track_id, track_id FROM outside
UNION ALL
(SELECT DISTINCT ON (user_id, played_id) user_id, played_id, track_id
 FROM same_recording
 ORDER BY user_id, played_id, added_at, track_id)
