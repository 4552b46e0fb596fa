-- kind: materialized view
-- unique: user_id, played_id, track_id
-- For which track (track_id) a play of a track (played_id) counts. is_several: so do plays of another one.
--
-- A play counts for exactly one library track, once: the same id first, else the earliest-added track of the same
-- recording (same_recordings). What was played and is not in the library counts for itself, too: of interest only
-- where tracks outside of the library are looked at (known_tracks, album_stats). What the listener has merged into another
-- recording counts for that one, and within the library for nothing else.
WITH outside AS (
    SELECT user_id, track_id FROM played_tracks
    EXCEPT
    SELECT user_id, track_id FROM library_tracks
),
moved AS MATERIALIZED (
    SELECT DISTINCT ON (l.user_id, l.track_id) l.user_id, l.track_id AS played_id, o.track_id
    FROM same_recordings AS s
    JOIN library_tracks AS l ON l.user_id = s.user_id AND l.track_id = s.track_id
    JOIN library_tracks AS o ON o.user_id = s.user_id AND o.track_id = s.other_id
    WHERE s.into_id IS NOT NULL
    ORDER BY l.user_id, l.track_id, s.other_id = s.into_id DESC, o.added_at, o.track_id
),
found AS (
    SELECT DISTINCT ON (o.user_id, o.track_id) o.user_id, o.track_id AS played_id, l.track_id
    FROM outside AS o
    JOIN same_recordings AS s ON s.track_id = o.track_id AND COALESCE(s.user_id, o.user_id) = o.user_id
    JOIN library_tracks AS l ON l.user_id = o.user_id AND l.track_id = s.other_id
    ORDER BY o.user_id, o.track_id, s.into_id IS NOT NULL DESC, s.other_id = s.into_id DESC, l.added_at, l.track_id
)
SELECT user_id, played_id, track_id, count(*) OVER (PARTITION BY user_id, track_id) > 1 AS is_several
FROM (
    SELECT user_id, track_id AS played_id, track_id
    FROM (
        SELECT user_id, track_id FROM library_tracks
        EXCEPT
        SELECT user_id, played_id FROM moved
    ) AS own
    UNION ALL
    SELECT user_id, played_id, track_id FROM moved
    UNION ALL
    SELECT user_id, track_id, track_id FROM outside
    UNION ALL
    SELECT f.user_id, f.played_id, COALESCE(m.track_id, f.track_id)
    FROM found AS f
    LEFT JOIN moved AS m ON m.user_id = f.user_id AND m.played_id = f.track_id
    UNION ALL
    SELECT o.user_id, o.track_id, s.into_id
    FROM outside AS o
    JOIN same_recordings AS s ON s.user_id = o.user_id AND s.track_id = o.track_id AND s.other_id = s.into_id
    LEFT JOIN library_tracks AS l ON l.user_id = s.user_id AND l.track_id = s.into_id
    WHERE l.track_id IS NULL
) AS counted
