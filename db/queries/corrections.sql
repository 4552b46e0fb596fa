-- What listeners correct: which plays there are, what counts in no statistic, and what is the same recording.

-- name: merged_with
-- The tracks that a listener has merged, each with all that are the same recording because of that.
SELECT track_id, array_agg(other_id) FROM same_recordings WHERE user_id = %(user_id)s GROUP BY track_id;
