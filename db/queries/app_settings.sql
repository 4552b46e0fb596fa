-- name: load
-- All that a listener has changed.
SELECT key, value FROM app_settings WHERE user_id = %(user_id)s ORDER BY key;

-- name: set
-- One value.
INSERT INTO app_settings (user_id, key, value, updated_at) VALUES (%(user_id)s, %(key)s, %(value)s, now())
ON CONFLICT (user_id, key) DO UPDATE SET value = EXCLUDED.value, updated_at = EXCLUDED.updated_at;

-- name: reset
-- Back to the default: one key, or all.
DELETE FROM app_settings WHERE user_id = %(user_id)s AND (%(key)s::text IS NULL OR key = %(key)s);
