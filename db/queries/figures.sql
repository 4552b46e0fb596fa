-- name: artist_days
-- Plays and time of an artist on each day of a stretch, as the rankings count them.
SELECT d.day, sum(d.plays)::integer AS plays, sum(d.heard_ms)::bigint AS heard_ms
FROM heard_days AS d
JOIN heard_credits AS c USING (track)
WHERE c.artist = %(artist)s AND d.day BETWEEN %(first)s AND %(last)s
GROUP BY d.day
ORDER BY d.day;

-- name: artist_tracks
-- The tracks of an artist that were heard in the one stretch that is summed up, by `plays` or `minutes`, as the rankings order them.
SELECT
    t.goal AS item, sum(s.plays)::integer AS plays, sum(s.heard_ms)::bigint AS heard_ms, n.name, n.album_id,
    rank() OVER (ORDER BY CASE %(by)s WHEN 'plays' THEN sum(s.plays) ELSE sum(s.heard_ms) END DESC)::integer AS rank,
    CASE WHEN is_spotify_id(t.goal_id) THEN t.goal_id END AS link
FROM top_sums AS s
JOIN heard_credits AS c USING (track)
JOIN heard_tracks AS t USING (track)
JOIN tracks AS n ON n.track_id = t.goal_id
WHERE c.artist = %(artist)s
GROUP BY t.goal, t.goal_id, n.track_id
HAVING CASE %(by)s WHEN 'plays' THEN sum(s.plays) ELSE sum(s.heard_ms) END > 0
ORDER BY
    CASE %(by)s WHEN 'plays' THEN sum(s.plays) ELSE sum(s.heard_ms) END DESC,
    CASE %(by)s WHEN 'plays' THEN sum(s.heard_ms) ELSE sum(s.plays) END DESC,
    t.goal;

-- name: credited
-- Plays of a stretch of tracks whose artists are known. One row.
SELECT COALESCE(sum(d.plays), 0)::integer AS plays
FROM heard_days AS d
WHERE d.day BETWEEN %(first)s AND %(last)s AND EXISTS (SELECT 1 FROM heard_credits AS c WHERE c.track = d.track);
