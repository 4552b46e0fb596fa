-- Every play ever seen. Plays are never deleted, also not when their track leaves the library.

CREATE TABLE plays (
    user_id        text NOT NULL REFERENCES users,
    played_at      timestamptz NOT NULL,  -- near the end of the play, as Spotify gives it
    item_key       text NOT NULL,         -- the URI, else a hash of the names as played
    track_id       text REFERENCES tracks,
    ms_played      integer,               -- NULL where the source does not say
    source         text NOT NULL CHECK (source IN ('api', 'export')),
    context_uri    text,
    reason_start   text,
    reason_end     text,
    skipped        boolean,
    shuffle        boolean,
    offline        boolean,
    incognito_mode boolean,
    track_name     text,  -- the names as played: only where there is no track_id
    artist_name    text,
    album_name     text,
    PRIMARY KEY (user_id, played_at, item_key)
);
CREATE INDEX plays_track_id ON plays (track_id);

-- Stretches in which plays may have been lost, because Spotify only remembers the last fifty.
CREATE TABLE play_gaps (
    user_id   text NOT NULL REFERENCES users,
    gap_start timestamptz NOT NULL,  -- the last play known before the gap
    gap_end   timestamptz NOT NULL,  -- the first play known after it
    reason    text NOT NULL,
    filled_at timestamptz,
    PRIMARY KEY (user_id, gap_start),
    CHECK (gap_end > gap_start)
);
