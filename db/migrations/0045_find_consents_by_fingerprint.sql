-- Whose consent a token is, in a small table of its own, since every run begins with that question: where listeners are spread over several
-- servers by user_id, all of them would be asked otherwise. Written by the statements that give or take a consent.
CREATE TABLE consent_fingerprints (
    token_fingerprint text PRIMARY KEY,
    user_id           text NOT NULL
);
CREATE INDEX consent_fingerprints_user_id ON consent_fingerprints (user_id);
INSERT INTO consent_fingerprints (token_fingerprint, user_id)
SELECT DISTINCT ON (token_fingerprint) token_fingerprint, user_id FROM users
WHERE token_fingerprint IS NOT NULL ORDER BY token_fingerprint, last_active_at DESC NULLS LAST, user_id;
CREATE POLICY of_session ON consent_fingerprints FOR SELECT USING (user_id = (SELECT session_listener()));
ALTER TABLE consent_fingerprints ENABLE ROW LEVEL SECURITY;

-- What ./run db distribute does, step by step, and how each is taken back, so that it goes on where it was ended. Empty: nothing was done.
CREATE TABLE distribution (
    position integer PRIMARY KEY,
    about    text NOT NULL,  -- what the step does, for people
    command  text NOT NULL,  -- SQL, or @ and a word for what the program does itself
    undo     text NOT NULL,  -- likewise; empty: there is nothing to take back
    done_at  timestamptz     -- NULL: still to be done, or taken back
);
