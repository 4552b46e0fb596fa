-- Followed artists, playlists with their items and history, and the events of the library.

ALTER TABLE albums ADD COLUMN enriched_at timestamptz;

-- The hour's last request: what an hour holds is of no account when that is 24 hours old.
ALTER TABLE api_calls ADD COLUMN last_at timestamptz;

-- As of the last time that all pages of an artist's albums were read: how many Spotify had, and when.
ALTER TABLE artists ADD COLUMN albums_total integer, ADD COLUMN albums_read_at timestamptz;

-- What Spotify lists as an artist's albums, singles and compilations. (album_artists is what the albums say.)
CREATE TABLE artist_albums (
    artist_id  text NOT NULL REFERENCES artists ON DELETE CASCADE,
    album_id   text NOT NULL REFERENCES albums ON DELETE CASCADE,
    removed_at timestamptz,  -- no longer listed
    PRIMARY KEY (artist_id, album_id)
);
CREATE INDEX artist_albums_album_id ON artist_albums (album_id);

CREATE TABLE followed_artists (
    user_id       text NOT NULL REFERENCES users,
    artist_id     text NOT NULL REFERENCES artists,
    first_seen_at timestamptz NOT NULL,  -- Spotify does not say since when
    removed_at    timestamptz,
    PRIMARY KEY (user_id, artist_id)
);

CREATE TABLE playlists (
    playlist_id       text PRIMARY KEY,
    owner_id          text,
    name              text,
    description       text,
    is_public         boolean,
    is_collaborative  boolean,
    is_liked_songs    boolean NOT NULL DEFAULT false,
    items_readable    boolean,  -- NULL until it was tried; false: not ours to read, which is no error
    snapshot_id       text,     -- as listed by Spotify
    items_snapshot_id text,     -- the version that playlist_items holds
    refused_snapshot_id text,   -- the version whose items were refused; when it is asked for again: playlists.sql
    refused_at        timestamptz,
    track_count       integer,
    image_url         text
);

CREATE TABLE user_playlists (
    user_id     text NOT NULL REFERENCES users,
    playlist_id text NOT NULL REFERENCES playlists,
    position    integer NOT NULL,  -- in the listener's own list, from 0
    removed_at  timestamptz,
    PRIMARY KEY (user_id, playlist_id)
);

CREATE TABLE playlist_items (
    playlist_id text NOT NULL REFERENCES playlists,
    position    integer NOT NULL,
    item_uri    text,  -- NULL where Spotify gives an entry without content
    item_type   text NOT NULL CHECK (item_type IN ('track', 'episode', 'local', 'unknown')),
    track_id    text REFERENCES tracks,
    name        text,
    added_at    timestamptz,
    added_by    text,
    PRIMARY KEY (playlist_id, position)
);
CREATE INDEX playlist_items_track_id ON playlist_items (track_id);

-- Pages of a list that is being read; they take the place of its items when the last one is there.
CREATE TABLE playlist_items_staged (LIKE playlist_items INCLUDING CONSTRAINTS);
ALTER TABLE playlist_items_staged ADD PRIMARY KEY (playlist_id, position);

-- What was in a list, and when. A doubled item counts once.
CREATE TABLE playlist_item_history (
    playlist_id   text NOT NULL REFERENCES playlists,
    item_uri      text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    removed_at    timestamptz,
    PRIMARY KEY (playlist_id, item_uri, first_seen_at)
);

-- What came into the library and what went, as it was seen; written by the triggers below in the transaction of
-- the change itself.
CREATE TABLE library_events (
    user_id     text NOT NULL REFERENCES users,
    event_id    uuid NOT NULL DEFAULT gen_random_uuid(),
    event       text NOT NULL CHECK (event IN ('liked', 'unliked', 'saved', 'removed', 'followed', 'unfollowed')),
    item_type   text NOT NULL CHECK (item_type IN ('track', 'album', 'artist', 'playlist')),
    item_id     text NOT NULL,
    happened_at timestamptz,  -- where Spotify says when
    seen_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, event_id)
);
CREATE INDEX library_events_seen_at ON library_events (user_id, seen_at);

-- One function for all four tables: its arguments are the event for "came", the event for "went", the kind of
-- item, the id column, and the column that says when (or nothing).
CREATE FUNCTION record_library_events() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came text := TG_ARGV[0];
    went text := TG_ARGV[1];
    kind text := TG_ARGV[2];
    id_column text := TG_ARGV[3];
    time_column text := TG_ARGV[4];
    moment text := CASE WHEN time_column = '' THEN 'NULL::timestamptz' ELSE format('n.%I', time_column) END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE format(
            'INSERT INTO library_events (user_id, event, item_type, item_id, happened_at) '
            'SELECT n.user_id, %L, %L, n.%I, %s FROM new_rows AS n WHERE n.removed_at IS NULL',
            came, kind, id_column, moment);
    ELSE
        EXECUTE format(
            'INSERT INTO library_events (user_id, event, item_type, item_id, happened_at) '
            'SELECT n.user_id, CASE WHEN n.removed_at IS NULL THEN %L ELSE %L END, %L, n.%I, '
            'CASE WHEN n.removed_at IS NULL THEN %s END '
            'FROM new_rows AS n JOIN old_rows AS o ON o.user_id = n.user_id AND o.%I = n.%I '
            'WHERE (o.removed_at IS NULL) <> (n.removed_at IS NULL)',
            came, went, kind, id_column, moment, id_column, id_column);
        IF time_column <> '' THEN  -- went and came back between two looks: Spotify gives another time
            EXECUTE format(
                'INSERT INTO library_events (user_id, event, item_type, item_id, happened_at) '
                'SELECT n.user_id, c.event, %L, n.%I, c.happened_at '
                'FROM new_rows AS n JOIN old_rows AS o ON o.user_id = n.user_id AND o.%I = n.%I '
                'CROSS JOIN LATERAL (VALUES (%L, NULL), (%L, %s)) AS c (event, happened_at) '
                'WHERE o.removed_at IS NULL AND n.removed_at IS NULL AND o.%I <> n.%I',
                kind, id_column, id_column, id_column, went, came, moment, time_column, time_column);
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER liked_tracks_came AFTER INSERT ON liked_tracks REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('liked', 'unliked', 'track', 'track_id', 'liked_at');
CREATE TRIGGER liked_tracks_changed AFTER UPDATE ON liked_tracks
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('liked', 'unliked', 'track', 'track_id', 'liked_at');

CREATE TRIGGER saved_albums_came AFTER INSERT ON saved_albums REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('saved', 'removed', 'album', 'album_id', 'added_at');
CREATE TRIGGER saved_albums_changed AFTER UPDATE ON saved_albums
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('saved', 'removed', 'album', 'album_id', 'added_at');

CREATE TRIGGER followed_artists_came AFTER INSERT ON followed_artists REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('followed', 'unfollowed', 'artist', 'artist_id', '');
CREATE TRIGGER followed_artists_changed AFTER UPDATE ON followed_artists
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('followed', 'unfollowed', 'artist', 'artist_id', '');

CREATE TRIGGER user_playlists_came AFTER INSERT ON user_playlists REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('followed', 'unfollowed', 'playlist', 'playlist_id', '');
CREATE TRIGGER user_playlists_changed AFTER UPDATE ON user_playlists
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('followed', 'unfollowed', 'playlist', 'playlist_id', '');

-- The library of those who came from an older version.
INSERT INTO library_events (user_id, event, item_type, item_id, happened_at)
SELECT user_id, 'liked', 'track', track_id, liked_at FROM liked_tracks WHERE removed_at IS NULL
UNION ALL
SELECT user_id, 'saved', 'album', album_id, added_at FROM saved_albums WHERE removed_at IS NULL;
