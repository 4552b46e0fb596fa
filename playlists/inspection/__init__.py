"""Texts about smart playlists, made without asking Spotify anything: table of lists, preview, explanation, difference."""
