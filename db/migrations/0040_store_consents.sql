-- Several listeners: each has a name of our own, and a consent that is the environment's or stored here.
ALTER TABLE users ADD COLUMN name text;
-- How a stored consent was given: code (with the app's secret) or pkce (without). NULL: the environment has it.
ALTER TABLE users ADD COLUMN consent_flow text;
ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,39}$');
ALTER TABLE users ADD CONSTRAINT users_consent_flow_check CHECK (
    consent_flow IS NULL OR (consent_flow IN ('code', 'pkce') AND name IS NOT NULL AND token_fingerprint IS NOT NULL
                             AND refresh_token_encrypted IS NOT NULL));
