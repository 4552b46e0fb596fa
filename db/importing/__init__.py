"""Writing what histories tell: rows on their way into the tables (`staging`), a file from its first row to its last (`files`), gaps (`gaps`)."""
