-- kind: materialized view
-- unique: album_id
-- One row per album that is known, whoever's, with its texts as they are compared.
--
-- album, label and artist_texts are folded (fold_text): no case, no accents. released is the first day that release_date
-- may mean, NULL where it is none ('0000').
WITH album_credits AS (
    SELECT aa.album_id, array_agg(fold_text(COALESCE(a.name, '')) ORDER BY aa.position) AS artist_texts
    FROM album_artists AS aa
    JOIN artists AS a USING (artist_id)
    GROUP BY aa.album_id
),
album_days AS (
    SELECT album_id, CASE WHEN EXTRACT(month FROM first_of_month + day - 1) = month THEN first_of_month + day - 1 END AS released
    FROM (
        SELECT album_id, month, day, CASE WHEN year > 0 AND month BETWEEN 1 AND 12 THEN make_date(year, month, 1) END
            AS first_of_month
        FROM (
            SELECT
                album_id,
                left(release_date, 4)::integer AS year,
                COALESCE(NULLIF(substr(release_date, 6, 2), ''), '1')::integer AS month,
                COALESCE(NULLIF(substr(release_date, 9, 2), ''), '1')::integer AS day
            FROM albums
            WHERE release_date ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'
        ) AS parts
        WHERE day BETWEEN 1 AND 31
    ) AS days
)
SELECT
    al.album_id,
    al.name,
    al.album_type,
    al.release_date,
    al.release_date_precision AS release_precision,
    ad.released,
    al.total_tracks,
    fold_text(al.name) COLLATE "C" AS album,
    fold_text(al.label) COLLATE "C" AS label,
    ac.artist_texts COLLATE "C" AS artist_texts
FROM albums AS al
LEFT JOIN album_days AS ad USING (album_id)
LEFT JOIN album_credits AS ac USING (album_id)
