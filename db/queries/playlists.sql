-- name: stale
-- Lists in the listener's own list whose items are not those of the version that Spotify lists; short ones first.
-- A version that was refused is asked for again: at once where the listener may read it, so that the refusal was
-- Spotify's trouble, else when it is an old one.
SELECT playlist_id, is_own, snapshot_id
FROM (
    SELECT *, COALESCE(owner_id = %(spotify_id)s, false) OR COALESCE(is_collaborative, false) AS is_own
    FROM playlists
    WHERE user_id = %(user_id)s
) AS p
WHERE removed_at IS NULL AND items_snapshot_id IS DISTINCT FROM snapshot_id
  AND CASE WHEN refused_snapshot_id = snapshot_id
           THEN is_own OR COALESCE(believed(refused_at, %(now)s) <= %(refused_before)s, true)
           ELSE items_readable IS NOT FALSE END
ORDER BY COALESCE(track_count, 0), playlist_id;

-- name: set_readable
-- Whether the listener may read the items; a list that has become readable is read anew. One %s for the rows.
-- A refusal of this version stands until the items have been read, or the listing itself says that they are not ours.
UPDATE playlists AS p SET items_readable = v.is_readable, refused_snapshot_id = NULL, refused_at = NULL
FROM (VALUES %s) AS v (user_id, playlist_id, is_readable)
WHERE p.user_id = v.user_id AND p.playlist_id = v.playlist_id
  AND CASE WHEN v.is_readable
           THEN p.items_readable IS NOT TRUE AND p.refused_snapshot_id IS DISTINCT FROM p.snapshot_id
           ELSE p.items_readable IS NOT FALSE OR p.refused_snapshot_id IS NOT NULL END;

-- name: move
-- The places of these lists, which follow one another: a list that has only moved is no other than before.
UPDATE playlists AS p SET position = v.place + %(first)s - 1
FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS v (playlist_id, place)
WHERE p.user_id = %(user_id)s AND p.playlist_id = v.playlist_id AND p.position <> v.place + %(first)s - 1;

-- name: drop_images
-- Lists that have no cover, as Spotify says; where it says nothing, the one that is known stays.
UPDATE playlists SET image_url = NULL
WHERE user_id = %(user_id)s AND playlist_id = ANY(%(ids)s) AND image_url IS NOT NULL;

-- name: not_readable
-- Spotify does not show the items to us: what we have stays as it is.
UPDATE playlists SET items_readable = false, refused_snapshot_id = snapshot_id, refused_at = %(now)s
WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s;

-- name: forget_staged
-- A list is read from its beginning.
DELETE FROM playlist_items_staged WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s;

-- name: count_staged
-- How many entries have come.
SELECT count(*) FROM playlist_items_staged WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s;

-- name: count_changes
-- How many entries of the new version are new, changed or the same, and how many of the old one are gone: one row. Of equal
-- items the first is compared with the first, and so on; where an entry stands does not matter.
WITH new AS (
    SELECT COALESCE(item_uri, '') AS item_uri, ROW(item_type, track_id, name, added_at, added_by) AS said,
        row_number() OVER (PARTITION BY item_uri ORDER BY position) AS number
    FROM playlist_items_staged WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s
), old AS (
    SELECT COALESCE(item_uri, '') AS item_uri, ROW(item_type, track_id, name, added_at, added_by) AS said,
        row_number() OVER (PARTITION BY item_uri ORDER BY position) AS number
    FROM playlist_items WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s
)
SELECT
    count(*) FILTER (WHERE old.number IS NULL),
    count(*) FILTER (WHERE old.said IS DISTINCT FROM new.said AND old.number = new.number),
    count(*) FILTER (WHERE old.said IS NOT DISTINCT FROM new.said AND old.number = new.number),
    count(*) FILTER (WHERE new.number IS NULL)
FROM new FULL JOIN old USING (item_uri, number);

-- name: drop_surplus
-- The list has become shorter.
DELETE FROM playlist_items AS i WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s AND NOT EXISTS (
    SELECT 1 FROM playlist_items_staged AS s
    WHERE s.user_id = i.user_id AND s.playlist_id = i.playlist_id AND s.position = i.position);

-- name: take_staged
-- The new items take the place of the old ones; what is the same stays untouched.
INSERT INTO playlist_items AS t (user_id, playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by)
SELECT user_id, playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by
FROM playlist_items_staged WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s
ON CONFLICT (user_id, playlist_id, position) DO UPDATE SET
    item_uri = EXCLUDED.item_uri, item_type = EXCLUDED.item_type, track_id = EXCLUDED.track_id, name = EXCLUDED.name,
    added_at = EXCLUDED.added_at, added_by = EXCLUDED.added_by
WHERE ROW(t.item_uri, t.item_type, t.track_id, t.name, t.added_at, t.added_by) IS DISTINCT FROM
      ROW(EXCLUDED.item_uri, EXCLUDED.item_type, EXCLUDED.track_id, EXCLUDED.name, EXCLUDED.added_at, EXCLUDED.added_by);

-- name: history_gone
-- Items that are in the list no more.
UPDATE playlist_item_history AS h SET removed_at = %(now)s
WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s AND removed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM playlist_items AS i
    WHERE i.user_id = h.user_id AND i.playlist_id = h.playlist_id AND i.item_uri = h.item_uri);

-- name: history_come
-- Items that are new in the list, or back again, by name: the catalogue may forget them.
INSERT INTO playlist_item_history (user_id, playlist_id, item_uri, first_seen_at, name, artists)
SELECT DISTINCT ON (i.item_uri)
    i.user_id, i.playlist_id, i.item_uri, %(now)s::timestamptz, COALESCE(t.name, i.name), (
        SELECT left(string_agg(a.name, ', ' ORDER BY c.position), 10000)
        FROM track_artists AS c
        JOIN artists AS a USING (artist_id)
        WHERE c.track_id = i.track_id)
FROM playlist_items AS i
LEFT JOIN tracks AS t USING (track_id)
WHERE i.user_id = %(user_id)s AND i.playlist_id = %(playlist_id)s AND i.item_uri IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM playlist_item_history AS h
    WHERE h.user_id = i.user_id AND h.playlist_id = i.playlist_id AND h.item_uri = i.item_uri AND h.removed_at IS NULL)
ORDER BY i.item_uri, i.position;

-- name: history_named
-- Items that are in the list are called what they are called now: a name that came wrong once does not stay.
UPDATE playlist_item_history AS h SET name = COALESCE(n.name, h.name), artists = COALESCE(n.artists, h.artists)
FROM (
    SELECT DISTINCT ON (i.item_uri) i.item_uri, COALESCE(t.name, i.name) AS name, (
        SELECT left(string_agg(a.name, ', ' ORDER BY c.position), 10000)
        FROM track_artists AS c
        JOIN artists AS a USING (artist_id)
        WHERE c.track_id = i.track_id) AS artists
    FROM playlist_items AS i
    LEFT JOIN tracks AS t USING (track_id)
    WHERE i.user_id = %(user_id)s AND i.playlist_id = %(playlist_id)s
    ORDER BY i.item_uri, i.position
) AS n
WHERE h.user_id = %(user_id)s AND h.playlist_id = %(playlist_id)s AND h.item_uri = n.item_uri AND h.removed_at IS NULL
  AND (h.name IS DISTINCT FROM COALESCE(n.name, h.name) OR h.artists IS DISTINCT FROM COALESCE(n.artists, h.artists));

-- name: items_taken
-- The items are those of this version.
UPDATE playlists AS p SET items_snapshot_id = %(snapshot_id)s, items_readable = true,
    refused_snapshot_id = NULL, refused_at = NULL, track_count = (
        SELECT count(*) FROM playlist_items AS i WHERE i.user_id = %(user_id)s AND i.playlist_id = %(playlist_id)s)
WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s;

-- name: items_of_no_version
-- The items of every list are due again, refused ones too; what we have stays until they have come.
UPDATE playlists SET items_snapshot_id = NULL, refused_snapshot_id = NULL, refused_at = NULL
WHERE user_id = %(user_id)s AND removed_at IS NULL;
