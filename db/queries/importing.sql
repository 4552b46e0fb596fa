-- name: stage
-- Rows of a file on their way into the tables, until the transaction ends.
CREATE TEMPORARY TABLE staged_plays (
    played_at timestamptz, item_key text, part integer, ms_played integer, started_at timestamptz, stamped_at timestamptz,
    reason_start text, reason_end text, skipped boolean, shuffle boolean, offline boolean, incognito_mode boolean,
    track_name text, artist_name text, album_name text, source text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE staged_tracks (track_id text, name text, artist text, album text, duration_ms integer) ON COMMIT DROP;
CREATE TEMPORARY TABLE staged_episodes (
    played_at timestamptz, item_key text, part integer, ms_played integer, kind text, name text, collection text, author text
) ON COMMIT DROP;

-- name: save_tracks
-- The tracks that are played, as the file describes them where nothing better is known. A name never replaces one. Read first: an upsert would
-- lock what it leaves as it is, and other listeners' runs would wait for it.
INSERT INTO tracks AS t (track_id, name, given_artist, given_album, duration_ms)
SELECT s.track_id, s.name, s.artist, s.album, s.duration_ms
FROM (
    SELECT DISTINCT ON (track_id) track_id, name, artist, album, duration_ms
    FROM staged_tracks ORDER BY track_id, name, artist, album, duration_ms
) AS s
LEFT JOIN tracks AS o USING (track_id)
WHERE o.track_id IS NULL
    OR (o.name IS NULL AND s.name IS NOT NULL)
    OR (o.given_artist IS NULL AND s.artist IS NOT NULL)
    OR (o.given_album IS NULL AND s.album IS NOT NULL)
    OR (o.duration_ms IS NULL AND s.duration_ms IS NOT NULL)
ORDER BY s.track_id
ON CONFLICT (track_id) DO UPDATE
SET name = COALESCE(t.name, EXCLUDED.name),
    given_artist = COALESCE(t.given_artist, EXCLUDED.given_artist),
    given_album = COALESCE(t.given_album, EXCLUDED.given_album),
    duration_ms = COALESCE(t.duration_ms, EXCLUDED.duration_ms)
WHERE (t.name IS NULL AND EXCLUDED.name IS NOT NULL)
    OR (t.given_artist IS NULL AND EXCLUDED.given_artist IS NOT NULL)
    OR (t.given_album IS NULL AND EXCLUDED.given_album IS NOT NULL)
    OR (t.duration_ms IS NULL AND EXCLUDED.duration_ms IS NOT NULL);

-- name: save_played_tracks
-- Which tracks the listener has played. Where plays of one were taken out, it is looked at which were written.
INSERT INTO played_tracks (user_id, track_id)
SELECT DISTINCT %(user_id)s, track_id
FROM (
    SELECT track_id FROM staged_tracks
    EXCEPT
    SELECT track_of(item_key) FROM deleted_plays WHERE user_id = %(user_id)s
    UNION ALL
    SELECT track_of(p.item_key)
    FROM staged_plays AS s
    JOIN (SELECT DISTINCT item_key FROM deleted_plays WHERE user_id = %(user_id)s) AS d USING (item_key)
    JOIN plays AS p ON p.user_id = %(user_id)s AND p.played_at = s.played_at AND p.item_key = s.item_key AND p.part = s.part
    WHERE EXISTS (SELECT 1 FROM deleted_plays WHERE user_id = %(user_id)s) AND track_of(p.item_key) IS NOT NULL
) AS played
ORDER BY 2
ON CONFLICT (user_id, track_id) DO NOTHING;

-- name: note_without_details
-- Of tracks of which another tool tells: those of which the name or the length is not known. Their days are settled again when it is.
UPDATE played_tracks AS p SET awaits_details = true
FROM tracks AS t
WHERE p.user_id = %(user_id)s AND p.track_id IN (SELECT track_id FROM staged_tracks) AND NOT p.awaits_details
    AND t.track_id = p.track_id AND (t.name IS NULL OR t.duration_ms IS NULL);

-- name: note_same_keys
-- Plays that another source has told of under the very same key: the better source is the row's, and also_in names the other one. As many rows as there were.
-- Of an export it is asked first whether there are others at all, which is the rule for its batches of millions.
WITH written AS (
    UPDATE plays AS p
    SET source = CASE WHEN array_position(%(best_first)s::text[], s.source) < array_position(%(best_first)s::text[], p.source)
            THEN s.source ELSE p.source END,
        also_in = (
            SELECT array_agg(DISTINCT o ORDER BY o)
            FROM unnest(p.also_in || CASE
                WHEN array_position(%(best_first)s::text[], s.source) < array_position(%(best_first)s::text[], p.source)
                THEN p.source ELSE s.source END) AS o)
    FROM staged_plays AS s
    WHERE p.user_id = %(user_id)s AND p.played_at = s.played_at AND p.item_key = s.item_key AND p.part = s.part
      AND p.source <> s.source AND NOT (p.source = 'both' AND s.source = 'export')
      AND s.source <> ALL(COALESCE(p.also_in, '{}'))
      AND p.played_at BETWEEN %(first_at)s AND %(last_at)s
      AND (%(source)s <> 'export' OR EXISTS (
        SELECT 1 FROM plays AS o
        WHERE o.user_id = %(user_id)s AND o.played_at BETWEEN %(first_at)s AND %(last_at)s AND o.source <> 'export'
          AND date_trunc('month', o.played_at AT TIME ZONE 'UTC')
              BETWEEN date_trunc('month', %(first_at)s::timestamptz AT TIME ZONE 'UTC') AND date_trunc('month', %(last_at)s::timestamptz AT TIME ZONE 'UTC')))
    RETURNING p.user_id, p.played_at
), noted AS (
    INSERT INTO changed_plays (user_id, since)
    SELECT user_id, min(played_at) FROM written GROUP BY user_id
    ON CONFLICT DO NOTHING
)
SELECT 1 FROM written;

-- name: save_plays
-- The plays: new ones, and of those that are known what was unknown. What was taken out stays out. How many were new.
WITH written AS (
    INSERT INTO plays AS p (
        user_id, played_at, item_key, part, ms_played, started_at, stamped_at, reason_start, reason_end, skipped,
        shuffle, offline, incognito_mode, track_name, artist_name, album_name, source)
    SELECT %(user_id)s, s.*
    FROM staged_plays AS s
    LEFT JOIN deleted_plays AS d
        ON d.user_id = %(user_id)s AND d.played_at = s.played_at AND d.item_key = s.item_key AND d.part = s.part
    WHERE d.user_id IS NULL
    ON CONFLICT (user_id, played_at, hashtextextended(item_key, part)) DO UPDATE
    SET ms_played = COALESCE(p.ms_played, EXCLUDED.ms_played),
        started_at = COALESCE(p.started_at, EXCLUDED.started_at),
        stamped_at = COALESCE(p.stamped_at, EXCLUDED.stamped_at),
        reason_start = COALESCE(p.reason_start, EXCLUDED.reason_start),
        reason_end = COALESCE(p.reason_end, EXCLUDED.reason_end),
        skipped = COALESCE(p.skipped, EXCLUDED.skipped),
        shuffle = COALESCE(p.shuffle, EXCLUDED.shuffle),
        offline = COALESCE(p.offline, EXCLUDED.offline),
        incognito_mode = COALESCE(p.incognito_mode, EXCLUDED.incognito_mode)
    WHERE num_nulls(p.ms_played, p.started_at, p.stamped_at, p.reason_start, p.reason_end, p.skipped, p.shuffle, p.offline, p.incognito_mode)
        > num_nulls(
            COALESCE(p.ms_played, EXCLUDED.ms_played), COALESCE(p.started_at, EXCLUDED.started_at),
            COALESCE(p.stamped_at, EXCLUDED.stamped_at), COALESCE(p.reason_start, EXCLUDED.reason_start),
            COALESCE(p.reason_end, EXCLUDED.reason_end), COALESCE(p.skipped, EXCLUDED.skipped),
            COALESCE(p.shuffle, EXCLUDED.shuffle), COALESCE(p.offline, EXCLUDED.offline),
            COALESCE(p.incognito_mode, EXCLUDED.incognito_mode))
    RETURNING p.user_id, p.played_at, p.xmax = 0 AS is_new
), noted AS (
    INSERT INTO changed_plays (user_id, since)
    SELECT user_id, min(played_at) FROM written GROUP BY user_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM written WHERE is_new;

-- name: save_episodes
-- Podcasts and audiobooks, apart from plays of tracks.
INSERT INTO episode_plays (user_id, source, played_at, item_key, part, ms_played, kind, name, collection, author)
SELECT %(user_id)s, %(source)s, s.* FROM staged_episodes AS s
ON CONFLICT (user_id, played_at, item_key, part) DO NOTHING;

-- name: find
-- A file that was imported before, or in part.
SELECT rows_done, new_plays, merged, known, episodes, aside, first_at, last_at, finished_at IS NOT NULL
FROM imports WHERE user_id = %(user_id)s AND fingerprint = %(fingerprint)s;

-- name: note
-- How far a file is.
INSERT INTO imports (
    user_id, fingerprint, name, source, has_music, rows_done, new_plays, merged, known, episodes, aside, first_at, last_at, started_at,
    finished_at)
VALUES (
    %(user_id)s, %(fingerprint)s, %(name)s, %(source)s, %(has_music)s, %(rows_done)s, %(new_plays)s, %(merged)s, %(known)s, %(episodes)s,
    %(aside)s, %(first_at)s, %(last_at)s, %(now)s, %(finished_at)s)
ON CONFLICT (user_id, fingerprint) DO UPDATE
SET rows_done = EXCLUDED.rows_done, new_plays = EXCLUDED.new_plays, merged = EXCLUDED.merged, known = EXCLUDED.known,
    episodes = EXCLUDED.episodes, aside = EXCLUDED.aside, first_at = EXCLUDED.first_at, last_at = EXCLUDED.last_at,
    finished_at = EXCLUDED.finished_at;

-- name: set_aside
-- Rows that are no plays.
INSERT INTO import_rows_aside (user_id, fingerprint, row_number, reason, stamped_at, ms_played, item_uri, item_name)
SELECT %(user_id)s, %(fingerprint)s, r.*
FROM unnest(
    %(row_number)s::bigint[], %(reason)s::text[], %(stamped_at)s::timestamptz[], %(ms_played)s::integer[],
    %(item_uri)s::text[], %(item_name)s::text[]
) AS r
ON CONFLICT (user_id, fingerprint, row_number) DO NOTHING;

-- name: aside
-- Rows that were set aside, by file and reason.
SELECT i.name, a.reason, count(*), min(a.row_number), max(a.row_number)
FROM import_rows_aside AS a
JOIN imports AS i USING (user_id, fingerprint)
WHERE a.user_id = %(user_id)s
GROUP BY i.name, i.fingerprint, a.reason
ORDER BY i.name COLLATE "C", a.reason COLLATE "C";

-- name: analyze
-- So many new rows are another table to the planner; without this it would learn so within minutes, and the next script sooner.
ANALYZE plays, played_tracks, tracks;

-- name: covered
-- The stretches of the listener's time that imported files of Spotify's cover, in order.
SELECT first_at, last_at FROM imports
WHERE user_id = %(user_id)s AND source IN ('export', 'account_data') AND has_music AND first_at IS NOT NULL
    AND finished_at IS NOT NULL
ORDER BY first_at, last_at;

-- name: add_gap_behind
-- What was played after the newest imported file ends, and before the API was asked for the first time, is not known.
INSERT INTO play_gaps (user_id, gap_start, gap_end, reason)
SELECT %(user_id)s, i.last_at, p.first_at, %(reason)s
FROM (SELECT max(last_at) AS last_at FROM imports
      WHERE user_id = %(user_id)s AND source IN ('export', 'account_data') AND has_music AND finished_at IS NOT NULL) AS i
CROSS JOIN (SELECT min(played_at) AS first_at FROM plays WHERE user_id = %(user_id)s AND source IN ('api', 'both')) AS p
WHERE p.first_at > i.last_at
ON CONFLICT (user_id, gap_start) DO NOTHING;

-- name: open_gaps
-- Stretches in which plays may have been lost.
SELECT gap_start, gap_end, reason FROM play_gaps WHERE user_id = %(user_id)s AND filled_at IS NULL ORDER BY gap_start;

-- name: save_gap
-- A part of a stretch that was closed, or is still open.
INSERT INTO play_gaps (user_id, gap_start, gap_end, reason, filled_at)
VALUES (%(user_id)s, %(gap_start)s, %(gap_end)s, %(reason)s, %(filled_at)s)
ON CONFLICT (user_id, gap_start) DO UPDATE SET gap_end = EXCLUDED.gap_end, filled_at = EXCLUDED.filled_at;

-- name: own_playlists
-- The listener's own lists of a name, removed ones too, and when each was read for the first time: what was noted of an export
-- bears a day, at midnight, and no run begins in the very microsecond.
SELECT p.playlist_id,
    (SELECT min(h.first_seen_at) FROM playlist_item_history AS h
     WHERE h.user_id = p.user_id AND h.playlist_id = p.playlist_id
       AND h.first_seen_at <> date_trunc('day', h.first_seen_at, 'UTC'))
FROM playlists AS p
WHERE p.user_id = %(user_id)s AND p.name = %(name)s
    AND p.owner_id = (SELECT u.spotify_id FROM users AS u WHERE u.user_id = %(user_id)s);

-- name: add_entries
-- Entries of lists that were in them once, where nothing else is known of them.
INSERT INTO playlist_item_history AS h (user_id, playlist_id, item_uri, first_seen_at, removed_at, name, artists)
SELECT %(user_id)s, %(playlist_id)s, v.item_uri, v.first_seen_at, %(removed_at)s, v.name, v.artists
FROM unnest(%(item_uri)s::text[], %(first_seen_at)s::timestamptz[], %(name)s::text[], %(artists)s::text[])
    AS v (item_uri, first_seen_at, name, artists)
WHERE NOT EXISTS (
    SELECT 1 FROM playlist_item_history AS o
    WHERE o.user_id = %(user_id)s AND o.playlist_id = %(playlist_id)s AND o.item_uri = v.item_uri);
