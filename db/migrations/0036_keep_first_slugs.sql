-- A shuffle goes by the slug of its list. One whose file has another name now keeps the order that it has.

ALTER TABLE playlist_mappings
    ADD COLUMN first_slug text;  -- the slug before its file was renamed for the first time; NULL: it never was
