"""Writes lists to playlists on Spotify, with few calls, none of which leaves a playlist empty."""
