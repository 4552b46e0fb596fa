-- name: hours
-- Plays and time by weekday (1: Monday) and hour of the listener's time zone.
SELECT date_part('isodow', day)::integer AS weekday, hour, sum(plays) AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms
FROM listening
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: discoveries
-- Tracks heard in each month: those heard for the first time in what is known, and those heard before.
WITH months AS MATERIALIZED (
    SELECT DISTINCT track_id, day - date_part('day', day)::integer + 1 AS month FROM listening WHERE track_id IS NOT NULL AND plays > 0
)
SELECT m.month, count(*) FILTER (WHERE m.month = f.month) AS new, count(*) FILTER (WHERE m.month > f.month) AS again
FROM months AS m
JOIN (SELECT track_id, min(month) AS month FROM months GROUP BY track_id) AS f USING (track_id)
GROUP BY m.month
ORDER BY m.month;

-- name: sessions
-- Sittings: plays that follow each other with at most ten minutes of silence between them. played_at lies near the end of a play, so a
-- sitting begins with the time heard of its first one before that.
WITH marked AS (
    SELECT played_at, heard_ms, plays, track_id, played_at - COALESCE(heard_ms, 0) * interval '1 millisecond' AS begins_at,
        lag(played_at) OVER (ORDER BY played_at, item_key) AS before_at
    FROM listening
), numbered AS (
    SELECT *, count(*) FILTER (WHERE before_at IS NULL OR begins_at - before_at > interval '10 minutes') OVER (ORDER BY played_at) AS sitting
    FROM marked
)
SELECT min(begins_at) AS begins_at, max(played_at) AS ends_at, sum(plays) AS plays, count(DISTINCT track_id) FILTER (WHERE plays > 0) AS tracks,
    COALESCE(sum(heard_ms), 0)::bigint AS heard_ms
FROM numbered
GROUP BY sitting
HAVING sum(plays) > 0
ORDER BY heard_ms DESC, begins_at DESC;

-- name: dots
-- Every play, for a record of few.
SELECT played_at, day, hour + date_part('minute', played_at AT TIME ZONE %(time_zone)s) / 60.0 AS clock, t.name
FROM listening
LEFT JOIN tracks AS t USING (track_id)
WHERE plays > 0
ORDER BY played_at;
