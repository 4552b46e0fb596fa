-- name: is_counted
-- Whether the views are there that all figures are counted from, and of a version that says what is asked.
SELECT count(to_regclass(name)) = count(*)
    AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('play_facts') AND attname = 'shuffle')
FROM unnest(ARRAY['play_facts', 'recording_of', 'unified_tracks', 'daily_metrics', 'artist_stats']) AS name;

-- name: room
-- Memory for the transaction that counts, as far as it needs it: a hundred megabytes hold a million plays. Where the session has used
-- temporary tables before, as behind a pool of connections, their room stays as it is. And one process of the server: temporary tables are read
-- by no other, and to pass a million plays on costs as much as to sort them. A few thousand rows tell the planner enough of each.
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL default_statistics_target = 20;
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

-- name: heard_tracks
-- The releases that were played and those that their plays count for (`goal`: the number of that recording, recording_of), numbered in the
-- order in which they were first heard, so that a new one changes no number. What is counted by numbers takes half the time.
CREATE TEMPORARY TABLE heard_tracks ON COMMIT DROP AS
WITH played AS (
    SELECT track_of(item_key) AS track_id, first_at
    FROM (SELECT item_key, min(played_at) AS first_at FROM plays WHERE user_id = %(user_id)s GROUP BY item_key) AS p
), counted AS (
    SELECT p.track_id, COALESCE(r.track_id, p.track_id) AS goal_id, p.first_at
    FROM played AS p
    LEFT JOIN recording_of AS r ON r.user_id = %(user_id)s AND r.played_id = p.track_id
    WHERE p.track_id IS NOT NULL
), numbered AS (
    SELECT track_id, (row_number() OVER (ORDER BY min(first_at), track_id COLLATE "C") - 1)::integer AS track
    FROM (SELECT track_id, first_at FROM counted UNION ALL SELECT goal_id, first_at FROM counted) AS p
    GROUP BY track_id
)
SELECT n.track, n.track_id, COALESCE(g.track, n.track) AS goal, COALESCE(g.track_id, n.track_id) AS goal_id
FROM numbered AS n
LEFT JOIN counted AS c USING (track_id)
LEFT JOIN numbered AS g ON g.track_id = c.goal_id;

-- name: heard_credits
-- The artists of these tracks, each once per track, numbered in the same way.
CREATE TEMPORARY TABLE heard_credits ON COMMIT DROP AS
WITH credits AS (
    SELECT t.track, c.artist_id, min(c.position) AS position
    FROM heard_tracks AS t
    JOIN track_artists AS c USING (track_id)
    GROUP BY t.track, c.artist_id
), numbered AS (
    SELECT artist_id, (row_number() OVER (ORDER BY min(ARRAY[track, position]), artist_id COLLATE "C") - 1)::integer AS artist
    FROM credits
    GROUP BY artist_id
)
SELECT track, artist, artist_id, position FROM credits JOIN numbered USING (artist_id);

-- name: analyze_tracks
-- Temporary tables are analyzed by nobody else.
ANALYZE heard_tracks, heard_credits;

-- name: heard_credits_index
-- For the names of a track's artists.
CREATE INDEX ON heard_credits (track);

-- name: listening
-- What all figures about plays are counted from, gathered once per build: what the listener has heard, with the day and hour of the
-- time zone. `track` is the number of the release that was heard, `goal` that of the recording (heard_tracks).
-- What is too short to count (plays is 0, else 1) is time heard, and may be a skip. What is of one length stands first, where it is read
-- faster. It lives as long as the transaction.
CREATE TEMPORARY TABLE listening ON COMMIT DROP AS
SELECT
    f.played_at,
    f.day,
    t.track,
    t.goal,
    f.heard_ms::integer AS heard_ms,
    f.hour::smallint AS hour,
    f.is_counted::integer::smallint AS plays,
    f.is_skip,
    f.shuffle,
    f.heard_is_inferred,
    f.context_uri,
    f.source
FROM play_facts AS f
LEFT JOIN heard_tracks AS t ON t.track_id = f.track_id
WHERE f.user_id = %(user_id)s;

-- name: listening_index
-- For figures of some days.
CREATE INDEX ON listening (day);

-- name: analyze_listening
-- So that the planner knows how much was heard; texts are not what it chooses by.
ANALYZE listening (played_at, day, track, goal, hour, source);

-- name: heard_hours
-- Plays and time by day, hour and source, and what else is told of them: small, and read by every figure that asks for no track.
-- `heard_ms` is NULL where nobody knows of any; `first_at`, `last_at`: of the plays that count.
CREATE TEMPORARY TABLE heard_hours ON COMMIT DROP AS
SELECT day, hour, source, sum(plays)::integer AS plays, sum(heard_ms) AS heard_ms,
    min(played_at) FILTER (WHERE plays > 0) AS first_at,
    max(played_at) FILTER (WHERE plays > 0) AS last_at,
    count(*)::integer AS entries,
    (count(*) FILTER (WHERE is_skip))::integer AS skips,
    (count(*) FILTER (WHERE plays > 0 AND heard_is_inferred))::integer AS inferred,
    (count(*) FILTER (WHERE plays > 0 AND heard_ms IS NULL))::integer AS without_time,
    (count(*) FILTER (WHERE plays > 0 AND track IS NULL))::integer AS without_track,
    (count(*) FILTER (WHERE plays > 0 AND context_uri IS NOT NULL))::integer AS with_context
FROM listening
GROUP BY day, hour, source;

-- name: by_sorting
-- While tracks are counted by day: there are almost as many sums as plays, which the planner does not believe. Plays lie by day, and those
-- of one are sorted at once.
SET LOCAL enable_hashagg = off;

-- name: heard_days
-- Plays and time of each track on each day, in this order; `goal`: its recording.
CREATE TEMPORARY TABLE heard_days ON COMMIT DROP AS
SELECT day, track, goal, sum(plays)::integer AS plays, COALESCE(sum(heard_ms), 0)::integer AS heard_ms
FROM listening
WHERE track IS NOT NULL
GROUP BY day, track, goal
ORDER BY day, track;

-- name: by_hashing
-- As the session has it.
SET LOCAL enable_hashagg = DEFAULT;

-- name: heard_days_index
-- For stretches that are short.
CREATE INDEX ON heard_days (day);

-- name: heard_years
-- The same of each track in each calendar year.
CREATE TEMPORARY TABLE heard_years ON COMMIT DROP AS
SELECT date_part('year', day)::integer AS year, track, sum(plays)::integer AS plays, sum(heard_ms)::bigint AS heard_ms
FROM heard_days
GROUP BY 1, 2;

-- name: heard_totals
-- And of each track in the whole record.
CREATE TEMPORARY TABLE heard_totals ON COMMIT DROP AS
SELECT track, sum(plays)::integer AS plays, sum(heard_ms)::bigint AS heard_ms
FROM heard_years
GROUP BY track;

-- name: analyze_sums
-- The same of what is counted.
ANALYZE heard_hours (day, hour, source), heard_days (day, track, plays), heard_years (year, track, plays), heard_totals;

-- name: heard_months
-- Plays and time of each recording (its number as a track) in each calendar month (its first day), and the first and last day with plays. Each month
-- is counted by itself, which keeps few numbers at a time: half the work of all at once.
CREATE TEMPORARY TABLE heard_months ON COMMIT DROP AS
SELECT m.month, s.*
FROM (SELECT DISTINCT day - date_part('day', day)::integer + 1 AS month FROM heard_hours) AS m
CROSS JOIN LATERAL (
    SELECT goal AS track, sum(plays)::integer AS plays, sum(heard_ms) AS heard_ms,
        min(day) FILTER (WHERE plays > 0) AS first_day, max(day) FILTER (WHERE plays > 0) AS last_day
    FROM heard_days
    WHERE day BETWEEN m.month AND (m.month + interval '1 month')::date - 1
    GROUP BY goal
) AS s;

-- name: heard_firsts
-- Each recording that was heard: its plays, and when it was first heard.
CREATE TEMPORARY TABLE heard_firsts ON COMMIT DROP AS
SELECT track, min(month) AS month, min(first_day) AS first_day, sum(plays)::integer AS plays
FROM heard_months
WHERE plays > 0
GROUP BY track;

-- name: heard_artists
-- Plays of each artist in each calendar month, for whom every play of a track counts that names them; the first and last day with plays.
CREATE TEMPORARY TABLE heard_artists ON COMMIT DROP AS
SELECT h.month, c.artist, sum(h.plays)::integer AS plays, min(h.first_day) AS first_day, max(h.last_day) AS last_day
FROM heard_months AS h
JOIN heard_credits AS c USING (track)
WHERE h.plays > 0
GROUP BY 1, 2;

-- name: album_runs
-- Runs of plays that follow each other in the order of their album, as it is shown with the tracks; none of them known to be shuffled.
-- A spot is a place on an album, all albums one after the other: one number is sorted faster than its parts.
CREATE TEMPORARY TABLE album_runs ON COMMIT DROP AS
WITH numbers AS MATERIALIZED (
    SELECT album_id, row_number() OVER (ORDER BY album_id) AS number FROM albums
), spots AS (
    SELECT h.track, n.number * 1000000 + COALESCE(t.disc_number, 1) * 1000 + t.track_number AS spot
    FROM heard_tracks AS h
    JOIN tracks AS t USING (track_id)
    JOIN numbers AS n USING (album_id)
), placed AS (
    SELECT l.played_at, l.day, CASE WHEN l.shuffle IS NOT TRUE THEN s.spot END AS spot
    FROM listening AS l
    LEFT JOIN spots AS s USING (track)
    WHERE l.plays > 0
), marked AS (
    SELECT played_at, day, spot,
        COALESCE(lag(spot) OVER w < spot AND lag(spot) OVER w / 1000000 = spot / 1000000, false) AS goes_on,
        COALESCE(lead(spot) OVER w > spot AND lead(spot) OVER w / 1000000 = spot / 1000000, false) AS is_followed
    FROM placed
    WINDOW w AS (ORDER BY played_at, spot)
)
SELECT n.album_id, r.plays, r.first_at, r.last_at, r.first_day, r.last_day
FROM (
    SELECT min(spot) / 1000000 AS number, count(*) AS plays, min(played_at) AS first_at, max(played_at) AS last_at, min(day) AS first_day, max(day) AS last_day
    FROM (
        SELECT played_at, day, spot, count(*) FILTER (WHERE NOT goes_on) OVER (ORDER BY played_at, spot) AS run
        FROM marked
        WHERE goes_on OR is_followed
    ) AS numbered
    GROUP BY run
) AS r
JOIN numbers AS n USING (number);

-- name: analyze_heard
-- And of these.
ANALYZE heard_months (month, track, plays), heard_firsts, heard_artists, album_runs;

-- name: extent
-- How far the record reaches, and whether anything at all is stored: one row.
SELECT
    COALESCE(sum(plays), 0),
    min(first_at),
    max(last_at),
    EXISTS (SELECT 1 FROM plays WHERE user_id = %(user_id)s)
        OR EXISTS (SELECT 1 FROM library_members WHERE user_id = %(user_id)s)
        OR EXISTS (SELECT 1 FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL)
FROM heard_hours;

-- name: days
-- Plays and time of each day on which anything was heard, and plays of what is no track that is known. What is too short to count is time
-- heard, so that a day may have time and no play.
SELECT day, sum(plays)::integer AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms, sum(without_track)::integer AS without
FROM heard_hours
GROUP BY day
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
LEFT JOIN (
    SELECT DISTINCT t.goal_id AS track_id FROM heard_totals AS y JOIN heard_tracks AS t USING (track) WHERE y.plays > 0
) AS h ON h.track_id = COALESCE(r.track_id, u.track_id)
WHERE u.user_id = %(user_id)s;
