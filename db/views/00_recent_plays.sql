-- kind: view
-- The plays of heard_plays from a moment on that the transaction has set (mirror.plays_from, api_syncs/deriving/heard.py); all of them where it has set none.
SELECT * FROM heard_plays WHERE played_at >= COALESCE(NULLIF(current_setting('mirror.plays_from', true), ''), '-infinity')::timestamptz
