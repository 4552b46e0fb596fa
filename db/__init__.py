"""The database: migrations, views, queries, bulk writes, and the embedded server."""
