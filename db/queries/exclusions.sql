-- name: intend
-- Written before the list is created on Spotify. Its contents are the listener's, so it has no rules.
INSERT INTO playlist_mappings (user_id, slug, name, rules, is_dynamic, status)
VALUES (%(user_id)s, %(slug)s, %(name)s, '{}', false, 'creating')
ON CONFLICT (user_id, slug) DO NOTHING;

-- name: remove_missing
-- Excluded so far, but not met by the pass that is now at its end.
DELETE FROM excluded_tracks AS t
WHERE user_id = %(user_id)s AND NOT EXISTS (
    SELECT FROM sync_seen AS s
    WHERE s.user_id = t.user_id AND s.entity_type = %(entity_type)s AND s.item_id = t.track_id);

-- name: synced
-- excluded_tracks equals this version of the list.
UPDATE playlist_mappings SET
    status = 'active', last_synced_at = %(now)s, snapshot_id = %(snapshot_id)s,
    track_count = (SELECT count(*) FROM excluded_tracks WHERE user_id = %(user_id)s)
WHERE user_id = %(user_id)s AND slug = %(slug)s;
