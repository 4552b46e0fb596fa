-- The key of plays had the whole URI in each entry, and which plays others tell of was indexed moment by moment: of a play of the API as many
-- bytes as the play itself. Both go first, in a migration of their own: what follows has the room that they leave, also where a database is full.
ALTER TABLE plays DROP CONSTRAINT plays_pkey;
DROP INDEX plays_of_others;
-- What follows is an index over an expression, which tells nobody who copies changes which row is meant.
ALTER TABLE plays REPLICA IDENTITY FULL;
