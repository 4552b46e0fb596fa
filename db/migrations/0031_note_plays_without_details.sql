-- What other tools tell of a track of which the name or the length is not known yet cannot be compared with plays by name: those days are
-- settled again when it is known. What was imported before may have been compared too early, so it is looked at once.
ALTER TABLE played_tracks ADD COLUMN awaits_details boolean NOT NULL DEFAULT false;
CREATE INDEX played_tracks_awaiting ON played_tracks (user_id) WHERE awaits_details;

UPDATE played_tracks AS t SET awaits_details = true
FROM (SELECT DISTINCT user_id, track_of(item_key) AS track_id FROM plays WHERE source NOT IN ('api', 'export', 'both')) AS p
WHERE t.user_id = p.user_id AND t.track_id = p.track_id;
