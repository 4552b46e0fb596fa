-- What two listeners hear in common. Each one's plays are gathered by themselves; only sums of recordings and artists are laid side by side.

-- name: extent
-- When a listener was first and last heard; nothing of which is NULL where nobody has ever heard anything. One row.
SELECT min(played_at), max(played_at) FROM plays WHERE user_id = %(user_id)s;

-- name: heard_table
-- What the two have heard: of each release its recording (recording_of), plays and time of a stretch of days, and how often it was ever begun.
CREATE TEMPORARY TABLE together_heard (
    user_id text NOT NULL,
    track_id text NOT NULL,
    recording text NOT NULL,
    plays integer NOT NULL,
    heard_ms bigint NOT NULL,
    begun integer NOT NULL
) ON COMMIT DROP;

-- name: heard
-- One listener's, by the days of that listener.
INSERT INTO together_heard (user_id, track_id, recording, plays, heard_ms, begun)
SELECT h.user_id, h.track_id, COALESCE(r.track_id, h.track_id), h.plays, h.heard_ms, h.begun
FROM (
    SELECT
        user_id,
        track_id,
        count(*) FILTER (WHERE is_counted AND day BETWEEN %(first)s AND %(last)s) AS plays,
        COALESCE(sum(heard_ms) FILTER (WHERE day BETWEEN %(first)s AND %(last)s), 0) AS heard_ms,
        count(*) AS begun
    FROM play_facts
    WHERE user_id = %(user_id)s AND track_id IS NOT NULL
    GROUP BY user_id, track_id
) AS h
LEFT JOIN recording_of AS r ON r.user_id = h.user_id AND r.played_id = h.track_id;

-- name: analyze
-- Temporary tables are analyzed by nobody else.
ANALYZE together_heard;

-- name: artists
-- Plays, time and beginnings of each artist, of the `first` listener and of the `second`. Every credited artist counts.
WITH credits AS (
    SELECT DISTINCT h.user_id, h.track_id, c.artist_id, h.plays, h.heard_ms, h.begun
    FROM together_heard AS h
    JOIN track_artists AS c USING (track_id)
)
SELECT
    c.artist_id AS item,
    a.name,
    COALESCE(sum(c.plays) FILTER (WHERE c.user_id = %(first)s), 0)::integer AS first_plays,
    COALESCE(sum(c.heard_ms) FILTER (WHERE c.user_id = %(first)s), 0)::bigint AS first_ms,
    COALESCE(sum(c.begun) FILTER (WHERE c.user_id = %(first)s), 0)::integer AS first_begun,
    COALESCE(sum(c.plays) FILTER (WHERE c.user_id = %(second)s), 0)::integer AS second_plays,
    COALESCE(sum(c.heard_ms) FILTER (WHERE c.user_id = %(second)s), 0)::bigint AS second_ms,
    COALESCE(sum(c.begun) FILTER (WHERE c.user_id = %(second)s), 0)::integer AS second_begun
FROM credits AS c
JOIN artists AS a USING (artist_id)
GROUP BY c.artist_id, a.name;

-- name: tracks
-- The same of each recording. Where the two have heard different releases of one, which the rule says (same_recordings), or one of the two has
-- merged, these stand under that of the `first` listener; of several under the one that is played most.
WITH recordings AS MATERIALIZED (
    SELECT user_id, recording, sum(plays) AS plays, sum(heard_ms) AS heard_ms, sum(begun) AS begun
    FROM together_heard
    GROUP BY user_id, recording
),
alone AS MATERIALIZED (
    SELECT recording FROM recordings WHERE user_id = %(second)s
    EXCEPT
    SELECT recording FROM recordings WHERE user_id = %(first)s
),
other_release AS (
    SELECT DISTINCT ON (s.track_id) s.track_id AS recording, o.recording AS goal
    FROM alone AS t
    JOIN same_recordings AS s ON s.track_id = t.recording AND COALESCE(s.user_id, %(first)s) IN (%(first)s, %(second)s)
    JOIN recordings AS o ON o.user_id = %(first)s AND o.recording = s.other_id
    ORDER BY s.track_id, o.plays DESC, o.recording
)
SELECT
    COALESCE(g.goal, h.recording) AS item,
    t.name,
    COALESCE(sum(h.plays) FILTER (WHERE h.user_id = %(first)s), 0)::integer AS first_plays,
    COALESCE(sum(h.heard_ms) FILTER (WHERE h.user_id = %(first)s), 0)::bigint AS first_ms,
    COALESCE(sum(h.begun) FILTER (WHERE h.user_id = %(first)s), 0)::integer AS first_begun,
    COALESCE(sum(h.plays) FILTER (WHERE h.user_id = %(second)s), 0)::integer AS second_plays,
    COALESCE(sum(h.heard_ms) FILTER (WHERE h.user_id = %(second)s), 0)::bigint AS second_ms,
    COALESCE(sum(h.begun) FILTER (WHERE h.user_id = %(second)s), 0)::integer AS second_begun
FROM recordings AS h
LEFT JOIN other_release AS g ON h.user_id = %(second)s AND g.recording = h.recording
JOIN tracks AS t ON t.track_id = COALESCE(g.goal, h.recording)
GROUP BY COALESCE(g.goal, h.recording), t.name;

-- name: credits
-- Who plays some tracks.
SELECT track_id, artists FROM track_catalogue WHERE track_id = ANY(%(track_ids)s::text[]);
