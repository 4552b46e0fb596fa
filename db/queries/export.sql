-- name: prepare
-- What is read now is one snapshot, in UTC, and wanted to its end: the planner is not to hurry for the first rows.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL TIME ZONE 'UTC';
SET LOCAL cursor_tuple_fraction = 1;

-- name: plays
-- The plays of some time, the oldest first, with what is known of their tracks, from the tables themselves: the views may be of
-- before an import. With episodes and chapters, if wanted. Columns as the class Play has them.
WITH credits AS (
    SELECT
        ta.track_id,
        array_agg(a.name ORDER BY ta.position) AS artists,
        array_agg(ta.artist_id ORDER BY ta.position) AS artist_ids
    FROM track_artists AS ta
    JOIN artists AS a USING (artist_id)
    GROUP BY ta.track_id
), mine AS (
    SELECT
        p.*,
        (1000 * date_part('epoch', p.played_at - lag(p.played_at) OVER (ORDER BY p.played_at, p.item_key COLLATE "C", p.part)))::bigint AS ms_since_previous
    FROM plays AS p
    WHERE p.user_id = %(user_id)s
)
SELECT
    'track' AS kind, m.played_at, m.item_key COLLATE "C" AS item_key, m.part, m.started_at, m.ms_played, m.ms_since_previous, t.duration_ms, t.isrc,
    COALESCE(t.name, m.track_name) AS name, c.artists, c.artist_ids, COALESCE(t.given_artist, m.artist_name) AS given_artist,
    COALESCE(l.name, t.given_album, m.album_name) AS album, t.album_id, m.source, m.also_in, m.context_uri, m.reason_start,
    m.reason_end, m.skipped, m.shuffle, m.offline, m.incognito_mode, m.stamped_at, m.api_played_at, m.api_item_key
FROM mine AS m
LEFT JOIN tracks AS t ON t.track_id = track_of(m.item_key)
LEFT JOIN albums AS l ON l.album_id = t.album_id
LEFT JOIN credits AS c ON c.track_id = t.track_id
WHERE m.played_at >= %(begin)s AND m.played_at < %(end)s
UNION ALL
SELECT
    e.kind, e.played_at, e.item_key COLLATE "C", e.part, NULL, e.ms_played, NULL, NULL, NULL,
    e.name, NULL, NULL, e.author,
    e.collection, NULL, e.source, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM episode_plays AS e
WHERE e.user_id = %(user_id)s AND %(with_episodes)s AND e.played_at >= %(begin)s AND e.played_at < %(end)s
ORDER BY played_at, item_key, part
