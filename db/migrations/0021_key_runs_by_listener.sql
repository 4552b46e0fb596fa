-- What runs leave is the listener's whose run it was, so user_id comes first in its keys, as everywhere: '*' for a run
-- that belongs to no listener, or ended before it was known who the listener is.

UPDATE sync_history SET user_id = '*' WHERE user_id IS NULL;
ALTER TABLE sync_history ALTER COLUMN user_id SET NOT NULL;
ALTER TABLE sync_history DROP CONSTRAINT sync_history_pkey;
ALTER TABLE sync_history ADD PRIMARY KEY (user_id, run_id);
DROP INDEX sync_history_job;
CREATE INDEX sync_history_job ON sync_history (user_id, job, started_at DESC);

-- Lines get the listener of their run, and their number within it: the order in which they were said, also where the
-- clock did not move. The key is no counter of the whole table.
ALTER TABLE logs ADD COLUMN user_id text;
ALTER TABLE logs ADD COLUMN line_number integer;
UPDATE logs AS l SET user_id = COALESCE(n.user_id, '*'), line_number = n.line_number
FROM (
    SELECT o.log_id, h.user_id, row_number() OVER (PARTITION BY o.run_id ORDER BY o.log_id) AS line_number
    FROM logs AS o LEFT JOIN sync_history AS h USING (run_id)
) AS n
WHERE l.log_id = n.log_id;
ALTER TABLE logs ALTER COLUMN user_id SET NOT NULL;
ALTER TABLE logs ALTER COLUMN line_number SET NOT NULL;
ALTER TABLE logs DROP COLUMN log_id;  -- and with it the key
ALTER TABLE logs ADD COLUMN log_id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE logs ADD PRIMARY KEY (user_id, log_id);
