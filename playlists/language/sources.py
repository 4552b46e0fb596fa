"""The joins that fields take their values from, beside the track `u`; a statement has only those that its fields need.

%(user_id)s, %(now)s, %(today)s and %(zone)s are the listener, the moment, and the day in the listener's zone.
"""

_TOP = """
    SELECT COALESCE(m.track_id, t.item_id) AS track_id, t.time_range, t.captured_on, t.rank
    FROM top_items AS t
    LEFT JOIN counted_for AS m ON m.user_id = t.user_id AND m.played_id = t.item_id
    WHERE t.user_id = %(user_id)s AND t.item_type = 'track'"""
_NEWEST = """(
    SELECT max(captured_on) FROM top_items
    WHERE user_id = %(user_id)s AND item_type = 'track' AND time_range = r.time_range)"""

SOURCES: dict[str, str] = {
    "catalogue": "JOIN track_catalogue AS c ON c.track_id = u.track_id",
    "album_catalogue": "LEFT JOIN album_catalogue AS ac ON ac.album_id = u.album_id",
    "place": """JOIN track_catalogue AS pc ON pc.track_id = u.track_id
        LEFT JOIN album_tracks AS pl ON pl.album_id = u.album_id AND pl.track_id = u.track_id""",
    "library": "LEFT JOIN library_tracks AS l ON l.user_id = u.user_id AND l.track_id = u.track_id",
    "plays": "LEFT JOIN track_plays AS p ON p.user_id = u.user_id AND p.track_id = u.track_id",
    "album": "LEFT JOIN album_stats AS al ON al.user_id = u.user_id AND al.album_id = u.album_id",
    "artist": "LEFT JOIN artist_stats AS ar ON ar.user_id = u.user_id AND ar.artist_id = u.artist_ids[1]",
    "saved": """LEFT JOIN saved_albums AS sa
        ON sa.user_id = u.user_id AND sa.album_id = u.album_id AND sa.removed_at IS NULL""",
    "availability": """LEFT JOIN track_availability AS av
        ON av.track_id = u.track_id AND av.market = (SELECT market FROM users WHERE user_id = %(user_id)s)""",
    "followed": """LEFT JOIN (
        SELECT DISTINCT ta.track_id
        FROM followed_artists AS f
        JOIN track_artists AS ta USING (artist_id)
        WHERE f.user_id = %(user_id)s AND f.removed_at IS NULL
    ) AS fo ON fo.track_id = u.track_id""",
    "playlists": """LEFT JOIN (
        SELECT
            m.track_id,
            array_agg(DISTINCT fold_text(pl.name)) FILTER (WHERE pl.name IS NOT NULL) AS names,
            count(DISTINCT m.playlist_id)::integer AS playlist_count,
            max(m.added_at) AS added_at
        FROM library_members AS m
        JOIN playlists AS pl USING (user_id, playlist_id)
        WHERE m.user_id = %(user_id)s AND m.source = 'playlist'
        GROUP BY m.track_id
    ) AS li ON li.track_id = u.track_id""",
    "last_play": """LEFT JOIN LATERAL (
        SELECT y.context_uri
        FROM counted_plays AS y
        JOIN counted_for AS m ON m.user_id = y.user_id AND m.played_id = track_of(y.item_key)
        WHERE y.user_id = %(user_id)s AND y.played_at = u.last_played_at AND m.track_id = u.track_id
        ORDER BY y.item_key
        LIMIT 1
    ) AS lp ON true""",
    "adders": """LEFT JOIN (
        SELECT i.track_id, array_agg(DISTINCT fold_text(i.added_by)) AS added_by
        FROM (SELECT DISTINCT playlist_id FROM library_members WHERE user_id = %(user_id)s AND source = 'playlist') AS own
        JOIN playlist_items AS i ON i.user_id = %(user_id)s AND i.playlist_id = own.playlist_id
        WHERE i.added_by <> ''
        GROUP BY i.track_id
    ) AS ad ON ad.track_id = u.track_id""",
    "departures": """LEFT JOIN (
        SELECT g.track_id, max(g.removed_at) AS removed_at
        FROM (
            SELECT track_id, removed_at FROM liked_tracks WHERE user_id = %(user_id)s
            UNION ALL
            SELECT m.track_id, s.removed_at FROM saved_albums AS s JOIN album_tracks AS m USING (album_id) WHERE s.user_id = %(user_id)s
            UNION ALL
            SELECT track_of(h.item_uri), h.removed_at
            FROM playlist_item_history AS h
            JOIN own_playlists AS p USING (user_id, playlist_id)
            WHERE h.user_id = %(user_id)s
        ) AS g
        LEFT JOIN library_tracks AS b ON b.user_id = %(user_id)s AND b.track_id = g.track_id
        WHERE g.removed_at IS NOT NULL AND b.track_id IS NULL
        GROUP BY g.track_id
    ) AS de ON de.track_id = u.track_id""",
    "skips": """LEFT JOIN (
        SELECT m.track_id, max(y.played_at) AS skipped_at
        FROM play_facts AS y
        JOIN counted_for AS m ON m.user_id = y.user_id AND m.played_id = y.track_id
        WHERE y.user_id = %(user_id)s AND y.is_skip
        GROUP BY m.track_id
    ) AS sk ON sk.track_id = u.track_id""",
    "trend": """LEFT JOIN (
        SELECT
            m.track_id,
            (count(*) FILTER (WHERE y.played_at > %(now)s - interval '720 hours')
                - count(*) FILTER (WHERE y.played_at <= %(now)s - interval '720 hours'))::integer AS trend
        FROM counted_plays AS y
        JOIN counted_for AS m ON m.user_id = y.user_id AND m.played_id = track_of(y.item_key)
        WHERE y.user_id = %(user_id)s AND y.played_at > %(now)s - interval '1440 hours' AND y.played_at <= %(now)s
        GROUP BY m.track_id
    ) AS tr ON tr.track_id = u.track_id""",
    "this_day": """LEFT JOIN (
        SELECT m.track_id, count(*)::integer AS plays
        FROM generate_series(1, 50) AS years_ago
        CROSS JOIN LATERAL (SELECT (%(today)s::date - make_interval(years => years_ago))::date AS day) AS d
        JOIN counted_plays AS y
            ON y.user_id = %(user_id)s
            AND y.played_at >= d.day::timestamp AT TIME ZONE %(zone)s
            AND y.played_at < (d.day + 1)::timestamp AT TIME ZONE %(zone)s
        JOIN counted_for AS m ON m.user_id = y.user_id AND m.played_id = track_of(y.item_key)
        WHERE EXTRACT(day FROM d.day) = EXTRACT(day FROM %(today)s::date)
        GROUP BY m.track_id
    ) AS td ON td.track_id = u.track_id""",
    "top": f"""LEFT JOIN (
        SELECT
            t.track_id,
            min(t.rank) FILTER (WHERE t.time_range = 'short_term') AS rank_short,
            min(t.rank) FILTER (WHERE t.time_range = 'medium_term') AS rank_medium,
            min(t.rank) FILTER (WHERE t.time_range = 'long_term') AS rank_long
        FROM (VALUES ('short_term'), ('medium_term'), ('long_term')) AS r (time_range)
        JOIN LATERAL ({_TOP} AND t.time_range = r.time_range AND t.captured_on = {_NEWEST}) AS t ON true
        GROUP BY t.track_id
    ) AS tp ON tp.track_id = u.track_id""",  # noqa: S608 - made of constants
    "top_before": f"""LEFT JOIN (
        SELECT t.track_id, min(t.rank) FILTER (WHERE t.captured_on = r.newest) AS rank,
            min(t.rank) FILTER (WHERE t.captured_on = r.before) AS rank_before
        FROM (
            SELECT n.newest, (
                SELECT max(captured_on) FROM top_items
                WHERE user_id = %(user_id)s AND item_type = 'track' AND time_range = 'short_term'
                  AND captured_on <= n.newest - 7) AS before
            FROM (
                SELECT max(captured_on) AS newest FROM top_items
                WHERE user_id = %(user_id)s AND item_type = 'track' AND time_range = 'short_term') AS n
        ) AS r
        JOIN LATERAL ({_TOP} AND t.time_range = 'short_term' AND t.captured_on IN (r.newest, r.before)) AS t ON true
        GROUP BY t.track_id
    ) AS tb ON tb.track_id = u.track_id""",  # noqa: S608
    "top_weeks": f"""LEFT JOIN (
        SELECT t.track_id, count(DISTINCT date_trunc('week', t.captured_on::timestamp))::integer AS weeks
        FROM ({_TOP} AND t.time_range = 'short_term') AS t
        GROUP BY t.track_id
    ) AS tw ON tw.track_id = u.track_id""",  # noqa: S608
}
