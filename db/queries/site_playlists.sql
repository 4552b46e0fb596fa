-- name: smart
-- The smart playlists with their rules, as text: the database's own numbers, exactly as they are kept; and the album of the first track.
SELECT m.slug, m.name, m.playlist_id, m.status, m.is_dynamic, m.track_count, m.last_synced_at, m.rules::text AS rules,
    m.out_of_season, t.album_id
FROM playlist_mappings AS m
LEFT JOIN tracks AS t ON t.track_id = track_of(m.contents ->> 0)
WHERE m.user_id = %(user_id)s AND m.slug <> %(exclusions)s;

-- name: others
-- The listener's other lists, in their order: own ones, and those of others that they follow; each with the album of its first track.
SELECT p.playlist_id, p.name, p.track_count, p.items_readable IS NOT FALSE AS is_readable, o.playlist_id IS NOT NULL AS is_own,
    t.album_id
FROM playlists AS p
LEFT JOIN own_playlists AS o USING (user_id, playlist_id)
LEFT JOIN playlist_items AS i ON i.user_id = p.user_id AND i.playlist_id = p.playlist_id AND i.position = 0
LEFT JOIN tracks AS t USING (track_id)
WHERE p.user_id = %(user_id)s AND p.removed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM playlist_mappings AS m WHERE m.user_id = p.user_id AND m.playlist_id = p.playlist_id)
ORDER BY p.position, p.playlist_id;

-- name: lost
-- What has left the listener's own lists, likes, saved albums, followed artists and lists since a moment, and is not back, newest first;
-- `total`: how much that is; `artists` and `given` as above.
SELECT kind, lost_at, list_id, list, name, given, item_id, album_id, count(*) OVER () AS total,
    ARRAY(
        SELECT ARRAY[a.name, a.artist_id]
        FROM (
            SELECT artist_id, position FROM track_artists WHERE kind = 'track' AND track_id = item_id
            UNION ALL
            SELECT artist_id, position FROM album_artists WHERE kind = 'album' AND album_id = item_id
        ) AS c
        JOIN artists AS a USING (artist_id)
        ORDER BY c.position
    ) AS artists
FROM (
    SELECT 'track' AS kind, h.removed_at AS lost_at, h.playlist_id AS list_id, p.name AS list, COALESCE(h.name, t.name) AS name, h.artists AS given,
        track_of(h.item_uri) AS item_id, t.album_id
    FROM playlist_item_history AS h
    JOIN own_playlists AS p USING (user_id, playlist_id)
    LEFT JOIN tracks AS t ON t.track_id = track_of(h.item_uri)
    WHERE h.user_id = %(user_id)s AND h.removed_at >= %(since)s
      AND NOT EXISTS (
        SELECT 1 FROM playlist_item_history AS b
        WHERE b.user_id = h.user_id AND b.playlist_id = h.playlist_id AND b.item_uri = h.item_uri
          AND (b.removed_at IS NULL OR b.removed_at > h.removed_at))
    UNION ALL
    SELECT 'track', l.removed_at, NULL, NULL, t.name, NULL, l.track_id, t.album_id
    FROM liked_tracks AS l
    JOIN tracks AS t USING (track_id)
    WHERE l.user_id = %(user_id)s AND l.removed_at >= %(since)s
    UNION ALL
    SELECT 'album', s.removed_at, NULL, NULL, a.name, NULL, s.album_id, s.album_id
    FROM saved_albums AS s
    JOIN albums AS a USING (album_id)
    WHERE s.user_id = %(user_id)s AND s.removed_at >= %(since)s
    UNION ALL
    SELECT 'artist', f.removed_at, NULL, NULL, a.name, NULL, f.artist_id, NULL
    FROM followed_artists AS f
    JOIN artists AS a USING (artist_id)
    WHERE f.user_id = %(user_id)s AND f.removed_at >= %(since)s
    UNION ALL
    SELECT 'playlist', p.removed_at, NULL, NULL, p.name, NULL, p.playlist_id, NULL
    FROM playlists AS p
    WHERE p.user_id = %(user_id)s AND p.removed_at >= %(since)s
) AS gone
ORDER BY lost_at DESC, list COLLATE "C" NULLS FIRST, name COLLATE "C", item_id
LIMIT %(limit)s;

-- name: health
-- Of each list: its different tracks, how many of them were never played, and how many not since a moment; the plays of all of them, and of
-- the ten most played. What a smart playlist was made of last counts before the copy of it.
WITH members AS (
    SELECT p.playlist_id, i.track_id
    FROM playlists AS p
    JOIN playlist_items AS i USING (user_id, playlist_id)
    WHERE p.user_id = %(user_id)s AND p.removed_at IS NULL AND i.track_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM playlist_mappings AS m WHERE m.user_id = p.user_id AND m.playlist_id = p.playlist_id AND m.contents IS NOT NULL)
    UNION
    SELECT m.playlist_id, track_of(c.uri)
    FROM playlist_mappings AS m
    CROSS JOIN LATERAL jsonb_array_elements_text(m.contents) AS c (uri)
    WHERE m.user_id = %(user_id)s AND m.playlist_id IS NOT NULL AND jsonb_typeof(m.contents) = 'array' AND track_of(c.uri) IS NOT NULL
), counted AS (
    SELECT m.playlist_id, p.play_count, p.last_played_at,
        row_number() OVER (PARTITION BY m.playlist_id ORDER BY p.play_count DESC NULLS LAST) AS place
    FROM members AS m
    LEFT JOIN track_plays AS p ON p.user_id = %(user_id)s AND p.track_id = m.track_id
)
SELECT playlist_id, count(*) AS tracks, count(*) FILTER (WHERE COALESCE(play_count, 0) = 0) AS never,
    count(*) FILTER (WHERE last_played_at < %(stale_before)s) AS stale,
    COALESCE(sum(play_count), 0)::bigint AS plays, COALESCE(sum(play_count) FILTER (WHERE place <= %(top)s), 0)::bigint AS top_plays
FROM counted
GROUP BY playlist_id;

-- name: contexts
-- What plays were started from, most plays first: the first ones of all, and every list that the listener has or had. `of_kind`: the plays of
-- all of the kind, whichever are named here; `album_id`: of a list, the album of its first track. A list's address may have an older form, which
-- names its owner.
SELECT r.kind, r.item_id, r.plays, r.of_kind, r.place, r.contexts, COALESCE(p.name, b.name, a.name) AS name, t.album_id
FROM (
    SELECT kind, item_id, sum(plays)::bigint AS plays,
        (sum(sum(plays)) OVER (PARTITION BY kind))::bigint AS of_kind,
        row_number() OVER (PARTITION BY kind ORDER BY sum(plays) DESC, item_id) AS place_of_kind,
        row_number() OVER (ORDER BY sum(plays) DESC, kind, item_id) AS place,
        count(*) OVER () AS contexts
    FROM (
        SELECT plays,
            CASE
                WHEN context_uri ~ ':collection$' THEN 'liked'
                WHEN context_uri ~ ':(playlist|album|artist):[^:]+$' THEN substring(context_uri FROM ':(playlist|album|artist):[^:]+$')
                ELSE 'other'
            END AS kind,
            COALESCE(substring(context_uri FROM ':(?:playlist|album|artist):([^:]+)$'), '') AS item_id
        FROM (
            SELECT context_uri, sum(plays) AS plays FROM listening WHERE context_uri IS NOT NULL AND plays > 0 GROUP BY context_uri
        ) AS by_uri
    ) AS told
    GROUP BY kind, item_id
) AS r
LEFT JOIN playlists AS p ON r.kind = 'playlist' AND p.user_id = %(user_id)s AND p.playlist_id = r.item_id
LEFT JOIN playlist_items AS i ON i.user_id = p.user_id AND i.playlist_id = p.playlist_id AND i.position = 0
LEFT JOIN tracks AS t USING (track_id)
LEFT JOIN albums AS b ON r.kind = 'album' AND b.album_id = r.item_id
LEFT JOIN artists AS a ON r.kind = 'artist' AND a.artist_id = r.item_id
WHERE r.place <= %(limit)s OR r.place_of_kind = 1 OR p.playlist_id IS NOT NULL
ORDER BY r.place;
