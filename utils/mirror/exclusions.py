"""The playlist that keeps tracks out of smart playlists: what everything that knows of it has in common."""

EXCLUSIONS = "exclusions"  # its slug in playlist_mappings, and the entity type of its checkpoint
NAME = "Exclusions"  # on Spotify, when it is made
