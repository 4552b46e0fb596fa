"""A PostgreSQL server of one's own under a folder, for a machine that has no other."""
