"""A definition and a database become tracks: one SQL statement each, and the same filter in Python."""
