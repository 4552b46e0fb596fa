-- The past of likes and saved albums, from library_events: what came by Spotify's own moment, where it says one, what went when that
-- was first seen. %(came)s and %(went)s are the two events of a kind.

-- name: since
-- When the first of them was copied; NULL where none was.
SELECT min(seen_at) FROM library_events
WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND event = %(came)s;

-- name: held
-- What was in the library at a moment, with when it came, the oldest first.
WITH came AS (
    SELECT DISTINCT ON (item_id) item_id, COALESCE(happened_at, seen_at) AS came_at, seen_at
    FROM library_events
    WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND event = %(came)s AND COALESCE(happened_at, seen_at) <= %(moment)s
    ORDER BY item_id, COALESCE(happened_at, seen_at) DESC
)
SELECT c.item_id, c.came_at, COALESCE(t.name, a.name) AS name, (
        SELECT string_agg(r.name, ', ' ORDER BY k.position)
        FROM (
            SELECT artist_id, position FROM track_artists WHERE %(item_type)s = 'track' AND track_id = c.item_id
            UNION ALL
            SELECT artist_id, position FROM album_artists WHERE %(item_type)s = 'album' AND album_id = c.item_id
        ) AS k
        JOIN artists AS r USING (artist_id)) AS artists
FROM came AS c
LEFT JOIN tracks AS t ON %(item_type)s = 'track' AND t.track_id = c.item_id
LEFT JOIN albums AS a ON %(item_type)s = 'album' AND a.album_id = c.item_id
WHERE NOT EXISTS (
    SELECT 1 FROM library_events AS w
    WHERE w.user_id = %(user_id)s AND w.item_type = %(item_type)s AND w.event = %(went)s AND w.item_id = c.item_id
      AND w.seen_at >= c.seen_at
      AND COALESCE(w.happened_at, w.seen_at) > c.came_at AND COALESCE(w.happened_at, w.seen_at) <= %(moment)s)
ORDER BY c.came_at, c.item_id;

-- name: days
-- On which days of the listener what came and went, and how many there were at the end of each, the newest day first.
SELECT day, came, went, sum(came - went) OVER (ORDER BY day)::integer AS size
FROM (
    SELECT (COALESCE(happened_at, seen_at) AT TIME ZONE %(time_zone)s)::date AS day,
        (count(*) FILTER (WHERE event = %(came)s))::integer AS came, (count(*) FILTER (WHERE event = %(went)s))::integer AS went
    FROM library_events
    WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND event IN (%(came)s, %(went)s)
    GROUP BY 1
) AS d
ORDER BY day DESC;

-- name: names
-- What came and went on these days: so many of each.
SELECT day, is_new, item_id, COALESCE(t.name, a.name) AS name, (
        SELECT string_agg(r.name, ', ' ORDER BY k.position)
        FROM (
            SELECT artist_id, position FROM track_artists WHERE %(item_type)s = 'track' AND track_id = item_id
            UNION ALL
            SELECT artist_id, position FROM album_artists WHERE %(item_type)s = 'album' AND album_id = item_id
        ) AS k
        JOIN artists AS r USING (artist_id)) AS artists
FROM (
    SELECT day, is_new, item_id, row_number() OVER (PARTITION BY day, is_new ORDER BY at, item_id) AS place
    FROM (
        SELECT (COALESCE(happened_at, seen_at) AT TIME ZONE %(time_zone)s)::date AS day, event = %(came)s AS is_new, item_id,
            COALESCE(happened_at, seen_at) AS at
        FROM library_events
        WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND event IN (%(came)s, %(went)s)
    ) AS e
    WHERE day = ANY(%(days)s::date[])
) AS n
LEFT JOIN tracks AS t ON %(item_type)s = 'track' AND t.track_id = item_id
LEFT JOIN albums AS a ON %(item_type)s = 'album' AND a.album_id = item_id
WHERE place <= %(names)s
ORDER BY day DESC, is_new DESC, place;

-- name: spans
-- What has come into the library, each time with when it came and when it went, without what had gone by a moment, the oldest first.
SELECT item_id, at AS came_at, went_at
FROM (
    SELECT item_id, event, at, min(at) FILTER (WHERE event = %(went)s) OVER (
        PARTITION BY item_id ORDER BY seen_at, event = %(came)s ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS went_at
    FROM (
        SELECT item_id, event, seen_at, COALESCE(happened_at, seen_at) AS at
        FROM library_events
        WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND event IN (%(came)s, %(went)s)
    ) AS e
) AS s
WHERE event = %(came)s AND (went_at IS NULL OR went_at > %(moment)s)
ORDER BY at, item_id;

-- name: titles
-- What these tracks and albums are called, and whose they are: pairs of name and id.
SELECT t.track_id AS item_id, t.name,
    ARRAY(SELECT ARRAY[r.name, r.artist_id] FROM track_artists AS k JOIN artists AS r USING (artist_id) WHERE k.track_id = t.track_id ORDER BY k.position) AS artists
FROM tracks AS t
WHERE t.track_id = ANY(%(tracks)s)
UNION ALL
SELECT a.album_id, a.name,
    ARRAY(SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS k JOIN artists AS r USING (artist_id) WHERE k.album_id = a.album_id ORDER BY k.position)
FROM albums AS a
WHERE a.album_id = ANY(%(albums)s);
