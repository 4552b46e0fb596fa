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
        array_agg(fold_text(COALESCE(a.name, '')) ORDER BY ta.position) AS artist_texts
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    GROUP BY ta.track_id
),
track_genres AS (
    SELECT
        ta.track_id,
        array_agg(DISTINCT genre ORDER BY genre) AS genres,
        array_agg(DISTINCT fold_text(genre)) AS genre_texts
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    CROSS JOIN unnest(a.genres) AS genre
    GROUP BY ta.track_id
),
titles AS (
    SELECT track_id, title, regexp_replace(title, '\s+', ' ', 'g') AS spaced
    FROM (SELECT track_id, fold_text(name) AS title FROM tracks OFFSET 0) AS folded
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
    ti.title COLLATE "C" AS title,
    COALESCE(NULLIF(clean.title, ''), ti.spaced) COLLATE "C" AS clean_title,
    COALESCE(c.artist_texts, CASE WHEN t.given_artist IS NOT NULL THEN ARRAY[fold_text(t.given_artist)] END) COLLATE "C" AS artist_texts,
    g.genre_texts COLLATE "C" AS genre_texts,
    COALESCE(cardinality(c.artist_ids) > 1, false) OR COALESCE(ti.spaced ~ '[ ([](feat|ft|featuring)\.? ', false) AS has_guest
FROM tracks AS t
JOIN titles AS ti USING (track_id)
CROSS JOIN LATERAL (
    SELECT CASE WHEN ti.spaced ~ '[(\[]| - | (feat|ft)\. ' THEN btrim(regexp_replace(
        regexp_replace(
            ti.spaced,
            ' ?[(\[](((19|20)\d\d (- )?)?(digital(ly)? )?remaster(ed)?( version)?( (in )?(19|20)\d\d)?( version)?|'
            '(feat\.?|ft\.?|featuring) (?![^()\[\]]*\y(live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|'
            'cover|session|sessions|unplugged|rework|dub|mono|a cappella|acapella)\y)[^()\[\]]*)[)\]]',
            '', 'g'),
        '( - (((19|20)\d\d (- )?)?(digital(ly)? )?remaster(ed)?( version)?( (in )?(19|20)\d\d)?( version)?|'
        '(feat\.?|ft\.?|featuring) (?!.*\y(live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|cover|'
        'session|sessions|unplugged|rework|dub|mono|a cappella|acapella)\y)[^()\[\]]*)|'
        ' (feat|ft)\. (?!.*\y(live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|cover|session|sessions|'
        'unplugged|rework|dub|mono|a cappella|acapella)\y)[^()\[\]]*)+$',
        '')) ELSE btrim(ti.spaced) END AS title
) AS clean
LEFT JOIN credits AS c USING (track_id)
LEFT JOIN track_genres AS g USING (track_id)
