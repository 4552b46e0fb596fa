-- name: hold
-- Until the transaction ends nobody deletes from the catalogue (clean.sql takes a lock that waits for this one): what was
-- read to be there can be pointed to. Readers and writers go on.
LOCK TABLE artists, albums, tracks IN ROW SHARE MODE;
