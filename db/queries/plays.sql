-- name: look
-- What is known before the page at hand: the last play, also one that was taken out (one that a wrong clock has noted hides no gap);
-- and whether the page has news: a play that is not stored just so, not part of one that the export tells of, too, and not taken out.
SELECT
    GREATEST(
        (SELECT max(played_at) FROM plays WHERE user_id = %(user_id)s AND believed(played_at, %(now)s) IS NOT NULL),
        (SELECT max(played_at) FROM deleted_plays WHERE user_id = %(user_id)s AND believed(played_at, %(now)s) IS NOT NULL)
    ) AS newest,
    EXISTS (
        SELECT 1
        FROM unnest(%(moments)s::timestamptz[], %(item_keys)s::text[], %(contexts)s::text[]) AS p (played_at, item_key, context)
        WHERE NOT EXISTS (
            SELECT 1 FROM plays AS k
            WHERE k.user_id = %(user_id)s AND k.played_at = p.played_at AND k.item_key = p.item_key AND k.part = -1
              AND k.source IN ('api', 'both') AND (k.context_uri IS NOT NULL OR p.context IS NULL)
          ) AND NOT EXISTS (
            SELECT 1 FROM plays AS k
            WHERE k.user_id = %(user_id)s AND k.played_at BETWEEN %(begin)s AND %(end)s AND k.source <> 'export'
              AND date_trunc('month', k.played_at AT TIME ZONE 'UTC')
                  BETWEEN date_trunc('month', %(begin)s::timestamptz AT TIME ZONE 'UTC') AND date_trunc('month', %(end)s::timestamptz AT TIME ZONE 'UTC')
              AND k.api_played_at = p.played_at AND COALESCE(k.api_item_key, k.item_key) = p.item_key
          ) AND NOT EXISTS (
            SELECT 1 FROM deleted_plays AS d
            WHERE d.user_id = %(user_id)s AND d.played_at BETWEEN %(begin)s AND %(end)s AND d.source IN ('api', 'both')
              AND COALESCE(d.api_played_at, d.played_at) = p.played_at AND COALESCE(d.api_item_key, d.item_key) = p.item_key
          )
    ) AS has_news;

-- name: activity
-- Whether it is time to copy what has changed: one of these plays is not stored yet, and is of a track or from a playlist, an
-- album or an artist that the library has never met; or liked tracks have not been copied since that moment.
SELECT EXISTS (
    SELECT 1
    FROM unnest(%(moments)s::timestamptz[], %(item_keys)s::text[], %(track_ids)s::text[], %(contexts)s::text[])
        AS p (played_at, item_key, track_id, context)
    WHERE NOT EXISTS (
        SELECT 1 FROM plays AS k
        WHERE k.user_id = %(user_id)s AND k.played_at = p.played_at AND k.item_key = p.item_key
      ) AND (
        NOT EXISTS (SELECT 1 FROM tracks AS t WHERE t.track_id = p.track_id)
        OR (split_part(p.context, ':', 2) = 'album'
            AND NOT EXISTS (SELECT 1 FROM albums AS a WHERE a.album_id = split_part(p.context, ':', 3)))
        OR (split_part(p.context, ':', 2) = 'artist'
            AND NOT EXISTS (SELECT 1 FROM artists AS a WHERE a.artist_id = split_part(p.context, ':', 3)))
        OR (split_part(p.context, ':', 2) = 'playlist'
            AND NOT EXISTS (SELECT 1 FROM playlists AS l
                            WHERE l.user_id = %(user_id)s AND l.playlist_id = split_part(p.context, ':', 3)))
      )
) OR NOT EXISTS (
    SELECT 1 FROM job_controls
    WHERE user_id = %(user_id)s AND job = 'sync_liked_tracks' AND believed(last_success_at, %(now)s) > %(before)s
);

-- name: note_tracks
-- Which tracks the plays are of that a statement has `written`: part of that statement.
INSERT INTO played_tracks (user_id, track_id)
SELECT DISTINCT user_id, track_of(item_key) FROM written WHERE track_of(item_key) IS NOT NULL ORDER BY 1, 2
ON CONFLICT (user_id, track_id) DO NOTHING;

-- name: add_gap
-- Plays between these two may have been lost.
INSERT INTO play_gaps (user_id, gap_start, gap_end, reason)
VALUES (%(user_id)s, %(gap_start)s, %(gap_end)s, %(reason)s)
ON CONFLICT (user_id, gap_start) DO NOTHING;

-- name: runs_between
-- How the looks between two moments ended, and whether a new consent was given in that time.
SELECT
    count(*) FILTER (WHERE h.status = 'done'),
    count(*) FILTER (WHERE h.status = 'paused'),
    count(*) FILTER (WHERE h.status IN ('failed', 'killed', 'stopped', 'cancelled')),
    (SELECT u.authorized_at > %(begin)s FROM users AS u WHERE u.user_id = %(user_id)s)
FROM sync_history AS h
WHERE h.user_id = %(user_id)s AND h.job = %(job)s AND h.started_at > %(begin)s AND h.started_at < %(end)s;

-- name: coverage
-- Of some days (from the first known play on): their beginning and end, and when the stretches begin and end in which plays may
-- have been lost. The last look at what was played is the end of what is known.
-- Observed is what files of Spotify's cover (whole ones; those between which there is no more than `silence` are one), and what was looked at
-- since the first play that the API has told; not what lies between.
WITH period AS (
    SELECT GREATEST(%(begin)s::timestamptz, min(played_at)) AS begin, %(end)s::timestamptz AS until
    FROM plays WHERE user_id = %(user_id)s
    HAVING count(*) > 0
), covered AS (
    SELECT range_agg(tstzrange(lower(r), upper(r) - %(silence)s)) AS stretches
    FROM (
        SELECT unnest(range_agg(tstzrange(first_at, last_at + %(silence)s, '[]'))) AS r
        FROM imports
        WHERE user_id = %(user_id)s AND source IN ('export', 'account_data') AND has_music AND first_at IS NOT NULL AND finished_at IS NOT NULL
    ) AS joined
), looked AS (
    SELECT tstzmultirange(tstzrange(first_at, %(looked_at)s)) AS stretches
    FROM (SELECT min(COALESCE(api_played_at, played_at)) AS first_at FROM plays
          WHERE user_id = %(user_id)s AND source IN ('api', 'both')) AS api
    WHERE first_at < %(looked_at)s
), lost AS (
    SELECT range_agg(tstzrange(gap_start, gap_end)) AS stretches
    FROM play_gaps WHERE user_id = %(user_id)s AND filled_at IS NULL
), unknown AS (
    SELECT tstzmultirange(tstzrange(p.begin, p.until))
        - COALESCE(c.stretches, '{}'::tstzmultirange) - COALESCE((SELECT stretches FROM looked), '{}'::tstzmultirange)
        + COALESCE(l.stretches, '{}'::tstzmultirange) AS stretches
    FROM period AS p CROSS JOIN covered AS c CROSS JOIN lost AS l
    WHERE p.begin < p.until
)
SELECT
    p.begin,
    p.until,
    ARRAY(SELECT lower(r) FROM unnest(s.stretches) AS r ORDER BY r),
    ARRAY(SELECT upper(r) FROM unnest(s.stretches) AS r ORDER BY r)
FROM period AS p
CROSS JOIN unknown AS u
CROSS JOIN LATERAL (SELECT u.stretches * tstzmultirange(tstzrange(p.begin, p.until)) AS stretches) AS s
WHERE p.begin < p.until;

-- name: gaps
-- Stretches in which plays may have been lost, the newest first, with the days of the listener that they touch.
SELECT
    gap_start,
    gap_end,
    (gap_start AT TIME ZONE u.time_zone)::date,
    (gap_end AT TIME ZONE u.time_zone)::date,
    reason
FROM play_gaps
JOIN users AS u USING (user_id)
WHERE user_id = %(user_id)s AND filled_at IS NULL
ORDER BY gap_start DESC;

-- name: count_gaps
-- In how many stretches since a moment plays may have been lost.
SELECT count(*) FROM play_gaps
WHERE user_id = ANY(%(user_ids)s) AND filled_at IS NULL AND gap_end > %(since)s
  AND believed(gap_end, %(now)s) IS NOT NULL;

-- name: lock
-- Who writes a listener's plays of several sources does it one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('plays:' || %(user_id)s, 0));

-- name: has_others
-- Whether more than one source tells of these days, or something was taken out.
SELECT EXISTS (
    SELECT 1 FROM plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s AND source <> 'export'
      AND date_trunc('month', played_at AT TIME ZONE 'UTC')
          BETWEEN date_trunc('month', %(begin)s::timestamptz AT TIME ZONE 'UTC') AND date_trunc('month', %(end)s::timestamptz AT TIME ZONE 'UTC')
) AND EXISTS (
    SELECT 1 FROM plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s AND source <> 'api'
) OR EXISTS (
    SELECT 1 FROM deleted_plays WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s
);

-- name: told_by_api
-- Of these moments of the API those that are part of a play already that the export tells of, too, and those that the
-- listener has taken out.
SELECT p.api_played_at, COALESCE(p.api_item_key, p.item_key)
FROM plays AS p
WHERE p.user_id = %(user_id)s AND p.played_at BETWEEN %(begin)s AND %(end)s AND p.source <> 'export'
    AND date_trunc('month', p.played_at AT TIME ZONE 'UTC')
        BETWEEN date_trunc('month', %(begin)s::timestamptz AT TIME ZONE 'UTC') AND date_trunc('month', %(end)s::timestamptz AT TIME ZONE 'UTC')
    AND p.api_played_at = ANY(%(moments)s::timestamptz[])
UNION
SELECT COALESCE(d.api_played_at, d.played_at), COALESCE(d.api_item_key, d.item_key)
FROM deleted_plays AS d
WHERE d.user_id = %(user_id)s AND d.played_at BETWEEN %(begin)s AND %(end)s AND d.source IN ('api', 'both')
    AND COALESCE(d.api_played_at, d.played_at) = ANY(%(moments)s::timestamptz[]);

-- name: note_seen_by_api
-- Plays that another tool has told of, and the API now under the same key: they are the API's, and the tool has told of them, too.
WITH written AS (
    UPDATE plays AS p
    SET source = 'api', also_in = (SELECT array_agg(DISTINCT o ORDER BY o) FROM unnest(p.also_in || p.source) AS o)
    FROM unnest(%(played_at)s::timestamptz[], %(item_key)s::text[], %(part)s::integer[]) AS s (played_at, item_key, part)
    WHERE p.user_id = %(user_id)s AND p.played_at = s.played_at AND p.item_key = s.item_key AND p.part = s.part
      AND p.source = ANY(%(others)s::text[])
    RETURNING p.user_id, p.played_at
)
INSERT INTO changed_plays (user_id, since)
SELECT user_id, min(played_at) FROM written GROUP BY user_id
ON CONFLICT DO NOTHING;

-- name: detailed
-- Tracks that an import could not compare by name or length, and of which both are known by now.
SELECT p.track_id
FROM played_tracks AS p
JOIN tracks AS t USING (track_id)
WHERE p.user_id = %(user_id)s AND p.awaits_details AND t.name IS NOT NULL AND t.duration_ms IS NOT NULL;

-- name: days_of_detailed
-- The days, in UTC, on which these tracks were played, and another source tells of something around that time.
SELECT DISTINCT date_trunc('day', p.played_at, 'UTC')
FROM plays AS p
WHERE p.user_id = %(user_id)s AND p.item_key = ANY(%(item_keys)s::text[]) AND (
    EXISTS (
        SELECT 1 FROM plays AS o
        WHERE o.user_id = %(user_id)s AND o.source <> p.source
          AND o.played_at BETWEEN p.played_at - interval '1 day' AND p.played_at + interval '1 day')
    OR EXISTS (
        SELECT 1 FROM deleted_plays AS o
        WHERE o.user_id = %(user_id)s
          AND o.played_at BETWEEN p.played_at - interval '1 day' AND p.played_at + interval '1 day'));

-- name: note_detailed
-- The days of these tracks are settled.
UPDATE played_tracks SET awaits_details = false WHERE user_id = %(user_id)s AND track_id = ANY(%(track_ids)s::text[]);

-- name: drop_returned
-- Plays of these days that were taken out, and that a source has told of again under the same key.
WITH written AS (
    DELETE FROM plays AS p
    USING deleted_plays AS d
    WHERE p.user_id = %(user_id)s AND p.played_at BETWEEN %(begin)s AND %(end)s
      AND d.user_id = p.user_id AND d.played_at = p.played_at AND d.item_key = p.item_key AND d.part = p.part
    RETURNING p.user_id, p.played_at, p.source, p.item_key
), noted AS (
    INSERT INTO changed_plays (user_id, since)
    SELECT user_id, min(played_at) FROM written GROUP BY user_id
    ON CONFLICT DO NOTHING
)
SELECT source, item_key FROM written;

-- name: around
-- All plays of these days, those that were taken out too. `place`: where the row lies until it is written anew, so that many are found at once.
SELECT * FROM (
    SELECT played_at, item_key, part, source, ms_played, started_at, stamped_at, api_played_at, api_item_key, context_uri, also_in,
        reason_end, false AS is_deleted, xmin = pg_current_xact_id()::xid AS is_new, ctid::text AS place
    FROM plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s
    UNION ALL
    SELECT played_at, item_key, part, source, ms_played, started_at, stamped_at, api_played_at, api_item_key, context_uri, also_in,
        reason_end, true, xmin = pg_current_xact_id()::xid, ctid::text
    FROM deleted_plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s
) AS stored
ORDER BY played_at, item_key COLLATE "C", part;

-- name: recordings_around
-- What tells the recordings that were played on these days.
WITH played AS (
    SELECT item_key, track_name, artist_name FROM plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s
    UNION
    SELECT item_key, track_name, artist_name FROM deleted_plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s
)
SELECT
    p.item_key, t.duration_ms, t.isrc, COALESCE(p.track_name, t.name) AS title,
    ARRAY[p.artist_name, t.given_artist, a.name, aa.name] AS artists
FROM played AS p
LEFT JOIN tracks AS t ON t.track_id = track_of(p.item_key)
LEFT JOIN track_artists AS ta ON ta.track_id = t.track_id AND ta.position = 0
LEFT JOIN artists AS a ON a.artist_id = ta.artist_id
LEFT JOIN album_artists AS l ON l.album_id = t.album_id AND l.position = 0
LEFT JOIN artists AS aa ON aa.artist_id = l.artist_id;

-- name: remove
-- Rows that have become part of another. The days are said so that no more than these are looked through.
WITH written AS (
    DELETE FROM plays
    WHERE user_id = %(user_id)s AND played_at BETWEEN %(begin)s AND %(end)s AND ctid = ANY(%(places)s::tid[])
    RETURNING user_id, played_at
)
INSERT INTO changed_plays (user_id, since)
SELECT user_id, min(played_at) FROM written GROUP BY user_id
ON CONFLICT DO NOTHING;

-- name: forget_tracks
-- Tracks that are no longer played under these ids.
DELETE FROM played_tracks AS t
WHERE t.user_id = %(user_id)s AND t.track_id = ANY(%(track_ids)s::text[]) AND NOT EXISTS (
    SELECT 1 FROM plays AS p
    WHERE p.user_id = %(user_id)s AND p.item_key = ANY(%(item_keys)s::text[]) AND track_of(p.item_key) = t.track_id);

-- name: merge
-- What the API has seen becomes part of rows of the export, or is taken from them again (NULL).
WITH written AS (
    UPDATE plays AS p
    SET source = CASE WHEN m.api_played_at IS NULL THEN 'export' ELSE 'both' END,
        api_played_at = m.api_played_at,
        api_item_key = m.api_item_key,
        context_uri = m.context_uri,
        also_in = string_to_array(m.also_in, ',')
    FROM unnest(
        %(places)s::tid[], %(api_played_at)s::timestamptz[], %(api_item_key)s::text[], %(context_uri)s::text[], %(also_in)s::text[]
    ) AS m (place, api_played_at, api_item_key, context_uri, also_in)
    WHERE p.user_id = %(user_id)s AND p.played_at BETWEEN %(begin)s AND %(end)s AND p.ctid = m.place
    RETURNING p.user_id, p.played_at
)
INSERT INTO changed_plays (user_id, since)
SELECT user_id, min(played_at) FROM written GROUP BY user_id
ON CONFLICT DO NOTHING;

-- name: note_others
-- Other sources tell of these plays as well; and how long was heard, where the API is all that was known.
WITH written AS (
    UPDATE plays AS p
    SET also_in = string_to_array(m.also_in, ','), ms_played = COALESCE(p.ms_played, m.ms_played)
    FROM unnest(%(places)s::tid[], %(also_in)s::text[], %(ms_played)s::integer[]) AS m (place, also_in, ms_played)
    WHERE p.user_id = %(user_id)s AND p.played_at BETWEEN %(begin)s AND %(end)s AND p.ctid = m.place
    RETURNING p.user_id, p.played_at
)
INSERT INTO changed_plays (user_id, since)
SELECT user_id, min(played_at) FROM written GROUP BY user_id
ON CONFLICT DO NOTHING;

-- name: take_out
-- Plays that the listener does not want counted: they are kept apart.
WITH gone AS (
    DELETE FROM plays AS p
    USING unnest(%(played_at)s::timestamptz[], %(item_key)s::text[], %(part)s::integer[]) AS g (played_at, item_key, part)
    WHERE p.user_id = %(user_id)s AND p.played_at = g.played_at AND p.item_key = g.item_key AND p.part = g.part
    RETURNING p.*
), noted AS (
    INSERT INTO changed_plays (user_id, since)
    SELECT user_id, min(played_at) FROM gone GROUP BY user_id
    ON CONFLICT DO NOTHING
)
INSERT INTO deleted_plays SELECT gone.*, %(now)s FROM gone
ON CONFLICT (user_id, played_at, item_key, part) DO NOTHING;

-- name: restore
-- Plays that were taken out count again, and their tracks are played ones.
WITH wanted AS (
    SELECT * FROM unnest(%(played_at)s::timestamptz[], %(item_key)s::text[], %(part)s::integer[]) AS w (played_at, item_key, part)
), back AS (
    DELETE FROM deleted_plays AS d USING wanted AS w
    WHERE d.user_id = %(user_id)s AND d.played_at = w.played_at AND d.item_key = w.item_key AND d.part = w.part
    RETURNING d.*
), written AS (
    INSERT INTO plays (
        user_id, played_at, item_key, part, source, ms_played, started_at, stamped_at, api_played_at, api_item_key, also_in,
        context_uri, reason_start, reason_end, skipped, shuffle, offline, incognito_mode, track_name, artist_name, album_name)
    SELECT
        user_id, played_at, item_key, part, source, ms_played, started_at, stamped_at, api_played_at, api_item_key, also_in,
        context_uri, reason_start, reason_end, skipped, shuffle, offline, incognito_mode, track_name, artist_name, album_name
    FROM back
    ON CONFLICT (user_id, played_at, hashtextextended(item_key, part)) DO NOTHING
    RETURNING user_id, played_at, item_key
), noted AS (
    INSERT INTO changed_plays (user_id, since)
    SELECT user_id, min(played_at) FROM written GROUP BY user_id
    ON CONFLICT DO NOTHING
)
INSERT INTO played_tracks (user_id, track_id)
SELECT DISTINCT w.user_id, t.track_id FROM written AS w JOIN tracks AS t ON t.track_id = track_of(w.item_key) ORDER BY 1, 2
ON CONFLICT (user_id, track_id) DO NOTHING;

-- name: release
-- A play of the API is one of its own again.
WITH written AS (
    INSERT INTO plays (user_id, played_at, item_key, source, context_uri)
    VALUES (%(user_id)s, %(at)s, %(item_key)s, 'api', %(context_uri)s)
    ON CONFLICT (user_id, played_at, hashtextextended(item_key, part)) DO NOTHING
    RETURNING user_id, played_at, item_key
), noted AS (
    INSERT INTO changed_plays (user_id, since)
    SELECT user_id, min(played_at) FROM written GROUP BY user_id
    ON CONFLICT DO NOTHING
)
INSERT INTO played_tracks (user_id, track_id)
SELECT w.user_id, t.track_id FROM written AS w JOIN tracks AS t ON t.track_id = track_of(w.item_key)
ON CONFLICT (user_id, track_id) DO NOTHING;

-- name: is_key_loose
-- Whether so many plays, which came out of order, are a tenth of all: then the pages of their key are half empty. Not asked of other servers.
SELECT reltuples > 0 AND %(plays)s >= reltuples / 10 FROM pg_class WHERE oid = 'plays'::regclass;

-- name: rebuild_key
-- The same key on full pages.
REINDEX INDEX plays_key;
