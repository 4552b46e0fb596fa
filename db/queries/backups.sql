-- name: moment
-- The moment of the snapshot.
SELECT now();

-- name: schema
-- Where tables without a schema's name are made.
SELECT current_schema();

-- name: look_in
-- Until the transaction ends, tables without a schema's name are those of this one.
SELECT set_config('search_path', quote_ident(%(schema)s), true);
