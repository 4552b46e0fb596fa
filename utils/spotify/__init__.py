"""The Spotify Web API: one client, one transport, the consent's tokens, and readers of what it answers."""
