"""Smart playlists: definitions, and the writer that makes Spotify agree with them."""
