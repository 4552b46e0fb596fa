-- name: missing
-- Spotify shows no such list at the moment. Nothing is forgotten: it may come back.
UPDATE playlist_mappings SET status = 'missing' WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: find
-- All that is known of a list that a job looks after: a smart playlist, or the exclusions.
SELECT playlist_id, status, rules, rules_source, is_dynamic, snapshot_id, details, contents, wanted_uris,
       refused_uris AS refused, replaced_uris AS replaced, last_synced_at, shown_public, before_adoption, unproven_since,
       out_of_season
FROM playlist_mappings WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: others
-- The listener's other lists that a job looks after: by their playlist, or by their name.
SELECT slug, playlist_id, name, status FROM playlist_mappings WHERE user_id = %(user_id)s AND slug <> %(slug)s;

-- name: intend_list
-- What is about to be created or taken over, written before anything is done on Spotify. A retired list is given up
-- with this. Name and rules that are kept in the database are the listener's own, and stay as they are.
INSERT INTO playlist_mappings AS m (user_id, slug, name, rules, rules_source, is_dynamic, details, status)
VALUES (%(user_id)s, %(slug)s, %(name)s, %(rules)s, %(rules_source)s, %(is_dynamic)s, %(details)s, 'creating')
ON CONFLICT (user_id, slug) DO UPDATE SET
    name = CASE WHEN EXCLUDED.rules_source = 'file' THEN EXCLUDED.name ELSE m.name END,
    rules = CASE WHEN EXCLUDED.rules_source = 'file' THEN EXCLUDED.rules ELSE m.rules END,
    rules_source = EXCLUDED.rules_source, is_dynamic = EXCLUDED.is_dynamic, details = EXCLUDED.details,
    status = 'creating', playlist_id = NULL, snapshot_id = NULL, contents = NULL, wanted_uris = NULL, wanted_at = NULL,
    last_synced_at = NULL, last_synced_hash = NULL, track_count = NULL, shown_public = NULL,
    unproven_since = NULL, out_of_season = NULL;

-- name: map_list
-- Which list it is. `details`: what has been set on Spotify; NULL for a list that is taken over, which has been something
-- else before. What an earlier list of this slug had held, which is deleted, is kept: it can be put back into this one.
UPDATE playlist_mappings SET playlist_id = %(playlist_id)s, status = 'active', details = %(details)s,
    before_adoption = COALESCE(%(before_adoption)s::jsonb, before_adoption)
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: keep_before_adoption
-- What a list is that somebody has mapped by hand, before the first write; a later run finds it half-written.
UPDATE playlist_mappings SET before_adoption = %(before_adoption)s
WHERE user_id = %(user_id)s AND slug = %(slug)s AND before_adoption IS NULL;

-- name: forget
-- Nobody looks after the list any more. Rules that are kept in the row are the listener's own, and stay.
WITH kept AS (
    UPDATE playlist_mappings SET
        status = 'creating', playlist_id = NULL, snapshot_id = NULL, contents = NULL, wanted_uris = NULL, wanted_at = NULL,
        details = NULL, last_synced_at = NULL, last_synced_hash = NULL, track_count = NULL, shown_public = NULL,
        unproven_since = NULL, before_adoption = NULL, out_of_season = NULL
    WHERE user_id = %(user_id)s AND slug = %(slug)s AND rules_source = 'database' AND is_dynamic
)
DELETE FROM playlist_mappings
WHERE user_id = %(user_id)s AND slug = %(slug)s AND NOT (rules_source = 'database' AND is_dynamic);

-- name: intend_contents
-- A change of several calls begins. Where one is under way already, what was there before that one is kept.
UPDATE playlist_mappings SET
    contents = CASE WHEN wanted_uris IS NULL THEN %(contents)s ELSE contents END,
    wanted_uris = %(wanted_uris)s, wanted_at = %(now)s
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: detailed
-- Name, description and visibility have been set.
UPDATE playlist_mappings SET details = %(details)s WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: shown_public
-- How Spotify shows a list whose visibility has been set.
UPDATE playlist_mappings SET shown_public = %(is_public)s WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: refused
-- Spotify does not take these URIs.
UPDATE playlist_mappings SET refused_uris = refused_uris || %(refused_uris)s
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: agreed
-- The list holds what is wanted, and nothing is under way any more.
UPDATE playlist_mappings SET
    status = 'active',
    name = CASE WHEN %(rules_source)s = 'file' THEN %(name)s ELSE name END,
    rules = CASE WHEN %(rules_source)s = 'file' THEN %(rules)s ELSE rules END,
    rules_source = %(rules_source)s, is_dynamic = %(is_dynamic)s, details = %(details)s,
    track_count = %(track_count)s, last_synced_at = %(now)s, last_synced_hash = %(hash)s,
    snapshot_id = %(snapshot_id)s, contents = %(contents)s, refused_uris = %(refused_uris)s,
    replaced_uris = %(replaced_uris)s, unproven_since = %(unproven_since)s, wanted_uris = NULL, wanted_at = NULL,
    out_of_season = %(out_of_season)s
WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: out_of_season
-- The list is about to be hidden, or is.
UPDATE playlist_mappings SET out_of_season = %(state)s WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: shown
-- The list is no longer hidden. It counts as never made, so that it is made whatever its refresh.
UPDATE playlist_mappings SET out_of_season = NULL, last_synced_at = NULL WHERE user_id = %(user_id)s AND slug = %(slug)s;

-- name: retire
-- The list was deleted on Spotify. What it was made by is kept.
UPDATE playlist_mappings SET status = 'retired', out_of_season = NULL WHERE user_id = %(user_id)s AND slug = %(slug)s;
