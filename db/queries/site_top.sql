-- name: index_albums
-- The albums of what was heard (heard_tracks), numbered in the order in which they were first heard, so that a new one changes no number.
CREATE TEMPORARY TABLE top_albums ON COMMIT DROP AS
SELECT track, album_id, (dense_rank() OVER (ORDER BY first_track, album_id COLLATE "C") - 1)::integer AS album
FROM (
    SELECT t.track, c.album_id, min(t.track) OVER (PARTITION BY c.album_id) AS first_track
    FROM heard_tracks AS t
    JOIN tracks AS c USING (track_id)
    WHERE c.album_id IS NOT NULL
) AS a;

-- name: index_genres
-- The genres of these tracks' artists, each once per track, numbered in the same way.
CREATE TEMPORARY TABLE top_genres ON COMMIT DROP AS
WITH artist_genres AS (
    SELECT DISTINCT c.artist, g.name
    FROM (SELECT DISTINCT artist, artist_id FROM heard_credits) AS c
    JOIN artists AS a USING (artist_id)
    CROSS JOIN unnest(a.genres) AS g (name)
    WHERE g.name ~ '\S'
), numbered AS (
    SELECT name, (row_number() OVER (ORDER BY min(artist), name COLLATE "C") - 1)::integer AS genre
    FROM artist_genres
    GROUP BY name
)
SELECT artist, genre, name FROM artist_genres JOIN numbered USING (name);

-- name: analyze_index
-- So that the planner knows how many there are.
ANALYZE top_albums, top_genres;

-- name: stretches
-- The stretches of days that are summed up, numbered; `year`: of those that are a calendar year; `is_all`: all that is known; `most`: how many
-- are ranked, NULL where nothing is.
CREATE TEMPORARY TABLE top_stretches ON COMMIT DROP AS
SELECT place::integer AS stretch, key, first_day, last_day, CASE unit WHEN 'year' THEN date_part('year', first_day)::integer END AS year, unit = 'all' AS is_all, most
FROM unnest(%(keys)s::text[], %(units)s::text[], %(firsts)s::date[], %(lasts)s::date[], %(limits)s::integer[])
    WITH ORDINALITY AS s (key, unit, first_day, last_day, most, place);

-- name: sum_up
-- Plays and time of each track in each of these stretches. Time is summed up in a float here, which is exact for whole milliseconds and costs half.
CREATE TEMPORARY TABLE top_sums ON COMMIT DROP AS
SELECT s.stretch, d.track, sum(d.plays)::integer AS plays, sum(d.heard_ms)::float8 AS heard_ms
FROM top_stretches AS s
JOIN heard_days AS d ON d.day BETWEEN s.first_day AND s.last_day
WHERE s.year IS NULL AND NOT s.is_all
GROUP BY s.stretch, d.track
UNION ALL
SELECT s.stretch, y.track, y.plays, y.heard_ms
FROM top_stretches AS s
JOIN heard_years AS y USING (year)
UNION ALL
SELECT s.stretch, t.track, t.plays, t.heard_ms
FROM top_stretches AS s
CROSS JOIN heard_totals AS t
WHERE s.is_all;

-- name: analyze_sums
-- So that the planner knows how many there are.
ANALYZE top_stretches, top_sums;

-- name: rank
-- The first ones of these stretches, by plays and by time: what is equal shares a rank, and stands in the order of the other measure, then of
-- what was heard first. What was played no time has no rank by plays, what was not heard for a moment none by time.
CREATE TEMPORARY TABLE top_ranked ON COMMIT DROP AS
WITH sums AS (
    SELECT * FROM top_sums WHERE stretch IN (SELECT stretch FROM top_stretches WHERE most IS NOT NULL)
), items AS (
    SELECT 1 AS kind, s.stretch, t.goal AS item, sum(s.plays)::integer AS plays, sum(s.heard_ms) AS heard_ms
    FROM sums AS s
    JOIN heard_tracks AS t USING (track)
    GROUP BY s.stretch, t.goal
    UNION ALL
    SELECT 2, s.stretch, c.artist, sum(s.plays)::integer, sum(s.heard_ms)
    FROM sums AS s
    JOIN heard_credits AS c USING (track)
    GROUP BY s.stretch, c.artist
    UNION ALL
    SELECT 3, s.stretch, a.album, sum(s.plays)::integer, sum(s.heard_ms)
    FROM sums AS s
    JOIN top_albums AS a USING (track)
    GROUP BY s.stretch, a.album
    UNION ALL
    SELECT 4, s.stretch, g.genre, sum(s.plays)::integer, sum(s.heard_ms)
    FROM sums AS s
    JOIN (SELECT DISTINCT c.track, g.genre FROM heard_credits AS c JOIN top_genres AS g USING (artist)) AS g USING (track)
    GROUP BY s.stretch, g.genre
), ranked AS (
    SELECT kind, stretch, item, plays, heard_ms,
        rank() OVER (PARTITION BY stretch, kind ORDER BY plays DESC)::integer AS plays_rank,
        row_number() OVER (PARTITION BY stretch, kind ORDER BY plays DESC, heard_ms DESC, item)::integer AS plays_order,
        rank() OVER (PARTITION BY stretch, kind ORDER BY heard_ms DESC)::integer AS minutes_rank,
        row_number() OVER (PARTITION BY stretch, kind ORDER BY heard_ms DESC, plays DESC, item)::integer AS minutes_order,
        (count(*) FILTER (WHERE plays > 0) OVER (PARTITION BY stretch, kind))::integer AS items,
        (count(*) FILTER (WHERE plays = 1) OVER (PARTITION BY stretch, kind))::integer AS singles
    FROM items
)
SELECT (ARRAY['tracks', 'artists', 'albums', 'genres'])[r.kind] AS kind, s.key,
    r.item, r.plays, r.heard_ms::bigint AS heard_ms, r.plays_rank, r.plays_order, r.minutes_rank, r.minutes_order, r.items, r.singles
FROM ranked AS r
JOIN top_stretches AS s USING (stretch)
WHERE r.plays_order <= s.most OR r.minutes_order <= s.most;

-- name: name_ranked
-- What is said of each item that is ranked: its name, empty where there is none, its id where that is Spotify's, artists as pairs of name and id, and its cover.
CREATE TEMPORARY TABLE top_named ON COMMIT DROP AS
SELECT 'tracks' AS kind, t.track AS item, n.name,
    ARRAY(SELECT ARRAY[a.name, a.artist_id] FROM heard_credits AS c JOIN artists AS a USING (artist_id) WHERE c.track = t.track ORDER BY c.position) AS artists,
    CASE WHEN is_spotify_id(t.track_id) THEN t.track_id END AS link, n.album_id AS cover_id, b.album AS cover
FROM heard_tracks AS t
JOIN tracks AS n USING (track_id)
LEFT JOIN top_albums AS b USING (track)
WHERE t.track = t.goal
UNION ALL
SELECT 'artists', c.artist, a.name, '{}', CASE WHEN is_spotify_id(artist_id) THEN artist_id END, artist_id, c.artist
FROM (SELECT DISTINCT artist, artist_id FROM heard_credits) AS c
JOIN artists AS a USING (artist_id)
UNION ALL
SELECT 'albums', b.album, n.name,
    ARRAY(SELECT ARRAY[a.name, a.artist_id] FROM album_artists AS c JOIN artists AS a USING (artist_id) WHERE c.album_id = b.album_id ORDER BY c.position),
    CASE WHEN is_spotify_id(album_id) THEN album_id END, album_id, b.album
FROM (SELECT DISTINCT album, album_id FROM top_albums) AS b
JOIN albums AS n USING (album_id)
UNION ALL
SELECT DISTINCT 'genres', genre, name, ARRAY[]::text[], NULL, NULL, NULL::integer
FROM top_genres;

-- name: index_ranked
-- For one ranking at a time.
CREATE INDEX ON top_ranked (key, kind);

-- name: analyze_ranked
-- The same of what is ranked.
ANALYZE top_ranked, top_named;

-- name: ranking
-- One ranking, with names: by `plays` or `minutes`.
SELECT
    r.item, r.plays, r.heard_ms, r.items, r.singles, n.name, n.artists, n.link, n.cover_id, n.cover,
    CASE %(by)s WHEN 'plays' THEN r.plays_rank ELSE r.minutes_rank END AS rank,
    CASE WHEN r.kind = 'artists' THEN 'artists' ELSE 'albums' END AS cover_kind
FROM top_ranked AS r
JOIN top_named AS n USING (kind, item)
WHERE r.key = %(key)s AND r.kind = %(kind)s AND CASE %(by)s WHEN 'plays' THEN r.plays ELSE r.heard_ms END > 0
  AND CASE %(by)s WHEN 'plays' THEN r.plays_order ELSE r.minutes_order END <= %(most)s
ORDER BY CASE %(by)s WHEN 'plays' THEN r.plays_order ELSE r.minutes_order END;

-- name: covered
-- What stands in the first ten of any stretch, and what is the first of one: its number on the page, and the id of its cover.
WITH foremost AS (
    SELECT kind, item, bool_or(plays_order = 1 OR minutes_order = 1) AS is_first
    FROM top_ranked
    WHERE plays_order <= 10 OR minutes_order <= 10
    GROUP BY kind, item
)
SELECT kind, item, cover_id, bool_or(is_first) AS is_first
FROM (
    SELECT 'albums' AS kind, a.album AS item, a.album_id AS cover_id, l.is_first
    FROM foremost AS l JOIN top_albums AS a ON a.track = l.item
    WHERE l.kind = 'tracks'
    UNION
    SELECT l.kind, l.item, a.album_id, l.is_first
    FROM foremost AS l JOIN top_albums AS a ON a.album = l.item
    WHERE l.kind = 'albums'
    UNION
    SELECT l.kind, l.item, c.artist_id, l.is_first
    FROM foremost AS l JOIN heard_credits AS c ON c.artist = l.item
    WHERE l.kind = 'artists'
) AS found
GROUP BY kind, item, cover_id
ORDER BY kind, item;

-- name: year_days
-- The days of each year as JSON, each a list: how many days into the year, the tracks, ascending, each as the distance from the one before,
-- and how often and how long (ms) each was heard. The window has the tracks of a day in their order, and they are put together as they come.
SELECT year, string_agg(of_day, ',' ORDER BY day) AS days
FROM (
    SELECT day, date_part('year', day)::integer AS year,
        '[' || date_part('doy', day)::integer - 1 || ',[' || string_agg(distance::text, ',') || '],['
            || string_agg(plays::text, ',') || '],[' || string_agg(heard_ms::text, ',') || ']]' AS of_day
    FROM (SELECT day, track - lag(track, 1, 0) OVER (PARTITION BY day ORDER BY track) AS distance, plays, heard_ms FROM heard_days) AS t
    GROUP BY day
) AS d
GROUP BY year
ORDER BY year;

-- name: year_tracks
-- The tracks heard in each year.
SELECT year, array_agg(track) AS tracks FROM heard_years GROUP BY year;

-- name: tracks
-- What is known of each track; `link`: its id, where that is Spotify's.
SELECT t.track AS place, t.goal, COALESCE(c.name, '') AS name, CASE WHEN is_spotify_id(t.track_id) THEN t.track_id ELSE '' END AS link,
    COALESCE(a.album, -1) AS album,
    ARRAY(SELECT artist FROM heard_credits WHERE track = t.track ORDER BY position) AS artists
FROM heard_tracks AS t
JOIN tracks AS c USING (track_id)
LEFT JOIN top_albums AS a ON a.track = t.track;

-- name: artists
-- The names of artists, their ids, and their genres.
SELECT c.artist AS place, COALESCE(n.name, '') AS name, c.artist_id AS link, COALESCE(g.genres, '{}') AS genres
FROM (SELECT DISTINCT artist, artist_id FROM heard_credits) AS c
JOIN artists AS n USING (artist_id)
LEFT JOIN (SELECT artist, array_agg(genre ORDER BY genre) AS genres FROM top_genres GROUP BY artist) AS g USING (artist);

-- name: albums
-- The names and ids of albums, and of their artists.
SELECT c.album AS place, COALESCE(n.name, '') AS name, c.album_id AS link,
    ARRAY(SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS m JOIN artists AS r USING (artist_id) WHERE m.album_id = c.album_id ORDER BY m.position) AS artists
FROM (SELECT DISTINCT album, album_id FROM top_albums) AS c
JOIN albums AS n USING (album_id);

-- name: genres
-- The names of genres.
SELECT DISTINCT genre AS place, name FROM top_genres;

-- name: of_periods
-- How often artists were heard in some of the stretches, and their rank among all artists.
SELECT key, artist, plays, rank
FROM (
    SELECT n.key, c.artist, sum(s.plays)::integer AS plays, rank() OVER (PARTITION BY n.key ORDER BY sum(s.plays) DESC)::integer AS rank
    FROM top_stretches AS n
    JOIN top_sums AS s USING (stretch)
    JOIN heard_credits AS c USING (track)
    WHERE n.key = ANY(%(keys)s::text[])
    GROUP BY n.key, c.artist
) AS ranked
WHERE artist = ANY(%(artists)s::integer[]);

-- name: leaders
-- Who was played most in each of some stretches of days: all of those who share it. Each stretch is summed up by itself, which finds its days
-- by their index and keeps few numbers at a time.
WITH led AS MATERIALIZED (
    SELECT s.first_day, m.artist, m.plays
    FROM unnest(%(firsts)s::date[], %(lasts)s::date[]) AS s (first_day, last_day)
    CROSS JOIN LATERAL (
        SELECT c.artist, sum(d.plays)::integer AS plays
        FROM heard_days AS d
        JOIN heard_credits AS c USING (track)
        WHERE d.day BETWEEN s.first_day AND s.last_day
        GROUP BY c.artist
        HAVING sum(d.plays) > 0
        ORDER BY plays DESC
        FETCH FIRST 1 ROWS WITH TIES
    ) AS m
)
SELECT l.first_day, l.plays, c.artist_id, a.name
FROM led AS l
JOIN (SELECT DISTINCT artist, artist_id FROM heard_credits) AS c USING (artist)
JOIN artists AS a USING (artist_id)
ORDER BY l.first_day, l.artist;

-- name: medals
-- The first three ranks of each of some years, artists and tracks, with names. What was played once earns nothing, nor a rank that more than
-- ten share.
SELECT m.kind, m.key, m.rank, m.plays, m.item, n.name, n.artists, n.link, n.cover_id
FROM (
    SELECT kind, key, item, plays, plays_rank AS rank, count(*) OVER (PARTITION BY kind, key, plays_rank) AS shared_by
    FROM top_ranked
    WHERE key = ANY(%(keys)s::text[]) AND kind IN ('artists', 'tracks') AND plays_rank <= 3 AND plays > 1
) AS m
JOIN top_named AS n USING (kind, item)
WHERE m.shared_by <= 10
ORDER BY m.kind, m.key, m.rank, m.item;

-- name: credited
-- Plays of all time by how many artists the track names; five stands for more, too. `credits`: plays times artists.
SELECT LEAST(c.artists, 5)::integer AS artists, sum(s.plays)::integer AS plays, sum(s.plays * c.artists)::integer AS credits
FROM top_stretches AS n
JOIN top_sums AS s USING (stretch)
JOIN (SELECT track, count(*) AS artists FROM heard_credits GROUP BY track) AS c USING (track)
WHERE n.key = 'all' AND s.plays > 0
GROUP BY 1
ORDER BY 1;

-- name: labels
-- The labels of the albums played, of all time: what is equal shares a rank. `known`: plays of albums whose label is known; `labels`: how many there are.
SELECT label, plays, rank() OVER (ORDER BY plays DESC)::integer AS rank,
    (sum(plays) OVER ())::integer AS known, (count(*) OVER ())::integer AS labels
FROM (
    SELECT btrim(a.label) AS label, sum(r.plays)::integer AS plays, sum(r.heard_ms) AS heard_ms
    FROM top_ranked AS r
    JOIN (SELECT DISTINCT album, album_id FROM top_albums) AS c ON c.album = r.item
    JOIN albums AS a USING (album_id)
    WHERE r.kind = 'albums' AND r.key = 'all' AND r.plays > 0 AND a.label ~ '\S'
    GROUP BY 1
) AS l
ORDER BY plays DESC, heard_ms DESC, label COLLATE "C"
LIMIT %(most)s;

-- name: spotifys
-- Spotify's own rankings: the newest snapshot of each, and where each item stood in the one before.
WITH snapshots AS (
    SELECT item_type, time_range, captured_on, row_number() OVER (PARTITION BY item_type, time_range ORDER BY captured_on DESC) AS age
    FROM top_items
    WHERE user_id = %(user_id)s
    GROUP BY item_type, time_range, captured_on
), newest AS (
    SELECT n.item_type, n.time_range, n.captured_on, b.captured_on AS before_on
    FROM snapshots AS n
    LEFT JOIN snapshots AS b ON b.item_type = n.item_type AND b.time_range = n.time_range AND b.age = 2
    WHERE n.age = 1
)
SELECT n.item_type, n.time_range, n.captured_on, n.before_on, i.rank, b.rank AS before_rank,
    CASE n.item_type WHEN 'track' THEN t.name ELSE a.name END AS name,
    ARRAY(SELECT ARRAY[r.name, r.artist_id] FROM track_artists AS c JOIN artists AS r USING (artist_id)
          WHERE n.item_type = 'track' AND c.track_id = i.item_id ORDER BY c.position) AS artists,
    i.item_id AS link,
    CASE n.item_type WHEN 'track' THEN t.album_id ELSE i.item_id END AS cover_id,
    CASE n.item_type WHEN 'track' THEN 'albums' ELSE 'artists' END AS cover_kind
FROM newest AS n
JOIN top_items AS i ON i.user_id = %(user_id)s AND i.item_type = n.item_type AND i.time_range = n.time_range AND i.captured_on = n.captured_on
LEFT JOIN top_items AS b ON b.user_id = i.user_id AND b.item_type = i.item_type AND b.time_range = i.time_range
    AND b.captured_on = n.before_on AND b.item_id = i.item_id
LEFT JOIN tracks AS t ON n.item_type = 'track' AND t.track_id = i.item_id
LEFT JOIN artists AS a ON n.item_type = 'artist' AND a.artist_id = i.item_id
ORDER BY n.item_type, array_position(ARRAY['short_term', 'medium_term', 'long_term'], n.time_range), i.rank;
