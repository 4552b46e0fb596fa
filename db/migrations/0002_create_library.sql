-- The listeners and what is theirs. user_id comes first in every key, so that these tables can be
-- distributed by user while the catalogue stays a reference.

CREATE TABLE users (
    user_id                 text PRIMARY KEY,  -- Spotify's immutable account_id, else its id
    spotify_id              text NOT NULL,
    display_name            text,
    market                  text,
    time_zone               text NOT NULL DEFAULT 'UTC',
    token_fingerprint       text UNIQUE,
    refresh_token_encrypted text,  -- only where Spotify has replaced the token from the environment
    granted_scopes          text,
    authorized_at           timestamptz,
    auth_status             text NOT NULL DEFAULT 'ok',
    is_active               boolean NOT NULL DEFAULT true,
    last_active_at          timestamptz
);

CREATE TABLE liked_tracks (
    user_id    text NOT NULL REFERENCES users,
    track_id   text NOT NULL REFERENCES tracks,
    liked_at   timestamptz NOT NULL,  -- Spotify's added_at
    removed_at timestamptz,           -- when the like was first missed; NULL = still liked
    PRIMARY KEY (user_id, track_id)
);

CREATE TABLE saved_albums (
    user_id    text NOT NULL REFERENCES users,
    album_id   text NOT NULL REFERENCES albums,
    added_at   timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (user_id, album_id)
);
