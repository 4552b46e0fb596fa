-- Corrections that listeners ask for (db/plays.py). None of them erases a play.

-- Artists, tracks and lists whose plays are kept and count in no statistic: a child's, sounds to sleep by. Another thing than
-- excluded_tracks, which says what smart playlists leave out.
CREATE TABLE uncounted_items (
    user_id   text NOT NULL REFERENCES users,
    kind      text NOT NULL CHECK (kind IN ('artist', 'track', 'playlist')),
    item_id   text NOT NULL,  -- Spotify's id; `names:` and a hash, where an import alone has named it
    first_day date NOT NULL DEFAULT '-infinity',  -- of the listener's days
    last_day  date NOT NULL DEFAULT 'infinity',
    name      text,  -- by which plays are known that have no id
    artist    text,  -- likewise, of a track
    added_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, item_id, first_day),
    CHECK (first_day <= last_day)
);

-- Recordings that the rule does not see as one, and the listener does: plays of the one count for the other.
CREATE TABLE recording_merges (
    user_id   text NOT NULL REFERENCES users,
    track_id  text NOT NULL REFERENCES tracks,
    into_id   text NOT NULL REFERENCES tracks,  -- itself merged into nothing
    merged_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, track_id),
    CHECK (track_id <> into_id)
);
CREATE INDEX recording_merges_track_id ON recording_merges (track_id);
CREATE INDEX recording_merges_into_id ON recording_merges (into_id);

-- What the rule alone says: 0011, as it was.
CREATE VIEW recordings_by_rule AS
SELECT t.track_id, o.track_id AS other_id, true AS has_same_isrc
FROM tracks AS t
JOIN tracks AS o ON o.isrc = t.isrc AND o.track_id <> t.track_id
UNION ALL
SELECT t.track_id, o.track_id, false
FROM tracks AS t
JOIN track_artists AS ta ON ta.track_id = t.track_id AND ta.position = 0
JOIN track_artists AS oa ON oa.artist_id = ta.artist_id AND oa.position = 0
JOIN tracks AS o
    ON o.track_id = oa.track_id
    AND o.track_id <> t.track_id
    AND o.recording_title = t.recording_title
    AND abs(o.duration_ms - t.duration_ms) <= 1000
    AND (o.isrc IS NULL OR t.isrc IS NULL);

-- The tracks of the recordings that a listener has merged: all that the rule sees as one of the two. is_goal: of the one that
-- the plays count for.
CREATE VIEW merged_tracks AS
SELECT user_id, into_id, track_id, bool_or(is_goal) AS is_goal
FROM (
    SELECT user_id, into_id, track_id, false AS is_goal FROM recording_merges
    UNION ALL
    SELECT m.user_id, m.into_id, r.other_id, false
    FROM recording_merges AS m JOIN recordings_by_rule AS r ON r.track_id = m.track_id
    UNION ALL
    SELECT user_id, into_id, into_id, true FROM recording_merges
    UNION ALL
    SELECT m.user_id, m.into_id, r.other_id, true
    FROM recording_merges AS m JOIN recordings_by_rule AS r ON r.track_id = m.into_id
) AS member
GROUP BY user_id, into_id, track_id;

-- One row per track and other track of the same recording: by the rule, for everybody (user_id is NULL); and what a listener
-- has merged, for that one, with all that the rule sees as one of the two recordings. into_id is set where the other track
-- is of the recording that was merged into. playlists/arrangement/dedupe.py is the same in Python: it has the merges from here.
CREATE OR REPLACE VIEW same_recordings AS
SELECT track_id, other_id, has_same_isrc, NULL::text AS user_id, NULL::text AS into_id
FROM recordings_by_rule
UNION ALL
SELECT one.track_id, other.track_id, false, one.user_id, CASE WHEN other.is_goal AND NOT one.is_goal THEN one.into_id END
FROM merged_tracks AS one
JOIN merged_tracks AS other USING (user_id, into_id)
WHERE one.track_id <> other.track_id;

-- What is known by its names alone is found among as little as possible.
CREATE INDEX plays_known_by_name ON plays (user_id) WHERE starts_with(item_key, 'names:');

-- By what a person names a play, or by as much of its beginning as tells it from all others.
CREATE FUNCTION play_handle(played_at timestamptz, item_key text, part integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(concat_ws(' ', EXTRACT(epoch FROM played_at), item_key, part), 'UTF8')), 'hex')
$$;
