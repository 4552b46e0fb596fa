-- After small edits only the pages around them are read. What was presumed is proven a week after that at the latest.

ALTER TABLE playlist_mappings
    ADD COLUMN unproven_since timestamptz;  -- when only parts of the list were read for the first time; NULL: all of it was
