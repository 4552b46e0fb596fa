-- A refresh token that Spotify has given in place of the one in the environment, before it was known whose it is: else it
-- would be lost where the first run of a consent ends before /me has answered.
CREATE TABLE unclaimed_tokens (
    token_fingerprint       text PRIMARY KEY,  -- of the consent in the environment, as in users
    refresh_token_encrypted text NOT NULL
);
