-- A shuffle goes by the slug of its list. One whose file has another name now keeps the order that it has.

ALTER TABLE playlist_mappings
    ADD COLUMN first_slug text;  -- the slug before its file was renamed for the first time; NULL: it never was

-- By which cron line each scheduled workflow is started, as the last look has seen it: one that was switched off and on again has
-- not stopped.
CREATE TABLE seen_schedules (
    file  text PRIMARY KEY,  -- of the workflow
    cron  text,  -- NULL: it was off
    since timestamptz  -- when that was seen for the first time; NULL: never otherwise
);
