-- name: load
-- Values that a listener has changed.
SELECT key, value FROM app_settings WHERE user_id = %(user_id)s ORDER BY key;

-- name: load_unclaimed
-- Values that were changed before there was a listener.
SELECT key, value FROM unclaimed_settings WHERE NOT EXISTS (SELECT 1 FROM users) ORDER BY key;

-- name: set
-- One value.
INSERT INTO app_settings (user_id, key, value, updated_at) VALUES (%(user_id)s, %(key)s, %(value)s, now())
ON CONFLICT (user_id, key) DO UPDATE SET value = EXCLUDED.value, updated_at = EXCLUDED.updated_at;

-- name: set_unclaimed
-- One value, for the first listener.
INSERT INTO unclaimed_settings (key, value, updated_at) VALUES (%(key)s, %(value)s, now())
ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, updated_at = EXCLUDED.updated_at;

-- name: reset_unclaimed
-- Back to the default for the first listener: one key, or all.
DELETE FROM unclaimed_settings WHERE %(key)s::text IS NULL OR key = %(key)s;

-- name: claim
-- The first listener is here: what was set before is theirs.
LOCK TABLE unclaimed_settings IN EXCLUSIVE MODE;
INSERT INTO app_settings (user_id, key, value, updated_at)
SELECT %(user_id)s, key, value, updated_at FROM unclaimed_settings
ON CONFLICT DO NOTHING;
DELETE FROM unclaimed_settings;

-- name: reset
-- Back to the default: one key, or all.
DELETE FROM app_settings WHERE user_id = %(user_id)s AND (%(key)s::text IS NULL OR key = %(key)s);
