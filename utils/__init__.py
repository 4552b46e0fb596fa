"""What every script shares: configuration, Spotify client, payload parsers, job lifecycle."""
