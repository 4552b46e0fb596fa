-- The past of lists, for the site and the commands alike: what came and went (playlist_item_history), and in what order a version was
-- (playlist_versions).

-- name: current
-- The entries of a list as it was last copied, in order.
SELECT item_uri FROM playlist_items WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s ORDER BY position;

-- name: staged
-- The entries that are about to take their place, in order.
SELECT item_uri FROM playlist_items_staged WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s ORDER BY position;

-- name: keep_version
-- How to come back from the version that is copied now to the one before it.
INSERT INTO playlist_versions (user_id, playlist_id, changed_at, undo)
VALUES (%(user_id)s, %(playlist_id)s, %(now)s, %(undo)s)
ON CONFLICT (user_id, playlist_id, changed_at) DO NOTHING;

-- name: versions
-- What leads back from the present version, the newest first, to the one at a moment.
SELECT undo FROM playlist_versions
WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s AND changed_at > %(moment)s
ORDER BY changed_at DESC;

-- name: reorderings
-- When a list was seen to have another order, or other copies, with nothing else come or gone.
SELECT v.changed_at FROM playlist_versions AS v
WHERE v.user_id = %(user_id)s AND v.playlist_id = %(playlist_id)s AND NOT EXISTS (
    SELECT 1 FROM playlist_item_history AS h
    WHERE h.user_id = v.user_id AND h.playlist_id = v.playlist_id AND v.changed_at IN (h.first_seen_at, h.removed_at))
ORDER BY v.changed_at DESC;

-- name: held
-- What was in a list at a moment, with when it came and when it went, what came first before the rest.
SELECT h.item_uri, COALESCE(h.name, t.name) AS name, h.artists, h.first_seen_at, h.removed_at
FROM playlist_item_history AS h
LEFT JOIN tracks AS t ON t.track_id = track_of(h.item_uri)
WHERE h.user_id = %(user_id)s AND h.playlist_id = %(playlist_id)s
  AND h.first_seen_at <= %(moment)s AND (h.removed_at IS NULL OR h.removed_at > %(moment)s)
ORDER BY h.first_seen_at, h.name COLLATE "C", h.item_uri;

-- name: lists
-- The lists that have a past, or are the listener's own, with the rules that make them, if any.
SELECT p.playlist_id, p.name, p.removed_at, COALESCE(p.owner_id = u.spotify_id, false) AS is_own, m.slug, m.is_dynamic, m.status,
    m.rules::text AS rules, m.name AS rules_name, m.before_adoption IS NOT NULL AS was_adopted, p.is_collaborative
FROM playlists AS p
JOIN users AS u USING (user_id)
LEFT JOIN playlist_mappings AS m USING (user_id, playlist_id)
WHERE p.user_id = %(user_id)s
ORDER BY p.removed_at IS NOT NULL, p.position, p.playlist_id;

-- name: standing
-- How many of these tracks are excluded, and how many cannot be played in the listener's market: one row.
SELECT count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM excluded_tracks AS x WHERE x.user_id = %(user_id)s AND x.track_id = wanted.track_id)),
    count(*) FILTER (WHERE EXISTS (
        SELECT 1 FROM track_availability AS a WHERE a.market = %(market)s AND a.track_id = wanted.track_id AND NOT a.is_playable))
FROM unnest(%(track_ids)s::text[]) AS wanted (track_id);

-- name: changes
-- When which list was seen to have changed, and how many different entries it had then: the newest changes of each, and, as number 1,
-- the first time that it was copied. Of these lists, or, for NULL, of all.
SELECT playlist_id, changed_at, came, went, size, number, changes
FROM (
    SELECT playlist_id, changed_at, sum(came)::integer AS came, sum(went)::integer AS went,
        sum(sum(came - went)) OVER (PARTITION BY playlist_id ORDER BY changed_at)::integer AS size,
        row_number() OVER (PARTITION BY playlist_id ORDER BY changed_at) AS number,
        count(*) OVER (PARTITION BY playlist_id) - 1 AS changes
    FROM (
        SELECT playlist_id, first_seen_at AS changed_at, 1 AS came, 0 AS went FROM playlist_item_history WHERE user_id = %(user_id)s
        UNION ALL
        SELECT playlist_id, removed_at, 0, 1 FROM playlist_item_history WHERE user_id = %(user_id)s AND removed_at IS NOT NULL
    ) AS each
    WHERE %(lists)s::text[] IS NULL OR playlist_id = ANY(%(lists)s::text[])
    GROUP BY playlist_id, changed_at
) AS numbered
WHERE number = 1 OR number > changes + 1 - %(newest)s
ORDER BY playlist_id, number DESC;

-- name: names
-- What came into these lists at these moments, and what went: so many names of each, and so many in all, of the newest changes. `artists`:
-- pairs of name and id; `given`: what the list itself has said of them.
SELECT n.playlist_id, n.changed_at, n.is_new, n.item_uri, COALESCE(n.name, t.name) AS name, track_of(n.item_uri) AS track_id, t.album_id, n.artists AS given,
    ARRAY(SELECT ARRAY[a.name, a.artist_id] FROM track_artists AS c JOIN artists AS a USING (artist_id) WHERE c.track_id = t.track_id ORDER BY c.position) AS artists
FROM (
    SELECT playlist_id, changed_at, is_new, h.item_uri, h.name, h.artists,
        row_number() OVER (PARTITION BY playlist_id, changed_at, is_new ORDER BY h.name COLLATE "C", h.item_uri) AS place
    FROM (
        SELECT playlist_id, first_seen_at AS changed_at, true AS is_new, item_uri, name, artists
        FROM playlist_item_history WHERE user_id = %(user_id)s
        UNION ALL
        SELECT playlist_id, removed_at, false, item_uri, name, artists
        FROM playlist_item_history WHERE user_id = %(user_id)s AND removed_at IS NOT NULL
    ) AS h
    JOIN unnest(%(lists)s::text[], %(moments)s::timestamptz[]) AS wanted (playlist_id, changed_at) USING (playlist_id, changed_at)
) AS n
LEFT JOIN tracks AS t ON t.track_id = track_of(n.item_uri)
WHERE n.place <= %(names)s
ORDER BY n.changed_at DESC, n.playlist_id, n.is_new DESC, n.place
LIMIT %(limit)s;

-- name: past
-- What these lists have held since these moments, each entry with when it was seen to come and to go. `given`: the names of its artists as they were
-- seen, where the catalogue knows none of them.
SELECT h.playlist_id, h.item_uri, h.first_seen_at, h.removed_at, COALESCE(h.name, t.name) AS name, track_of(h.item_uri) AS track_id, h.artists AS given,
    ARRAY(SELECT ARRAY[a.name, a.artist_id] FROM track_artists AS ta JOIN artists AS a USING (artist_id) WHERE ta.track_id = t.track_id ORDER BY ta.position) AS artists
FROM unnest(%(lists)s::text[], %(moments)s::timestamptz[]) AS wanted (playlist_id, since)
JOIN playlist_item_history AS h ON h.user_id = %(user_id)s AND h.playlist_id = wanted.playlist_id
LEFT JOIN tracks AS t ON t.track_id = track_of(h.item_uri)
WHERE h.removed_at IS NULL OR h.removed_at > wanted.since
ORDER BY h.playlist_id, h.name COLLATE "C", h.item_uri, h.first_seen_at;
