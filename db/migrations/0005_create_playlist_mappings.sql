-- Which smart playlist is which playlist on Spotify.

CREATE TABLE playlist_mappings (
    user_id          text NOT NULL REFERENCES users,
    slug             text NOT NULL,
    name             text NOT NULL,
    playlist_id      text,  -- NULL while the list is being created on Spotify
    rules            jsonb NOT NULL,
    is_dynamic       boolean NOT NULL DEFAULT true,
    status           text NOT NULL CHECK (status IN ('creating', 'active', 'missing')),
    track_count      integer,
    last_synced_at   timestamptz,
    last_synced_hash text,
    snapshot_id      text,
    PRIMARY KEY (user_id, slug),
    UNIQUE (user_id, playlist_id)
);
