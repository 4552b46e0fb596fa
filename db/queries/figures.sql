-- name: artist_days
-- Plays and seconds of an artist on each day of a stretch, as the rankings count them.
SELECT d.day, sum(d.plays)::integer AS plays, sum(d.seconds)::integer AS seconds
FROM top_days AS d
JOIN top_credits AS c USING (track)
WHERE c.artist = %(artist)s AND d.day BETWEEN %(first)s AND %(last)s
GROUP BY d.day
ORDER BY d.day;

-- name: artist_tracks
-- The tracks of an artist that were played in a stretch, by `plays` or `seconds`, as the rankings order them.
SELECT
    t.goal AS item, sum(s.plays)::integer AS plays, sum(s.seconds)::integer AS seconds, n.name, n.album_id,
    rank() OVER (ORDER BY CASE %(by)s WHEN 'plays' THEN sum(s.plays) ELSE sum(s.seconds) END DESC)::integer AS rank,
    CASE WHEN is_spotify_id(n.track_id) THEN n.track_id END AS link
FROM top_sums AS s
JOIN top_tracks AS t ON t.place = s.track
JOIN top_tracks AS g ON g.place = t.goal
JOIN tracks AS n ON n.track_id = g.track_id
WHERE s.key = %(key)s AND EXISTS (SELECT 1 FROM top_credits AS c WHERE c.track = s.track AND c.artist = %(artist)s)
GROUP BY t.goal, n.track_id
HAVING CASE %(by)s WHEN 'plays' THEN sum(s.plays) ELSE sum(s.seconds) END > 0
ORDER BY
    CASE %(by)s WHEN 'plays' THEN sum(s.plays) ELSE sum(s.seconds) END DESC,
    CASE %(by)s WHEN 'plays' THEN sum(s.seconds) ELSE sum(s.plays) END DESC,
    t.goal;
