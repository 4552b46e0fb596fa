-- name: remove_others
-- Ranks that an earlier list of the same day had, and this one does not.
DELETE FROM top_items
WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND time_range = %(time_range)s
  AND captured_on = %(captured_on)s AND rank <> ALL(%(ranks)s::integer[]);

-- name: forget_future
-- Lists of days after this one.
DELETE FROM top_items WHERE user_id = %(user_id)s AND captured_on > %(latest)s;
