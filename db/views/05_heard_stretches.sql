-- kind: view
-- What was heard of each track (user_id, track_id, under the id that was played), in as many rows as it takes: one of all months that are
-- over, and one of each later one, as they were counted last (heard_before, heard_since). Of a listener of whom nothing was counted yet it is counted
-- now, from all plays. Counts are integers: sums of these are twice as fast. What adds up is added by whoever reads it. peak: plays of the month with the most, and its first day as a number of days since
-- 1970; months: of each with plays its first day, plays, and days as bits.
SELECT
    user_id, track_id, heard::integer, plays::integer, days::integer, skips::integer, nights::integer, mornings::integer, afternoons::integer,
    weekend::integer, first_played_at, last_played_at, heard_ms, heard_per_mille, with_share::integer, has_api, has_import, peak, months, month_plays, month_days,
    true AS is_over
FROM heard_before
UNION ALL
SELECT
    user_id, track_id, heard::integer, plays::integer, days::integer, skips::integer, nights::integer, mornings::integer, afternoons::integer,
    weekend::integer, first_played_at, last_played_at, heard_ms, heard_per_mille, with_share::integer, has_api, has_import, peak, months, month_plays, month_days,
    false
FROM heard_since
UNION ALL
SELECT
    m.user_id, m.track_id, m.heard, m.plays, bit_count(m.days::bit(32))::integer, m.skips, m.nights, m.mornings, m.afternoons, m.weekend,
    m.first_played_at, m.last_played_at, m.heard_ms, m.heard_per_mille, m.with_share, m.has_api, m.has_import,
    CASE WHEN m.plays > 0 THEN ARRAY[m.plays, m.month - date '1970-01-01'] END,
    ARRAY[m.month], ARRAY[m.plays], ARRAY[m.days], false
FROM recent_months AS m
WHERE EXISTS (SELECT 1 FROM users WHERE user_id NOT IN (SELECT user_id FROM heard_until))
  AND m.user_id NOT IN (SELECT user_id FROM heard_until)
