-- kind: materialized view
-- unique: user_id, track_id
-- One row per track of a user's library: liked, on a saved album, or in a playlist of their own. The centre of
-- everything that is derived.
--
-- Own playlists are those that the user owns and has among their lists. The lists that we look after do not count
-- (playlist_mappings): a smart playlist is made from this view, and would keep its tracks in it for ever.
-- added_at is the earliest of like, save and addition to a list; NULL where Spotify says of none of them when.
-- is_playable is that of the user's market, NULL where it is not known.
--
-- A play counts for exactly one library track, once: the same id first, else the earliest-added track of the same
-- recording. Same recording: the same ISRC where both have one; else the same normalized title and main artist, and
-- durations known and within a second. A repeat is a play.
WITH membership AS (
    SELECT user_id, track_id, true AS is_liked, liked_at, liked_at AS added_at
    FROM liked_tracks
    WHERE removed_at IS NULL
    UNION ALL
    SELECT s.user_id, t.track_id, false, NULL, s.added_at
    FROM saved_albums AS s
    JOIN tracks AS t USING (album_id)
    WHERE s.removed_at IS NULL
    UNION ALL
    SELECT up.user_id, i.track_id, false, NULL, i.added_at
    FROM user_playlists AS up
    JOIN users AS u USING (user_id)
    JOIN playlists AS p ON p.playlist_id = up.playlist_id AND p.owner_id = u.spotify_id
    JOIN playlist_items AS i ON i.playlist_id = p.playlist_id
    LEFT JOIN playlist_mappings AS m ON m.user_id = up.user_id AND m.playlist_id = up.playlist_id
    WHERE up.removed_at IS NULL AND i.item_type = 'track' AND i.track_id IS NOT NULL AND m.slug IS NULL
),
library AS (
    SELECT user_id, track_id, bool_or(is_liked) AS is_liked, max(liked_at) AS liked_at, min(added_at) AS added_at
    FROM membership
    GROUP BY user_id, track_id
),
credits AS (
    SELECT
        ta.track_id,
        array_agg(ta.artist_id ORDER BY ta.position) AS artist_ids,
        array_agg(COALESCE(a.name, '') ORDER BY ta.position) AS artists
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    GROUP BY ta.track_id
),
track_genres AS (
    SELECT ta.track_id, array_agg(DISTINCT genre ORDER BY genre) AS genres
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    CROSS JOIN unnest(a.genres) AS genre
    GROUP BY ta.track_id
),
recording AS (
    SELECT
        t.track_id,
        t.isrc,
        t.duration_ms,
        regexp_replace(lower(normalize(t.name, NFKC)), '\s+', ' ', 'g') AS title,
        c.artist_ids[1] AS main_artist_id
    FROM tracks AS t
    LEFT JOIN credits AS c USING (track_id)
),
outside AS (
    SELECT DISTINCT p.user_id, p.track_id
    FROM plays AS p
    WHERE p.track_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM library AS l WHERE l.user_id = p.user_id AND l.track_id = p.track_id)
),
same_recording AS (
    SELECT o.user_id, o.track_id AS played_id, l.track_id, l.added_at
    FROM outside AS o
    JOIN recording AS played ON played.track_id = o.track_id
    JOIN recording AS r ON r.isrc = played.isrc
    JOIN library AS l ON l.user_id = o.user_id AND l.track_id = r.track_id
    UNION ALL
    SELECT o.user_id, o.track_id, l.track_id, l.added_at
    FROM outside AS o
    JOIN recording AS played ON played.track_id = o.track_id
    JOIN recording AS r
        ON r.title = played.title
        AND r.main_artist_id = played.main_artist_id
        AND abs(r.duration_ms - played.duration_ms) <= 1000
        AND (r.isrc IS NULL OR played.isrc IS NULL)
    JOIN library AS l ON l.user_id = o.user_id AND l.track_id = r.track_id
),
counted_for AS (
    SELECT user_id, track_id AS played_id, track_id FROM library
    UNION ALL
    (SELECT DISTINCT ON (user_id, played_id) user_id, played_id, track_id
     FROM same_recording
     ORDER BY user_id, played_id, added_at, track_id)
),
played AS (
    SELECT
        c.user_id,
        c.track_id,
        count(*) AS play_count,
        count(*) FILTER (WHERE f.is_skip) AS skip_count,
        min(f.played_at) AS first_played_at,
        max(f.played_at) AS last_played_at,
        sum(f.heard_ms) AS total_ms_played
    FROM play_facts AS f
    JOIN counted_for AS c ON c.user_id = f.user_id AND c.played_id = f.track_id
    GROUP BY c.user_id, c.track_id
)
SELECT
    l.user_id,
    l.track_id,
    t.name,
    t.album_id,
    al.name AS album_name,
    al.album_type,
    al.release_date,
    c.artist_ids,
    c.artists,
    g.genres,
    t.duration_ms,
    t.explicit,
    t.isrc,
    l.is_liked,
    l.liked_at,
    l.added_at,
    av.is_playable,
    e.track_id IS NOT NULL AS excluded,
    COALESCE(p.play_count, 0)::integer AS play_count,
    COALESCE(p.skip_count, 0)::integer AS skip_count,
    p.first_played_at,
    p.last_played_at,
    COALESCE(p.total_ms_played, 0)::bigint AS total_ms_played
FROM library AS l
JOIN users AS u USING (user_id)
JOIN tracks AS t USING (track_id)
LEFT JOIN albums AS al USING (album_id)
LEFT JOIN credits AS c USING (track_id)
LEFT JOIN track_genres AS g USING (track_id)
LEFT JOIN played AS p ON p.user_id = l.user_id AND p.track_id = l.track_id
LEFT JOIN track_availability AS av ON av.market = u.market AND av.track_id = l.track_id
LEFT JOIN excluded_tracks AS e ON e.user_id = l.user_id AND e.track_id = l.track_id
