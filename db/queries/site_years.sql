-- What the pages of calendar years show, of all years at once, from what the build (site) and the page Top (site_top) have counted: tracks, artists and albums are numbers.

-- name: count_artists
-- How each artist was heard in each calendar year, and in two stretches beside: 1 is the running year until yesterday, 0 the same days of the one before.
-- Equal plays share a rank; `place` orders them.
CREATE TEMPORARY TABLE years_artists ON COMMIT DROP AS
SELECT *,
    rank() OVER (PARTITION BY year ORDER BY plays DESC)::integer AS rank,
    row_number() OVER (PARTITION BY year ORDER BY plays DESC, heard_ms DESC, artist)::integer AS place
FROM (
    SELECT y.year, c.artist, sum(y.plays)::integer AS plays, sum(y.heard_ms) AS heard_ms
    FROM (
        SELECT year, track, plays, heard_ms FROM heard_years WHERE plays > 0
        UNION ALL
        SELECT (key = 'now')::integer, track, plays, heard_ms FROM top_stretches JOIN top_sums USING (stretch) WHERE key IN ('now', 'before') AND plays > 0
    ) AS y
    JOIN heard_credits AS c USING (track)
    GROUP BY y.year, c.artist
) AS heard;

-- name: analyze
-- So that the planner knows how many there are.
ANALYZE years_artists;

-- name: foremost
-- The first ones of each year by plays: `most` tracks and artists, and of albums as many as the year's page has covers.
SELECT r.key::integer AS year, r.kind, r.item, r.plays, r.heard_ms, r.plays_rank AS rank, r.items
FROM top_ranked AS r
JOIN unnest(%(keys)s::text[], %(covers)s::integer[]) AS y (key, covers) USING (key)
WHERE r.kind IN ('tracks', 'artists', 'albums') AND r.plays > 0
    AND r.plays_order <= CASE r.kind WHEN 'albums' THEN y.covers ELSE %(most)s END
ORDER BY r.key, r.kind, r.plays_order;

-- name: heard
-- How many tracks, artists and albums were played in the two stretches that the running year is compared by.
SELECT n.key,
    count(DISTINCT t.goal) AS tracks,
    (SELECT count(*) FROM years_artists AS a WHERE a.year = (n.key = 'now')::integer) AS artists,
    count(DISTINCT b.album) AS albums
FROM top_stretches AS n
JOIN top_sums AS s USING (stretch)
JOIN heard_tracks AS t USING (track)
LEFT JOIN top_albums AS b USING (track)
WHERE n.key IN ('now', 'before') AND s.plays > 0
GROUP BY n.key;

-- name: discoveries
-- What each year brought that was not heard before: how many tracks, artists and albums (`items`), and the `most` of each that the year heard most.
WITH played AS MATERIALIZED (
    SELECT track, min(year) AS year FROM heard_years WHERE plays > 0 GROUP BY track
), first_tracks AS (
    SELECT track, t.goal AS item, min(p.year) OVER (PARTITION BY t.goal) AS year FROM heard_tracks AS t JOIN played AS p USING (track)
), first_albums AS (
    SELECT track, b.album AS item, min(p.year) OVER (PARTITION BY b.album) AS year FROM top_albums AS b JOIN played AS p USING (track)
), first_artists AS (
    SELECT artist, min(year) AS year FROM years_artists WHERE year > 1 GROUP BY artist
), new AS (
    SELECT 1 AS kind, f.item, f.year, sum(y.plays)::integer AS plays, sum(y.heard_ms) AS heard_ms
    FROM first_tracks AS f JOIN heard_years AS y USING (track, year)
    GROUP BY f.item, f.year
    UNION ALL
    SELECT 2, artist, year, plays, heard_ms
    FROM first_artists JOIN years_artists USING (artist, year)
    UNION ALL
    SELECT 3, f.item, f.year, sum(y.plays)::integer, sum(y.heard_ms)
    FROM first_albums AS f JOIN heard_years AS y USING (track, year)
    GROUP BY f.item, f.year
)
SELECT (ARRAY['tracks', 'artists', 'albums'])[kind] AS kind, item, year, plays, items
FROM (
    SELECT *, row_number() OVER (PARTITION BY kind, year ORDER BY plays DESC, heard_ms DESC, item) AS place,
        (count(*) OVER (PARTITION BY kind, year))::integer AS items
    FROM new
) AS placed
WHERE place <= %(most)s
ORDER BY kind, year, place;

-- name: returns
-- Artists who were heard again after at least one whole year without a play (`came back`), and those heard in the year before, and no more in this one
-- (`dropped`, with their plays of the year before): how many (`items`), and the `most` with most plays; `before`: the year in which they were heard
-- last until then. What was played once is neither.
WITH heard AS (
    SELECT artist AS item, year, plays, heard_ms, lag(year) OVER own AS before, lead(year) OVER own AS after
    FROM years_artists
    WHERE year > 1
    WINDOW own AS (PARTITION BY artist ORDER BY year)
), found AS (
    SELECT 'came back' AS what, item, year, plays, heard_ms, before FROM heard WHERE before < year - 1 AND plays > 1
    UNION ALL
    SELECT 'dropped', item, year + 1, plays, heard_ms, year FROM heard WHERE after IS DISTINCT FROM year + 1 AND plays > 1
)
SELECT what, item, year, plays, before, items
FROM (
    SELECT *, row_number() OVER (PARTITION BY what, year ORDER BY plays DESC, heard_ms DESC, item) AS place,
        (count(*) OVER (PARTITION BY what, year))::integer AS items
    FROM found
) AS placed
WHERE place <= %(most)s
ORDER BY what, year, place;

-- name: moments
-- Of some items, each with a year: the first and the last day in that year on which they were played.
WITH wanted AS (
    SELECT w.*, make_date(w.year, 1, 1) AS begins, make_date(w.year, 12, 31) AS ends
    FROM unnest(%(kinds)s::text[], %(items)s::integer[], %(years)s::integer[]) AS w (kind, item, year)
), of_tracks AS (
    SELECT w.*, t.track FROM wanted AS w JOIN heard_tracks AS t ON w.kind = 'tracks' AND t.goal = w.item
    UNION ALL
    SELECT w.*, c.track FROM wanted AS w JOIN heard_credits AS c ON w.kind = 'artists' AND c.artist = w.item
    UNION ALL
    SELECT w.*, b.track FROM wanted AS w JOIN top_albums AS b ON w.kind = 'albums' AND b.album = w.item
)
SELECT o.kind, o.item, o.year, min(d.day) AS first_day, max(d.day) AS last_day
FROM of_tracks AS o
JOIN heard_days AS d ON d.track = o.track AND d.day BETWEEN o.begins AND o.ends
WHERE d.plays > 0
GROUP BY o.kind, o.item, o.year;

-- name: seasons
-- The tracks of each season, three months from December on: of the hundred played most in its year, or in the year before. Each stands in that
-- season of the year in which it was played most (the earlier of equal ones); what was played once stands in none.
WITH hundred AS MATERIALIZED (
    SELECT DISTINCT y.year, r.item
    FROM unnest(%(years)s::integer[]) AS y (year)
    JOIN top_ranked AS r ON r.kind = 'tracks' AND r.key IN (y.year::text, (y.year - 1)::text) AND r.plays_order <= 100
), heard AS MATERIALIZED (
    SELECT track AS item, date_part('year', month + 31)::integer AS year, mod(date_part('month', month)::integer, 12) / 3 AS season,
        sum(plays)::integer AS plays, sum(heard_ms) AS heard_ms
    FROM heard_months
    WHERE track IN (SELECT item FROM hundred)
    GROUP BY 1, 2, 3
    HAVING sum(plays) > 1
), own AS (
    SELECT DISTINCT ON (year, item) * FROM hundred JOIN heard USING (item, year) ORDER BY year, item, plays DESC, season
)
SELECT year, season, item, plays
FROM (
    SELECT *, row_number() OVER (PARTITION BY year, season ORDER BY plays DESC, heard_ms DESC, item) AS place FROM own
) AS placed
WHERE place <= %(most)s
ORDER BY year, season, place;

-- name: hours
-- Plays and time of each hour of some days.
SELECT day, hour, sum(plays)::integer AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms
FROM heard_hours
WHERE day = ANY(%(days)s::date[])
GROUP BY day, hour;

-- name: of_days
-- The artist and the track played most on each of some days.
WITH sums AS (
    SELECT 'tracks' AS kind, d.day, d.goal AS item, sum(d.plays)::integer AS plays, sum(d.heard_ms) AS heard_ms
    FROM heard_days AS d
    WHERE d.day = ANY(%(days)s::date[])
    GROUP BY d.day, d.goal
    UNION ALL
    SELECT 'artists', d.day, c.artist, sum(d.plays)::integer, sum(d.heard_ms)
    FROM heard_days AS d
    JOIN heard_credits AS c USING (track)
    WHERE d.day = ANY(%(days)s::date[])
    GROUP BY d.day, c.artist
)
SELECT DISTINCT ON (kind, day) kind, day, item, plays
FROM sums
WHERE plays > 0
ORDER BY kind, day, plays DESC, heard_ms DESC, item;

-- name: standings
-- The artists who were among the first `most` of any year (or stretch beside), with place, rank and plays in each in which they were heard.
SELECT year, artist AS item, plays, rank, place
FROM years_artists
WHERE artist IN (SELECT artist FROM years_artists WHERE place <= %(most)s)
ORDER BY year, place;

-- name: of_all_time
-- The ranks of some artists in the whole record.
SELECT item, plays_rank AS rank FROM top_ranked WHERE key = 'all' AND kind = 'artists' AND item = ANY(%(items)s::integer[]);

-- name: names
-- What tracks, artists and albums are called, whose they are (pairs of name and id), their ids where they are Spotify's, and their covers.
SELECT w.kind, w.item,
    CASE w.kind WHEN 'tracks' THEN t.name WHEN 'artists' THEN a.name ELSE b.name END AS name,
    CASE w.kind
        WHEN 'tracks' THEN ARRAY(SELECT ARRAY[n.name, n.artist_id] FROM heard_credits AS c JOIN artists AS n USING (artist_id) WHERE c.track = w.item ORDER BY c.position)
        WHEN 'albums' THEN ARRAY(SELECT ARRAY[n.name, n.artist_id] FROM album_artists AS c JOIN artists AS n USING (artist_id) WHERE c.album_id = b.album_id ORDER BY c.position)
        ELSE '{}'
    END AS artists,
    (SELECT i FROM COALESCE(t.track_id, a.artist_id, b.album_id) AS i WHERE is_spotify_id(i)) AS link,
    COALESCE(a.artist_id, b.album_id, t.album_id) AS cover_id,
    CASE w.kind WHEN 'artists' THEN 'artists' ELSE 'albums' END AS cover_kind
FROM unnest(%(kinds)s::text[], %(items)s::integer[]) AS w (kind, item)
LEFT JOIN (SELECT p.track, c.track_id, c.name, c.album_id FROM heard_tracks AS p JOIN tracks AS c USING (track_id)) AS t
    ON w.kind = 'tracks' AND t.track = w.item
LEFT JOIN (SELECT DISTINCT c.artist, c.artist_id, n.name FROM heard_credits AS c JOIN artists AS n USING (artist_id)) AS a
    ON w.kind = 'artists' AND a.artist = w.item
LEFT JOIN (SELECT DISTINCT c.album, c.album_id, n.name FROM top_albums AS c JOIN albums AS n USING (album_id)) AS b
    ON w.kind = 'albums' AND b.album = w.item;
