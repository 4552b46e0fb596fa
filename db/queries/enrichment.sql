-- name: artists
-- Artists whose details are not known, or old, and whether they are liked or played: those never asked for first, liked
-- and played ones before the rest. An id that is not one of Spotify's cannot be asked for.
WITH own_tracks AS (
    SELECT track_id FROM library_members WHERE user_id = %(user_id)s AND source = 'liked'
    UNION
    SELECT track_id FROM played_tracks WHERE user_id = %(user_id)s
),
wanted AS (
    SELECT DISTINCT ta.artist_id FROM own_tracks JOIN track_artists AS ta USING (track_id)
)
SELECT a.artist_id, a.enriched_at IS NULL AND w.artist_id IS NOT NULL AS is_first
FROM (SELECT artist_id, believed(enriched_at, %(now)s) AS enriched_at FROM artists) AS a
LEFT JOIN wanted AS w USING (artist_id)
WHERE (a.enriched_at IS NULL OR a.enriched_at <= %(before)s) AND is_spotify_id(a.artist_id)
ORDER BY a.enriched_at IS NOT NULL, w.artist_id IS NULL, a.artist_id COLLATE "C";

-- name: albums
-- Albums that have never come as a whole, with their tracks: those of liked and played tracks, then what followed
-- artists have released since (is_first: before the artists that are neither liked nor played), then those saved or in
-- own playlists, then the other albums of followed artists, then the rest; the newest first. Of albums of followed artists
-- also those that lack tracks that come with a whole album, some time after the last try: they may have been cleaned.
WITH own_tracks AS (
    SELECT track_id FROM library_members WHERE user_id = %(user_id)s AND source = 'liked'
    UNION
    SELECT track_id FROM played_tracks WHERE user_id = %(user_id)s
),
places AS (
    SELECT t.album_id, 0 AS place, false AS is_followed FROM own_tracks JOIN tracks AS t USING (track_id)
    UNION ALL
    SELECT aa.album_id, CASE WHEN a.release_date ~ '^\d{4}-\d{2}' AND a.release_date >= %(released_since)s COLLATE "C"
                             THEN 1 ELSE 3 END, true
    FROM followed_artists AS f
    JOIN album_artists AS aa USING (artist_id)
    JOIN albums AS a USING (album_id)
    WHERE f.user_id = %(user_id)s AND f.removed_at IS NULL
    UNION ALL
    SELECT t.album_id, 2, false
    FROM library_members AS l
    JOIN tracks AS t USING (track_id)
    WHERE l.user_id = %(user_id)s AND l.source = 'playlist'
    UNION ALL
    SELECT album_id, 2, false FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL
),
wanted AS (
    SELECT album_id, min(place) AS place, bool_or(is_followed) AS is_followed FROM places GROUP BY album_id
)
SELECT a.album_id, COALESCE(w.place, 4) <= 1 AS is_first
FROM albums AS a
LEFT JOIN wanted AS w USING (album_id)
WHERE is_spotify_id(a.album_id) AND (
    believed(a.enriched_at, %(now)s) IS NULL
    OR (w.is_followed AND a.tracks_synced_at IS NULL AND a.enriched_at <= %(before)s
        AND (SELECT count(*) FROM album_tracks AS m WHERE m.album_id = a.album_id) < LEAST(a.total_tracks, 50)))
ORDER BY COALESCE(w.place, 4), a.release_date COLLATE "C" DESC NULLS LAST, a.album_id COLLATE "C";

-- name: named_tracks
-- Played tracks that are known only by what an imported history calls them, and those of which something that every track has
-- did not come, or could not be read, with how often they were played: the most played first. What an album does not tell is asked
-- for track by track, so nothing is given of it.
-- Without a join to the plays: behind an import of a million, PostgreSQL may take both sides for a few rows, and loop for hours.
WITH waiting AS MATERIALIZED (
    SELECT t.track_id, CASE WHEN NOT f.is_there THEN t.given_artist END AS given_artist,
        CASE WHEN NOT f.is_there THEN t.given_album END AS given_album
    FROM played_tracks AS p
    JOIN tracks AS t USING (track_id)
    CROSS JOIN LATERAL (SELECT
        ROW(t.album_id, t.duration_ms, t.explicit, t.disc_number, t.track_number) IS NOT NULL
        AND EXISTS (SELECT 1 FROM track_artists AS c WHERE c.track_id = t.track_id) AS is_there
    ) AS f
    WHERE p.user_id = %(user_id)s AND is_spotify_id(t.track_id) AND (
        NOT f.is_there OR EXISTS (SELECT 1 FROM refusals AS r WHERE r.kind = %(refused)s AND r.item_id = t.track_id))
),
both_sides AS (
    SELECT track_id, given_artist, given_album, true AS is_waiting, 0 AS plays FROM waiting
    UNION ALL
    SELECT track_of(item_key), NULL, NULL, false, count(*)
    FROM plays
    WHERE user_id = %(user_id)s AND (SELECT count(*) FROM waiting) > 0
    GROUP BY item_key
)
SELECT track_id, max(given_artist), max(given_album), sum(plays)::integer AS plays
FROM both_sides
GROUP BY track_id
HAVING bool_or(is_waiting)
ORDER BY plays DESC, track_id COLLATE "C";

-- name: albums_of_names
-- The albums that tracks with these given names are on.
SELECT DISTINCT t.given_artist, t.given_album, t.album_id
FROM unnest(%(artists)s::text[], %(albums)s::text[]) AS n (given_artist, given_album)
JOIN tracks AS t USING (given_artist, given_album)
WHERE t.album_id IS NOT NULL AND is_spotify_id(t.album_id);

-- name: not_whole
-- Those of these albums that have never come whole (true), and those that have, when not all of their tracks were needed.
SELECT a.album_id, believed(a.enriched_at, %(now)s) IS NULL
FROM albums AS a
WHERE a.album_id = ANY(%(album_ids)s::text[]) AND (
    believed(a.enriched_at, %(now)s) IS NULL
    OR (SELECT count(*) FROM album_tracks AS m WHERE m.album_id = a.album_id) < LEAST(a.total_tracks, 50))
ORDER BY array_position(%(album_ids)s::text[], a.album_id);

-- name: long_albums
-- Those of these albums that have more tracks than come with one that is asked for, and how many.
SELECT album_id, total_tracks
FROM albums
WHERE album_id = ANY(%(album_ids)s::text[]) AND total_tracks > %(page)s AND believed(enriched_at, %(now)s) IS NOT NULL;

-- name: known_artists
-- The details that are known of these artists, to be compared.
SELECT artist_id, md5(ROW(name, genres, popularity, follower_count, image_url)::text)
FROM artists WHERE artist_id = ANY(%(ids)s::text[]) AND enriched_at IS NOT NULL;

-- name: known_albums
-- Likewise of albums.
SELECT album_id, md5(ROW(
    name, album_type, release_date, release_date_precision, total_tracks, label, popularity, upc, image_url)::text)
FROM albums WHERE album_id = ANY(%(ids)s::text[]) AND enriched_at IS NOT NULL;

-- name: wanted_whole
-- Those of these albums whose tracks are needed, as clean.orphan_tracks has it, by anybody: saved ones, and those of followed
-- artists. Their credits are as stored, and as given: an artist of each owner.
SELECT album_id FROM saved_albums WHERE album_id = ANY(%(album_ids)s::text[]) AND removed_at IS NULL
UNION
SELECT c.album_id
FROM (
    SELECT album_id, artist_id FROM album_artists WHERE album_id = ANY(%(album_ids)s::text[])
    UNION ALL
    SELECT * FROM unnest(%(owners)s::text[], %(artist_ids)s::text[])
) AS c
JOIN followed_artists AS f USING (artist_id)
WHERE f.removed_at IS NULL;

-- name: known_tracks
-- Those of these tracks that are stored.
SELECT track_id FROM tracks WHERE track_id = ANY(%(track_ids)s::text[]);

-- name: followed
-- Followed artists, and whether it is time to look at their albums: the one looked at longest ago first.
SELECT a.artist_id, a.albums_synced_at IS NULL OR a.albums_synced_at <= %(before)s AS is_due
FROM followed_artists AS f
JOIN (SELECT artist_id, believed(albums_synced_at, %(now)s) AS albums_synced_at FROM artists) AS a USING (artist_id)
WHERE f.user_id = %(user_id)s AND f.removed_at IS NULL AND is_spotify_id(a.artist_id)
ORDER BY a.albums_synced_at NULLS FIRST, a.artist_id COLLATE "C";

-- name: listed
-- How many albums an artist had when all pages were last read, NULL where that is not since then, and how many of
-- those given are known to be listed: one row.
SELECT
    (SELECT albums_total FROM artists WHERE artist_id = %(artist_id)s AND believed(albums_read_at, %(now)s) > %(since)s),
    (SELECT count(*) FROM artist_albums
     WHERE artist_id = %(artist_id)s AND removed_at IS NULL AND album_id = ANY(%(album_ids)s));

-- name: stamp_looked
-- An artist's albums have been looked at.
UPDATE artists SET albums_synced_at = %(now)s WHERE artist_id = %(artist_id)s;

-- name: stamp_read
-- All pages of an artist's albums have been read.
UPDATE artists SET albums_total = %(total)s, albums_read_at = %(now)s WHERE artist_id = %(artist_id)s;

-- name: unlisted
-- What a pass over all pages of an artist's albums has not met.
SELECT album_id FROM artist_albums WHERE artist_id = %(artist_id)s AND removed_at IS NULL
EXCEPT
SELECT item_id FROM sync_seen WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s;

-- name: remove_unlisted
-- These are no longer listed.
UPDATE artist_albums SET removed_at = %(now)s WHERE artist_id = %(artist_id)s AND album_id = ANY(%(ids)s::text[]);

-- name: looked_at_long_ago
-- The albums of these artists are due again, all pages of them.
SELECT count(*) FROM (
    SELECT 1 FROM artists WHERE artist_id = ANY(%(ids)s::text[]) ORDER BY artist_id COLLATE "C" FOR NO KEY UPDATE
) AS held;
UPDATE artists SET albums_synced_at = 'epoch', albums_read_at = NULL
WHERE artist_id = ANY(%(ids)s::text[]) AND albums_synced_at IS NOT NULL;

-- name: artists_long_ago
-- The details of all artists are due again, behind those that were never asked for.
SELECT count(*) FROM (
    SELECT 1 FROM artists WHERE enriched_at IS NOT NULL ORDER BY artist_id COLLATE "C" FOR NO KEY UPDATE
) AS held;
UPDATE artists SET enriched_at = 'epoch' WHERE enriched_at IS NOT NULL;

-- name: albums_never
-- All albums are asked for again. What is known of them stays; that they have come as a whole is not.
SELECT count(*) FROM (
    SELECT 1 FROM albums WHERE enriched_at IS NOT NULL ORDER BY album_id COLLATE "C" FOR NO KEY UPDATE
) AS held;
UPDATE albums SET enriched_at = NULL WHERE enriched_at IS NOT NULL;
