-- A list belongs to the listener who sees it: what two of them are shown of one list differs (its items may be hidden from
-- one), and so do the moments at which their copies change. What is stored is copied to each listener who lists it, or once
-- did; lists that nobody lists go.

ALTER TABLE playlists DROP CONSTRAINT playlists_pkey CASCADE;  -- and the foreign keys
ALTER TABLE playlist_items DROP CONSTRAINT playlist_items_pkey;
ALTER TABLE playlist_item_history DROP CONSTRAINT playlist_item_history_pkey;
DROP INDEX playlist_items_track_id;
ALTER TABLE playlists RENAME TO old_playlists;
ALTER TABLE playlist_items RENAME TO old_playlist_items;
ALTER TABLE playlist_item_history RENAME TO old_playlist_item_history;
DROP TABLE playlist_items_staged;

CREATE TABLE playlists (
    user_id             text NOT NULL REFERENCES users,
    playlist_id         text NOT NULL,
    owner_id            text,
    name                text,
    description         text,
    is_public           boolean,
    is_collaborative    boolean,
    items_readable      boolean,  -- NULL until it was tried; false: not theirs to read, which is no error
    snapshot_id         text,     -- as listed by Spotify
    items_snapshot_id   text,     -- the version that playlist_items holds
    refused_snapshot_id text,     -- the version whose items were refused; when it is asked for again: playlists.sql
    refused_at          timestamptz,
    track_count         integer,
    image_url           text,
    position            integer NOT NULL,  -- in the listener's own list, from 0
    removed_at          timestamptz,
    PRIMARY KEY (user_id, playlist_id)
);

CREATE TABLE playlist_items (
    user_id     text NOT NULL,
    playlist_id text NOT NULL,
    position    integer NOT NULL,
    item_uri    text,  -- NULL where Spotify gives an entry without content
    item_type   text NOT NULL CHECK (item_type IN ('track', 'episode', 'local', 'unknown')),
    track_id    text REFERENCES tracks,
    name        text,
    added_at    timestamptz,
    added_by    text,
    PRIMARY KEY (user_id, playlist_id, position),
    FOREIGN KEY (user_id, playlist_id) REFERENCES playlists
);

-- Pages of a list that is being read; they take the place of its items when the last one is there.
CREATE TABLE playlist_items_staged (
    LIKE playlist_items INCLUDING CONSTRAINTS,
    PRIMARY KEY (user_id, playlist_id, position),
    FOREIGN KEY (user_id, playlist_id) REFERENCES playlists
);

-- What was in a list, and when. A doubled item counts once.
CREATE TABLE playlist_item_history (
    user_id       text NOT NULL,
    playlist_id   text NOT NULL,
    item_uri      text NOT NULL,
    first_seen_at timestamptz NOT NULL,
    removed_at    timestamptz,
    PRIMARY KEY (user_id, playlist_id, item_uri, first_seen_at),
    FOREIGN KEY (user_id, playlist_id) REFERENCES playlists
);

INSERT INTO playlists (user_id, playlist_id, owner_id, name, description, is_public, is_collaborative, items_readable, snapshot_id,
    items_snapshot_id, refused_snapshot_id, refused_at, track_count, image_url, position, removed_at)
SELECT u.user_id, p.playlist_id, p.owner_id, p.name, p.description, p.is_public, p.is_collaborative, p.items_readable, p.snapshot_id,
    p.items_snapshot_id, p.refused_snapshot_id, p.refused_at, p.track_count, p.image_url, u.position, u.removed_at
FROM user_playlists AS u
JOIN old_playlists AS p USING (playlist_id);

INSERT INTO playlist_items (user_id, playlist_id, position, item_uri, item_type, track_id, name, added_at, added_by)
SELECT u.user_id, i.playlist_id, i.position, i.item_uri, i.item_type, i.track_id, i.name, i.added_at, i.added_by
FROM user_playlists AS u
JOIN old_playlist_items AS i USING (playlist_id);
CREATE INDEX playlist_items_track_id ON playlist_items (track_id);

INSERT INTO playlist_item_history (user_id, playlist_id, item_uri, first_seen_at, removed_at)
SELECT u.user_id, h.playlist_id, h.item_uri, h.first_seen_at, h.removed_at
FROM user_playlists AS u
JOIN old_playlist_item_history AS h USING (playlist_id);

-- A list that was being read is read from its beginning: whose pages those were is not known.
UPDATE sync_state SET cursor = '{}', last_synced_offset = 0 WHERE entity_type = 'playlist_items' AND NOT is_complete;
-- The checkpoint has the name of the table.
UPDATE sync_state SET entity_type = 'playlists' WHERE entity_type = 'user_playlists';
UPDATE sync_seen SET entity_type = 'playlists' WHERE entity_type = 'user_playlists';

-- As it was (0018), but for where a list is found.
CREATE OR REPLACE VIEW library_members AS
SELECT user_id, track_id, 'liked' AS source, NULL AS playlist_id, liked_at, liked_at AS added_at, NULL AS album_id
FROM liked_tracks
WHERE removed_at IS NULL
UNION ALL
SELECT s.user_id, m.track_id, 'album', NULL, NULL, s.added_at, s.album_id
FROM saved_albums AS s
JOIN album_tracks AS m USING (album_id)
WHERE s.removed_at IS NULL
UNION ALL
SELECT p.user_id, i.track_id, 'playlist', p.playlist_id, NULL, i.added_at, NULL
FROM playlists AS p
JOIN users AS u ON u.user_id = p.user_id AND u.spotify_id = p.owner_id
JOIN playlist_items AS i ON i.user_id = p.user_id AND i.playlist_id = p.playlist_id
WHERE p.removed_at IS NULL AND i.item_type = 'track' AND i.track_id IS NOT NULL
  AND NOT EXISTS (
      SELECT 1 FROM playlist_mappings AS m WHERE m.user_id = p.user_id AND m.playlist_id = p.playlist_id);

-- Views of db/views that read them, also those of an older text, go with them, and are made anew after the migrations.
DROP TABLE old_playlist_item_history CASCADE;
DROP TABLE old_playlist_items CASCADE;
DROP TABLE user_playlists CASCADE;
DROP TABLE old_playlists CASCADE;

-- As user_playlists had them (0006): what of a list changes beside `removed_at` is no event.
CREATE TRIGGER playlists_came AFTER INSERT ON playlists REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('followed', 'unfollowed', 'playlist', 'playlist_id', '');
CREATE TRIGGER playlists_changed AFTER UPDATE ON playlists
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION record_library_events('followed', 'unfollowed', 'playlist', 'playlist_id', '');
