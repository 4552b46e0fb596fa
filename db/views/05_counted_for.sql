-- kind: materialized view
-- unique: user_id, played_id, track_id
-- For which track (track_id) a play of a track (played_id) counts.
--
-- A play counts for exactly one library track, once: the same id first, else the earliest-added track of the same
-- recording (same_recordings). What was played and is not in the library counts for itself, too: of interest only
-- where tracks outside of the library are looked at (known_tracks, album_stats).
WITH outside AS (
    SELECT user_id, track_id FROM played_tracks
    EXCEPT
    SELECT user_id, track_id FROM library_tracks
)
SELECT user_id, track_id AS played_id, track_id FROM library_tracks
UNION ALL
SELECT user_id, track_id, track_id FROM outside
UNION ALL
(SELECT DISTINCT ON (o.user_id, o.track_id) o.user_id, o.track_id, l.track_id
 FROM outside AS o
 JOIN same_recordings AS s USING (track_id)
 JOIN library_tracks AS l ON l.user_id = o.user_id AND l.track_id = s.other_id
 ORDER BY o.user_id, o.track_id, l.added_at, l.track_id)
