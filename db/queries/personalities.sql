-- name: count_months
-- What each month says, from one on (`from_day`, a first day: the one that heard_until names; NULL: all months), from what was heard in these and, of the
-- year before, from personality_artists. Points are rounded, since what they are the sum of comes in any order. What is over before `until` is added to personality_artists for good (NULL: nothing is). Nobody else's plays are read.
WITH asked AS MATERIALIZED (
    SELECT COALESCE(%(from_day)s::date, '-infinity') AS month
),
heard_in AS NOT MATERIALIZED (
    SELECT h.track_id, m.month, m.plays, m.days
    FROM heard_stretches AS h
    CROSS JOIN asked AS a
    CROSS JOIN width_bucket(a.month - 1, h.months) AS b (skipped)
    CROSS JOIN unnest(h.months[b.skipped + 1:], h.month_plays[b.skipped + 1:], h.month_days[b.skipped + 1:]) AS m (month, plays, days)
    WHERE h.user_id = %(user_id)s AND h.last_played_at >= a.month - 2 AND m.plays > 0
      AND (NOT h.is_over OR %(from_day)s::date IS DISTINCT FROM %(until)s::date)
),
heard AS MATERIALIZED (
    SELECT h.month, COALESCE(r.track_id, h.track_id) AS track_id, sum(h.plays)::integer AS plays, min(h.month + bit_count(((h.days & -h.days) - 1)::bit(32))::integer) AS first_day
    FROM heard_in AS h
    LEFT JOIN recording_of AS r ON r.user_id = %(user_id)s AND r.played_id = h.track_id
    GROUP BY 1, 2
),
begun AS (
    SELECT LEAST((SELECT min(month) FROM heard), (
        SELECT min(month) FROM personality_months WHERE user_id = %(user_id)s AND month < (SELECT month FROM asked))) AS month
),
of_artists AS MATERIALIZED (
    SELECT ta.artist_id, h.month, sum(h.plays)::integer AS plays
    FROM heard AS h
    JOIN track_artists AS ta ON ta.track_id = h.track_id AND ta.position = 0
    GROUP BY 1, 2
),
of_the_year_before AS (
    SELECT o.artist_id, o.month, sum(m.plays) AS plays
    FROM of_artists AS o
    JOIN personality_artists AS h ON h.user_id = %(user_id)s AND h.artist_id = o.artist_id
    CROSS JOIN asked AS a
    CROSS JOIN width_bucket((o.month - make_interval(months => %(months)s - 1) - interval '1 day')::date, h.months) AS b (skipped)
    CROSS JOIN unnest(h.months[b.skipped + 1:], h.month_plays[b.skipped + 1:]) AS m (month, plays)
    WHERE m.month < a.month
    GROUP BY o.artist_id, o.month
),
affinity AS (
    SELECT o.month, o.plays, COALESCE(b.plays, 0) + sum(o.plays) OVER (
        PARTITION BY o.artist_id ORDER BY o.month RANGE BETWEEN make_interval(months => %(months)s - 1) PRECEDING AND CURRENT ROW) AS in_year
    FROM of_artists AS o
    LEFT JOIN of_the_year_before AS b USING (artist_id, month)
),
explored AS (
    SELECT month, sum(plays * %(half_plays)s::float / (%(half_plays)s + in_year - 1)) AS points, sum(plays) AS of
    FROM affinity
    WHERE month >= (SELECT month FROM begun) + make_interval(months => %(unsettled)s)
    GROUP BY month
),
told AS (
    SELECT h.month,
        sum(h.plays * %(half_days)s::float / (%(half_days)s + GREATEST(h.first_day - c.released, 0))) FILTER (WHERE c.released IS NOT NULL) AS new_points,
        sum(h.plays) FILTER (WHERE c.released IS NOT NULL) AS new_of,
        sum(h.plays * (100 - t.popularity)) FILTER (WHERE t.popularity IS NOT NULL) / 100.0 AS unique_points,
        sum(h.plays) FILTER (WHERE t.popularity IS NOT NULL) AS unique_of,
        count(*) AS tracks,
        sum(h.plays) AS plays
    FROM heard AS h
    JOIN tracks AS t USING (track_id)
    LEFT JOIN album_catalogue AS c USING (album_id)
    GROUP BY h.month
),
fresh AS MATERIALIZED (
    SELECT month, COALESCE(t.plays, 0) AS plays, COALESCE(t.tracks, 0) AS tracks, COALESCE(round(e.points::numeric, 6), 0) AS explored_points,
        COALESCE(e.of, 0) AS explored_of, COALESCE(round(t.new_points::numeric, 6), 0) AS new_points, COALESCE(t.new_of, 0) AS new_of,
        COALESCE(round(t.unique_points, 6), 0) AS unique_points, COALESCE(t.unique_of, 0) AS unique_of
    FROM (SELECT DISTINCT month FROM heard) AS m
    LEFT JOIN explored AS e USING (month)
    LEFT JOIN told AS t USING (month)
),
gone AS (
    DELETE FROM personality_months AS m
    WHERE m.user_id = %(user_id)s AND m.month >= (SELECT month FROM asked) AND NOT EXISTS (SELECT 1 FROM fresh AS f WHERE f.month = m.month)
),
kept AS (
    INSERT INTO personality_artists AS t (user_id, artist_id, months, month_plays)
    SELECT %(user_id)s, artist_id, array_agg(month ORDER BY month), array_agg(plays ORDER BY month)
    FROM of_artists
    WHERE month < %(until)s::date
    GROUP BY artist_id
    ON CONFLICT (user_id, artist_id) DO UPDATE SET months = t.months || EXCLUDED.months, month_plays = t.month_plays || EXCLUDED.month_plays
)
INSERT INTO personality_months AS m (
    user_id, month, plays, tracks, explored_points, explored_of, new_points, new_of, unique_points, unique_of)
SELECT %(user_id)s, month, plays, tracks, explored_points, explored_of, new_points, new_of, unique_points, unique_of
FROM fresh
ON CONFLICT (user_id, month) DO UPDATE SET
    plays = EXCLUDED.plays, tracks = EXCLUDED.tracks, explored_points = EXCLUDED.explored_points, explored_of = EXCLUDED.explored_of,
    new_points = EXCLUDED.new_points, new_of = EXCLUDED.new_of, unique_points = EXCLUDED.unique_points, unique_of = EXCLUDED.unique_of
WHERE ROW(m.plays, m.tracks, m.explored_points, m.explored_of, m.new_points, m.new_of, m.unique_points, m.unique_of)
    IS DISTINCT FROM ROW(EXCLUDED.plays, EXCLUDED.tracks, EXCLUDED.explored_points, EXCLUDED.explored_of,
        EXCLUDED.new_points, EXCLUDED.new_of, EXCLUDED.unique_points, EXCLUDED.unique_of);

-- name: refresh
-- Make a listener's personalities of this method agree with personality_months from a month on (the one of `from_day`; NULL: all of them): months that have changed
-- are written, those without plays in their twelve go; rows of other methods stay. One row: how many were new, updated, removed, and how many there
-- are. Months behind the last one that is stored are none yet, also before `from_day`.
WITH asked AS MATERIALIZED (
    SELECT LEAST(
        date_trunc('month', COALESCE(%(from_day)s::date, '-infinity')),
        COALESCE((SELECT max(month) FROM personalities WHERE user_id = %(user_id)s AND method = %(method)s) + interval '1 month', '-infinity')) AS month
),
told AS MATERIALIZED (
    SELECT m.* FROM personality_months AS m, asked AS a
    WHERE m.user_id = %(user_id)s AND m.month > a.month - make_interval(months => %(months)s)
),
months AS (
    SELECT generate_series(min(month), max(month), interval '1 month')::date AS month FROM told
),
years AS (
    SELECT month,
        COALESCE(sum(t.plays) OVER w, 0)::integer AS plays,
        sum(t.explored_points) OVER w AS explored, COALESCE(sum(t.explored_of) OVER w, 0)::integer AS exploration_of,
        sum(t.new_points) OVER w AS new, COALESCE(sum(t.new_of) OVER w, 0)::integer AS newness_of,
        sum(t.tracks) FILTER (WHERE t.plays >= %(fewest_in_month)s) OVER w AS tracks,
        COALESCE(sum(t.plays) FILTER (WHERE t.plays >= %(fewest_in_month)s) OVER w, 0)::integer AS variety_of,
        sum(t.unique_points) OVER w AS rare, COALESCE(sum(t.unique_of) OVER w, 0)::integer AS uniqueness_of
    FROM months AS m
    LEFT JOIN told AS t USING (month)
    WINDOW w AS (ORDER BY month ROWS BETWEEN %(months)s - 1 PRECEDING AND CURRENT ROW)
),
scored AS (
    SELECT month, plays, exploration_of, newness_of, variety_of, uniqueness_of,
        round(explored / NULLIF(exploration_of, 0), 4) AS exploration,
        round(new / NULLIF(newness_of, 0), 4) AS newness,
        round(tracks::numeric / NULLIF(variety_of, 0), 4) AS variety,
        round(rare / NULLIF(uniqueness_of, 0), 4) AS uniqueness
    FROM years
    WHERE plays > 0 AND month >= (SELECT month FROM asked)
),
fresh AS MATERIALIZED (
    SELECT *,
        CASE WHEN LEAST(exploration_of, newness_of, variety_of) >= %(fewest_of_type)s THEN
            CASE WHEN exploration < 0.5 THEN 'F' ELSE 'E' END || CASE WHEN newness < 0.5 THEN 'T' ELSE 'N' END
            || CASE WHEN variety < 0.5 THEN 'L' ELSE 'V' END
            || CASE WHEN uniqueness_of < %(fewest_of_type)s OR 2 * uniqueness_of < plays THEN '-' WHEN uniqueness < 0.5 THEN 'C' ELSE 'U' END
        END AS type
    FROM scored
),
written AS (
    INSERT INTO personalities AS p (
        user_id, method, month, computed_at, plays, exploration, newness, variety, uniqueness,
        exploration_of, newness_of, variety_of, uniqueness_of, type)
    SELECT %(user_id)s, %(method)s, month, %(now)s, plays, exploration, newness, variety, uniqueness,
        exploration_of, newness_of, variety_of, uniqueness_of, type
    FROM fresh
    ON CONFLICT (user_id, method, month) DO UPDATE SET
        computed_at = EXCLUDED.computed_at, plays = EXCLUDED.plays, exploration = EXCLUDED.exploration, newness = EXCLUDED.newness,
        variety = EXCLUDED.variety, uniqueness = EXCLUDED.uniqueness, exploration_of = EXCLUDED.exploration_of,
        newness_of = EXCLUDED.newness_of, variety_of = EXCLUDED.variety_of, uniqueness_of = EXCLUDED.uniqueness_of, type = EXCLUDED.type
    WHERE ROW(p.plays, p.exploration, p.newness, p.variety, p.uniqueness, p.exploration_of, p.newness_of, p.variety_of, p.uniqueness_of, p.type)
        IS DISTINCT FROM ROW(EXCLUDED.plays, EXCLUDED.exploration, EXCLUDED.newness, EXCLUDED.variety, EXCLUDED.uniqueness,
            EXCLUDED.exploration_of, EXCLUDED.newness_of, EXCLUDED.variety_of, EXCLUDED.uniqueness_of, EXCLUDED.type)
    RETURNING p.xmax = 0 AS is_new
),
gone AS (
    DELETE FROM personalities AS p
    WHERE p.user_id = %(user_id)s AND p.method = %(method)s AND p.month >= (SELECT month FROM asked)
      AND NOT EXISTS (SELECT 1 FROM fresh AS f WHERE f.month = p.month)
    RETURNING true
)
SELECT
    (SELECT count(*) FROM written WHERE is_new),
    (SELECT count(*) FROM written WHERE NOT is_new),
    (SELECT count(*) FROM gone),
    (SELECT count(*) FROM personalities WHERE user_id = %(user_id)s AND method = %(method)s)
    + (SELECT count(*) FROM written WHERE is_new) - (SELECT count(*) FROM gone);
