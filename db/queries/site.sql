-- name: is_counted
-- Whether the views are there that all figures are counted from.
SELECT count(to_regclass(name)) = count(*)
FROM unnest(ARRAY['play_facts', 'recording_of', 'unified_tracks', 'daily_metrics', 'artist_stats']) AS name;

-- name: room
-- Memory for the transaction that counts, as far as it needs it: a hundred megabytes hold a million plays. Where the session has used
-- temporary tables before, as behind a pool of connections, their room stays as it is.
DO $$
BEGIN
    SET LOCAL work_mem = '64MB';
    SET LOCAL temp_buffers = '192MB';
EXCEPTION WHEN invalid_parameter_value THEN
    SET LOCAL work_mem = '64MB';
END
$$;

-- name: by_hash
-- While what is heard is gathered: what is excluded is mostly nothing, which the planner does not believe. It would go through it for each play.
SET LOCAL enable_nestloop = off;

-- name: by_any_way
-- As the session has it.
SET LOCAL enable_nestloop = DEFAULT;

-- name: listening
-- What all figures about plays are counted from, gathered once per build: what the listener has heard, with the day and hour of the
-- time zone. `track_id` is the
-- recording (recording_of), `played_id` the release that was heard. What is too short to count (plays is 0, else 1) is time heard, and may be a skip.
-- It lives as long as the transaction.
CREATE TEMPORARY TABLE listening ON COMMIT DROP AS
SELECT
    f.played_at,
    f.day,
    f.hour,
    f.track_id AS played_id,
    COALESCE(r.track_id, f.track_id) AS track_id,
    f.item_key,
    f.context_uri,
    f.heard_ms,
    f.heard_is_inferred,
    f.is_skip,
    f.source,
    f.is_counted::integer AS plays
FROM play_facts AS f
LEFT JOIN recording_of AS r ON r.user_id = f.user_id AND r.played_id = f.track_id
WHERE f.user_id = %(user_id)s;

-- name: listening_index
-- For figures of some days.
CREATE INDEX ON listening (day);

-- name: analyze_listening
-- So that the planner knows how much was heard.
ANALYZE listening;

-- name: extent
-- How far the record reaches, and whether anything at all is stored: one row.
SELECT
    COALESCE(sum(plays), 0),
    min(played_at) FILTER (WHERE plays > 0),
    max(played_at) FILTER (WHERE plays > 0),
    EXISTS (SELECT 1 FROM plays WHERE user_id = %(user_id)s)
        OR EXISTS (SELECT 1 FROM library_members WHERE user_id = %(user_id)s)
        OR EXISTS (SELECT 1 FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL)
FROM listening;

-- name: days
-- Plays and time of each day with plays.
SELECT day, sum(plays) AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms
FROM listening
GROUP BY day
HAVING sum(plays) > 0
ORDER BY day;

-- name: library
-- The library in numbers: one row. A track counts as played when its recording was, under whatever release.
SELECT
    (SELECT count(*) FROM liked_tracks WHERE user_id = %(user_id)s AND removed_at IS NULL) AS liked,
    (SELECT count(*) FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL) AS albums,
    (SELECT count(*) FROM followed_artists WHERE user_id = %(user_id)s AND removed_at IS NULL) AS followed,
    (SELECT count(*) FROM playlists WHERE user_id = %(user_id)s AND removed_at IS NULL) AS playlists,
    count(*) AS tracks,
    count(h.track_id) AS played
FROM unified_tracks AS u
LEFT JOIN recording_of AS r ON r.user_id = u.user_id AND r.played_id = u.track_id
LEFT JOIN (SELECT DISTINCT track_id FROM listening WHERE plays > 0) AS h ON h.track_id = COALESCE(r.track_id, u.track_id)
WHERE u.user_id = %(user_id)s;
