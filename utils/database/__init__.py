"""PostgreSQL: connections, migrations, named statements, bulk upserts, views, and the embedded server."""
