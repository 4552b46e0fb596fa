-- name: history
-- The listener's personality of each month, by one method, oldest first.
SELECT month, plays, exploration, newness, variety, uniqueness, exploration_of, newness_of, variety_of, uniqueness_of, type
FROM personalities
WHERE user_id = %(user_id)s AND method = %(method)s
ORDER BY month;

-- name: foremost
-- The artist with most plays since a month.
SELECT n.artist_id, a.name, h.plays
FROM (
    SELECT artist, sum(plays)::integer AS plays FROM heard_artists WHERE month >= %(since)s GROUP BY artist ORDER BY 2 DESC, 1 LIMIT 1
) AS h
JOIN (SELECT DISTINCT artist, artist_id FROM heard_credits) AS n USING (artist)
JOIN artists AS a USING (artist_id);

-- name: finished
-- Of the saved albums of five tracks and more that were begun: how many, and how many of them were heard to the last track. One row.
SELECT count(*) AS begun, count(*) FILTER (WHERE s.completion >= 100) AS finished
FROM album_stats AS s
JOIN saved_albums AS k ON k.user_id = s.user_id AND k.album_id = s.album_id AND k.removed_at IS NULL
WHERE s.user_id = %(user_id)s AND s.played_count > 0 AND s.track_count >= 5;
