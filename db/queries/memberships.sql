-- Statements over liked_tracks, saved_albums and their like: {table} and {item_id} are names of a row type's table (`Membership.sql`).

-- name: count_active
-- How many are in the library as far as we know.
SELECT count(*) FROM {table} WHERE user_id = %(user_id)s AND removed_at IS NULL;

-- name: missing
-- In our library, but not met by the pass that is now at its end. EXCEPT is hashed whatever the planner believes of rows that were written
-- a moment ago; a join would go through all that was met for each.
SELECT {item_id} FROM {table} WHERE user_id = %(user_id)s AND removed_at IS NULL
EXCEPT
SELECT item_id FROM sync_seen WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s
ORDER BY {item_id} LIMIT %(limit)s;

-- name: count_missing
-- How many of our library the pass that is now at its end has not met, and how many there are: one row.
WITH missing AS (
    SELECT {item_id} FROM {table} WHERE user_id = %(user_id)s AND removed_at IS NULL
    EXCEPT
    SELECT item_id FROM sync_seen WHERE user_id = %(user_id)s AND entity_type = %(entity_type)s
)
SELECT (SELECT count(*) FROM missing), (SELECT count(*) FROM {table} WHERE user_id = %(user_id)s AND removed_at IS NULL);

-- name: remove
-- No longer in the library: a soft delete, and an event for each.
WITH gone AS (
    UPDATE {table} SET removed_at = %(now)s
    WHERE user_id = %(user_id)s AND removed_at IS NULL AND {item_id} = ANY(%(ids)s)
    RETURNING user_id, {item_id} AS item_id
)
INSERT INTO library_events (user_id, event, item_type, item_id, seen_at)
SELECT user_id, %(event)s, %(item_type)s, item_id, %(now)s FROM gone;
