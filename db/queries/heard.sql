-- name: note_changed
-- From when on the plays have changed that a statement has `written`: part of that statement.
INSERT INTO changed_plays (user_id, since)
SELECT user_id, min(played_at) FROM written GROUP BY user_id
ON CONFLICT DO NOTHING;

-- name: to_take_up
-- Of these listeners those whose plays have changed since they were taken up, or who hang on something else that is not what it was,
-- or of whose plays a month more is over.
SELECT u.user_id
FROM users AS u
LEFT JOIN heard_until AS h ON h.user_id = u.user_id
WHERE u.user_id = ANY(%(user_ids)s) AND (
    h.user_id IS NULL OR h.made_from <> %(made_from)s
    OR h.month <> date_trunc('month', (%(now)s - interval '8 days') AT TIME ZONE u.time_zone)::date
    OR u.user_id IN (SELECT user_id FROM changed_plays))
ORDER BY u.user_id;

-- name: take_up
-- From when on a listener's plays have changed: what is written from now on is noted anew, or read by what follows.
WITH gone AS (
    DELETE FROM changed_plays WHERE user_id = %(user_id)s RETURNING since
)
SELECT min(since) FROM gone;

-- name: changed_since
-- The same, and nothing is taken up.
SELECT min(since) FROM changed_plays WHERE user_id = %(user_id)s;

-- name: standing
-- How what is kept of a listener stands: up to which month it reaches (NULL: there is nothing), the one that it may reach now, how it would be
-- counted now, and whether it was counted so: also whether of each track is known what was known, for which no track is looked at where all that
-- they hang on is what it was (`made_from`), and whether a play that is in it has changed since this moment (`since`, NULL: none has changed);
-- a month that is still to come was kept by a wrong clock. Months count as over once they have been so for eight days. Last, where plays alone have
-- changed: from which day on what days say may have changed (of that of the first play, or of the day before: clocks may be turned back at midnight), and
-- whether all of these plays are later than what is counted in heard_since.
SELECT
    h.month,
    date_trunc('month', (%(now)s - interval '8 days') AT TIME ZONE u.time_zone)::date,
    b.basis,
    h.basis = b.basis
        AND h.month <= date_trunc('month', (%(now)s - interval '8 days') AT TIME ZONE u.time_zone)::date
        AND COALESCE((%(since)s AT TIME ZONE u.time_zone)::date >= h.month, true)
        AND (h.made_from = %(made_from)s OR NOT EXISTS (
            SELECT 1
            FROM heard_before AS t
            LEFT JOIN track_knowledge AS k ON k.user_id = %(user_id)s AND k.track_id = t.track_id
            WHERE t.user_id = %(user_id)s AND t.known_as IS DISTINCT FROM k.known_as)),
    CASE WHEN h.made_from = %(made_from)s THEN GREATEST(h.month, (%(since)s AT TIME ZONE u.time_zone)::date - 1) ELSE h.month END,
    COALESCE(h.made_from = %(made_from)s AND %(since)s > h.counted_to, false)
        AND h.month = date_trunc('month', (%(now)s - interval '8 days') AT TIME ZONE u.time_zone)::date
FROM users AS u
LEFT JOIN heard_until AS h ON h.user_id = %(user_id)s
CROSS JOIN LATERAL (
    SELECT concat_ws(' ', %(method)s, u.time_zone, (
            SELECT s.value FROM app_settings AS s WHERE s.user_id = %(user_id)s AND s.key = 'plays.counted_from_seconds'), (
            SELECT md5(string_agg(x::text, ' ' ORDER BY x::text)) FROM uncounted_keys AS x WHERE x.user_id = %(user_id)s)) AS basis
) AS b
WHERE u.user_id = %(user_id)s;

-- name: note_dropped
-- What was kept of a listener is gone, also for who is about to add to it.
INSERT INTO changed_plays (user_id, since)
SELECT %(user_id)s, '-infinity'
WHERE NOT EXISTS (SELECT 1 FROM changed_plays WHERE user_id = %(user_id)s AND since = '-infinity')
ON CONFLICT DO NOTHING;

-- name: forget
-- All views say the same from the plays alone. personality_months stay: they are written from nothing then, as far as they differ.
WITH until AS (DELETE FROM heard_until WHERE user_id = %(user_id)s),
recent AS (DELETE FROM heard_since WHERE user_id = %(user_id)s),
artists AS (DELETE FROM personality_artists WHERE user_id = %(user_id)s)
DELETE FROM heard_before WHERE user_id = %(user_id)s;

-- name: read_all
-- All plays of a listener are read, in their order: a million of them are sorted faster than they are looked up one by one, and what is excluded
-- is mostly nothing, which the planner does not believe; nor does it know how many days and tracks there are, and groups that are sorted cost no
-- memory. One process reads them: to pass them on costs as much as to sort them.
SET LOCAL work_mem = '16MB';
SET LOCAL enable_hashagg = off;
SET LOCAL enable_indexscan = off;
SET LOCAL enable_nestloop = off;
SET LOCAL max_parallel_workers_per_gather = 0;

-- name: read_once
-- In this transaction recent_facts are those of one listener, computed once for all that is counted from them: a temporary table is found before
-- the view of its name.
CREATE TEMPORARY TABLE recent_facts AS
SELECT user_id, played_at, track_id, source, day, hour, duration_ms, heard_ms, is_skip, is_counted
FROM recent_facts
WHERE user_id = %(user_id)s;
SET LOCAL default_statistics_target = 1;
ANALYZE recent_facts;
SET LOCAL default_statistics_target = DEFAULT;

-- name: read_as_usual
-- recent_facts and recent_months are the views again, and the planner decides again.
DROP VIEW pg_temp.recent_months;
DROP TABLE pg_temp.recent_facts;
SET LOCAL work_mem = DEFAULT;
SET LOCAL enable_hashagg = DEFAULT;
SET LOCAL enable_indexscan = DEFAULT;
SET LOCAL enable_nestloop = DEFAULT;
SET LOCAL max_parallel_workers_per_gather = DEFAULT;

-- name: read_from
-- recent_plays are, in this transaction, those of a listener behind heard_before, and some before them.
SELECT set_config('mirror.plays_from', COALESCE((SELECT before_at::text FROM heard_until WHERE user_id = %(user_id)s), ''), true);

-- name: read_from_day
-- They are those of a listener from a day on, and the two days before it: what is inferred of the first play hangs on the one before it.
SELECT set_config('mirror.plays_from', COALESCE((
    SELECT max(p.played_at) FROM plays AS p
    WHERE p.user_id = %(user_id)s AND p.played_at < (%(day)s::date - 2)::timestamp AT TIME ZONE u.time_zone)::text, ''), true)
FROM users AS u
WHERE u.user_id = %(user_id)s;

-- name: read_any
-- recent_plays are all plays: what is read next in this transaction may be another listener's.
SET LOCAL mirror.plays_from = '';

-- name: count_recent
-- The months that are not over, from this one on, as they are now: what has changed is written, and the months before it go.
WITH fresh AS MATERIALIZED (
    SELECT
        user_id, track_id, month, heard, plays, bit_count(days::bit(32)) AS days, skips, nights, mornings, afternoons, weekend, first_played_at,
        last_played_at, heard_ms, heard_per_mille, with_share, has_api, has_import,
        CASE WHEN plays > 0 THEN ARRAY[plays, month - date '1970-01-01'] END AS peak, ARRAY[month] AS months, ARRAY[plays] AS month_plays, ARRAY[days] AS month_days
    FROM recent_months
    WHERE user_id = %(user_id)s AND month >= %(month)s
),
gone AS (
    DELETE FROM heard_since AS h
    WHERE h.user_id = %(user_id)s AND NOT EXISTS (SELECT 1 FROM fresh AS f WHERE f.track_id = h.track_id AND f.month = h.month)
)
INSERT INTO heard_since AS h (
    user_id, track_id, month, heard, plays, days, skips, nights, mornings, afternoons, weekend, first_played_at, last_played_at, heard_ms,
    heard_per_mille, with_share, has_api, has_import, peak, months, month_plays, month_days)
SELECT f.*
FROM fresh AS f
LEFT JOIN heard_since AS h ON h.user_id = %(user_id)s AND h.track_id = f.track_id AND h.month = f.month
WHERE h.user_id IS NULL
   OR ROW(f.heard, f.plays, f.days, f.skips, f.nights, f.mornings, f.afternoons, f.weekend, f.first_played_at, f.last_played_at, f.heard_ms,
          f.heard_per_mille, f.with_share, f.has_api, f.has_import, f.month_days)
      IS DISTINCT FROM
      ROW(h.heard, h.plays, h.days, h.skips, h.nights, h.mornings, h.afternoons, h.weekend, h.first_played_at, h.last_played_at, h.heard_ms,
          h.heard_per_mille, h.with_share, h.has_api, h.has_import, h.month_days)
ON CONFLICT (user_id, track_id, month) DO UPDATE SET
    heard = EXCLUDED.heard, plays = EXCLUDED.plays, days = EXCLUDED.days, skips = EXCLUDED.skips, nights = EXCLUDED.nights,
    mornings = EXCLUDED.mornings, afternoons = EXCLUDED.afternoons, weekend = EXCLUDED.weekend, first_played_at = EXCLUDED.first_played_at,
    last_played_at = EXCLUDED.last_played_at, heard_ms = EXCLUDED.heard_ms, heard_per_mille = EXCLUDED.heard_per_mille,
    with_share = EXCLUDED.with_share, has_api = EXCLUDED.has_api, has_import = EXCLUDED.has_import, peak = EXCLUDED.peak,
    months = EXCLUDED.months, month_plays = EXCLUDED.month_plays, month_days = EXCLUDED.month_days;

-- name: read_since
-- recent_facts, as they were read, are those from a moment on.
DELETE FROM pg_temp.recent_facts WHERE user_id = %(user_id)s AND played_at < %(since)s;

-- name: add_recent
-- Plays that are later than all that is counted are added to it.
INSERT INTO heard_since AS t (
    user_id, track_id, month, heard, plays, days, skips, nights, mornings, afternoons, weekend, first_played_at, last_played_at, heard_ms,
    heard_per_mille, with_share, has_api, has_import, peak, months, month_plays, month_days)
SELECT
    user_id, track_id, month, heard, plays, bit_count(days::bit(32)), skips, nights, mornings, afternoons, weekend, first_played_at,
    last_played_at, heard_ms, heard_per_mille, with_share, has_api, has_import,
    CASE WHEN plays > 0 THEN ARRAY[plays, month - date '1970-01-01'] END, ARRAY[month], ARRAY[plays], ARRAY[days]
FROM recent_months
WHERE user_id = %(user_id)s
ON CONFLICT (user_id, track_id, month) DO UPDATE SET
    heard = t.heard + EXCLUDED.heard,
    plays = t.plays + EXCLUDED.plays,
    days = bit_count((t.month_days[1] | EXCLUDED.month_days[1])::bit(32)),
    skips = t.skips + EXCLUDED.skips,
    nights = t.nights + EXCLUDED.nights,
    mornings = t.mornings + EXCLUDED.mornings,
    afternoons = t.afternoons + EXCLUDED.afternoons,
    weekend = t.weekend + EXCLUDED.weekend,
    first_played_at = LEAST(t.first_played_at, EXCLUDED.first_played_at),
    last_played_at = GREATEST(t.last_played_at, EXCLUDED.last_played_at),
    heard_ms = COALESCE(t.heard_ms + EXCLUDED.heard_ms, t.heard_ms, EXCLUDED.heard_ms),
    heard_per_mille = COALESCE(t.heard_per_mille + EXCLUDED.heard_per_mille, t.heard_per_mille, EXCLUDED.heard_per_mille),
    with_share = t.with_share + EXCLUDED.with_share,
    has_api = t.has_api OR EXCLUDED.has_api,
    has_import = t.has_import OR EXCLUDED.has_import,
    peak = CASE WHEN t.plays + EXCLUDED.plays > 0 THEN ARRAY[t.plays + EXCLUDED.plays, (t.month - date '1970-01-01')] END,
    month_plays = ARRAY[t.plays + EXCLUDED.plays],
    month_days = ARRAY[t.month_days[1] | EXCLUDED.month_days[1]];

-- name: close_months
-- Add the months before this one to what is kept of each track.
INSERT INTO heard_before AS t (
    user_id, track_id, heard, plays, days, skips, nights, mornings, afternoons, weekend, first_played_at, last_played_at, heard_ms,
    heard_per_mille, with_share, has_api, has_import, peak, months, month_plays, month_days, known_as)
SELECT
    m.user_id, m.track_id, m.heard, m.plays, m.days, m.skips, m.nights, m.mornings, m.afternoons, m.weekend, m.first_played_at, m.last_played_at,
    m.heard_ms, m.heard_per_mille, m.with_share, m.has_api, m.has_import, m.peak, m.months, m.month_plays, m.month_days, k.known_as
FROM (
    SELECT
        user_id, track_id, sum(heard) AS heard, sum(plays) AS plays, sum(bit_count(days::bit(32))) AS days, sum(skips) AS skips, sum(nights) AS nights,
        sum(mornings) AS mornings, sum(afternoons) AS afternoons, sum(weekend) AS weekend, min(first_played_at) AS first_played_at,
        max(last_played_at) AS last_played_at, sum(heard_ms) AS heard_ms, sum(heard_per_mille) AS heard_per_mille, sum(with_share) AS with_share,
        bool_or(has_api) AS has_api, bool_or(has_import) AS has_import, max(ARRAY[plays, month - date '1970-01-01']) FILTER (WHERE plays > 0) AS peak,
        COALESCE(array_agg(month ORDER BY month) FILTER (WHERE plays > 0), '{}') AS months,
        COALESCE(array_agg(plays ORDER BY month) FILTER (WHERE plays > 0), '{}') AS month_plays,
        COALESCE(array_agg(days ORDER BY month) FILTER (WHERE plays > 0), '{}') AS month_days
    FROM recent_months
    WHERE user_id = %(user_id)s AND month >= COALESCE(%(from_day)s::date, '-infinity') AND month < %(month)s
    GROUP BY user_id, track_id
) AS m
LEFT JOIN track_knowledge AS k ON k.user_id = m.user_id AND k.track_id = m.track_id
ON CONFLICT (user_id, track_id) DO UPDATE SET
    heard = t.heard + EXCLUDED.heard,
    plays = t.plays + EXCLUDED.plays,
    days = t.days + EXCLUDED.days,
    skips = t.skips + EXCLUDED.skips,
    nights = t.nights + EXCLUDED.nights,
    mornings = t.mornings + EXCLUDED.mornings,
    afternoons = t.afternoons + EXCLUDED.afternoons,
    weekend = t.weekend + EXCLUDED.weekend,
    first_played_at = LEAST(t.first_played_at, EXCLUDED.first_played_at),
    last_played_at = GREATEST(t.last_played_at, EXCLUDED.last_played_at),
    heard_ms = COALESCE(t.heard_ms + EXCLUDED.heard_ms, t.heard_ms, EXCLUDED.heard_ms),
    heard_per_mille = COALESCE(t.heard_per_mille + EXCLUDED.heard_per_mille, t.heard_per_mille, EXCLUDED.heard_per_mille),
    with_share = t.with_share + EXCLUDED.with_share,
    has_api = t.has_api OR EXCLUDED.has_api,
    has_import = t.has_import OR EXCLUDED.has_import,
    peak = GREATEST(t.peak, EXCLUDED.peak),
    months = t.months || EXCLUDED.months,
    month_plays = t.month_plays || EXCLUDED.month_plays,
    month_days = t.month_days || EXCLUDED.month_days;

-- name: last_counted
-- When the last of the plays was that are counted here.
SELECT max(played_at) FROM recent_facts WHERE user_id = %(user_id)s;

-- name: note_until
-- The months before this one are kept, and later plays are counted up to `counted_to`. The two days before it are read again: where clocks are turned back, a day may begin twice.
INSERT INTO heard_until AS h (user_id, month, before_at, basis, made_from, counted_to, computed_at)
SELECT u.user_id, %(month)s, COALESCE((
    SELECT max(p.played_at) FROM plays AS p
    WHERE p.user_id = %(user_id)s AND p.played_at < (%(month)s::date - 2)::timestamp AT TIME ZONE u.time_zone), '-infinity'), %(basis)s, %(made_from)s,
    %(counted_to)s, %(now)s
FROM users AS u
WHERE u.user_id = %(user_id)s
ON CONFLICT (user_id) DO UPDATE SET
    month = EXCLUDED.month, before_at = EXCLUDED.before_at, basis = EXCLUDED.basis,
    made_from = EXCLUDED.made_from, counted_to = EXCLUDED.counted_to, computed_at = EXCLUDED.computed_at;
