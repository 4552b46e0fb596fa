"""Making our copy equal to Spotify's: passes over its pages, what they write, and what they may remove."""
