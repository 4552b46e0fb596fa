-- The statements that change what is in the library write library_events themselves (utils/database/rows.py, and
-- db/queries/memberships.sql): a table with triggers that see all rows of a statement cannot be spread over several servers.
-- With the function go the triggers that call it, on whichever tables they are.
DROP FUNCTION record_library_events() CASCADE;
