-- name: halves
-- Of tracks that were first heard between two days and had some plays in the year since: after how many days the half of those plays was past, how
-- many tracks that is, and how many plays.
SELECT days, count(*) AS tracks, sum(plays)::bigint AS plays
FROM (
    SELECT f.track, percentile_disc(0.5) WITHIN GROUP (ORDER BY l.day - f.first_day) AS days, count(*) AS plays
    FROM heard_firsts AS f
    JOIN listening AS l ON l.goal = f.track
    WHERE f.first_day BETWEEN %(since)s AND %(until)s AND f.plays >= %(fewest)s AND l.plays > 0 AND l.day < f.first_day + 365
    GROUP BY f.track
    HAVING count(*) >= %(fewest)s
) AS of_track
GROUP BY days
ORDER BY days;

-- name: retention
-- Tracks by the stretch of so many months in which they were first heard (cohort), and of how many stretches later (0: the same) they were heard
-- again. A stretch is counted from the year 0 on: 12 * year + month - 1, divided by its months. Of those since a day.
SELECT cohort, stretch - cohort AS later, count(*) AS tracks
FROM (
    SELECT DISTINCT track, (12 * date_part('year', f.month) + date_part('month', f.month) - 1)::integer / %(months)s AS cohort,
        (12 * date_part('year', h.month) + date_part('month', h.month) - 1)::integer / %(months)s AS stretch
    FROM heard_months AS h
    JOIN heard_firsts AS f USING (track)
    WHERE f.month >= %(since)s AND h.plays > 0
) AS heard
WHERE stretch - cohort <= %(steps)s
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: comebacks
-- Artists who were not heard for so many days, and then were again: of each the longest such silence, longest first. Only of those with some plays
-- before and after; `total`: how many there are; `all_plays`: the plays of all of them. The months of an artist say whether there is room for such a silence at all.
SELECT n.artist_id, a.name, c.last_before, c.first_after, c.before, c.after, count(*) OVER () AS total, (sum(before + after) OVER ())::bigint AS all_plays
FROM (
    SELECT DISTINCT ON (artist) artist, last_before, first_day AS first_after, before::integer, (whole - before)::integer AS after
    FROM (
        SELECT artist, first_day, h.last_day,
            lag(h.last_day) OVER months AS last_before,
            sum(h.plays) OVER months - h.plays AS before,
            s.plays AS whole
        FROM heard_artists AS h
        JOIN (
            SELECT artist, sum(plays) AS plays
            FROM heard_artists
            GROUP BY artist
            HAVING max(month) - min(month) > %(days)s AND sum(plays) >= %(before)s + %(after)s
               AND max(month) - min(month) - 31 * count(*) >= %(days)s - 62
        ) AS s USING (artist)
        WINDOW months AS (PARTITION BY artist ORDER BY month)
    ) AS m
    WHERE first_day - last_before > %(days)s AND before >= %(before)s AND whole - before >= %(after)s
    ORDER BY artist, first_day - last_before DESC, first_day DESC
) AS c
JOIN (SELECT DISTINCT artist, artist_id FROM heard_credits) AS n USING (artist)
JOIN artists AS a USING (artist_id)
ORDER BY c.first_after - c.last_before DESC, c.after DESC, n.artist_id
LIMIT %(limit)s;

-- name: seasons
-- Artists whose plays lie in three months of the year far more than all plays do: the months from `begins` (1 to 12) on, how many of their plays and
-- what part of all are in these, and in how many years: those with a tenth of them and some plays. Those first that are least likely by chance; of each its clearest season.
WITH windows AS (
    SELECT b AS begins, mod(b + o - 1, 12) + 1 AS place, (b + o > 12)::integer AS carried
    FROM generate_series(1, 12) AS b, generate_series(0, 2) AS o
), baseline AS (
    SELECT w.begins, sum(p.plays) / sum(sum(p.plays) / 3) OVER () AS part
    FROM windows AS w
    JOIN (SELECT date_part('month', month)::integer AS place, sum(plays)::float AS plays FROM heard_months GROUP BY 1) AS p USING (place)
    GROUP BY w.begins
), of_artist AS (
    SELECT artist, date_part('month', month)::integer AS place, sum(plays)::float AS plays, sum(sum(plays)::float) OVER (PARTITION BY artist) AS whole
    FROM heard_artists
    GROUP BY 1, 2
), found AS MATERIALIZED (
    SELECT o.artist, w.begins, o.whole, b.part, sum(o.plays) AS plays
    FROM of_artist AS o
    JOIN windows AS w USING (place)
    JOIN baseline AS b USING (begins)
    WHERE o.whole >= %(plays)s
    GROUP BY 1, 2, 3, 4
    HAVING sum(o.plays) >= o.whole / 2 AND sum(o.plays) >= 2 * b.part * o.whole
), judged AS (
    SELECT DISTINCT ON (artist) artist, begins, plays, whole, part, years, (plays / whole - part) * sqrt(whole) AS strength
    FROM (
        SELECT artist, begins, plays, whole, part, count(*) FILTER (WHERE in_year >= %(in_a_year)s AND 10 * in_year >= plays) AS years
        FROM (
            SELECT f.artist, f.begins, f.plays, f.whole, f.part, date_part('year', h.month)::integer - w.carried AS year, sum(h.plays) AS in_year
            FROM found AS f
            JOIN windows AS w USING (begins)
            JOIN heard_artists AS h ON h.artist = f.artist AND date_part('month', h.month)::integer = w.place
            GROUP BY 1, 2, 3, 4, 5, 6
        ) AS of_year
        GROUP BY 1, 2, 3, 4, 5
    ) AS counted
    WHERE years >= 2
    ORDER BY artist, strength DESC, begins
)
SELECT n.artist_id, a.name, j.begins, j.plays::integer, j.whole::integer, j.years, j.part, count(*) OVER () AS total,
    (sum(j.plays) OVER ())::bigint AS all_plays
FROM judged AS j
JOIN (SELECT DISTINCT artist, artist_id FROM heard_credits) AS n USING (artist)
JOIN artists AS a USING (artist_id)
ORDER BY j.strength DESC, n.artist_id
LIMIT %(limit)s;

-- name: months_of_artist
-- Plays of an artist in each month with some.
SELECT month, plays FROM heard_artists
WHERE artist = (SELECT min(artist) FROM heard_credits WHERE artist_id = %(artist_id)s)
ORDER BY month;

-- name: orders
-- How plays follow each other: one row. `in_order`: plays in runs of so many and more in the order of their album (album_runs);
-- `shuffled`, `straight`: all of which the source says that it was on, or off.
SELECT
    (SELECT COALESCE(sum(plays), 0)::bigint FROM album_runs WHERE plays >= %(fewest)s) AS in_order,
    count(*) FILTER (WHERE shuffle) AS shuffled,
    count(*) FILTER (WHERE NOT shuffle) AS straight
FROM listening
WHERE plays > 0;

-- name: whole_albums
-- Albums that were heard as a whole, those most often first: a run that has left out no more than one track in ten, of an album of so many tracks and
-- more; not where a play of it is known to have been started from something else. `total`: how many albums; `all_times`: how often any was; `all_plays`.
SELECT w.album_id, a.name, w.tracks, w.times, w.last_day, w.total, w.all_times, w.all_plays, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = w.album_id ORDER BY aa.position) AS artists
FROM (
    SELECT r.album_id, b.total_tracks AS tracks, count(*) AS times, max(r.last_day) AS last_day, count(*) OVER () AS total,
        (sum(count(*)) OVER ())::bigint AS all_times, (sum(sum(r.plays)) OVER ())::bigint AS all_plays
    FROM album_runs AS r
    JOIN albums AS b USING (album_id)
    WHERE b.total_tracks >= %(tracks)s AND 10 * r.plays >= 9 * b.total_tracks AND NOT EXISTS (
        SELECT 1 FROM listening AS l
        WHERE l.day BETWEEN r.first_day AND r.last_day AND l.played_at BETWEEN r.first_at AND r.last_at AND right(l.context_uri, 7 + length(r.album_id)) <> ':album:' || r.album_id)
    GROUP BY r.album_id, b.total_tracks
    ORDER BY times DESC, tracks DESC, r.album_id
    LIMIT %(limit)s
) AS w
JOIN albums AS a USING (album_id)
ORDER BY w.times DESC, w.tracks DESC, w.album_id;

-- name: unfinished
-- Saved albums that were begun and not heard to their end, those nearest to it first; `total`: how many there are. As the smart list of that name
-- has them (playlists/definitions/unfinished_albums.yml).
SELECT s.album_id, s.name, s.played_count, s.track_count, count(*) OVER () AS total, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = s.album_id ORDER BY aa.position) AS artists
FROM album_stats AS s
JOIN saved_albums AS k ON k.user_id = s.user_id AND k.album_id = s.album_id AND k.removed_at IS NULL
WHERE s.user_id = %(user_id)s AND s.completion >= 20 AND s.completion < 100
ORDER BY s.completion DESC, s.play_count DESC, s.album_id
LIMIT %(limit)s;

-- name: makers
-- The lists in which favourites were first heard: tracks that were liked after their first play, or have so many plays, by the list that this first
-- play was started from; each with its favourite of most plays. `favourites`: of how many it is known what they were first played from.
WITH liked AS MATERIALIZED (
    SELECT COALESCE(r.track_id, k.track_id) AS track_id, min(k.liked_at) AS liked_at
    FROM liked_tracks AS k
    LEFT JOIN recording_of AS r ON r.user_id = k.user_id AND r.played_id = k.track_id
    WHERE k.user_id = %(user_id)s AND k.removed_at IS NULL
    GROUP BY 1
), favourites AS MATERIALIZED (
    SELECT f.track, n.track_id, f.first_day, f.plays, k.liked_at
    FROM heard_firsts AS f
    JOIN heard_tracks AS n USING (track)
    LEFT JOIN liked AS k USING (track_id)
    WHERE (f.plays >= %(plays)s OR k.liked_at IS NOT NULL) AND f.first_day >= (SELECT min(day) FROM heard_hours WHERE with_context > 0)
), firsts AS (
    SELECT DISTINCT ON (f.track) f.track_id, f.plays, f.liked_at, l.played_at, l.context_uri
    FROM favourites AS f
    JOIN listening AS l ON l.day = f.first_day AND l.goal = f.track
    WHERE l.plays > 0
    ORDER BY f.track, l.played_at
), begun AS (
    SELECT track_id, plays, substring(context_uri FROM ':playlist:([^:]+)$') AS playlist_id
    FROM firsts
    WHERE context_uri IS NOT NULL AND (plays >= %(plays)s OR liked_at > played_at)
)
SELECT m.playlist_id, p.name, m.tracks, m.plays, m.track_id, t.name AS track, t.album_id, m.favourites, m.of_lists
FROM (
    SELECT playlist_id, count(*) AS tracks, sum(plays)::bigint AS plays, (array_agg(track_id ORDER BY plays DESC, track_id))[1] AS track_id,
        (sum(count(*)) OVER ())::bigint AS favourites, (sum(count(*)) FILTER (WHERE playlist_id IS NOT NULL) OVER ())::bigint AS of_lists
    FROM begun
    GROUP BY playlist_id
) AS m
JOIN tracks AS t USING (track_id)
LEFT JOIN playlists AS p ON p.user_id = %(user_id)s AND p.playlist_id = m.playlist_id
WHERE m.playlist_id IS NOT NULL
ORDER BY m.tracks DESC, m.plays DESC, m.playlist_id
LIMIT %(limit)s;

-- name: told
-- The day of the first play of which it is known what it was started from: one row.
SELECT min(day) AS day FROM heard_hours WHERE with_context > 0;
