"""Translates smart playlists of other tools into definitions: a module for each tool, and what they share."""
