-- The id in a track's URI; NULL for anything else. Neither STRICT nor anything but one expression, so that it becomes part
-- of the statement that calls it.
CREATE FUNCTION track_of(item_key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN item_key LIKE 'spotify:track:_%' THEN right(item_key, -14) END
$$;

-- Which tracks a listener has ever played: all that the catalogue has to know of the plays, and much less than they are.
-- Whoever writes plays writes this with them.
CREATE TABLE played_tracks (
    user_id  text NOT NULL REFERENCES users,
    track_id text NOT NULL REFERENCES tracks,
    PRIMARY KEY (user_id, track_id)
);
CREATE INDEX played_tracks_track_id ON played_tracks (track_id);
