"""Reports: they read the database, and change nothing in it."""
