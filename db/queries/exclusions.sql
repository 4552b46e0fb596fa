-- name: in_doubt
-- A row when it is time to ask whether the list is still the listener's: it was not shown, the copy of the listener's
-- lists has it no more, or it has been as it is for long.
SELECT true FROM playlist_mappings
WHERE user_id = %(user_id)s AND slug = %(slug)s
  AND (status = 'missing'
      OR last_synced_at IS NOT NULL AND COALESCE(believed(last_synced_at, %(now)s) <= %(asked_before)s, true)
      OR EXISTS (
      SELECT 1 FROM playlists
      WHERE user_id = %(user_id)s AND playlist_id = %(playlist_id)s AND removed_at IS NOT NULL));

-- name: confirmed
-- The list is still the listener's.
UPDATE playlist_mappings SET last_synced_at = %(now)s
WHERE user_id = %(user_id)s AND slug = %(slug)s AND last_synced_at IS NOT NULL;

-- name: remove_missing
-- Excluded so far, but not met by the pass that is now at its end.
DELETE FROM excluded_tracks
WHERE user_id = %(user_id)s AND track_id IN (
    SELECT track_id FROM excluded_tracks WHERE user_id = %(user_id)s
    EXCEPT
    SELECT item_id FROM sync_seen WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s);

-- name: synced
-- excluded_tracks equals this version of the list.
UPDATE playlist_mappings SET
    status = 'active', last_synced_at = %(now)s, snapshot_id = %(snapshot_id)s,
    track_count = (SELECT count(*) FROM excluded_tracks WHERE user_id = %(user_id)s)
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: of_another_version
-- The list is due again. That it was read once is kept: only an empty list that is read for the first time says nothing.
UPDATE playlist_mappings SET snapshot_id = 'to be read again'
WHERE user_id = %(user_id)s AND slug = %(entity_type)s AND snapshot_id IS NOT NULL;
