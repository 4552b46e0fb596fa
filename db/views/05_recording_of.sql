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
-- First the recordings, then the listener's other tracks, and only then who has merged what: how many tracks a listener has, and how
-- many are merged, is nothing that the planner could know here, and it would put each track beside each other one.
pair AS MATERIALIZED (
    SELECT one.user_id, one.track_id, one.place, s.other_id, s.user_id AS merged_by
    FROM ranked AS one
    JOIN same_recordings AS s ON s.track_id = one.track_id
),
before AS MATERIALIZED (
    SELECT pair.user_id, pair.track_id, pair.other_id, other.place
    FROM pair
    JOIN ranked AS other
        ON other.user_id = pair.user_id AND other.track_id = pair.other_id AND other.place < pair.place
        AND COALESCE(pair.merged_by, other.user_id) = other.user_id
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
