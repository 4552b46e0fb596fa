-- name: load
-- The checkpoint to go on from: that of the incremental passes, else of the first one ('incremental' sorts before
-- 'initial').
SELECT phase, last_synced_offset, cursor, total_estimated, items_processed, is_complete, started_at
FROM sync_state WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s
ORDER BY phase
LIMIT 1;

-- name: save
-- A checkpoint, in the transaction of the rows it stands for.
INSERT INTO sync_state (user_id, entity_type, phase, last_synced_offset, cursor, total_estimated, items_processed,
                        status, is_complete, started_at, last_updated_at, completed_at)
VALUES (%(user_id)s, %(entity_type)s, %(phase)s, %(offset)s, %(state)s, %(total)s, %(items_processed)s, %(status)s,
        %(is_complete)s, %(started_at)s, %(now)s, %(completed_at)s)
ON CONFLICT (user_id, entity_type, phase) DO UPDATE SET
    last_synced_offset = EXCLUDED.last_synced_offset, cursor = EXCLUDED.cursor,
    total_estimated = EXCLUDED.total_estimated, items_processed = EXCLUDED.items_processed,
    status = EXCLUDED.status, is_complete = EXCLUDED.is_complete, error_message = NULL,
    started_at = EXCLUDED.started_at, last_updated_at = EXCLUDED.last_updated_at,
    completed_at = COALESCE(EXCLUDED.completed_at, believed(sync_state.completed_at, EXCLUDED.last_updated_at));

-- name: interrupt
-- Why the pass under way has not gone on.
UPDATE sync_state SET status = %(status)s, error_message = %(error_message)s, last_updated_at = %(now)s
WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s AND NOT is_complete;

-- name: forget_seen
-- A pass begins or ends.
DELETE FROM sync_seen WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s;

-- name: forget
-- The next pass begins anew, and knows nothing of those before.
DELETE FROM sync_state WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s;
