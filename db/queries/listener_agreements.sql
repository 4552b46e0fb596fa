-- name: agree
-- A listener shows another one what she hears, from now on, or again.
INSERT INTO listener_agreements AS a (user_id, with_user_id, agreed_at)
VALUES (%(user_id)s, %(with_user_id)s, %(now)s)
ON CONFLICT (user_id, with_user_id) DO UPDATE SET agreed_at = EXCLUDED.agreed_at, taken_back_at = NULL
WHERE a.taken_back_at IS NOT NULL;

-- name: take_back
-- And does so no more. That it was once agreed is kept: what was made of it has to be undone.
UPDATE listener_agreements SET taken_back_at = %(now)s
WHERE user_id = %(user_id)s AND with_user_id = %(with_user_id)s AND taken_back_at IS NULL;

-- name: between
-- What some listeners have said of each other, and whether it holds.
SELECT user_id, with_user_id, taken_back_at IS NULL
FROM listener_agreements
WHERE user_id = ANY(%(user_ids)s::text[]) AND with_user_id = ANY(%(user_ids)s::text[]);

-- name: all
-- Every agreement that holds, by the names of both; of who is not here, the id.
WITH names AS MATERIALIZED (SELECT user_id, COALESCE(name, spotify_id) AS name FROM users)
SELECT u.name, COALESCE(w.name, a.with_user_id), a.agreed_at
FROM listener_agreements AS a
JOIN names AS u ON u.user_id = a.user_id
LEFT JOIN names AS w ON w.user_id = a.with_user_id
WHERE a.taken_back_at IS NULL
ORDER BY 1, 2;
