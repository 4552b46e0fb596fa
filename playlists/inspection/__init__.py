"""Looking at smart playlists without asking Spotify anything: preview, explanation, difference."""
