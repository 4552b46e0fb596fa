-- name: hours
-- Plays and time by weekday (1: Monday) and hour of the listener's time zone.
SELECT date_part('isodow', day)::integer AS weekday, hour, sum(plays) AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms
FROM heard_hours
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: months_heard
-- Of each month, how many tracks, and how many artists, had how many plays; and how many tracks were heard for the first time in what is
-- known (`plays` is 0). A play counts for every artist of its track.
SELECT 'tracks' AS kind, month, plays, count(*) AS items
FROM heard_months
WHERE plays > 0
GROUP BY month, plays
UNION ALL
SELECT 'artists', month, plays, count(*)
FROM heard_artists
GROUP BY month, plays
UNION ALL
SELECT 'new', month, 0, count(*)
FROM heard_firsts
GROUP BY month;

-- name: sessions
-- Sittings: plays that follow each other with at most ten minutes of silence between them. played_at lies near the end of a play, so a
-- sitting begins with the time heard of its first one before that.
WITH marked AS (
    SELECT played_at, heard_ms, plays, played_at - COALESCE(heard_ms, 0) * interval '1 millisecond' AS begins_at,
        lag(played_at) OVER (ORDER BY played_at, track, heard_ms) AS before_at
    FROM listening
), numbered AS (
    SELECT *, count(*) FILTER (WHERE before_at IS NULL OR begins_at - before_at > interval '10 minutes') OVER (ORDER BY played_at) AS sitting
    FROM marked
)
SELECT min(begins_at) AS begins_at, max(played_at) AS ends_at, sum(plays) AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms
FROM numbered
GROUP BY sitting
HAVING sum(plays) > 0
ORDER BY heard_ms DESC, begins_at DESC;

-- name: albums_of_years
-- The album with most plays in each year, the newest year first; what ties is ordered by the time heard. What was played once is nobody's album.
WITH foremost AS (
    SELECT DISTINCT ON (h.year) h.year, a.album_id, a.name, sum(h.plays)::integer AS plays
    FROM heard_years AS h
    JOIN heard_tracks AS n USING (track)
    JOIN tracks AS t ON t.track_id = n.track_id
    JOIN albums AS a USING (album_id)
    GROUP BY h.year, a.album_id, a.name
    HAVING sum(h.plays) > 1
    ORDER BY h.year DESC, sum(h.plays) DESC, sum(h.heard_ms) DESC NULLS LAST, a.name COLLATE "C", a.album_id
)
SELECT f.year, f.album_id, f.name, f.plays, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = f.album_id ORDER BY aa.position) AS artists
FROM foremost AS f
ORDER BY f.year DESC;

-- name: tracks_within
-- How many different tracks were heard between pairs of moments, in their order.
SELECT s.place, (
    SELECT count(DISTINCT goal) FROM listening
    WHERE plays > 0 AND played_at BETWEEN s.begins_at AND s.ends_at
        AND day BETWEEN (s.begins_at AT TIME ZONE %(time_zone)s)::date AND (s.ends_at AT TIME ZONE %(time_zone)s)::date
) AS tracks
FROM unnest(%(begins)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS s (begins_at, ends_at, place)
ORDER BY s.place;

-- name: dots
-- Every play, for a record of few.
SELECT played_at, day, hour + date_part('minute', played_at AT TIME ZONE %(time_zone)s) / 60.0 AS clock, h.goal_id AS track_id, t.name
FROM listening AS l
LEFT JOIN heard_tracks AS h USING (track)
LEFT JOIN tracks AS t ON t.track_id = h.goal_id
WHERE plays > 0
ORDER BY played_at;
