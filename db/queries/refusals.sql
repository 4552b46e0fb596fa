-- name: lasting
-- Refusals that count for long, and are not old: repeated a day after the first one, or often enough in a row.
SELECT item_id FROM refusals
WHERE kind = %(kind)s AND believed(last_at, %(now)s) > %(since)s
  AND (times >= %(times)s OR last_at >= first_at + %(span)s);

-- name: note
-- Spotify does not know these; with each, whether that counts for long.
INSERT INTO refusals AS r (kind, item_id, first_at, last_at, times)
SELECT %(kind)s, item_id, %(now)s, %(now)s, 1 FROM unnest(%(ids)s::text[]) AS i (item_id)
ON CONFLICT (kind, item_id) DO UPDATE SET
    first_at = COALESCE(believed(r.first_at, EXCLUDED.first_at), EXCLUDED.first_at),
    last_at = EXCLUDED.last_at, times = r.times + 1
RETURNING item_id, times >= %(times)s OR last_at >= first_at + %(span)s;

-- name: forget
-- Spotify knows these.
DELETE FROM refusals WHERE kind = %(kind)s AND item_id = ANY(%(ids)s::text[]);

-- name: forget_kinds
-- Spotify is asked again for what it did not know.
DELETE FROM refusals WHERE kind = ANY(%(kinds)s::text[]);
