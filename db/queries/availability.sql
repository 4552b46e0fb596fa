-- Statements over track_availability and track_replacements, and the library that they are about.

-- name: liked
-- The liked tracks of these moments, each with its moment.
SELECT l.liked_at AS key, t.track_id, t.name, t.disc_number, t.track_number, t.duration_ms, t.isrc
FROM liked_tracks AS l
JOIN tracks AS t USING (track_id)
WHERE l.user_id = %(user_id)s AND l.removed_at IS NULL AND l.liked_at = ANY(%(keys)s::timestamptz[])
ORDER BY t.track_id;

-- name: on_albums
-- The tracks of these albums, each with its album.
SELECT m.album_id AS key, t.track_id, t.name, m.disc_number, m.track_number, t.duration_ms, t.isrc
FROM album_tracks AS m
JOIN tracks AS t USING (track_id)
WHERE m.album_id = ANY(%(keys)s::text[])
ORDER BY t.track_id;

-- name: long_albums
-- Saved albums that do not come whole with the page they are on.
SELECT a.album_id, a.total_tracks
FROM saved_albums AS s
JOIN albums AS a USING (album_id)
WHERE s.user_id = %(user_id)s AND s.removed_at IS NULL AND a.total_tracks > %(page)s;

-- name: library
-- Every track of the library with what is known of it in a market, most wanted first: liked, on a saved album, in
-- an own playlist, then what takes the place of one of these; within that the one not checked for longest.
WITH wanted AS (
    SELECT track_id, CASE source WHEN 'liked' THEN 0 WHEN 'album' THEN 1 ELSE 2 END AS place
    FROM library_members
    WHERE user_id = %(user_id)s
),
with_replacements AS (
    SELECT track_id, place FROM wanted
    UNION ALL
    SELECT r.replacement_id, 3
    FROM wanted JOIN track_replacements AS r USING (track_id)
    WHERE r.market = %(market)s AND r.replacement_id IS NOT NULL
)
SELECT t.track_id, t.isrc, a.is_playable, COALESCE(a.checked_at >= %(start)s, false), w.place < 3 AS is_own
FROM (SELECT track_id, min(place) AS place FROM with_replacements GROUP BY track_id) AS w
JOIN tracks AS t USING (track_id)
LEFT JOIN (
    SELECT track_id, is_playable, believed(checked_at, %(now)s) AS checked_at FROM track_availability WHERE market = %(market)s
) AS a USING (track_id)
ORDER BY w.place, a.checked_at NULLS FIRST, t.track_id;

-- name: known
-- What is known of these tracks, and whether that is of the pass under way.
SELECT track_id, COALESCE(believed(checked_at, %(now)s) >= %(start)s, false), is_playable, restriction_reason, relinked_to
FROM track_availability WHERE market = %(market)s AND track_id = ANY(%(track_ids)s::text[]);

-- name: keep
-- Asked about, and nothing learnt: what was known stays.
INSERT INTO track_availability (market, track_id, checked_at) VALUES (%(market)s, %(track_id)s, %(start)s)
ON CONFLICT (market, track_id) DO UPDATE SET checked_at = EXCLUDED.checked_at;

-- name: forget
-- Asked about, and gone.
DELETE FROM track_availability WHERE market = %(market)s AND track_id = %(track_id)s;

-- name: forget_replacements
-- No longer needed, because the track is playable again, or of no use, because the replacement is not known to be.
DELETE FROM track_replacements AS r
WHERE r.market = %(market)s AND (
    EXISTS (SELECT 1 FROM track_availability AS a WHERE a.market = r.market AND a.track_id = r.track_id AND a.is_playable)
    OR r.replacement_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM track_availability AS a
        WHERE a.market = r.market AND a.track_id = r.replacement_id AND a.is_playable));

-- name: replace_from_library
-- For each of these tracks without a replacement, a stored track of the same recording that was playable not long ago
-- (from now on every pass looks at it). What one listener has merged says nothing to others of that market.
INSERT INTO track_replacements (market, track_id, replacement_id, found_by, checked_at)
SELECT DISTINCT ON (s.track_id) %(market)s, s.track_id, s.other_id, 'library', %(now)s
FROM recordings_by_rule AS s
JOIN track_availability AS a ON a.market = %(market)s AND a.track_id = s.other_id
WHERE s.track_id = ANY(%(ids)s::text[]) AND a.is_playable AND believed(a.checked_at, %(now)s) > %(asked_since)s
  AND NOT EXISTS (
    SELECT 1 FROM track_replacements AS r
    WHERE r.market = %(market)s AND r.track_id = s.track_id AND r.replacement_id IS NOT NULL)
ORDER BY s.track_id, s.has_same_isrc DESC, s.other_id
ON CONFLICT (market, track_id) DO UPDATE SET
    replacement_id = EXCLUDED.replacement_id, found_by = EXCLUDED.found_by, checked_at = EXCLUDED.checked_at;

-- name: settled_replacements
-- Which of these tracks need no search: there is a replacement, or a search has found none not long ago.
SELECT track_id FROM track_replacements
WHERE market = %(market)s AND track_id = ANY(%(ids)s::text[])
  AND (replacement_id IS NOT NULL OR believed(checked_at, %(now)s) > %(asked_since)s);

-- name: store_search
-- What a search has found for these tracks of one recording, or that it has found nothing. In the order of
-- replace_from_library: two listeners' runs in one market write the same rows.
INSERT INTO track_replacements (market, track_id, replacement_id, found_by, checked_at)
SELECT %(market)s, track_id, %(replacement_id)s, 'search', %(now)s FROM unnest(%(ids)s::text[]) AS i (track_id)
ORDER BY track_id
ON CONFLICT (market, track_id) DO UPDATE SET
    replacement_id = EXCLUDED.replacement_id, found_by = EXCLUDED.found_by, checked_at = EXCLUDED.checked_at;

-- name: searched_long_ago
-- Tracks for which a search has found nothing are searched for again.
UPDATE track_replacements SET checked_at = 'epoch' WHERE replacement_id IS NULL;
