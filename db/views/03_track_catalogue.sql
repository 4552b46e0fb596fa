-- kind: materialized view
-- unique: track_id
-- One row per track that is known, whoever's: its credits, and its texts as they are compared. The album, and the place on
-- it, are those that it is shown with.
--
-- title, clean_title and the columns ..._texts are folded (fold_text): no case, no accents.
-- Of a track that only an export has named, the artist is the one that it gives (artist_ids is NULL), and so is given_album.
-- clean_title is without remaster notes and guests; guests stay where a word beside them may name a version.
WITH credits AS (
    SELECT
        ta.track_id,
        array_agg(ta.artist_id ORDER BY ta.position) AS artist_ids,
        array_agg(COALESCE(a.name, '') ORDER BY ta.position) AS artists,
        array_agg(COALESCE(a.name_text, '') ORDER BY ta.position) AS artist_texts
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    GROUP BY ta.track_id
),
track_genres AS (
    SELECT ta.track_id, array_agg(DISTINCT g.genre ORDER BY g.genre) AS genres, array_agg(DISTINCT g.genre_text) AS genre_texts
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    CROSS JOIN unnest(a.genres, a.genre_texts) AS g (genre, genre_text)
    GROUP BY ta.track_id
)
SELECT
    t.track_id,
    t.album_id,
    t.name,
    c.artist_ids,
    COALESCE(c.artists, CASE WHEN t.given_artist IS NOT NULL THEN ARRAY[t.given_artist] END) AS artists,
    g.genres,
    t.duration_ms,
    t.explicit,
    t.isrc,
    t.disc_number,
    t.track_number,
    t.popularity,
    t.given_album,
    t.title_text AS title,
    t.clean_title_text AS clean_title,
    COALESCE(c.artist_texts, CASE WHEN t.given_artist IS NOT NULL THEN ARRAY[fold_text(t.given_artist)] END) COLLATE "C" AS artist_texts,
    g.genre_texts COLLATE "C" AS genre_texts,
    COALESCE(cardinality(c.artist_ids) > 1, false) OR COALESCE(t.names_guest, false) AS has_guest
FROM tracks AS t
LEFT JOIN credits AS c USING (track_id)
LEFT JOIN track_genres AS g USING (track_id)
