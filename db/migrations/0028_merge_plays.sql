-- One truth about plays of which several sources tell. A play that the API and the privacy export have both seen is one row
-- ('both') with the evidence of each: what the export says, and when and as which track the API has shown it.
ALTER TABLE plays
    ADD COLUMN part          integer NOT NULL DEFAULT -1,  -- tells rows of one second apart: ms_played as an export gives it; -1: a source without
    ADD COLUMN started_at    timestamptz,  -- where that is not ms_played before played_at: the play was paused
    ADD COLUMN stamped_at    timestamptz,  -- as the source gave it, where played_at is another moment (the app was seen again later)
    ADD COLUMN api_played_at timestamptz,  -- of 'both': as the API gave it
    ADD COLUMN api_item_key  text,         -- of 'both': where the API has shown another track of the recording
    ADD COLUMN also_in       text[],       -- other sources that tell of the same play
    DROP CONSTRAINT plays_source_check,
    DROP CONSTRAINT plays_pkey;
UPDATE plays SET part = ms_played WHERE source <> 'api' AND ms_played IS NOT NULL;
ALTER TABLE plays
    ADD CONSTRAINT plays_source_check CHECK (source IN (
        'api', 'export', 'both', 'export_by_name', 'account_data', 'lastfm', 'listenbrainz', 'koito', 'maloja', 'your_spotify')),
    ADD PRIMARY KEY (user_id, played_at, item_key, part);

-- Whether an import has to look for plays that other sources have told of is asked for every batch of millions.
CREATE INDEX plays_of_others ON plays (user_id, played_at) WHERE source <> 'export';

-- Plays that the listener has taken out. They stay here, so that they do not come back with the next reading.
CREATE TABLE deleted_plays (
    LIKE plays,
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, played_at, item_key, part),
    FOREIGN KEY (user_id) REFERENCES users
);

-- What an export calls a track that Spotify has not been asked for yet.
ALTER TABLE tracks
    ADD COLUMN given_artist text,
    ADD COLUMN given_album  text;

-- Podcast episodes and chapters of audiobooks, apart from plays of tracks.
CREATE TABLE episode_plays (
    user_id    text NOT NULL REFERENCES users,
    played_at  timestamptz NOT NULL,  -- the end
    item_key   text NOT NULL,         -- the URI, else a hash of the names
    part       integer NOT NULL,      -- ms_played, as in plays
    ms_played  integer,
    kind       text NOT NULL CHECK (kind IN ('episode', 'audiobook')),
    name       text,
    collection text,  -- the show, or the audiobook
    author     text,
    source     text NOT NULL,
    PRIMARY KEY (user_id, played_at, item_key, part)
);

-- Files that were imported, by what is in them, and how far: a file that comes again is known.
CREATE TABLE imports (
    user_id     text NOT NULL REFERENCES users,
    fingerprint text NOT NULL,  -- SHA-256 of the content
    name        text NOT NULL,  -- without its folder
    source      text NOT NULL,
    has_music   boolean NOT NULL,  -- all that was heard of it in its time: neither podcasts nor videos alone
    rows_done   bigint NOT NULL DEFAULT 0,
    new_plays   bigint NOT NULL DEFAULT 0,
    merged      bigint NOT NULL DEFAULT 0,  -- with a play of another source
    known       bigint NOT NULL DEFAULT 0,
    episodes    bigint NOT NULL DEFAULT 0,  -- and chapters
    aside       bigint NOT NULL DEFAULT 0,
    first_at    timestamptz,  -- of the plays of the file
    last_at     timestamptz,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,  -- NULL: the next import goes on behind rows_done
    PRIMARY KEY (user_id, fingerprint)
);

-- Rows of those files that are no plays, and why. Nothing personal is kept of them.
CREATE TABLE import_rows_aside (
    user_id     text NOT NULL,
    fingerprint text NOT NULL,
    row_number  bigint NOT NULL,  -- from 1
    reason      text NOT NULL,
    stamped_at  timestamptz,
    ms_played   integer,
    item_uri    text,
    item_name   text,
    PRIMARY KEY (user_id, fingerprint, row_number),
    FOREIGN KEY (user_id, fingerprint) REFERENCES imports
);
