-- kind: materialized view
-- unique: user_id, played_id
-- Under which track (track_id) a track that was played, or is in the library (played_id), stands where recordings are counted
-- and not releases: in tops, in how many different tracks were heard, in what was never heard. Exactly one, so that no play is
-- in two of them.
--
-- That is the track for which its plays count (counted_for), the library's before its own; and of several of those that are the
-- same recording (same_recordings) the one that dedupe would keep: of the library before any other, what the listener has merged
-- others into, the earliest added, the first by id. A track is compared with kept ones only, as in dedupe.py: being
-- the same recording is no chain.
WITH placed AS (
    SELECT DISTINCT ON (c.user_id, c.played_id)
        c.user_id, c.played_id, c.track_id, l.track_id IS NOT NULL AS is_in_library, l.added_at
    FROM counted_for AS c
    LEFT JOIN library_tracks AS l ON l.user_id = c.user_id AND l.track_id = c.track_id
    ORDER BY c.user_id, c.played_id, l.track_id IS NOT NULL DESC, c.track_id <> c.played_id DESC, c.track_id
),
ranked AS MATERIALIZED (
    SELECT user_id, track_id, row_number() OVER (
        PARTITION BY user_id ORDER BY is_in_library DESC, is_goal DESC, added_at, track_id COLLATE "C") AS place
    FROM (
        SELECT DISTINCT p.user_id, p.track_id, p.is_in_library, p.added_at, m.into_id IS NOT NULL AS is_goal
        FROM placed AS p
        LEFT JOIN recording_merges AS m ON m.user_id = p.user_id AND m.into_id = p.track_id
    ) AS candidate
),
before AS MATERIALIZED (
    SELECT one.user_id, one.track_id, other.track_id AS other_id, other.place
    FROM ranked AS one
    JOIN same_recordings AS s ON s.track_id = one.track_id AND COALESCE(s.user_id, one.user_id) = one.user_id
    JOIN ranked AS other ON other.user_id = one.user_id AND other.track_id = s.other_id AND other.place < one.place
),
kept AS (
    SELECT user_id, track_id FROM ranked
    EXCEPT
    SELECT user_id, track_id FROM before
),
shown AS (
    SELECT DISTINCT ON (b.user_id, b.track_id) b.user_id, b.track_id, b.other_id
    FROM before AS b
    JOIN kept AS k ON k.user_id = b.user_id AND k.track_id = b.other_id
    ORDER BY b.user_id, b.track_id, b.place
)
SELECT p.user_id, p.played_id, COALESCE(s.other_id, p.track_id) AS track_id
FROM placed AS p
LEFT JOIN shown AS s USING (user_id, track_id)
