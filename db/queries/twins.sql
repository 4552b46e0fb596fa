-- Playable releases in place of tracks that a market cannot play.

-- name: playable
-- Each of these tracks that is known to be unplayable, and the release to play in its place, if one is known: the
-- replacement that the availability pass has stored, else a track of the same recording that is known to be playable.
-- Never one that the user has excluded.
WITH lost AS (
    SELECT a.track_id
    FROM track_availability AS a
    WHERE a.market = %(market)s AND NOT a.is_playable AND a.track_id = ANY(%(ids)s::text[])
),
found AS (
    SELECT l.track_id, r.replacement_id AS twin_id, 0 AS place
    FROM lost AS l
    JOIN track_replacements AS r ON r.market = %(market)s AND r.track_id = l.track_id
    LEFT JOIN track_availability AS a ON a.market = r.market AND a.track_id = r.replacement_id
    WHERE r.replacement_id IS NOT NULL AND a.is_playable IS NOT FALSE
    UNION ALL
    SELECT s.track_id, s.other_id, CASE WHEN s.has_same_isrc THEN 1 ELSE 2 END
    FROM same_recordings AS s
    JOIN track_availability AS a ON a.market = %(market)s AND a.track_id = s.other_id AND a.is_playable
    WHERE s.track_id = ANY(ARRAY(SELECT track_id FROM lost)) AND COALESCE(s.user_id, %(user_id)s) = %(user_id)s
),
best AS (
    SELECT DISTINCT ON (f.track_id) f.track_id, f.twin_id
    FROM found AS f
    WHERE NOT EXISTS (SELECT 1 FROM excluded_tracks AS e WHERE e.user_id = %(user_id)s AND e.track_id = f.twin_id)
    ORDER BY f.track_id, f.place, f.twin_id
)
SELECT
    l.track_id, t.track_id, t.name, c.artist_ids, c.artists, t.album_id, al.name, al.release_date, t.duration_ms, t.isrc,
    av.is_playable
FROM lost AS l
LEFT JOIN best AS b USING (track_id)
LEFT JOIN tracks AS t ON t.track_id = b.twin_id
LEFT JOIN albums AS al USING (album_id)
LEFT JOIN track_availability AS av ON av.market = %(market)s AND av.track_id = t.track_id
LEFT JOIN LATERAL (
    SELECT
        array_agg(ta.artist_id ORDER BY ta.position) AS artist_ids,
        array_agg(COALESCE(ar.name, '') ORDER BY ta.position) AS artists
    FROM track_artists AS ta
    JOIN artists AS ar USING (artist_id)
    WHERE ta.track_id = t.track_id
) AS c ON true;
