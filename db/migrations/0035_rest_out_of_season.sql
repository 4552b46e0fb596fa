-- A smart playlist may be emptied or hidden outside of its season, and comes back with it.

ALTER TABLE playlist_mappings
    -- `emptied`; `hiding`: it is about to be taken out of the listener's library; `hidden`: it was. NULL: it is in season, or left as it is.
    ADD COLUMN out_of_season text CHECK (out_of_season IN ('emptied', 'hiding', 'hidden'));
