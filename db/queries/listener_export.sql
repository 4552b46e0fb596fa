-- What the export of one listener holds of the catalogue: what that listener's rows point to, and what these need to be
-- whole; nothing that is here for another's sake. Statements named after a table select its rows.

-- name: gather
-- Which tracks, albums and artists these are. Of saved albums, and of all that followed artists have made, every track is.
CREATE TEMPORARY TABLE exported_tracks ON COMMIT DROP AS
WITH whole_albums AS (
    SELECT album_id FROM saved_albums WHERE user_id = %(user_id)s
    UNION
    SELECT l.album_id
    FROM followed_artists AS f
    JOIN artist_albums AS l USING (artist_id)
    WHERE f.user_id = %(user_id)s
),
named AS (
    SELECT m.track_id FROM whole_albums JOIN album_tracks AS m USING (album_id)
    UNION
    SELECT track_id FROM liked_tracks WHERE user_id = %(user_id)s
    UNION
    SELECT track_id FROM played_tracks WHERE user_id = %(user_id)s
    UNION
    SELECT track_of(item_key) FROM plays WHERE user_id = %(user_id)s
    UNION
    SELECT track_of(api_item_key) FROM plays WHERE user_id = %(user_id)s
    UNION
    SELECT track_of(item_key) FROM deleted_plays WHERE user_id = %(user_id)s
    UNION
    SELECT track_id FROM playlist_items WHERE user_id = %(user_id)s
    UNION
    SELECT track_id FROM playlist_items_staged WHERE user_id = %(user_id)s
    UNION
    SELECT track_of(item_uri) FROM playlist_item_history WHERE user_id = %(user_id)s
    UNION
    SELECT track_id FROM excluded_tracks WHERE user_id = %(user_id)s
    UNION
    SELECT unnest(ARRAY[track_id, into_id]) FROM recording_merges WHERE user_id = %(user_id)s
    UNION
    SELECT item_id FROM top_items WHERE user_id = %(user_id)s AND item_type = 'track'
    UNION
    SELECT item_id FROM library_events WHERE user_id = %(user_id)s AND item_type = 'track'
    UNION
    SELECT item_id FROM uncounted_items WHERE user_id = %(user_id)s AND kind = 'track'
    UNION
    SELECT top_track_id FROM daily_listening WHERE user_id = %(user_id)s
)
SELECT track_id FROM tracks JOIN named USING (track_id)
UNION
SELECT r.replacement_id
FROM named
JOIN track_replacements AS r USING (track_id)
JOIN users AS u ON u.user_id = %(user_id)s AND u.market = r.market
WHERE r.found_by = 'search' AND r.replacement_id IS NOT NULL;

CREATE TEMPORARY TABLE exported_albums ON COMMIT DROP AS
WITH named AS (
    SELECT t.album_id FROM exported_tracks JOIN tracks AS t USING (track_id)
    UNION
    SELECT album_id FROM saved_albums WHERE user_id = %(user_id)s
    UNION
    SELECT l.album_id
    FROM followed_artists AS f
    JOIN artist_albums AS l USING (artist_id)
    WHERE f.user_id = %(user_id)s
    UNION
    SELECT item_id FROM library_events WHERE user_id = %(user_id)s AND item_type = 'album'
    UNION
    SELECT substring(context_uri FROM '^spotify:album:(.+)$') FROM plays WHERE user_id = %(user_id)s
)
SELECT album_id FROM albums JOIN named USING (album_id);

CREATE TEMPORARY TABLE exported_artists ON COMMIT DROP AS
WITH named AS (
    SELECT c.artist_id FROM exported_tracks JOIN track_artists AS c USING (track_id)
    UNION
    SELECT c.artist_id FROM exported_albums JOIN album_artists AS c USING (album_id)
    UNION
    SELECT artist_id FROM followed_artists WHERE user_id = %(user_id)s
    UNION
    SELECT item_id FROM top_items WHERE user_id = %(user_id)s AND item_type = 'artist'
    UNION
    SELECT item_id FROM library_events WHERE user_id = %(user_id)s AND item_type = 'artist'
    UNION
    SELECT item_id FROM uncounted_items WHERE user_id = %(user_id)s AND kind = 'artist'
    UNION
    SELECT top_artist_id FROM daily_listening WHERE user_id = %(user_id)s
    UNION
    SELECT substring(context_uri FROM '^spotify:artist:(.+)$') FROM plays WHERE user_id = %(user_id)s
)
SELECT artist_id FROM artists JOIN named USING (artist_id);

ANALYZE exported_tracks, exported_albums, exported_artists;

-- name: users
-- The listener without a consent.
SELECT (jsonb_populate_record(u, '{"token_fingerprint": null, "refresh_token_encrypted": null, "consent_flow": null,
    "granted_scopes": null, "authorized_at": null, "auth_status": "ok"}')).*
FROM users AS u WHERE u.user_id = %(user_id)s;

-- name: artists
-- When an artist's albums were looked at is said of followed ones: of others that would tell that somebody else follows them.
SELECT (known.artist).*
FROM (
    SELECT jsonb_populate_record(a, CASE WHEN f.artist_id IS NULL
        THEN '{"albums_synced_at": null, "albums_total": null, "albums_read_at": null}' ELSE '{}' END::jsonb) AS artist
    FROM artists AS a
    JOIN exported_artists USING (artist_id)
    LEFT JOIN followed_artists AS f ON f.user_id = %(user_id)s AND f.artist_id = a.artist_id
    OFFSET 0
) AS known;

-- name: albums
-- An album without some of the tracks that are known of it does not count as complete.
SELECT (known.album).*
FROM (
    SELECT jsonb_populate_record(a, CASE WHEN m.album_id IS NULL THEN '{}' ELSE '{"tracks_synced_at": null}' END::jsonb) AS album
    FROM albums AS a
    JOIN exported_albums USING (album_id)
    LEFT JOIN (
        SELECT DISTINCT t.album_id FROM album_tracks AS t LEFT JOIN exported_tracks AS e USING (track_id) WHERE e.track_id IS NULL
    ) AS m USING (album_id)
    OFFSET 0
) AS known;

-- name: tracks
-- With all that is known of them.
SELECT t.* FROM tracks AS t JOIN exported_tracks USING (track_id);

-- name: album_artists
-- Credits of these albums.
SELECT c.* FROM album_artists AS c JOIN exported_albums USING (album_id);

-- name: track_artists
-- Credits of these tracks.
SELECT c.* FROM track_artists AS c JOIN exported_tracks USING (track_id);

-- name: album_tracks
-- Which of these tracks are on which of these albums.
SELECT m.* FROM album_tracks AS m JOIN exported_albums USING (album_id) JOIN exported_tracks USING (track_id);

-- name: artist_albums
-- What Spotify lists of followed artists.
SELECT l.*
FROM artist_albums AS l
JOIN followed_artists AS f USING (artist_id)
WHERE f.user_id = %(user_id)s;

-- name: track_availability
-- In the listener's market.
SELECT a.*
FROM track_availability AS a
JOIN users AS u ON u.user_id = %(user_id)s AND u.market = a.market
JOIN exported_tracks USING (track_id);

-- name: track_replacements
-- In the listener's market, by these tracks.
SELECT r.*
FROM track_replacements AS r
JOIN users AS u ON u.user_id = %(user_id)s AND u.market = r.market
JOIN exported_tracks USING (track_id)
WHERE r.replacement_id IS NULL OR r.replacement_id IN (SELECT track_id FROM exported_tracks);

-- name: images
-- Covers of these, and of the lists of that listener. An export holds no files.
SELECT i.* FROM images AS i JOIN exported_artists AS a ON i.kind = 'artists' AND i.spotify_id = a.artist_id
UNION ALL
SELECT i.* FROM images AS i JOIN exported_albums AS a ON i.kind = 'albums' AND i.spotify_id = a.album_id
UNION ALL
SELECT i.* FROM images AS i JOIN playlists AS p ON p.user_id = %(user_id)s AND i.kind = 'playlists' AND i.spotify_id = p.playlist_id;
