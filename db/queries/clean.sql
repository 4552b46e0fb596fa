-- Orphans: rows of the catalogue that nothing points to. What was removed from a library after %(removed_before)s still
-- points; what was removed earlier goes with its orphan (library_events keeps that it was there). The locks make
-- writers wait (readers do not): a sync that needs the row writes it in the transaction of what points to it, so it
-- comes before this, and is seen, or after, and makes the row anew.
--
-- Where the database is spread over several servers, what is everybody's is not changed beside what many servers were asked at once: they
-- are asked one after the other, as in each of our transactions (`transactions.begin`).

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

-- name: orphan_tracks
-- Not liked, on no saved album, never played (taken out or not), in no list, in no top list, not excluded, not merged, not on
-- an album of a followed artist, and not a replacement of a track that is any of that.
LOCK TABLE tracks IN EXCLUSIVE MODE;
WITH pointless AS MATERIALIZED (
    SELECT track_id FROM tracks
    EXCEPT (
        SELECT track_id FROM liked_tracks WHERE COALESCE(removed_at, 'infinity') >= %(removed_before)s
        UNION ALL
        SELECT m.track_id
        FROM saved_albums AS s
        JOIN album_tracks AS m USING (album_id)
        WHERE COALESCE(s.removed_at, 'infinity') >= %(removed_before)s
        UNION ALL
        SELECT track_id FROM played_tracks
        UNION ALL
        SELECT track_id FROM playlist_items
        UNION ALL
        SELECT track_id FROM playlist_items_staged
        UNION ALL
        SELECT track_of(item_uri) FROM playlist_item_history WHERE COALESCE(removed_at, 'infinity') >= %(removed_before)s
        UNION ALL
        SELECT item_id FROM top_items WHERE item_type = 'track'
        UNION ALL
        SELECT track_id FROM excluded_tracks
        UNION ALL
        SELECT track_of(item_key) FROM deleted_plays
        UNION ALL
        SELECT track_id FROM recording_merges
        UNION ALL
        SELECT into_id FROM recording_merges
        UNION ALL
        SELECT m.track_id
        FROM followed_artists AS f
        JOIN album_artists AS aa USING (artist_id)
        JOIN album_tracks AS m USING (album_id)
        WHERE COALESCE(f.removed_at, 'infinity') >= %(removed_before)s
    )
)
SELECT track_id FROM pointless
EXCEPT
SELECT r.replacement_id
FROM track_replacements AS r
LEFT JOIN pointless AS p USING (track_id)
WHERE p.track_id IS NULL;

-- name: tracks
-- An album that loses a track does not have all of them any more.
UPDATE albums SET tracks_synced_at = NULL
WHERE tracks_synced_at IS NOT NULL AND album_id IN (SELECT album_id FROM album_tracks WHERE track_id = ANY(%(ids)s));
DELETE FROM album_tracks WHERE track_id = ANY(%(ids)s);
DELETE FROM liked_tracks WHERE track_id = ANY(%(ids)s);
DELETE FROM track_artists WHERE track_id = ANY(%(ids)s);
DELETE FROM track_availability WHERE track_id = ANY(%(ids)s);
DELETE FROM track_replacements WHERE track_id = ANY(%(ids)s) OR replacement_id = ANY(%(ids)s);
DELETE FROM tracks WHERE track_id = ANY(%(ids)s);

-- name: orphan_albums
-- Without a track, not saved, and not a followed artist's.
LOCK TABLE albums IN EXCLUSIVE MODE;
SELECT album_id FROM albums
EXCEPT (
    SELECT album_id FROM tracks
    UNION ALL
    SELECT album_id FROM album_tracks
    UNION ALL
    SELECT album_id FROM saved_albums WHERE COALESCE(removed_at, 'infinity') >= %(removed_before)s
    UNION ALL
    SELECT aa.album_id
    FROM followed_artists AS f
    JOIN album_artists AS aa USING (artist_id)
    WHERE COALESCE(f.removed_at, 'infinity') >= %(removed_before)s
);

-- name: albums
-- With their credits.
DELETE FROM saved_albums WHERE album_id = ANY(%(ids)s);
DELETE FROM album_artists WHERE album_id = ANY(%(ids)s);
DELETE FROM albums WHERE album_id = ANY(%(ids)s);

-- name: orphan_artists
-- Credited nowhere, not followed, in no top list.
LOCK TABLE artists IN EXCLUSIVE MODE;
SELECT artist_id FROM artists
EXCEPT (
    SELECT artist_id FROM track_artists
    UNION ALL
    SELECT artist_id FROM album_artists
    UNION ALL
    SELECT artist_id FROM followed_artists WHERE COALESCE(removed_at, 'infinity') >= %(removed_before)s
    UNION ALL
    SELECT item_id FROM top_items WHERE item_type = 'artist'
);

-- name: artists
-- What they were followed for goes with them.
DELETE FROM followed_artists WHERE artist_id = ANY(%(ids)s);
DELETE FROM artists WHERE artist_id = ANY(%(ids)s);

-- name: logs
-- Old log lines.
DELETE FROM logs WHERE logged_at < %(before)s;

-- name: future_calls
-- Requests of hours that have not come on any machine: a clock was wrong. They would count when the hour comes.
DELETE FROM api_calls WHERE hour > %(after)s;

-- name: skipped_runs
-- Old runs that did nothing.
DELETE FROM sync_history WHERE status = 'skipped' AND started_at < %(before)s;
