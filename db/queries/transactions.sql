-- name: begin
-- The limits of one transaction, before its first query. The server notices while it works or waits that nobody listens any
-- more. Where the database is spread over several servers, they are asked one after the other: what is shared could not be written behind
-- anything that was asked of several at once. A server that is alone knows nothing of that.
SET LOCAL statement_timeout = %(statement)s;
SET LOCAL lock_timeout = %(lock)s;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
SET LOCAL client_connection_check_interval = '2s';

-- name: begin_unwatched
-- Likewise, on a server that cannot notice that: on Windows, say.
SET LOCAL statement_timeout = %(statement)s;
SET LOCAL lock_timeout = %(lock)s;
SET LOCAL citus.multi_shard_modify_mode = 'sequential';
