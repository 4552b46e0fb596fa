-- kind: view
-- One row per user, followed artist and album (user_id, artist_id, album_id) that the artist is credited with, saved
-- or not. albums_synced_at NULL: nobody has looked at the artist's albums yet, so that more may be missing than shown.
-- What Spotify no longer lists is left out, unless it is saved.
SELECT
    f.user_id,
    f.artist_id,
    ar.name AS artist_name,
    ar.albums_synced_at,
    al.album_id,
    al.name AS album_name,
    al.album_type,
    al.release_date,
    al.total_tracks,
    s.album_id IS NOT NULL AS is_saved,
    s.added_at AS saved_at
FROM followed_artists AS f
JOIN artists AS ar USING (artist_id)
JOIN (SELECT DISTINCT artist_id, album_id FROM album_artists) AS aa USING (artist_id)
JOIN albums AS al USING (album_id)
LEFT JOIN saved_albums AS s ON s.user_id = f.user_id AND s.album_id = al.album_id AND s.removed_at IS NULL
LEFT JOIN artist_albums AS listed ON listed.artist_id = f.artist_id AND listed.album_id = al.album_id
WHERE f.removed_at IS NULL AND (listed.removed_at IS NULL OR s.album_id IS NOT NULL)
