-- name: by_fingerprint
-- Whose consent the token in the environment is, by a look at every listener: where the small table does not know, as of an older backup.
SELECT user_id, spotify_id, display_name, market, time_zone, refresh_token_encrypted, authorized_at, auth_status,
       granted_scopes, name
FROM users
WHERE token_fingerprint = %(fingerprint)s;

-- name: whose
-- Whose consent that is, by a look at the small table that knows.
SELECT user_id FROM consent_fingerprints WHERE token_fingerprint = %(fingerprint)s;

-- name: of_consent
-- That listener, as long as the consent is theirs.
SELECT user_id, spotify_id, display_name, market, time_zone, refresh_token_encrypted, authorized_at, auth_status,
       granted_scopes, name
FROM users
WHERE user_id = %(user_id)s AND token_fingerprint = %(fingerprint)s;

-- name: note_consent
-- The consent is that listener's from now on, and the one before is nobody's.
DELETE FROM consent_fingerprints WHERE user_id = %(user_id)s AND token_fingerprint <> %(fingerprint)s;
INSERT INTO consent_fingerprints AS c (token_fingerprint, user_id) VALUES (%(fingerprint)s, %(user_id)s)
ON CONFLICT (token_fingerprint) DO UPDATE SET user_id = EXCLUDED.user_id WHERE c.user_id <> EXCLUDED.user_id;

-- name: all
-- Every listener, one after the other.
SELECT user_id FROM users ORDER BY user_id;

-- name: consents
-- Since when the consents of active listeners count, what is wrong with them, and whose are stored; `stored_too`: also those of others that are.
SELECT authorized_at, auth_status, CASE WHEN consent_flow IS NOT NULL THEN name END AS stored_for
FROM users
WHERE is_active AND (user_id = ANY(%(user_ids)s) OR (%(stored_too)s AND consent_flow IS NOT NULL))
ORDER BY name NULLS FIRST, user_id;

-- name: known
-- The listener that /me names, if there is one: by this consent, by the account's id, else by the name.
SELECT user_id, authorized_at, name, consent_flow IS NOT NULL AS is_stored FROM users
WHERE token_fingerprint = %(fingerprint)s OR account_id = %(account_id)s OR user_id = %(account_id)s
   OR spotify_id = %(spotify_id)s
ORDER BY token_fingerprint IS NOT DISTINCT FROM %(fingerprint)s DESC, account_id IS NOT DISTINCT FROM %(account_id)s DESC,
    user_id = %(account_id)s DESC NULLS LAST
LIMIT 1;

-- name: register
-- A consent seen for the first time: a new listener, or a known one who has logged in again.
INSERT INTO users AS u (user_id, account_id, spotify_id, display_name, market, time_zone, token_fingerprint, authorized_at,
                        granted_scopes, refresh_token_encrypted)
VALUES (%(user_id)s, %(account_id)s, %(spotify_id)s, %(display_name)s, %(market)s, COALESCE(%(time_zone)s, 'UTC'), %(fingerprint)s,
        %(authorized_at)s, %(granted_scopes)s, %(sealed)s)
ON CONFLICT (user_id) DO UPDATE SET
    account_id = COALESCE(EXCLUDED.account_id, u.account_id),
    spotify_id = EXCLUDED.spotify_id,
    display_name = COALESCE(EXCLUDED.display_name, u.display_name),
    market = COALESCE(EXCLUDED.market, u.market),
    time_zone = COALESCE(%(time_zone)s, u.time_zone),
    token_fingerprint = EXCLUDED.token_fingerprint,
    refresh_token_encrypted = EXCLUDED.refresh_token_encrypted,
    authorized_at = EXCLUDED.authorized_at,
    granted_scopes = COALESCE(EXCLUDED.granted_scopes, u.granted_scopes),
    consent_flow = NULL,
    auth_status = 'ok';

-- name: last_active
-- Who is meant where nobody is named: of the active listeners the one last seen (by a clock that was right).
SELECT user_id, name, consent_flow IS NULL AND (name IS NULL OR token_fingerprint IS NOT NULL) AS is_of_environment, display_name, market, time_zone, authorized_at, auth_status
FROM users WHERE is_active ORDER BY believed(last_active_at, %(now)s) DESC NULLS LAST, user_id LIMIT 1;

-- name: named
-- Who is meant where somebody is named, by our own name, by user_id or by Spotify's name, in this order where two have it.
SELECT user_id, name, consent_flow IS NULL AND (name IS NULL OR token_fingerprint IS NOT NULL) AS is_of_environment, display_name, market, time_zone, authorized_at, auth_status
FROM users WHERE %(named)s IN (user_id, spotify_id) OR name = lower(%(named)s)
ORDER BY name IS NOT DISTINCT FROM lower(%(named)s) DESC, user_id = %(named)s DESC LIMIT 1;

-- name: stored_consents
-- Whose consent is stored, and how it is sealed.
SELECT user_id, spotify_id, name, is_active, token_fingerprint, refresh_token_encrypted, consent_flow
FROM users WHERE consent_flow IS NOT NULL ORDER BY name;

-- name: update_settings
-- Market and time zone from the environment win over what is stored.
UPDATE users SET market = COALESCE(%(market)s, market), time_zone = COALESCE(%(time_zone)s, time_zone)
WHERE user_id = %(user_id)s;

-- name: set_authorized_at
-- Since when the consent counts.
UPDATE users SET authorized_at = %(authorized_at)s WHERE user_id = %(user_id)s;

-- name: set_granted_scopes
-- What the consent lets us do, as Spotify says with each access token.
UPDATE users SET granted_scopes = %(granted_scopes)s WHERE user_id = %(user_id)s;

-- name: keep_rotated_token
-- Spotify has replaced the refresh token: the new one is used from now on. A row where the consent is that listener's.
UPDATE users SET refresh_token_encrypted = %(sealed)s WHERE user_id = %(user_id)s AND token_fingerprint = %(fingerprint)s
RETURNING user_id;

-- name: keep_unclaimed_token
-- Likewise, where it is not known yet whose it is.
INSERT INTO unclaimed_tokens (token_fingerprint, refresh_token_encrypted) VALUES (%(fingerprint)s, %(sealed)s)
ON CONFLICT (token_fingerprint) DO UPDATE SET refresh_token_encrypted = EXCLUDED.refresh_token_encrypted;

-- name: unclaimed_token
-- The refresh token that was given in place of the one in the environment before it was known whose it is.
SELECT refresh_token_encrypted FROM unclaimed_tokens WHERE token_fingerprint = %(fingerprint)s;

-- name: claim_token
-- It stands with its listener now.
DELETE FROM unclaimed_tokens WHERE token_fingerprint = %(fingerprint)s;

-- name: set_auth_status
-- What is wrong with the consent, or 'ok'.
UPDATE users SET auth_status = %(auth_status)s
WHERE user_id = %(user_id)s AND token_fingerprint = %(fingerprint)s AND auth_status <> %(auth_status)s;

-- name: touch
-- The last run on behalf of this listener; where Spotify has answered, nothing is wrong with the consent.
UPDATE users SET last_active_at = %(now)s, auth_status = CASE WHEN %(has_asked)s THEN 'ok' ELSE auth_status END
WHERE user_id = %(user_id)s;

-- name: lock_names
-- One at a time gives listeners names.
SELECT pg_advisory_xact_lock(hashtextextended('users.name', 0));

-- name: known_account
-- The listener whose account that is: by its id, else by Spotify's name.
SELECT user_id, name, token_fingerprint FROM users
WHERE account_id = %(account_id)s OR user_id = %(account_id)s OR spotify_id = %(spotify_id)s
ORDER BY account_id IS NOT DISTINCT FROM %(account_id)s DESC, user_id = %(account_id)s DESC NULLS LAST
LIMIT 1;

-- name: named_exactly
-- The listener of our own name, and whether the consent is the environment's: none is stored, and a run has seen one.
SELECT user_id, consent_flow IS NULL AND token_fingerprint IS NOT NULL FROM users WHERE name = %(name)s;

-- name: store_consent
-- A consent that is kept here: of a new listener, or a new one of a known listener.
INSERT INTO users AS u (user_id, account_id, spotify_id, display_name, name, market, time_zone, token_fingerprint, authorized_at,
                        granted_scopes, refresh_token_encrypted, consent_flow)
VALUES (%(user_id)s, %(account_id)s, %(spotify_id)s, %(display_name)s, %(name)s, %(market)s, COALESCE(%(time_zone)s, 'UTC'),
        %(fingerprint)s, %(authorized_at)s, %(granted_scopes)s, %(sealed)s, %(consent_flow)s)
ON CONFLICT (user_id) DO UPDATE SET
    account_id = COALESCE(EXCLUDED.account_id, u.account_id),
    spotify_id = EXCLUDED.spotify_id,
    display_name = COALESCE(EXCLUDED.display_name, u.display_name),
    name = EXCLUDED.name,
    market = COALESCE(EXCLUDED.market, u.market),
    time_zone = COALESCE(%(time_zone)s, u.time_zone),
    token_fingerprint = EXCLUDED.token_fingerprint,
    refresh_token_encrypted = EXCLUDED.refresh_token_encrypted,
    consent_flow = EXCLUDED.consent_flow,
    authorized_at = EXCLUDED.authorized_at,
    granted_scopes = COALESCE(EXCLUDED.granted_scopes, u.granted_scopes),
    auth_status = 'ok';

-- name: listed
-- Every listener, for a list: by name, those without one last.
SELECT u.user_id, u.spotify_id, u.name, u.display_name, u.market, u.time_zone, u.authorized_at, u.auth_status, u.is_active,
    CASE WHEN u.consent_flow IS NOT NULL THEN 'stored' WHEN u.token_fingerprint IS NOT NULL THEN 'in the environment' ELSE 'none' END,
    u.last_active_at
FROM users AS u ORDER BY u.name NULLS LAST, u.user_id;

-- name: set_active
-- Paused, or not.
UPDATE users SET is_active = %(is_active)s WHERE user_id = %(user_id)s;

-- name: with_sealed_tokens
-- Who has a token that is stored, for a new key.
SELECT user_id FROM users WHERE refresh_token_encrypted IS NOT NULL ORDER BY user_id;

-- name: sealed_token
-- One of them, which nobody changes meanwhile.
SELECT refresh_token_encrypted FROM users WHERE user_id = %(user_id)s AND refresh_token_encrypted IS NOT NULL FOR UPDATE;

-- name: seal_anew
-- The same token, sealed with another key.
UPDATE users SET refresh_token_encrypted = %(sealed)s WHERE user_id = %(user_id)s;

-- name: sealed_unclaimed
-- The tokens of listeners who are not known yet, likewise.
SELECT token_fingerprint, refresh_token_encrypted FROM unclaimed_tokens ORDER BY token_fingerprint FOR UPDATE;

-- name: seal_unclaimed_anew
-- The same token, sealed with another key.
UPDATE unclaimed_tokens SET refresh_token_encrypted = %(sealed)s WHERE token_fingerprint = %(fingerprint)s;

-- name: for_everybody
-- Who is meant by --all-users: the active listeners, by name, those without one first; theirs is the consent in the environment.
SELECT user_id, name, consent_flow IS NOT NULL AS has_stored_consent FROM users WHERE is_active ORDER BY name NULLS FIRST, user_id;

-- name: forget_consent
-- Nothing is copied of this listener any more, and nobody can ask in their name.
UPDATE users SET token_fingerprint = NULL, refresh_token_encrypted = NULL, consent_flow = NULL, granted_scopes = NULL,
    authorized_at = NULL, auth_status = 'ok', is_active = false
WHERE user_id = %(user_id)s;

-- name: who_comes
-- The listener of an import, before it is a listener here.
SELECT user_id, spotify_id, account_id, name FROM coming_users;

-- name: name_who_comes
-- By another name than they had.
UPDATE coming_users SET name = %(name)s;

-- name: name_all
-- The name of the only listener.
UPDATE users SET name = %(name)s;
