-- kind: view
-- The plays (user_id, played_at, item_key, part) that count in statistics, without those that were too short (heard_plays), and
-- of what the listener has excluded from them (uncounted_keys). For what asks about some days; play_facts says more of each play, and leaves out the same.
SELECT p.user_id, p.played_at, p.item_key, p.part, p.source, p.context_uri
FROM heard_plays AS p
WHERE p.is_counted
  AND NOT EXISTS (
    SELECT 1 FROM uncounted_keys AS x
    WHERE x.user_id = p.user_id AND NOT x.is_context AND x.key = p.item_key AND p.played_at >= x.begins_at AND p.played_at < x.ends_at)
  AND NOT EXISTS (
    SELECT 1 FROM uncounted_keys AS x
    WHERE x.user_id = p.user_id AND x.is_context AND x.key = p.context_uri AND p.played_at >= x.begins_at AND p.played_at < x.ends_at)
