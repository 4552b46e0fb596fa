-- Scrobbles of which a file gives the minute alone are told apart: the same ones to the second take their place.
-- Those that were stored before cannot be told from whole minutes.
ALTER TABLE plays
    DROP CONSTRAINT plays_source_check,
    ADD CONSTRAINT plays_source_check CHECK (source IN (
        'api', 'export', 'both', 'export_by_name', 'account_data', 'lastfm', 'lastfm_to_the_minute', 'listenbrainz', 'koito', 'maloja',
        'your_spotify'));
