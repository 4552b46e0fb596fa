-- name: sources
-- How many of the plays that count each source has told of, and from when to when.
SELECT source, sum(plays) AS plays, min(first_at) AS first_at, max(last_at) AS last_at
FROM heard_hours
WHERE plays > 0
GROUP BY source
ORDER BY source;

-- name: steps
-- Plays that count of each source, by day or month (`step`).
SELECT source, date_trunc(%(step)s, day::timestamp)::date AS begin, sum(plays) AS plays
FROM heard_hours
WHERE plays > 0
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: files
-- The stretches that files of each source cover; those between which there is no more than `silence` are one.
SELECT source, lower(r) AS first_at, upper(r) - %(silence)s AS last_at
FROM (
    SELECT source, unnest(range_agg(tstzrange(first_at, last_at + %(silence)s, '[]'))) AS r
    FROM imports
    WHERE user_id = %(user_id)s AND has_music AND first_at IS NOT NULL
    GROUP BY source
) AS covered
ORDER BY 1, 2;

-- name: estimates
-- What is inferred or unknown of the plays that count: one row.
SELECT
    COALESCE(sum(plays), 0) AS plays,
    COALESCE(sum(inferred), 0) AS inferred,
    COALESCE(sum(without_time), 0) AS without_time,
    COALESCE(sum(skips), 0) AS skips,
    COALESCE(sum(without_track), 0) AS without_track,
    COALESCE(sum(with_context), 0) AS with_context,
    COALESCE(sum(entries - plays), 0) AS short
FROM heard_hours;

-- name: aside
-- What is known and stands in no statistic, and what was made one: one row.
SELECT
    (SELECT count(*) FROM episode_plays WHERE user_id = %(user_id)s AND kind = 'episode') AS episodes,
    (SELECT count(*) FROM episode_plays WHERE user_id = %(user_id)s AND kind = 'audiobook') AS chapters,
    (SELECT COALESCE(sum(ms_played), 0)::bigint FROM episode_plays WHERE user_id = %(user_id)s) AS spoken_ms,
    (SELECT count(*) FROM plays WHERE user_id = %(user_id)s) - (SELECT COALESCE(sum(entries), 0) FROM heard_hours) AS uncounted,
    (SELECT count(*) FROM deleted_plays WHERE user_id = %(user_id)s) AS deleted,
    (SELECT count(*) FROM recording_merges WHERE user_id = %(user_id)s) AS merged;
