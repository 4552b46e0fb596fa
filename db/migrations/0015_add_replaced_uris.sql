-- Spotify shows some of the ids that were written to a list as others. `contents` keeps ours: what was written.

ALTER TABLE playlist_mappings
    ADD COLUMN replaced_uris jsonb NOT NULL DEFAULT '{}';  -- our URI → {"uri": what is shown instead, "since": when that was seen}
