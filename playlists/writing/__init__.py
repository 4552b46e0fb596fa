"""A list becomes a playlist on Spotify: the fewest calls, none of which leaves it empty or half-written."""
