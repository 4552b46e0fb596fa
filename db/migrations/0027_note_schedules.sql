-- Which workflow's schedule has started a run (its file); null for whatever else did: a person, a machine of one's own.
ALTER TABLE sync_history ADD COLUMN workflow text;
