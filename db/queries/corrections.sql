-- What listeners correct: which plays there are, what counts in no statistic, and what is the same recording.

-- name: merged_with
-- The tracks that a listener has merged, each with all that are the same recording because of that.
SELECT track_id, array_agg(other_id) FROM same_recordings WHERE user_id = %(user_id)s GROUP BY track_id;

-- name: plays
-- A listener's plays, or those that were taken out, the newest first, with how many there are without a limit.
WITH stored AS (
    SELECT played_at, item_key, part, source, also_in, ms_played, context_uri, track_name, artist_name, NULL::timestamptz AS deleted_at
    FROM plays
    WHERE user_id = %(user_id)s AND NOT %(is_deleted)s
    UNION ALL
    SELECT played_at, item_key, part, source, also_in, ms_played, context_uri, track_name, artist_name, deleted_at
    FROM deleted_plays
    WHERE user_id = %(user_id)s AND %(is_deleted)s
),
wanted AS (
    SELECT *, count(*) OVER () AS total
    FROM stored
    WHERE played_at >= COALESCE(%(begin)s::timestamptz, '-infinity') AND played_at < COALESCE(%(end)s::timestamptz, 'infinity')
      AND (%(item_keys)s::text[] IS NULL OR item_key = ANY(%(item_keys)s::text[]))
      AND (%(sources)s::text[] IS NULL OR source = ANY(%(sources)s::text[]) OR also_in && %(sources)s::text[])
      AND (%(handles)s::text[] IS NULL OR EXISTS (
        SELECT 1 FROM unnest(%(handles)s::text[]) AS h (handle) WHERE starts_with(play_handle(played_at, item_key, part), h.handle)))
    ORDER BY played_at DESC, item_key COLLATE "C", part
    LIMIT %(limit)s
)
SELECT
    w.played_at, w.item_key, w.part, play_handle(w.played_at, w.item_key, w.part), COALESCE(t.name, w.track_name),
    COALESCE(
        (SELECT string_agg(a.name, ', ' ORDER BY c.position)
         FROM track_artists AS c JOIN artists AS a USING (artist_id) WHERE c.track_id = t.track_id),
        t.given_artist, w.artist_name),
    w.ms_played, w.source, w.also_in, w.context_uri, w.deleted_at, w.total
FROM wanted AS w
LEFT JOIN tracks AS t ON t.track_id = track_of(w.item_key)
ORDER BY w.played_at DESC, w.item_key COLLATE "C", w.part;

-- name: episodes
-- A listener's podcasts and audiobooks, the newest first, with how many there are without a limit.
SELECT played_at, kind, name, collection, author, item_key, ms_played, source, count(*) OVER () AS total
FROM episode_plays
WHERE user_id = %(user_id)s
  AND played_at >= COALESCE(%(begin)s::timestamptz, '-infinity') AND played_at < COALESCE(%(end)s::timestamptz, 'infinity')
ORDER BY played_at DESC, item_key COLLATE "C", part
LIMIT %(limit)s;

-- name: named_tracks
-- The tracks with that key, or whose folded title, or `artist - title`, holds the folded text: those that the listener has
-- played, taken out or not, or all that are known. The last columns tell tracks of one name, and whether it is the whole name.
WITH named AS (
    SELECT 'spotify:track:' || t.track_id AS item_key, t.name AS title, COALESCE(a.name, t.given_artist) AS artist
    FROM tracks AS t
    LEFT JOIN track_artists AS c ON c.track_id = t.track_id AND c.position = 0
    LEFT JOIN artists AS a USING (artist_id)
    WHERE NOT %(only_played)s
       OR EXISTS (SELECT 1 FROM played_tracks AS p WHERE p.user_id = %(user_id)s AND p.track_id = t.track_id)
       OR EXISTS (SELECT 1 FROM deleted_plays AS d WHERE d.user_id = %(user_id)s AND d.item_key = 'spotify:track:' || t.track_id)
    UNION
    SELECT item_key, track_name, artist_name FROM plays WHERE user_id = %(user_id)s AND starts_with(item_key, 'names:')
    UNION
    SELECT item_key, track_name, artist_name FROM deleted_plays WHERE user_id = %(user_id)s AND starts_with(item_key, 'names:')
),
folded AS (
    SELECT *, fold_text(title) AS name, CASE WHEN title IS NOT NULL THEN fold_text(concat_ws(' - ', artist, title)) END AS whole
    FROM named
)
SELECT item_key, title, artist, COALESCE(whole, item_key), COALESCE(%(text)s IN (name, whole), false)
FROM folded
WHERE (%(among)s::text[] IS NULL OR item_key = ANY(%(among)s::text[])) AND (
    item_key IN (%(text_key)s, %(item_key)s)
    OR (%(text)s <> '' AND (strpos(name, %(text)s) > 0 OR strpos(whole, %(text)s) > 0)))
ORDER BY 4, item_key;

-- name: named_artists
-- The artists with that id, or whose folded name holds the folded text. Of those whose id is not known the first column is NULL.
WITH named AS (
    SELECT artist_id, name FROM artists
    UNION
    SELECT NULL, t.given_artist
    FROM tracks AS t
    WHERE t.given_artist IS NOT NULL AND NOT EXISTS (SELECT 1 FROM track_artists AS c WHERE c.track_id = t.track_id)
    UNION
    SELECT NULL, artist_name FROM plays WHERE user_id = %(user_id)s AND starts_with(item_key, 'names:')
    UNION
    SELECT NULL, artist_name FROM deleted_plays WHERE user_id = %(user_id)s AND starts_with(item_key, 'names:')
)
SELECT artist_id, name, fold_text(name), fold_text(name) = %(text)s
FROM named
WHERE artist_id = %(id)s OR (%(text)s <> '' AND strpos(fold_text(name), %(text)s) > 0)
ORDER BY 3, 1;

-- name: named_playlists
-- The lists of a listener with that id, or whose folded name holds the folded text.
SELECT playlist_id, name, fold_text(name), COALESCE(fold_text(name) = %(text)s, false)
FROM playlists
WHERE user_id = %(user_id)s AND (playlist_id = %(id)s OR (%(text)s <> '' AND strpos(fold_text(name), %(text)s) > 0))
ORDER BY 3, 1;

-- name: fold
-- A text as names are compared.
SELECT fold_text(%(text)s);

-- name: keys_of_artist
-- What plays of an artist may have as item_key: every track with that credit, and what is known by that name alone.
SELECT 'spotify:track:' || track_id FROM track_artists WHERE artist_id = %(artist_id)s
UNION
SELECT 'spotify:track:' || t.track_id
FROM tracks AS t
WHERE fold_text(t.given_artist) = %(name)s AND NOT EXISTS (SELECT 1 FROM track_artists AS c WHERE c.track_id = t.track_id)
UNION
SELECT item_key FROM plays
WHERE user_id = %(user_id)s AND starts_with(item_key, 'names:') AND fold_text(artist_name) = %(name)s
UNION
SELECT item_key FROM deleted_plays
WHERE user_id = %(user_id)s AND starts_with(item_key, 'names:') AND fold_text(artist_name) = %(name)s;

-- name: change_uncounted_days
-- Plays of this count in no statistic on those days, too (is_more), or count again on them. Of each thing as few stretches of
-- days are kept as say it: none that lies within another, or begins where another ends.
WITH given AS (
    SELECT datemultirange(daterange(COALESCE(%(first_day)s::date, '-infinity'), COALESCE(%(last_day)s::date, 'infinity'), '[]')) AS days
),
gone AS (
    DELETE FROM uncounted_items
    WHERE user_id = %(user_id)s AND kind = %(kind)s AND item_id = %(item_id)s
    RETURNING first_day, last_day, name, artist, added_at
),
stored AS (
    SELECT
        COALESCE(range_agg(daterange(first_day, last_day, '[]')), '{}') AS days,
        max(name) AS name, max(artist) AS artist, min(added_at) AS added_at
    FROM gone
)
INSERT INTO uncounted_items (user_id, kind, item_id, first_day, last_day, name, artist, added_at)
SELECT
    %(user_id)s, %(kind)s, %(item_id)s, lower(r), CASE WHEN isfinite(upper(r)) THEN upper(r) - 1 ELSE upper(r) END,
    COALESCE(%(name)s, s.name), COALESCE(%(artist)s, s.artist), COALESCE(s.added_at, %(now)s)
FROM stored AS s
CROSS JOIN given AS g
CROSS JOIN LATERAL unnest(CASE WHEN %(is_more)s THEN s.days + g.days ELSE s.days - g.days END) AS r;

-- name: excluded
-- What counts in no statistic, and on which days (NULL: without an end).
SELECT
    kind, item_id, name, artist, CASE WHEN isfinite(first_day) THEN first_day END, CASE WHEN isfinite(last_day) THEN last_day END,
    COALESCE(fold_text(name), ''), fold_text(concat_ws(' - ', artist, name))
FROM uncounted_items
WHERE user_id = %(user_id)s
ORDER BY kind, 7, item_id, first_day;

-- name: count_uncounted
-- How many stored plays count in no statistic.
SELECT (SELECT count(*) FROM plays WHERE user_id = %(user_id)s) - (
    SELECT count(*) FROM plays AS p
    WHERE p.user_id = %(user_id)s
      AND NOT EXISTS (
        SELECT 1 FROM uncounted_keys AS x
        WHERE x.user_id = p.user_id AND NOT x.is_context AND x.key = p.item_key AND p.played_at >= x.begins_at AND p.played_at < x.ends_at)
      AND NOT EXISTS (
        SELECT 1 FROM uncounted_keys AS x
        WHERE x.user_id = p.user_id AND x.is_context AND x.key = p.context_uri AND p.played_at >= x.begins_at AND p.played_at < x.ends_at));

-- name: goal_of
-- What a track was merged into.
SELECT into_id FROM recording_merges WHERE user_id = %(user_id)s AND track_id = %(track_id)s;

-- name: merge
-- Plays of a recording count for another one; what was merged into it goes with it.
UPDATE recording_merges SET into_id = %(into_id)s WHERE user_id = %(user_id)s AND into_id = %(track_id)s;
INSERT INTO recording_merges (user_id, track_id, into_id, merged_at)
VALUES (%(user_id)s, %(track_id)s, %(into_id)s, %(now)s)
ON CONFLICT (user_id, track_id) DO UPDATE SET into_id = EXCLUDED.into_id, merged_at = EXCLUDED.merged_at;

-- name: unmerge
-- Plays of a recording count for itself again.
DELETE FROM recording_merges WHERE user_id = %(user_id)s AND track_id = %(track_id)s;

-- name: merges
-- What a listener has merged into what.
SELECT m.track_id, t.name, ta.artist, m.into_id, i.name, ia.artist
FROM recording_merges AS m
JOIN tracks AS t ON t.track_id = m.track_id
JOIN tracks AS i ON i.track_id = m.into_id
LEFT JOIN (SELECT c.track_id, a.name AS artist FROM track_artists AS c JOIN artists AS a USING (artist_id) WHERE c.position = 0) AS ta
    ON ta.track_id = m.track_id
LEFT JOIN (SELECT c.track_id, a.name AS artist FROM track_artists AS c JOIN artists AS a USING (artist_id) WHERE c.position = 0) AS ia
    ON ia.track_id = m.into_id
WHERE m.user_id = %(user_id)s
ORDER BY i.name, m.into_id, t.name, m.track_id;
