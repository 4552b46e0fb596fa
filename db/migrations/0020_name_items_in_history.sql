-- What was in a list is known by name, also when the catalogue has it no more (clean). As shown: "A, B".
ALTER TABLE playlist_item_history ADD COLUMN name text;
ALTER TABLE playlist_item_history ADD COLUMN artists text;  -- of a track; NULL where they are not known

UPDATE playlist_item_history AS h SET name = i.name
FROM playlist_items AS i
WHERE i.user_id = h.user_id AND i.playlist_id = h.playlist_id AND i.item_uri = h.item_uri AND i.name IS NOT NULL;

UPDATE playlist_item_history AS h SET name = COALESCE(t.name, h.name), artists = (
    SELECT string_agg(a.name, ', ' ORDER BY c.position)
    FROM track_artists AS c
    JOIN artists AS a USING (artist_id)
    WHERE c.track_id = t.track_id)
FROM tracks AS t
WHERE h.item_uri = 'spotify:track:' || t.track_id;
