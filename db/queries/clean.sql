-- Orphans: rows of the catalogue that nothing points to. What was removed from a library after %(removed_before)s still
-- points; what was removed earlier goes with its orphan (library_events keeps that it was there). The locks make
-- writers wait (readers do not): a sync that needs the row writes it in the transaction of what points to it, so it
-- comes before this, and is seen, or after, and makes the row anew.

-- name: lists
-- Entries of lists that were removed before that: their history keeps them, by name, until the list was removed. Its cover
-- goes with them. The lists come first: their locks make a sync that finds one listed again wait, and read it anew.
UPDATE playlists SET items_snapshot_id = NULL, image_url = NULL
WHERE removed_at < %(removed_before)s AND (items_snapshot_id IS NOT NULL OR image_url IS NOT NULL);
UPDATE playlist_item_history AS h SET removed_at = p.removed_at
FROM playlists AS p
WHERE p.user_id = h.user_id AND p.playlist_id = h.playlist_id AND p.removed_at < %(removed_before)s AND h.removed_at IS NULL;
DELETE FROM playlist_items_staged AS d USING playlists AS p
WHERE p.user_id = d.user_id AND p.playlist_id = d.playlist_id AND p.removed_at < %(removed_before)s;
DELETE FROM playlist_items AS d USING playlists AS p
WHERE p.user_id = d.user_id AND p.playlist_id = d.playlist_id AND p.removed_at < %(removed_before)s;

-- name: tracks
-- Not liked, on no saved album, never played, in no list, in no top list, not excluded, not on an album of a followed
-- artist, and not a replacement of a track that is any of that. An album that loses a track does not have all of them any more.
LOCK TABLE tracks IN EXCLUSIVE MODE;
WITH pointless AS MATERIALIZED (
    SELECT t.track_id FROM tracks AS t
    WHERE NOT EXISTS (
          SELECT FROM liked_tracks AS x
          WHERE x.track_id = t.track_id AND COALESCE(x.removed_at, 'infinity') >= %(removed_before)s)
      AND NOT EXISTS (
          SELECT FROM album_tracks AS m JOIN saved_albums AS x USING (album_id)
          WHERE m.track_id = t.track_id AND COALESCE(x.removed_at, 'infinity') >= %(removed_before)s)
      AND NOT EXISTS (SELECT 1 FROM played_tracks AS x WHERE x.track_id = t.track_id)
      AND NOT EXISTS (SELECT FROM playlist_items AS x WHERE x.track_id = t.track_id)
      AND NOT EXISTS (SELECT FROM playlist_items_staged AS x WHERE x.track_id = t.track_id)
      AND NOT EXISTS (
          SELECT FROM playlist_item_history AS x
          WHERE x.item_uri = 'spotify:track:' || t.track_id AND COALESCE(x.removed_at, 'infinity') >= %(removed_before)s)
      AND NOT EXISTS (SELECT FROM top_items AS x WHERE x.item_type = 'track' AND x.item_id = t.track_id)
      AND NOT EXISTS (SELECT FROM excluded_tracks AS x WHERE x.track_id = t.track_id)
      AND NOT EXISTS (
          SELECT FROM album_tracks AS m
          JOIN album_artists AS aa USING (album_id)
          JOIN followed_artists AS f USING (artist_id)
          WHERE m.track_id = t.track_id AND COALESCE(f.removed_at, 'infinity') >= %(removed_before)s)
),
orphans AS MATERIALIZED (
    SELECT track_id FROM pointless AS t
    WHERE NOT EXISTS (
        SELECT FROM track_replacements AS x
        WHERE x.replacement_id = t.track_id AND NOT EXISTS (SELECT FROM pointless AS p WHERE p.track_id = x.track_id))
),
unlisted AS (DELETE FROM album_tracks AS d USING orphans AS o WHERE d.track_id = o.track_id RETURNING d.album_id),
unstamped AS (
    UPDATE albums AS a SET tracks_synced_at = NULL
    WHERE a.album_id IN (SELECT album_id FROM unlisted) AND a.tracks_synced_at IS NOT NULL
),
unliked AS (DELETE FROM liked_tracks AS d USING orphans AS o WHERE d.track_id = o.track_id),
credits AS (DELETE FROM track_artists AS d USING orphans AS o WHERE d.track_id = o.track_id),
availability AS (DELETE FROM track_availability AS d USING orphans AS o WHERE d.track_id = o.track_id),
replacements AS (
    DELETE FROM track_replacements AS d USING orphans AS o WHERE d.track_id = o.track_id OR d.replacement_id = o.track_id)
DELETE FROM tracks AS d USING orphans AS o WHERE d.track_id = o.track_id;

-- name: albums
-- Without a track, not saved, and not a followed artist's.
LOCK TABLE albums IN EXCLUSIVE MODE;
WITH orphans AS MATERIALIZED (
    SELECT a.album_id FROM albums AS a
    WHERE NOT EXISTS (SELECT FROM tracks AS x WHERE x.album_id = a.album_id)
      AND NOT EXISTS (SELECT FROM album_tracks AS x WHERE x.album_id = a.album_id)
      AND NOT EXISTS (
          SELECT FROM saved_albums AS x
          WHERE x.album_id = a.album_id AND COALESCE(x.removed_at, 'infinity') >= %(removed_before)s)
      AND NOT EXISTS (
          SELECT FROM album_artists AS aa JOIN followed_artists AS f USING (artist_id)
          WHERE aa.album_id = a.album_id AND COALESCE(f.removed_at, 'infinity') >= %(removed_before)s)
),
unsaved AS (DELETE FROM saved_albums AS d USING orphans AS o WHERE d.album_id = o.album_id),
credits AS (DELETE FROM album_artists AS d USING orphans AS o WHERE d.album_id = o.album_id)
DELETE FROM albums AS d USING orphans AS o WHERE d.album_id = o.album_id;

-- name: artists
-- Credited nowhere, not followed, in no top list.
LOCK TABLE artists IN EXCLUSIVE MODE;
WITH orphans AS MATERIALIZED (
    SELECT a.artist_id FROM artists AS a
    WHERE NOT EXISTS (SELECT FROM track_artists AS x WHERE x.artist_id = a.artist_id)
      AND NOT EXISTS (SELECT FROM album_artists AS x WHERE x.artist_id = a.artist_id)
      AND NOT EXISTS (
          SELECT FROM followed_artists AS x
          WHERE x.artist_id = a.artist_id AND COALESCE(x.removed_at, 'infinity') >= %(removed_before)s)
      AND NOT EXISTS (SELECT FROM top_items AS x WHERE x.item_type = 'artist' AND x.item_id = a.artist_id)
),
unfollowed AS (DELETE FROM followed_artists AS d USING orphans AS o WHERE d.artist_id = o.artist_id)
DELETE FROM artists AS d USING orphans AS o WHERE d.artist_id = o.artist_id;

-- name: logs
-- Old log lines.
DELETE FROM logs WHERE logged_at < %(before)s;

-- name: future_calls
-- Requests of hours that have not come on any machine: a clock was wrong. They would count when the hour comes.
DELETE FROM api_calls WHERE hour > %(after)s;

-- name: skipped_runs
-- Old runs that did nothing.
DELETE FROM sync_history WHERE status = 'skipped' AND started_at < %(before)s;
