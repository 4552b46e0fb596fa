-- kind: materialized view
-- unique: user_id, is_context, key, begins_at, ends_at
-- What does not count: the item_key of plays, or the URI of the list that they were played from (is_context), and from when to
-- when. Of a track that is every track of its recording; of an artist every track with that credit. Plays that an import
-- tells by names alone, and tracks of which nothing else is known, are found by their names, each of which is folded once;
-- and what was excluded by its names alone is so also once more is known of it.
--
-- Materialized, so that each play is looked up in it: it is small, and mostly empty. ./run plays refreshes it at once.
WITH uncounted AS (
    SELECT
        i.user_id,
        i.kind,
        i.item_id,
        fold_text(i.name) AS name,
        fold_text(i.artist) AS artist,
        CASE WHEN isfinite(i.first_day) THEN i.first_day::timestamp AT TIME ZONE u.time_zone ELSE '-infinity' END AS begins_at,
        CASE WHEN isfinite(i.last_day) THEN (i.last_day + 1)::timestamp AT TIME ZONE u.time_zone ELSE 'infinity' END AS ends_at
    FROM uncounted_items AS i
    JOIN users AS u USING (user_id)
),
by_name AS MATERIALIZED (
    SELECT user_id, item_key, fold_text(max(track_name)) AS name, fold_text(max(artist_name)) AS artist
    FROM plays
    WHERE starts_with(item_key, 'names:') AND user_id IN (SELECT user_id FROM uncounted_items)
    GROUP BY user_id, item_key
),
named AS MATERIALIZED (
    SELECT t.track_id, c.track_id IS NULL AS is_stub, fold_text(t.name) AS name, fold_text(COALESCE(a.name, t.given_artist)) AS artist
    FROM tracks AS t
    LEFT JOIN track_artists AS c ON c.track_id = t.track_id AND c.position = 0
    LEFT JOIN artists AS a USING (artist_id)
    WHERE EXISTS (SELECT 1 FROM uncounted_items) AND (
        (c.track_id IS NULL AND t.given_artist IS NOT NULL)
        OR EXISTS (SELECT 1 FROM uncounted_items WHERE kind = 'track' AND starts_with(item_id, 'names:')))
)
SELECT user_id, true AS is_context, 'spotify:playlist:' || item_id AS key, begins_at, ends_at
FROM uncounted
WHERE kind = 'playlist'
UNION
SELECT user_id, false, 'spotify:track:' || item_id, begins_at, ends_at
FROM uncounted
WHERE kind = 'track'
UNION
SELECT u.user_id, false, 'spotify:track:' || s.other_id, u.begins_at, u.ends_at
FROM uncounted AS u
JOIN same_recordings AS s ON s.track_id = u.item_id AND COALESCE(s.user_id, u.user_id) = u.user_id
WHERE u.kind = 'track'
UNION
SELECT u.user_id, false, 'spotify:track:' || c.track_id, u.begins_at, u.ends_at
FROM uncounted AS u
JOIN track_artists AS c ON c.artist_id = u.item_id
WHERE u.kind = 'artist'
UNION
SELECT u.user_id, false, 'spotify:track:' || n.track_id, u.begins_at, u.ends_at
FROM uncounted AS u
JOIN named AS n ON n.artist = CASE u.kind WHEN 'artist' THEN u.name ELSE u.artist END
WHERE (u.kind = 'artist' AND n.is_stub)
   OR (u.kind = 'track' AND n.name = u.name AND (n.is_stub OR starts_with(u.item_id, 'names:')))
UNION
SELECT u.user_id, false, 'spotify:track:' || c.track_id, u.begins_at, u.ends_at
FROM uncounted AS u
JOIN artists AS a ON fold_text(a.name) = u.name
JOIN track_artists AS c ON c.artist_id = a.artist_id
WHERE u.kind = 'artist' AND starts_with(u.item_id, 'names:')
UNION
SELECT u.user_id, false, n.item_key, u.begins_at, u.ends_at
FROM uncounted AS u
JOIN by_name AS n ON n.user_id = u.user_id AND n.artist = CASE u.kind WHEN 'artist' THEN u.name ELSE u.artist END
WHERE u.kind = 'artist' OR (u.kind = 'track' AND n.name = u.name)
