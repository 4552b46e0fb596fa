-- name: stale
-- Lists in the listener's own list whose items are not those of the version that Spotify lists; short ones first.
-- A version that was refused is asked for again: at once where the listener may read it, so that the refusal was
-- Spotify's trouble, else when it is an old one.
SELECT p.playlist_id, o.is_own, p.snapshot_id
FROM playlists AS p
JOIN user_playlists AS u USING (playlist_id)
CROSS JOIN LATERAL (SELECT COALESCE(p.owner_id = %(spotify_id)s, false) OR COALESCE(p.is_collaborative, false) AS is_own) AS o
WHERE u.user_id = %(user_id)s AND u.removed_at IS NULL AND p.items_snapshot_id IS DISTINCT FROM p.snapshot_id
  AND CASE WHEN p.refused_snapshot_id = p.snapshot_id
           THEN o.is_own OR COALESCE(believed(p.refused_at, %(now)s) <= %(refused_before)s, true)
           ELSE p.items_readable IS NOT FALSE END
ORDER BY COALESCE(p.track_count, 0), p.playlist_id;

-- name: set_readable
-- Whether the listener may read the items; a list that has become readable is read anew. One %s for the rows.
-- A refusal of this version stands until the items have been read, or the listing itself says that they are not ours.
UPDATE playlists AS p SET items_readable = v.is_readable, refused_snapshot_id = NULL, refused_at = NULL
FROM (VALUES %s) AS v (playlist_id, is_readable)
WHERE p.playlist_id = v.playlist_id
  AND CASE WHEN v.is_readable
           THEN p.items_readable IS NOT TRUE AND p.refused_snapshot_id IS DISTINCT FROM p.snapshot_id
           ELSE p.items_readable IS NOT FALSE OR p.refused_snapshot_id IS NOT NULL END;

-- name: drop_images
-- Lists that have no cover, as Spotify says; where it says nothing, the one that is known stays.
UPDATE playlists SET image_url = NULL WHERE playlist_id = ANY(%(ids)s) AND image_url IS NOT NULL;

-- name: not_readable
-- Spotify does not show the items to us: what we have stays as it is.
UPDATE playlists SET items_readable = false, refused_snapshot_id = snapshot_id, refused_at = %(now)s
WHERE playlist_id = %(playlist_id)s;

-- name: forget_staged
-- A list is read from its beginning.
DELETE FROM playlist_items_staged WHERE playlist_id = %(playlist_id)s;

-- name: count_staged
-- How many entries have come.
SELECT count(*) FROM playlist_items_staged WHERE playlist_id = %(playlist_id)s;

-- name: drop_surplus
-- The list has become shorter.
DELETE FROM playlist_items AS i WHERE playlist_id = %(playlist_id)s AND NOT EXISTS (
    SELECT FROM playlist_items_staged AS s WHERE s.playlist_id = i.playlist_id AND s.position = i.position);

-- name: take_staged
-- The new items take the place of the old ones; what is the same stays untouched.
INSERT INTO playlist_items AS t (playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by)
SELECT playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by
FROM playlist_items_staged WHERE playlist_id = %(playlist_id)s
ON CONFLICT (playlist_id, position) DO UPDATE SET
    item_uri = EXCLUDED.item_uri, item_type = EXCLUDED.item_type, track_id = EXCLUDED.track_id, name = EXCLUDED.name,
    added_at = EXCLUDED.added_at, added_by = EXCLUDED.added_by
WHERE ROW(t.item_uri, t.item_type, t.track_id, t.name, t.added_at, t.added_by) IS DISTINCT FROM
      ROW(EXCLUDED.item_uri, EXCLUDED.item_type, EXCLUDED.track_id, EXCLUDED.name, EXCLUDED.added_at, EXCLUDED.added_by);

-- name: history_gone
-- Items that are in the list no more.
UPDATE playlist_item_history AS h SET removed_at = %(now)s
WHERE playlist_id = %(playlist_id)s AND removed_at IS NULL AND NOT EXISTS (
    SELECT FROM playlist_items AS i WHERE i.playlist_id = h.playlist_id AND i.item_uri = h.item_uri);

-- name: history_come
-- Items that are new in the list, or back again.
INSERT INTO playlist_item_history (playlist_id, item_uri, first_seen_at)
SELECT DISTINCT i.playlist_id, i.item_uri, %(now)s::timestamptz
FROM playlist_items AS i
WHERE i.playlist_id = %(playlist_id)s AND i.item_uri IS NOT NULL AND NOT EXISTS (
    SELECT FROM playlist_item_history AS h
    WHERE h.playlist_id = i.playlist_id AND h.item_uri = i.item_uri AND h.removed_at IS NULL);

-- name: items_taken
-- The items are those of this version.
UPDATE playlists SET items_snapshot_id = %(snapshot_id)s, items_readable = true,
    refused_snapshot_id = NULL, refused_at = NULL, track_count = %(track_count)s
WHERE playlist_id = %(playlist_id)s;
