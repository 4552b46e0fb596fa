-- A run that somebody wants to end at its next batch: 'it' alone, or 'all' that it was started with, the rest of a chain.
ALTER TABLE sync_history
    ADD COLUMN cancel_wanted text CHECK (cancel_wanted IN ('it', 'all'));  -- NULL: nobody does
