-- name: phases
-- How far each pass over something is: the initial one until it is complete, then the incremental one.
SELECT DISTINCT ON (entity_type) entity_type, phase, status, is_complete, items_processed, total_estimated
FROM sync_state
ORDER BY entity_type, phase, last_updated_at DESC;
