-- What benchmarks.large_library holds: so many tracks of the library, and so many plays, some minutes apart.
-- Tracks 1 to `library` are the library's, half as many more are played only; the lower the number, the more often it is played.
-- The numbers `library` and `plays`and what follows from them are put in by large_library.py.

-- Ids of Spotify's form, 22 letters and digits without an order: so there are pages of artists and albums, and ids weigh what they weigh.
CREATE FUNCTION pg_temp.id_of(kind text, number bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT left(translate(encode(sha256((kind || number)::bytea), 'base64'), '+/', 'xy'), 22)
$$;

INSERT INTO users (user_id, spotify_id, market, time_zone) VALUES ('u', 'u', 'NL', 'Europe/Amsterdam');

INSERT INTO artists (artist_id, name, genres)
SELECT pg_temp.id_of('artist', n), CASE WHEN n % 5 = 0 THEN 'Björk ' ELSE 'Artist ' END || n, ARRAY['genre ' || n % 40, 'genre ' || n % 7]
FROM generate_series(1, :artists) AS n;

INSERT INTO albums (album_id, name, album_type, release_date, release_date_precision, total_tracks)
SELECT pg_temp.id_of('album', n), 'Album ' || n, (ARRAY['album', 'single', 'compilation'])[1 + n % 3],
    to_char(date '1960-01-01' + n * 23400 / :albums, CASE n % 4 WHEN 0 THEN 'YYYY' ELSE 'YYYY-MM-DD' END), 'day', 12
FROM generate_series(1, :albums) AS n;

INSERT INTO album_artists (album_id, position, artist_id)
SELECT pg_temp.id_of('album', n), 0, pg_temp.id_of('artist', 1 + n % :artists) FROM generate_series(1, :albums) AS n;

INSERT INTO tracks (track_id, album_id, name, disc_number, track_number, duration_ms, explicit, isrc)
SELECT pg_temp.id_of('track', n), pg_temp.id_of('album', 1 + n / 12), CASE WHEN n % 9 = 0 THEN 'Ballade très ' ELSE 'Song of the day ' END || n, 1, 1 + n % 12,
    120000 + (n * 7919::bigint) % 240000, n % 7 = 0, CASE WHEN n % 10 > 0 THEN 'ISRC' || n END
FROM generate_series(1, :known) AS n;

INSERT INTO album_tracks (album_id, track_id, disc_number, track_number)
SELECT album_id, track_id, disc_number, track_number FROM tracks WHERE album_id IS NOT NULL;

INSERT INTO track_artists (track_id, position, artist_id)
SELECT pg_temp.id_of('track', n), p, pg_temp.id_of('artist', 1 + (n / 12 + p * 31) % :artists)
FROM generate_series(1, :known) AS n, generate_series(0, 1) AS p
WHERE p = 0 OR n % 4 = 0;

INSERT INTO liked_tracks (user_id, track_id, liked_at)
SELECT 'u', pg_temp.id_of('track', n), timestamptz '2016-01-01 12:00Z' + n * (interval '89200 hours' / :liked) FROM generate_series(1, :liked) AS n;

INSERT INTO saved_albums (user_id, album_id, added_at)
SELECT 'u', pg_temp.id_of('album', n), timestamptz '2016-01-01 12:00Z' + (n - :first_saved + 1) * (interval '16000 hours' / (:last_saved - :first_saved + 1)) FROM generate_series(:first_saved, :last_saved) AS n;

INSERT INTO followed_artists (user_id, artist_id, first_seen_at)
SELECT 'u', pg_temp.id_of('artist', n), timestamptz '2026-01-01 00:00Z' FROM generate_series(1, :artists, 10) AS n;

INSERT INTO playlists (user_id, playlist_id, owner_id, name, position)
SELECT 'u', pg_temp.id_of('list', n), 'u', 'List ' || n, n FROM generate_series(1, 40) AS n;
INSERT INTO playlist_items (user_id, playlist_id, position, item_uri, item_type, track_id, added_at)
SELECT 'u', pg_temp.id_of('list', n), i, 'spotify:track:' || pg_temp.id_of('track', 1 + (n * 509 + i * 13) % :library), 'track', pg_temp.id_of('track', 1 + (n * 509 + i * 13) % :library),
    timestamptz '2025-01-01 00:00Z' + i * interval '1 hour'
FROM generate_series(1, 40) AS n, generate_series(0, 199) AS i;

INSERT INTO track_availability (market, track_id, is_playable, checked_at, changed_at)
SELECT 'NL', pg_temp.id_of('track', n), n % 50 > 0, timestamptz '2026-03-01 00:00Z', timestamptz '2026-02-01 00:00Z'
FROM generate_series(1, :library) AS n;

INSERT INTO excluded_tracks (user_id, track_id, excluded_at)
SELECT 'u', pg_temp.id_of('track', n), timestamptz '2026-01-01 00:00Z' FROM generate_series(1, :library, 200) AS n;

INSERT INTO top_items (user_id, item_type, time_range, captured_on, rank, item_id)
SELECT 'u', 'track', r, date '2026-03-15' - d, rank, pg_temp.id_of('track', 1 + (rank * 17 + d) % :often)
FROM unnest(ARRAY['short_term', 'medium_term', 'long_term']) AS r, generate_series(0, 700) AS d, generate_series(1, 50) AS rank;

-- Of ten years, or of those that an hour between two plays gives; the power makes low numbers frequent, and one in five is never played.
-- They are written in their order, as they come from Spotify and from an export.
INSERT INTO plays (user_id, played_at, item_key, source, context_uri, ms_played)
SELECT 'u', timestamptz ':until' - n * interval ':gap seconds', 'spotify:track:' || k.track_id,
    CASE WHEN n < :plays / 10 THEN 'api' ELSE 'export' END, 'spotify:playlist:' || pg_temp.id_of('list', n % 40), CASE WHEN n >= :plays / 10 THEN (n * 31) % 240000 END
FROM (
    SELECT n, CASE WHEN t % 5 = 0 THEN 1 + t / 20 ELSE t END AS t
    FROM (
        SELECT n, 1 + floor(:known * ((n::bigint * 7919) % 1000003 / 1000003.0) ^ 4)::integer AS t
        FROM generate_series(1, :plays) AS n
    ) AS drawn
) AS played
JOIN (SELECT t, pg_temp.id_of('track', t) AS track_id FROM generate_series(1, :known) AS t) AS k USING (t)
ORDER BY n DESC;
INSERT INTO played_tracks (user_id, track_id) SELECT DISTINCT user_id, track_of(item_key) FROM plays;

ANALYZE;
