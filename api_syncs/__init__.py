"""Scripts that copy one Spotify resource each into PostgreSQL, and the refresh of what is derived."""
