-- Of one listener's moment, what was played and which part of it are one number of 64 bits: two plays of one moment that have the same
-- number would be taken for one, once in 18,000,000,000,000,000,000. Late plays find some room on its pages, and most come in order.
CREATE UNIQUE INDEX plays_key ON plays (user_id, played_at, hashtextextended(item_key, part)) WITH (fillfactor = 95);

-- Whether an import has to look for plays that other sources have told of is asked for every batch: the month says where, in a list of its
-- rows that names it once.
CREATE INDEX plays_of_others ON plays (user_id, date_trunc('month', played_at AT TIME ZONE 'UTC')) WHERE source <> 'export';
