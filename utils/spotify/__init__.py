"""The Spotify Web API: one client, one transport, the consent and its tokens, and readers of what it answers."""
