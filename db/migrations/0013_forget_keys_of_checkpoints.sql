-- What a pass remembers (sync_state.cursor) is typed: a key that is not known is refused. These have a new form, so the
-- passes under way that have them begin anew; their pages are short.

UPDATE sync_state SET cursor = '{}', last_synced_offset = 0
WHERE entity_type IN ('exclusions', 'top_items') AND NOT is_complete;

UPDATE sync_state SET cursor = cursor - 'unreadable' - 'is_readable'
WHERE entity_type IN ('exclusions', 'artist_albums');
