-- The title as recordings are compared: no case, no runs of white space, nothing else.
-- playlists/arrangement/titles.py is the same in Python.
ALTER TABLE tracks ADD COLUMN recording_title text
    GENERATED ALWAYS AS (regexp_replace(lower(normalize(name, NFKC)), '\s+', ' ', 'g')) STORED;

-- One row per track and other track of the same recording: the same ISRC where both have one; else the same title and
-- main artist, and durations known and within a second. playlists/arrangement/dedupe.py is the same in Python.
-- A view of the schema, as library_members is (0010).
CREATE VIEW same_recordings AS
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
