-- kind: view
-- One row per user and album (user_id, album_id) of a followed artist, released within the last 90 days and still listed.
--
-- Where several followed artists made it, the first credited one stands with it. Dates are compared as text: what
-- Spotify gives may be no date at all ('0000'), or only a year, which is too vague to be new. A month counts from its
-- first day. Today is a day in the user's time zone.
SELECT DISTINCT ON (user_id, album_id)
    user_id,
    album_id,
    album_name,
    album_type,
    release_date,
    total_tracks,
    image_url,
    artist_id,
    artist_name,
    is_saved
FROM (
    SELECT
        f.user_id,
        al.album_id,
        al.name AS album_name,
        al.album_type,
        al.release_date,
        al.total_tracks,
        al.image_url,
        f.artist_id,
        ar.name AS artist_name,
        EXISTS (
            SELECT 1 FROM saved_albums AS s
            WHERE s.user_id = f.user_id AND s.album_id = al.album_id AND s.removed_at IS NULL
        ) AS is_saved,
        aa.position,
        CASE length(al.release_date) WHEN 7 THEN al.release_date || '-01' ELSE al.release_date END COLLATE "C" AS day,
        (now() AT TIME ZONE u.time_zone)::date AS today
    FROM followed_artists AS f
    JOIN users AS u USING (user_id)
    JOIN artists AS ar USING (artist_id)
    JOIN album_artists AS aa USING (artist_id)
    JOIN albums AS al USING (album_id)
    WHERE f.removed_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM artist_albums AS x
          WHERE x.artist_id = f.artist_id AND x.album_id = al.album_id AND x.removed_at IS NOT NULL)
      AND al.release_date ~ '^\d{4}-\d{2}(-\d{2})?$'
) AS released
WHERE day BETWEEN to_char(today - 90, 'YYYY-MM-DD') AND to_char(today, 'YYYY-MM-DD')
ORDER BY user_id, album_id, position
