-- Top lists, exclusions, availability, images, and what is derived per day.

CREATE TABLE top_items (
    user_id     text NOT NULL REFERENCES users,
    item_type   text NOT NULL CHECK (item_type IN ('artist', 'track')),
    time_range  text NOT NULL CHECK (time_range IN ('short_term', 'medium_term', 'long_term')),
    captured_on date NOT NULL,  -- a day in the user's time zone
    rank        integer NOT NULL,  -- from 1
    item_id     text NOT NULL,
    PRIMARY KEY (user_id, item_type, time_range, captured_on, rank)
);

CREATE TABLE excluded_tracks (
    user_id     text NOT NULL REFERENCES users,
    track_id    text NOT NULL REFERENCES tracks,
    excluded_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, track_id)
);

CREATE TABLE track_availability (
    market             text NOT NULL,
    track_id           text NOT NULL REFERENCES tracks,
    is_playable        boolean,  -- NULL: asked, and not known
    restriction_reason text,     -- market, product, explicit, …
    relinked_to        text,     -- the id that Spotify plays instead
    checked_at         timestamptz NOT NULL,
    changed_at         timestamptz,  -- when is_playable last turned
    PRIMARY KEY (market, track_id)
);

CREATE TABLE track_replacements (
    market         text NOT NULL,
    track_id       text NOT NULL REFERENCES tracks,  -- not playable
    replacement_id text REFERENCES tracks,           -- a playable release of the same recording; NULL: none found
    found_by       text NOT NULL CHECK (found_by IN ('library', 'search')),
    checked_at     timestamptz NOT NULL,
    PRIMARY KEY (market, track_id)
);

CREATE TABLE daily_listening (
    user_id       text NOT NULL REFERENCES users,
    day           date NOT NULL,
    minutes       numeric(8, 1) NOT NULL,
    play_count    integer NOT NULL,
    top_track_id  text,
    top_artist_id text,
    PRIMARY KEY (user_id, day)
);

CREATE TABLE images (
    kind       text NOT NULL CHECK (kind IN ('artists', 'albums', 'playlists')),
    spotify_id text NOT NULL,
    source_url text NOT NULL,
    path       text,  -- NULL: it could not be had
    bytes      integer,
    width      integer,
    height     integer,
    fetched_at timestamptz NOT NULL,
    PRIMARY KEY (kind, spotify_id)
);
