-- kind: materialized view
-- unique: user_id, track_id
-- One row per track of a user's library (library_members): where it comes from, and its earliest moment.
--
-- added_at is the earliest of like, save and addition to a list; NULL where Spotify says of none of them when.
SELECT
    user_id,
    track_id,
    bool_or(source = 'liked') AS is_liked,
    max(liked_at) AS liked_at,
    min(added_at) AS added_at,
    array_agg(DISTINCT source) AS sources
FROM library_members
GROUP BY user_id, track_id
