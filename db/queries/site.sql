-- name: is_counted
-- Whether the views are there that all figures are counted from.
SELECT count(to_regclass(name)) = count(*)
FROM unnest(ARRAY['play_facts', 'unified_tracks', 'daily_metrics', 'artist_stats']) AS name;

-- name: listening
-- What all figures about plays are counted from, gathered once per build: the listener's plays that count, with the day and hour of
-- the time zone. It lives as long as the transaction.
CREATE TEMPORARY TABLE listening ON COMMIT DROP AS
SELECT
    played_at,
    day,
    hour,
    track_id,
    item_key,
    context_uri,
    heard_ms,
    heard_is_inferred,
    is_skip,
    source
FROM play_facts
WHERE user_id = %(user_id)s;

-- name: listening_index
CREATE INDEX ON listening (day);

-- name: analyze_listening
ANALYZE listening;

-- name: extent
-- How far the record reaches, when Spotify was last asked for plays, and whether anything at all is stored: one row.
SELECT
    (SELECT count(*) FROM listening),
    (SELECT min(played_at) FROM listening),
    (SELECT max(played_at) FROM listening),
    (SELECT max(believed(started_at, %(now)s)) FROM sync_history
     WHERE user_id = %(user_id)s AND job = 'track_plays' AND status = 'done'),
    EXISTS (SELECT 1 FROM plays WHERE user_id = %(user_id)s)
        OR EXISTS (SELECT 1 FROM library_members WHERE user_id = %(user_id)s)
        OR EXISTS (SELECT 1 FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL);

-- name: days
-- Plays, time and tracks of each day with plays.
SELECT day, count(*) AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms, count(DISTINCT track_id) AS tracks,
    count(*) FILTER (WHERE is_skip) AS skips, count(*) FILTER (WHERE heard_is_inferred) AS inferred
FROM listening
GROUP BY day
ORDER BY day;
