-- name: periods
-- Plays and time between pairs of moments, the first of each inclusive: one row per key. In whatever zone, their days lie no further from
-- them than two, and are found by the index.
SELECT p.key, COALESCE(sum(l.plays), 0) AS plays, COALESCE(sum(l.heard_ms), 0)::bigint AS heard_ms,
    count(DISTINCT l.goal) FILTER (WHERE l.plays > 0) AS tracks
FROM unnest(%(keys)s::text[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS p (key, begins_at, ends_at)
LEFT JOIN listening AS l ON l.played_at >= p.begins_at AND l.played_at < p.ends_at
    AND l.day BETWEEN p.begins_at::date - 2 AND p.ends_at::date + 2
GROUP BY p.key;

-- name: rotation
-- The albums with most plays since a day, each with the names and ids of its artists; what ties is ordered by the time heard.
SELECT t.album_id, a.name, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = t.album_id ORDER BY aa.position) AS artists,
    sum(l.plays) AS plays
FROM listening AS l
JOIN heard_tracks AS h USING (track)
JOIN tracks AS t USING (track_id)
JOIN albums AS a ON a.album_id = t.album_id
WHERE l.day >= %(since)s
GROUP BY t.album_id, a.name
HAVING sum(l.plays) > 0
ORDER BY sum(l.plays) DESC, sum(l.heard_ms) DESC NULLS LAST, a.name COLLATE "C", t.album_id
LIMIT %(limit)s;

-- name: newest
-- The newest plays.
SELECT l.played_at, h.goal_id AS track_id, t.name, t.album_id, l.is_skip, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM track_artists AS ta JOIN artists AS r USING (artist_id) WHERE ta.track_id = h.goal_id ORDER BY ta.position) AS artists
FROM (SELECT * FROM listening WHERE plays > 0 ORDER BY day DESC, played_at DESC LIMIT %(limit)s) AS l
LEFT JOIN heard_tracks AS h USING (track)
LEFT JOIN tracks AS t ON t.track_id = h.goal_id
ORDER BY l.played_at DESC;

-- name: streaks
-- Stretches of days with plays, each day after the other: the longest, and the one that reaches today or yesterday.
WITH stretches AS (
    SELECT min(day) AS first_day, max(day) AS last_day, count(*)::integer AS days
    FROM (SELECT day, day - row_number() OVER (ORDER BY day)::integer AS stretch FROM heard_hours WHERE plays > 0 GROUP BY day) AS d
    GROUP BY stretch
)
(SELECT 'longest' AS kind, * FROM stretches ORDER BY days DESC, first_day DESC LIMIT 1)
UNION ALL
(SELECT 'current', * FROM stretches WHERE last_day >= %(today)s::date - 1 ORDER BY last_day DESC LIMIT 1);

-- name: on_this_day
-- What was heard most on this day of other years: one row per year.
SELECT DISTINCT ON (d.day) d.day, date_part('year', d.day)::integer AS year, d.plays, t.track_id, t.name, t.album_id, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM track_artists AS ta JOIN artists AS r USING (artist_id) WHERE ta.track_id = t.track_id ORDER BY ta.position) AS artists
FROM (
    SELECT day, goal, sum(plays) AS plays, sum(heard_ms) AS heard_ms
    FROM heard_days
    WHERE day = ANY(ARRAY(
        SELECT d::date FROM generate_series(%(today)s::date - interval '100 years', %(today)s::date - interval '1 day', interval '1 day') AS d
        WHERE to_char(d, 'MM-DD') = to_char(%(today)s::date, 'MM-DD')
    )) AND plays > 0
    GROUP BY 1, 2
) AS d
JOIN heard_tracks AS h ON h.track = d.goal
JOIN tracks AS t USING (track_id)
ORDER BY d.day DESC, d.plays DESC, d.heard_ms DESC, t.name COLLATE "C";
