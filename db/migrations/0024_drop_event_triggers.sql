-- The statements that change what is in the library write library_events themselves (utils/database/rows.py, and
-- db/queries/memberships.sql): a table with triggers that see all rows of a statement cannot be spread over several servers.
-- With the function go the triggers that call it, on whichever tables they are.
DROP FUNCTION record_library_events() CASCADE;

-- Which events there are, and of what, is said by the row types that declare them.
ALTER TABLE library_events DROP CONSTRAINT library_events_event_check;
ALTER TABLE library_events DROP CONSTRAINT library_events_item_type_check;
