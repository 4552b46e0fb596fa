-- In what order a list was, and what stood in it more than once: playlist_item_history says only what was in it, and when.
-- A row says how to come from the version that was copied at changed_at back to the one before it.

CREATE TABLE playlist_versions (
    user_id     text NOT NULL,
    playlist_id text NOT NULL,
    changed_at  timestamptz NOT NULL,
    undo        jsonb NOT NULL,  -- [[place, count, [URI, …]], …]: these take the place of `count` entries from `place` (from 0) on; null: an entry without content
    PRIMARY KEY (user_id, playlist_id, changed_at),
    FOREIGN KEY (user_id, playlist_id) REFERENCES playlists
);

-- What had left the library before its events were kept (0006) has two all the same, so that library_events knows all that is known.
INSERT INTO library_events (user_id, event, item_type, item_id, happened_at, seen_at)
SELECT l.user_id, e.event, 'track', l.track_id, e.happened_at, e.seen_at
FROM liked_tracks AS l
CROSS JOIN LATERAL (VALUES ('liked', l.liked_at, l.removed_at - interval '1 second'), ('unliked', NULL, l.removed_at)) AS e (event, happened_at, seen_at)
WHERE l.removed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM library_events AS k WHERE k.user_id = l.user_id AND k.item_type = 'track' AND k.item_id = l.track_id)
UNION ALL
SELECT s.user_id, e.event, 'album', s.album_id, e.happened_at, e.seen_at
FROM saved_albums AS s
CROSS JOIN LATERAL (VALUES ('saved', s.added_at, s.removed_at - interval '1 second'), ('removed', NULL, s.removed_at)) AS e (event, happened_at, seen_at)
WHERE s.removed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM library_events AS k WHERE k.user_id = s.user_id AND k.item_type = 'album' AND k.item_id = s.album_id);
CREATE INDEX library_events_item ON library_events (user_id, item_type, item_id);
