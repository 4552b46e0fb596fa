-- name: begin
-- The limits of one transaction, before its first query. The server notices while it works or waits that nobody listens any
-- more.
SET LOCAL statement_timeout = %(statement)s;
SET LOCAL lock_timeout = %(lock)s;
SET LOCAL client_connection_check_interval = '2s';

-- name: begin_unwatched
-- Likewise, on a server that cannot notice that: on Windows, say.
SET LOCAL statement_timeout = %(statement)s;
SET LOCAL lock_timeout = %(lock)s;
