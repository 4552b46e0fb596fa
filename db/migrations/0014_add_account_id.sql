-- Spotify's immutable id of an account, learnt when /me gives it. A listener keeps the user_id that they began with.

ALTER TABLE users ADD COLUMN account_id text UNIQUE;

-- A user_id that is not the name was an account_id.
UPDATE users SET account_id = user_id WHERE user_id <> spotify_id;
