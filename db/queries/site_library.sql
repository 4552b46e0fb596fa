-- name: more
-- What the page says of the library beyond site_overview.library: one row.
SELECT
    count(DISTINCT album_id) AS albums,
    count(DISTINCT album_id) FILTER (WHERE album_type = 'single') AS singles,
    count(DISTINCT album_id) FILTER (WHERE album_type = 'compilation') AS compilations,
    COALESCE(sum(duration_ms), 0)::bigint AS length_ms,
    count(*) FILTER (WHERE genres <> '{}') AS with_genre,
    (SELECT count(*) FROM artist_stats WHERE user_id = %(user_id)s AND track_count > 0) AS artists,
    (SELECT market FROM users WHERE user_id = %(user_id)s) AS market
FROM unified_tracks
WHERE user_id = %(user_id)s;

-- name: newest
-- The albums of the tracks that came last, each with its artists.
SELECT n.album_id, a.name, n.added_at, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = n.album_id ORDER BY aa.position) AS artists
FROM (
    SELECT album_id, max(added_at) AS added_at
    FROM unified_tracks
    WHERE user_id = %(user_id)s AND album_id IS NOT NULL AND added_at <= %(now)s
    GROUP BY album_id
    ORDER BY 2 DESC, 1
    LIMIT %(limit)s
) AS n
JOIN albums AS a USING (album_id)
ORDER BY n.added_at DESC, n.album_id;

-- name: growth
-- How many of the tracks that are in the library came on which day. Where Spotify has not kept the moment, it says 1970.
SELECT (added_at AT TIME ZONE %(time_zone)s)::date AS day, count(*) AS came
FROM unified_tracks
WHERE user_id = %(user_id)s AND added_at >= '2006-10-01' AND added_at <= %(now)s
GROUP BY 1
ORDER BY 1;

-- name: changes
-- What has left the library, and since when that is seen: one row.
SELECT
    min(seen_at) AS since,
    count(*) FILTER (WHERE event = 'unliked') AS unliked,
    count(*) FILTER (WHERE event = 'removed' AND item_type = 'album') AS albums,
    count(*) FILTER (WHERE event = 'unfollowed' AND item_type = 'artist') AS artists
FROM library_events
WHERE user_id = %(user_id)s;

-- name: decades
-- Tracks and albums of the library by the decade of their release, NULL where that is not known, oldest first.
SELECT (date_part('year', c.released)::integer / 10) * 10 AS decade, count(*) AS tracks, count(DISTINCT u.album_id) AS albums,
    count(*) FILTER (WHERE u.play_count > 0) AS played
FROM unified_tracks AS u
LEFT JOIN album_catalogue AS c USING (album_id)
WHERE u.user_id = %(user_id)s
GROUP BY 1
ORDER BY 1;

-- name: decade_albums
-- Of each decade the albums with most plays of tracks that are in the library.
SELECT decade, album_id, name, tracks, plays, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = p.album_id ORDER BY aa.position) AS artists
FROM (
    SELECT o.*, row_number() OVER (PARTITION BY decade ORDER BY plays DESC, tracks DESC, name COLLATE "C", album_id) AS place
    FROM (
        SELECT (date_part('year', c.released)::integer / 10) * 10 AS decade, u.album_id, c.name, count(*) AS tracks, sum(u.play_count) AS plays
        FROM unified_tracks AS u
        JOIN album_catalogue AS c USING (album_id)
        WHERE u.user_id = %(user_id)s AND c.released IS NOT NULL
        GROUP BY 1, 2, 3
    ) AS o
) AS p
WHERE place <= %(limit)s
ORDER BY decade, place;

-- name: heard_albums
-- The albums with most plays of tracks that are in the library, of those whose release is known; `total`: how many albums with plays there are.
SELECT o.album_id, o.name, o.released, o.release_date, o.plays, o.total, ARRAY(
    SELECT ARRAY[r.name, r.artist_id] FROM album_artists AS aa JOIN artists AS r USING (artist_id) WHERE aa.album_id = o.album_id ORDER BY aa.position) AS artists
FROM (
    SELECT u.album_id, c.name, c.released, c.release_date, sum(u.play_count)::bigint AS plays, count(*) OVER () AS total
    FROM unified_tracks AS u
    JOIN album_catalogue AS c USING (album_id)
    WHERE u.user_id = %(user_id)s AND c.released IS NOT NULL
    GROUP BY u.album_id, c.name, c.released, c.release_date
    HAVING sum(u.play_count) > 0
    ORDER BY plays DESC, c.name COLLATE "C", u.album_id
    LIMIT %(limit)s
) AS o
ORDER BY o.plays DESC, o.name COLLATE "C", o.album_id;

-- name: genres
-- The genres of most tracks; a track counts for each genre of its artists.
SELECT genre, count(*) AS tracks, sum(u.play_count)::bigint AS plays, count(*) OVER () AS genres
FROM unified_tracks AS u
CROSS JOIN LATERAL (SELECT DISTINCT g AS genre FROM unnest(u.genres) AS g) AS of_track
WHERE u.user_id = %(user_id)s
GROUP BY genre
ORDER BY 2 DESC, 3 DESC, genre COLLATE "C"
LIMIT %(limit)s;

-- name: artists
-- The artists with most tracks in the library.
SELECT artist_id, name, track_count, liked_count, play_count
FROM artist_stats
WHERE user_id = %(user_id)s AND track_count > 0
ORDER BY track_count DESC, play_count DESC, name COLLATE "C", artist_id
LIMIT %(limit)s;

-- name: lost
-- Tracks of the library that cannot be played in the listener's market, those that were lost last first; `total`: how many there are.
SELECT u.track_id, u.name, ARRAY(SELECT ARRAY[n, i] FROM unnest(u.artists, u.artist_ids) AS c (n, i)) AS artists,
    u.album_id, u.album_name, u.is_liked, a.restriction_reason, a.changed_at, count(*) OVER () AS total
FROM unified_tracks AS u
JOIN users AS l USING (user_id)
JOIN track_availability AS a ON a.market = l.market AND a.track_id = u.track_id
WHERE u.user_id = %(user_id)s AND NOT a.is_playable
ORDER BY a.changed_at DESC NULLS LAST, u.is_liked DESC, u.name COLLATE "C", u.track_id
LIMIT %(limit)s;

-- name: back
-- Tracks of the library that could not be played for a time, and can again.
SELECT u.track_id, u.name, ARRAY(SELECT ARRAY[n, i] FROM unnest(u.artists, u.artist_ids) AS c (n, i)) AS artists,
    u.album_id, u.album_name, a.changed_at, count(*) OVER () AS total
FROM unified_tracks AS u
JOIN users AS l USING (user_id)
JOIN track_availability AS a ON a.market = l.market AND a.track_id = u.track_id
WHERE u.user_id = %(user_id)s AND a.is_playable AND a.changed_at IS NOT NULL
ORDER BY a.changed_at DESC, u.name COLLATE "C", u.track_id
LIMIT %(limit)s;

-- name: first_plays
-- How many tracks were first heard how many days after their release: of albums whose day is known, released since a day.
SELECT (u.first_played_at AT TIME ZONE %(time_zone)s)::date - c.released AS days, count(*) AS tracks
FROM unified_tracks AS u
JOIN album_catalogue AS c USING (album_id)
WHERE u.user_id = %(user_id)s AND u.first_played_at IS NOT NULL AND c.released >= %(since)s AND length(c.release_date) = 10
GROUP BY 1
ORDER BY 1;

-- name: completeness
-- How many of the albums of each followed artist are saved, those most played first; editions of one album count once. `missing`: the
-- newest of the others, with their ids.
WITH albums_known AS (
    SELECT d.artist_id, regexp_replace(c.album, %(edition)s, '') AS title, d.album_id, d.album_name, d.is_saved, c.released
    FROM discography AS d
    JOIN album_catalogue AS c USING (album_id)
    WHERE d.user_id = %(user_id)s AND d.album_type = 'album'
), titles AS (
    SELECT artist_id, bool_or(is_saved) AS is_saved, min(released) AS released,
        (array_agg(album_name ORDER BY released NULLS LAST, album_id))[1] AS name,
        (array_agg(album_id ORDER BY released NULLS LAST, album_id))[1] AS album_id
    FROM albums_known
    GROUP BY artist_id, title
), counted AS (
    SELECT artist_id, count(*) AS albums, count(*) FILTER (WHERE is_saved) AS saved,
        (array_agg(name ORDER BY released DESC NULLS LAST, album_id) FILTER (WHERE NOT is_saved))[:%(missing)s] AS missing,
        (array_agg(album_id ORDER BY released DESC NULLS LAST, album_id) FILTER (WHERE NOT is_saved))[:%(missing)s] AS missing_ids
    FROM titles
    GROUP BY artist_id
)
SELECT n.artist_id, a.name, a.albums_synced_at, n.albums, n.saved, COALESCE(n.missing, '{}') AS missing, COALESCE(n.missing_ids, '{}') AS missing_ids,
    COALESCE(s.play_count, 0) AS plays, count(*) OVER () AS artists, count(*) FILTER (WHERE n.albums = n.saved) OVER () AS complete
FROM counted AS n
JOIN artists AS a USING (artist_id)
LEFT JOIN artist_stats AS s ON s.user_id = %(user_id)s AND s.artist_id = n.artist_id
ORDER BY plays DESC, n.saved DESC, a.name COLLATE "C", n.artist_id
LIMIT %(limit)s;

-- name: releases
-- What followed artists have released of late, the newest first.
SELECT album_id, album_name, album_type, release_date, artist_id, artist_name, is_saved, count(*) OVER () AS total
FROM new_releases
WHERE user_id = %(user_id)s
ORDER BY release_date COLLATE "C" DESC, album_name COLLATE "C", album_id
LIMIT %(limit)s;

-- name: editions
-- Saved albums of which the main artist has a later edition that is not saved: the newest of these.
WITH own AS (
    SELECT DISTINCT ON (aa.artist_id, title)
        aa.artist_id, c.album_id, c.name, c.album_type, c.released, c.release_date, c.total_tracks, title
    FROM saved_albums AS s
    JOIN album_catalogue AS c USING (album_id)
    JOIN album_artists AS aa ON aa.album_id = c.album_id AND aa.position = 0
    CROSS JOIN LATERAL regexp_replace(c.album, %(edition)s, '') AS title
    WHERE s.user_id = %(user_id)s AND s.removed_at IS NULL AND c.released IS NOT NULL AND title <> ''
    ORDER BY aa.artist_id, title, c.released DESC, c.album_id
), later AS (
    SELECT DISTINCT ON (o.album_id)
        o.album_id, o.name, o.release_date, o.total_tracks, o.artist_id,
        n.album_id AS newer_id, n.name AS newer_name, n.release_date AS newer_date, n.released AS newer_released, n.total_tracks AS newer_tracks
    FROM own AS o
    JOIN album_artists AS na ON na.artist_id = o.artist_id AND na.position = 0 AND na.album_id <> o.album_id
    JOIN album_catalogue AS n ON n.album_id = na.album_id
    LEFT JOIN artist_albums AS listed ON listed.artist_id = o.artist_id AND listed.album_id = n.album_id
    WHERE n.album_type = o.album_type AND n.released > o.released AND listed.removed_at IS NULL
      AND starts_with(n.album, o.title) AND regexp_replace(n.album, %(edition)s, '') = o.title
    ORDER BY o.album_id, n.released DESC, n.album_id
)
SELECT l.*, a.name AS artist_name, count(*) OVER () AS total
FROM later AS l
JOIN artists AS a USING (artist_id)
ORDER BY l.newer_released DESC, l.name COLLATE "C", l.album_id
LIMIT %(limit)s;
