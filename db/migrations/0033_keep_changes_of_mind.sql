-- What is needed where the owner changes their mind: about a list that was taken over, its visibility, and settings that
-- are made before there is a listener.

ALTER TABLE playlist_mappings
    -- What a list that was taken over held and was called: `uris`, `name`, `description`. NULL: it was made by us.
    ADD COLUMN before_adoption jsonb,
    -- Whether Spotify showed the list as public after it was last set; it may go on showing it so. NULL: not looked at.
    ADD COLUMN shown_public boolean;

-- Settings made before the first listener is known, who gets them.
CREATE TABLE unclaimed_settings (
    key        text PRIMARY KEY,
    value      jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
