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
-- How far the record reaches: one row.
SELECT count(*) AS plays, min(played_at) AS first_played_at, max(played_at) AS last_played_at FROM listening;

-- name: days
-- Plays, time and tracks of each day with plays.
SELECT day, count(*) AS plays, COALESCE(sum(heard_ms), 0)::bigint AS heard_ms, count(DISTINCT track_id) AS tracks,
    count(*) FILTER (WHERE is_skip) AS skips, count(*) FILTER (WHERE heard_is_inferred) AS inferred
FROM listening
GROUP BY day
ORDER BY day;
