-- A play says by item_key alone which track it is of: a second copy of the id, with an index and a foreign key, said nothing
-- more. The lock: no play is written after its track would have been noted, and before the column is gone.
LOCK TABLE plays IN ACCESS EXCLUSIVE MODE;

-- Every script has written the URI as the key of a play of a track. Where other hands have not, it becomes so; of two rows
-- of one play one stays.
DELETE FROM plays AS d
USING plays AS p
WHERE p.user_id = d.user_id AND p.played_at = d.played_at AND p.item_key <> d.item_key
  AND COALESCE(p.track_id, track_of(p.item_key)) = d.track_id
  AND d.item_key <> 'spotify:track:' || d.track_id
  AND (p.item_key = 'spotify:track:' || d.track_id OR p.item_key < d.item_key);
UPDATE plays SET item_key = 'spotify:track:' || track_id
WHERE track_id IS NOT NULL AND item_key <> 'spotify:track:' || track_id;
INSERT INTO tracks (track_id)
SELECT DISTINCT track_of(item_key) FROM plays WHERE track_id IS NULL AND track_of(item_key) IS NOT NULL
ON CONFLICT DO NOTHING;

INSERT INTO played_tracks (user_id, track_id)
SELECT DISTINCT user_id, track_of(item_key) FROM plays WHERE track_of(item_key) IS NOT NULL
ON CONFLICT DO NOTHING;

-- The views that read the column go with it, and are made anew after the migrations.
ALTER TABLE plays DROP COLUMN track_id CASCADE;
