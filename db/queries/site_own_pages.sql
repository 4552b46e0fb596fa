-- name: artists
-- The artists who have a page of their own: those played most of all, each with its place in the ranking of all time. Only what has an id of
-- Spotify's, since that is the page's name. `rank`: what is equal shares one; `of`: how many artists were played.
WITH sums AS (
    SELECT c.artist_id, min(c.artist) AS item, sum(y.plays)::integer AS plays, sum(y.heard_ms)::bigint AS heard_ms
    FROM heard_totals AS y
    JOIN heard_credits AS c USING (track)
    GROUP BY c.artist_id
    HAVING sum(y.plays) > 0
), ranked AS (
    SELECT *, rank() OVER (ORDER BY plays DESC)::integer AS rank,
        row_number() OVER (ORDER BY plays DESC, heard_ms DESC, item)::integer AS place, (count(*) OVER ())::integer AS of
    FROM sums
)
SELECT r.artist_id AS item_id, a.name, r.plays, r.heard_ms, r.rank, r.of, s.track_count AS tracks, s.liked_count AS liked,
    f.artist_id IS NOT NULL AS is_followed, a.genres
FROM ranked AS r
JOIN artists AS a USING (artist_id)
LEFT JOIN artist_stats AS s ON s.user_id = %(user_id)s AND s.artist_id = r.artist_id
LEFT JOIN followed_artists AS f ON f.user_id = %(user_id)s AND f.artist_id = r.artist_id AND f.removed_at IS NULL
WHERE r.place <= %(most)s AND is_spotify_id(r.artist_id)
ORDER BY r.place;

-- name: albums
-- The same of albums, with what is known of them. `known`: of how many of their tracks we know.
WITH sums AS (
    SELECT t.album_id, min(h.track) AS item, sum(y.plays)::integer AS plays, sum(y.heard_ms)::bigint AS heard_ms
    FROM heard_totals AS y
    JOIN heard_tracks AS h USING (track)
    JOIN tracks AS t USING (track_id)
    WHERE t.album_id IS NOT NULL
    GROUP BY t.album_id
    HAVING sum(y.plays) > 0
), ranked AS (
    SELECT *, rank() OVER (ORDER BY plays DESC)::integer AS rank,
        row_number() OVER (ORDER BY plays DESC, heard_ms DESC, item)::integer AS place, (count(*) OVER ())::integer AS of
    FROM sums
)
SELECT r.album_id AS item_id, a.name, r.plays, r.heard_ms, r.rank, r.of, a.album_type, a.release_date, a.label, a.total_tracks,
    s.album_id IS NOT NULL AS is_saved, s.added_at AS saved_at,
    ARRAY(SELECT ARRAY[n.name, n.artist_id] FROM album_artists AS c JOIN artists AS n USING (artist_id)
          WHERE c.album_id = r.album_id ORDER BY c.position) AS artists
FROM ranked AS r
JOIN albums AS a USING (album_id)
LEFT JOIN saved_albums AS s ON s.user_id = %(user_id)s AND s.album_id = r.album_id AND s.removed_at IS NULL
WHERE r.place <= %(most)s AND is_spotify_id(r.album_id)
ORDER BY r.place;

-- name: items
-- What has a page, by the tracks that count for it: `kind` is artist or album.
CREATE TEMPORARY TABLE own_items ON COMMIT DROP AS
SELECT 'artist' AS kind, c.artist_id AS item_id, c.track
FROM heard_credits AS c
WHERE c.artist_id = ANY(%(artists)s::text[])
UNION ALL
SELECT 'album', t.album_id, h.track
FROM heard_tracks AS h
JOIN tracks AS t USING (track_id)
WHERE t.album_id = ANY(%(albums)s::text[]);

-- name: analyze_items
-- So that the planner knows how many there are.
ANALYZE own_items;

-- name: steps
-- Plays and time of each in each week (by its Monday) or month (by its first day) in which it was heard, and its first and last day with a play there, if it had any.
SELECT i.kind, i.item_id, d.begin, sum(d.plays)::integer AS plays, sum(d.heard_ms)::bigint AS heard_ms,
    min(d.first_day) AS first_day, max(d.last_day) AS last_day
FROM (
    SELECT track, CASE WHEN %(by_month)s THEN day - date_part('day', day)::integer + 1 ELSE day - date_part('isodow', day)::integer + 1 END AS begin,
        sum(plays) AS plays, sum(heard_ms) AS heard_ms,
        min(day) FILTER (WHERE plays > 0) AS first_day, max(day) FILTER (WHERE plays > 0) AS last_day
    FROM heard_days
    WHERE track IN (SELECT track FROM own_items)
    GROUP BY 1, 2
) AS d
JOIN own_items AS i USING (track)
GROUP BY i.kind, i.item_id, d.begin
ORDER BY i.kind, i.item_id, d.begin;

-- name: dots
-- The plays of each, for a record of few: as site_history.dots has them.
SELECT i.kind, i.item_id, l.played_at, l.day, l.hour + date_part('minute', l.played_at AT TIME ZONE %(time_zone)s) / 60.0 AS clock,
    h.goal_id AS track_id, t.name
FROM listening AS l
JOIN own_items AS i USING (track)
JOIN heard_tracks AS h USING (track)
LEFT JOIN tracks AS t ON t.track_id = h.goal_id
WHERE l.plays > 0
ORDER BY i.kind, i.item_id, l.played_at;

-- name: years
-- The rank of each among all artists (site_years.count_artists), or albums (site_top.index_albums), of each year in which it was played.
WITH sums AS (
    SELECT b.album, y.year, sum(y.plays)::integer AS plays
    FROM heard_years AS y
    JOIN top_albums AS b USING (track)
    GROUP BY 1, 2
), ranked AS (
    SELECT *, rank() OVER (PARTITION BY year ORDER BY plays DESC)::integer AS rank FROM sums WHERE plays > 0
)
SELECT 'artist' AS kind, i.item_id, y.year, y.plays, y.rank
FROM (SELECT DISTINCT o.item_id, c.artist FROM own_items AS o JOIN heard_credits AS c ON c.artist_id = o.item_id WHERE o.kind = 'artist') AS i
JOIN years_artists AS y USING (artist)
WHERE y.year > 1
UNION ALL
SELECT 'album', i.item_id, r.year, r.plays, r.rank
FROM (SELECT DISTINCT o.item_id, b.album FROM own_items AS o JOIN top_albums AS b USING (track) WHERE o.kind = 'album') AS i
JOIN ranked AS r USING (album)
ORDER BY 1, 2, 3;

-- name: artist_tracks
-- The tracks of each artist that were played most, each recording once; `tracks`: how many there are.
WITH sums AS (
    SELECT i.item_id, h.goal, sum(y.plays)::integer AS plays, sum(y.heard_ms)::bigint AS heard_ms
    FROM own_items AS i
    JOIN heard_totals AS y USING (track)
    JOIN heard_tracks AS h USING (track)
    WHERE i.kind = 'artist'
    GROUP BY i.item_id, h.goal
    HAVING sum(y.plays) > 0
), ranked AS (
    SELECT *, rank() OVER (PARTITION BY item_id ORDER BY plays DESC)::integer AS rank,
        row_number() OVER (PARTITION BY item_id ORDER BY plays DESC, heard_ms DESC, goal) AS place,
        (count(*) OVER (PARTITION BY item_id))::integer AS tracks
    FROM sums
)
SELECT r.item_id, h.track_id, t.name, t.album_id, l.name AS album, r.plays, r.rank, r.tracks
FROM ranked AS r
JOIN heard_tracks AS h ON h.track = r.goal
LEFT JOIN tracks AS t USING (track_id)
LEFT JOIN albums AS l USING (album_id)
WHERE r.place <= %(limit)s
ORDER BY r.item_id, r.place;

-- name: artist_albums
-- The albums of each artist: those that are saved first, then what was played, then the newest; `albums`: how many there are, `saved`: of these.
-- What Spotify no longer lists is left out, unless it is saved or was played.
WITH sums AS (
    SELECT t.album_id, sum(y.plays)::integer AS plays
    FROM heard_totals AS y
    JOIN heard_tracks AS h USING (track)
    JOIN tracks AS t USING (track_id)
    GROUP BY t.album_id
), known AS (
    SELECT aa.artist_id, al.album_id, al.name, al.album_type, al.release_date, s.album_id IS NOT NULL AS is_saved, COALESCE(p.plays, 0) AS plays
    FROM (SELECT DISTINCT artist_id, album_id FROM album_artists WHERE artist_id = ANY(%(artists)s::text[])) AS aa
    JOIN albums AS al USING (album_id)
    LEFT JOIN saved_albums AS s ON s.user_id = %(user_id)s AND s.album_id = al.album_id AND s.removed_at IS NULL
    LEFT JOIN artist_albums AS listed ON listed.artist_id = aa.artist_id AND listed.album_id = al.album_id
    LEFT JOIN sums AS p ON p.album_id = al.album_id
    WHERE listed.removed_at IS NULL OR s.album_id IS NOT NULL OR p.plays > 0
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY artist_id ORDER BY is_saved DESC, plays DESC, release_date COLLATE "C" DESC NULLS LAST, album_id) AS place,
        (count(*) OVER (PARTITION BY artist_id))::integer AS albums, (count(*) FILTER (WHERE is_saved) OVER (PARTITION BY artist_id))::integer AS saved
    FROM known
)
SELECT artist_id AS item_id, album_id, name, album_type, release_date, is_saved, plays, albums, saved
FROM placed
WHERE place <= %(limit)s
ORDER BY artist_id, place;

-- name: album_tracks
-- The tracks of each album in their order, as far as they are known, with their plays on it. What was heard under another id than the album lists now
-- (Spotify gives recordings new ones) is no further track: it has the place and the title of one that is listed, and counts for that.
WITH placed AS (
    SELECT album_id, track_id, bool_or(is_listed) AS is_listed, min(disc_number) AS disc_number, min(track_number) AS track_number
    FROM (
        SELECT album_id, track_id, true AS is_listed, disc_number, track_number FROM album_tracks WHERE album_id = ANY(%(albums)s::text[])
        UNION ALL
        SELECT t.album_id, t.track_id, false, t.disc_number, t.track_number
        FROM heard_tracks AS h
        JOIN tracks AS t USING (track_id)
        WHERE t.album_id = ANY(%(albums)s::text[])
    ) AS both_ways
    GROUP BY album_id, track_id
), own AS (
    SELECT p.album_id, p.disc_number, p.track_number, COALESCE(y.plays, 0) AS plays, COALESCE(u.is_liked, false) AS is_liked,
        first_value(p.track_id) OVER (
            PARTITION BY p.album_id, p.disc_number, p.track_number, fold_text(t.name), CASE WHEN p.track_number IS NULL THEN p.track_id END
            ORDER BY p.is_listed DESC, y.plays DESC NULLS LAST, p.track_id) AS track_id
    FROM placed AS p
    JOIN tracks AS t USING (track_id)
    LEFT JOIN (
        SELECT h.track_id, sum(y.plays) AS plays FROM heard_totals AS y JOIN heard_tracks AS h USING (track) GROUP BY h.track_id
    ) AS y ON y.track_id = p.track_id AND t.album_id = p.album_id
    LEFT JOIN unified_tracks AS u ON u.user_id = %(user_id)s AND u.track_id = p.track_id
), sums AS (
    SELECT album_id, track_id, disc_number, track_number, sum(plays)::integer AS plays, bool_or(is_liked) AS is_liked
    FROM own
    GROUP BY album_id, track_id, disc_number, track_number
)
SELECT s.album_id AS item_id, s.track_id, t.name, s.disc_number, s.track_number, s.plays, s.is_liked,
    ARRAY(SELECT ARRAY[n.name, n.artist_id] FROM track_artists AS c JOIN artists AS n USING (artist_id) WHERE c.track_id = s.track_id ORDER BY c.position) AS artists
FROM sums AS s
JOIN tracks AS t USING (track_id)
ORDER BY s.album_id, s.disc_number NULLS LAST, s.track_number NULLS LAST, t.name COLLATE "C", s.track_id;

-- name: found
-- What the search finds: artists, albums and tracks (each recording once) that were played, those played most first. `artists` are names.
WITH sums AS (
    SELECT h.track, h.goal, h.goal_id, h.track_id, sum(y.plays)::integer AS plays
    FROM heard_totals AS y
    JOIN heard_tracks AS h USING (track)
    GROUP BY 1, 2, 3, 4
    HAVING sum(y.plays) > 0
), items AS (
    SELECT 0 AS kind, c.artist_id AS item_id, sum(s.plays)::integer AS plays
    FROM sums AS s
    JOIN heard_credits AS c USING (track)
    GROUP BY c.artist_id
    UNION ALL
    SELECT 1, t.album_id, sum(s.plays)::integer
    FROM sums AS s
    JOIN tracks AS t USING (track_id)
    WHERE t.album_id IS NOT NULL
    GROUP BY t.album_id
    UNION ALL
    SELECT 2, s.goal_id, sum(s.plays)::integer
    FROM sums AS s
    GROUP BY s.goal_id
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY plays DESC, item_id COLLATE "C") AS place, (count(*) OVER ())::integer AS items FROM items
)
SELECT p.kind, p.item_id, COALESCE(a.name, l.name, t.name) AS name, p.plays, p.items,
    CASE p.kind
        WHEN 1 THEN ARRAY(SELECT n.name FROM album_artists AS c JOIN artists AS n USING (artist_id) WHERE c.album_id = p.item_id ORDER BY c.position)
        WHEN 2 THEN ARRAY(SELECT n.name FROM track_artists AS c JOIN artists AS n USING (artist_id) WHERE c.track_id = p.item_id ORDER BY c.position)
    END AS artists
FROM placed AS p
LEFT JOIN artists AS a ON p.kind = 0 AND a.artist_id = p.item_id
LEFT JOIN albums AS l ON p.kind = 1 AND l.album_id = p.item_id
LEFT JOIN tracks AS t ON p.kind = 2 AND t.track_id = p.item_id
WHERE p.place <= %(most)s AND COALESCE(a.name, l.name, t.name) ~ '\S'
ORDER BY p.kind, p.place;
