"""`./run sql`: one statement and its answer, psql, or a plain prompt where psql could not be held to reading."""
