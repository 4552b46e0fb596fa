-- name: load
-- What we know of a smart playlist.
SELECT playlist_id, status, last_synced_hash, snapshot_id
FROM playlist_mappings WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: intend
-- Written before the list is created on Spotify, so that a killed run leaves a trace of what it was about to do.
INSERT INTO playlist_mappings (user_id, slug, name, rules, status)
VALUES (%(user_id)s, %(slug)s, %(name)s, %(rules)s, 'creating');

-- name: created
-- The list exists on Spotify.
UPDATE playlist_mappings SET playlist_id = %(playlist_id)s, status = 'active'
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: synced
-- Spotify agrees with our rules.
UPDATE playlist_mappings SET
    status = 'active', name = %(name)s, rules = %(rules)s, track_count = %(track_count)s, last_synced_at = %(now)s,
    last_synced_hash = %(hash)s, snapshot_id = %(snapshot_id)s
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: missing
-- Spotify shows no such list at the moment. Nothing is forgotten: it may come back.
UPDATE playlist_mappings SET status = 'missing' WHERE user_id = %(user_id)s AND slug = %(slug)s;
