-- name: remove_others
-- Of an earlier list of the same day: ranks that this one does not reach, and what it has at another rank. A rank whose item
-- could not be read this time (it is not among `ranks`) stays as it was.
DELETE FROM top_items
WHERE user_id = %(user_id)s AND item_type = %(item_type)s AND time_range = %(time_range)s
  AND captured_on = %(captured_on)s
  AND (rank > %(length)s OR (rank <> ALL(%(ranks)s::integer[]) AND item_id = ANY(%(item_ids)s)));

-- name: forget_future
-- Lists of days after this one.
DELETE FROM top_items WHERE user_id = %(user_id)s AND captured_on > %(latest)s;
