-- Roles that only read (./run db reader) see the rows of one listener. The owner of the tables, whom all scripts connect as, is not bound by it.

-- Whose rows the session may read: those of the listener that its role belongs to, as the role's comment says, which no role can change of
-- itself; else of the one that the session names in mirror.user_id. NULL: nobody's.
CREATE FUNCTION session_listener() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(
        substring(shobj_description(to_regrole(quote_ident(current_user)), 'pg_authid') FROM '^reads only the rows of (.+)$'),
        NULLIF(current_setting('mirror.user_id', true), ''))
$$;

DO $$
DECLARE
    personal text;
BEGIN
    FOREACH personal IN ARRAY ARRAY[
        'app_settings', 'daily_listening', 'deleted_plays', 'episode_plays', 'excluded_tracks', 'followed_artists', 'import_rows_aside', 'imports',
        'library_events', 'liked_tracks', 'listener_claims', 'logs', 'personalities', 'play_gaps', 'played_tracks', 'playlist_item_history',
        'playlist_items', 'playlist_items_staged', 'playlist_mappings', 'playlist_versions', 'playlists', 'plays', 'recording_merges',
        'saved_albums', 'sync_seen', 'sync_state', 'top_items', 'uncounted_items', 'users']
    LOOP
        EXECUTE format('CREATE POLICY of_session ON %I FOR SELECT USING (user_id = (SELECT session_listener()))', personal);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', personal);
    END LOOP;
    -- What runs for nobody in particular ('*', such as the refreshing of views) is everybody's business.
    FOREACH personal IN ARRAY ARRAY['job_controls', 'sync_history'] LOOP
        EXECUTE format('CREATE POLICY of_session ON %I FOR SELECT USING '
            '((SELECT session_listener()) IS NOT NULL AND user_id IN ((SELECT session_listener()), ''*''))', personal);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', personal);
    END LOOP;
END
$$;
