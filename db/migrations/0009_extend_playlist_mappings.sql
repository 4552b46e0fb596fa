-- What a smart playlist's writer remembers: the contents it last saw, a change under way, ids that Spotify refuses.
-- By hand, a row needs user_id, slug, name and rules; and playlist_id, to take over a list that exists.

ALTER TABLE playlist_mappings
    DROP CONSTRAINT playlist_mappings_status_check,
    ADD CONSTRAINT playlist_mappings_status_check
        CHECK (status IN ('creating', 'active', 'missing', 'retired')),  -- retired: deleted on Spotify
    ALTER COLUMN status SET DEFAULT 'creating',
    ADD COLUMN rules_source text NOT NULL DEFAULT 'file' CHECK (rules_source IN ('file', 'database')),
    ADD COLUMN details      jsonb,  -- name, description, public, collaborative as they were last set by us
    ADD COLUMN contents     jsonb,  -- the URIs in the list's version `snapshot_id`
    ADD COLUMN wanted_uris  jsonb,  -- the URIs that a change under way leads to; NULL: none is under way
    ADD COLUMN wanted_at    timestamptz,
    ADD COLUMN refused_uris jsonb NOT NULL DEFAULT '{}';  -- URI → when Spotify refused it

-- The rows that there are were made from files.
ALTER TABLE playlist_mappings ALTER COLUMN rules_source SET DEFAULT 'database';
