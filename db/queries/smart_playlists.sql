-- name: plain_lists
-- The playlists that a definition may name.
SELECT playlist_id, name FROM all_playlists WHERE user_id = %(user_id)s;

-- name: own_list_names
-- The names that the field `playlists` compares with.
SELECT DISTINCT name FROM own_playlists WHERE user_id = %(user_id)s AND name IS NOT NULL;

-- name: plain_list_tracks
-- What a playlist holds, as it was copied last, in its order: each track where it comes first, and when it was last added.
SELECT track_id, max(added_at) FROM all_playlist_items
WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s AND track_id IS NOT NULL
GROUP BY track_id ORDER BY min(position);

-- name: smart_list_additions
-- When the tracks of a smart playlist were added to it, as it was copied last.
SELECT i.track_id, max(i.added_at)
FROM playlist_mappings AS m
JOIN playlist_items AS i USING (user_id, playlist_id)
WHERE m.user_id = %(user_id)s AND m.slug = %(slug)s AND i.track_id IS NOT NULL AND i.added_at IS NOT NULL
GROUP BY i.track_id;

-- name: unknown_contexts
-- Of URIs, each with a form in which plays say it, those that no play is from, and that are no playlist, album or artist that is known.
SELECT w.uri
FROM unnest(%(uris)s::text[], %(forms)s::text[]) AS w (uri, form)
WHERE CASE split_part(w.uri, ':', 2)
    WHEN 'playlist' THEN NOT EXISTS (
        SELECT 1 FROM playlists WHERE user_id = %(user_id)s AND playlist_id = split_part(w.uri, ':', 3))
    WHEN 'album' THEN NOT EXISTS (SELECT 1 FROM albums WHERE album_id = split_part(w.uri, ':', 3))
    ELSE NOT EXISTS (SELECT 1 FROM artists WHERE artist_id = split_part(w.uri, ':', 3)) END
GROUP BY w.uri
HAVING NOT bool_or(EXISTS (SELECT 1 FROM plays AS p WHERE p.user_id = %(user_id)s AND p.context_uri LIKE w.form));

-- name: mappings
-- Every smart playlist of a listener that is known, with its rules: in the database, or copied from a file.
SELECT
    slug, name, playlist_id, status, is_dynamic, rules_source, rules::text, track_count, last_synced_at,
    out_of_season, COALESCE(first_slug, slug) AS first_slug, before_adoption IS NOT NULL AS was_adopted
FROM playlist_mappings WHERE user_id = %(user_id)s ORDER BY slug;

-- name: rename
-- The file of a list has another name now. What is drawn by chance for it stays the same.
UPDATE playlist_mappings SET slug = %(new_slug)s, first_slug = COALESCE(first_slug, slug)
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: held_items
-- What a smart playlist held when it was last looked at, in order: by the writer, else by the copy of the playlist.
SELECT held.uri, COALESCE(t.name, held.name)
FROM (
    SELECT c.uri, c.position, NULL AS name
    FROM playlist_mappings AS m
    CROSS JOIN LATERAL jsonb_array_elements_text(m.contents) WITH ORDINALITY AS c (uri, position)
    WHERE m.user_id = %(user_id)s AND m.playlist_id = %(playlist_id)s AND m.contents IS NOT NULL
    UNION ALL
    SELECT i.item_uri, i.position, i.name
    FROM playlist_mappings AS m
    JOIN playlist_items AS i USING (user_id, playlist_id)
    WHERE m.user_id = %(user_id)s AND m.playlist_id = %(playlist_id)s AND m.contents IS NULL
) AS held
LEFT JOIN tracks AS t ON held.uri = 'spotify:track:' || t.track_id
ORDER BY held.position;

-- name: titles
-- What tracks are called, as far as they are known.
SELECT track_id, name FROM tracks WHERE track_id = ANY(%(track_ids)s);

-- name: is_made
-- Whether a smart playlist is on Spotify.
SELECT 1 FROM playlist_mappings WHERE user_id = %(user_id)s AND slug = %(slug)s AND playlist_id IS NOT NULL;

-- name: for_everybody
-- Of tracks whether they can be played in a market, as far as that is known, and whether one of some listeners has excluded them.
SELECT t.track_id, a.is_playable, e.track_id IS NOT NULL
FROM unnest(%(track_ids)s::text[]) AS t (track_id)
LEFT JOIN track_availability AS a ON a.market = %(market)s AND a.track_id = t.track_id
LEFT JOIN (
    SELECT DISTINCT track_id FROM excluded_tracks WHERE user_id = ANY(%(user_ids)s::text[])
) AS e ON e.track_id = t.track_id;
