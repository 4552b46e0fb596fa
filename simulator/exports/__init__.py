"""A listener's history of many years, and Spotify's privacy exports of it."""
