"""Reports: read-only on the database."""
