-- name: phases
-- How far each pass over something is: the initial one until it is complete, then the incremental one. Of one listener, or,
-- where none is named, the one of all listeners that was last under way.
SELECT DISTINCT ON (entity_type) entity_type, phase, status, is_complete, items_processed, total_estimated, last_synced_offset,
    error_message, started_at, last_updated_at, COALESCE((cursor ->> 'held_back')::integer, 0)
FROM sync_state
WHERE %(user_id)s::text IS NULL OR user_id = %(user_id)s
ORDER BY entity_type, phase, last_updated_at DESC;

-- name: copied
-- How much of a listener's is stored: one row.
SELECT
    (SELECT count(*) FROM liked_tracks WHERE user_id = %(user_id)s AND removed_at IS NULL) AS liked_tracks,
    (SELECT count(*) FROM saved_albums WHERE user_id = %(user_id)s AND removed_at IS NULL) AS saved_albums,
    (SELECT count(*) FROM followed_artists WHERE user_id = %(user_id)s AND removed_at IS NULL) AS followed_artists,
    (SELECT count(*) FROM playlists WHERE user_id = %(user_id)s AND removed_at IS NULL) AS playlists,
    p.plays, p.first_played_at, p.last_played_at,
    (SELECT count(*) FROM episode_plays WHERE user_id = %(user_id)s) AS episodes
FROM (SELECT count(*) AS plays, min(played_at) AS first_played_at, max(played_at) AS last_played_at
      FROM plays WHERE user_id = %(user_id)s) AS p;
