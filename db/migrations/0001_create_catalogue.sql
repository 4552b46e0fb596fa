-- The catalogue: what Spotify says about artists, albums and tracks, shared by all users.
-- A column is NULL where Spotify did not say (Development Mode leaves fields out); a later answer without
-- the field never empties it again.

CREATE TABLE artists (
    artist_id        text PRIMARY KEY,
    name             text,
    genres           text[],
    popularity       integer,
    follower_count   integer,
    image_url        text,
    enriched_at      timestamptz,
    albums_synced_at timestamptz
);

CREATE TABLE albums (
    album_id               text PRIMARY KEY,
    name                   text,
    album_type             text,
    release_date           text,  -- as given: '0000', '1981', '1981-12' or '1981-12-15'
    release_date_precision text,
    total_tracks           integer,
    label                  text,
    popularity             integer,
    upc                    text,
    image_url              text,
    tracks_synced_at       timestamptz  -- when the last of total_tracks tracks was stored
);

CREATE TABLE album_artists (
    album_id  text NOT NULL REFERENCES albums,
    position  integer NOT NULL,  -- 0 = the main artist
    artist_id text NOT NULL REFERENCES artists,
    PRIMARY KEY (album_id, position)
);
CREATE INDEX album_artists_artist_id ON album_artists (artist_id);

CREATE TABLE tracks (
    track_id     text PRIMARY KEY,
    album_id     text REFERENCES albums,
    name         text,
    disc_number  integer,
    track_number integer,
    duration_ms  integer,
    explicit     boolean,
    isrc         text,
    popularity   integer
);
CREATE INDEX tracks_album_id ON tracks (album_id);

CREATE TABLE track_artists (
    track_id  text NOT NULL REFERENCES tracks,
    position  integer NOT NULL,  -- 0 = the main artist
    artist_id text NOT NULL REFERENCES artists,
    PRIMARY KEY (track_id, position)
);
CREATE INDEX track_artists_artist_id ON track_artists (artist_id);
