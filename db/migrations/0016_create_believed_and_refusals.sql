-- A moment that was noted, or NULL where it is later than now by more than two machines' clocks may differ: a clock was
-- wrong then, and it counts as unknown. The same as utils.clock.believed in Python.
CREATE FUNCTION believed(moment timestamptz, right_now timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN moment <= right_now + interval '5 minutes' THEN moment END $$;

-- Ids that Spotify has answered with 404, until it knows them again: once may be its trouble, so only a repeated
-- refusal counts for long (utils/mirror/refusals.py).
CREATE TABLE refusals (
    kind     text NOT NULL,  -- what was asked for: artist, album, album_tracks, artist_albums, track
    item_id  text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    times    integer NOT NULL,  -- in a row
    PRIMARY KEY (kind, item_id)
);
