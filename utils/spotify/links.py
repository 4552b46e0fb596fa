"""Ids in links and URIs of Spotify, as people paste them."""

import re

_PLAYLIST = re.compile(
    r"(?:https?://open\.spotify\.com/(?:intl-[A-Za-z-]+/)?(?:user/[^/]+/)?playlist/|spotify:(?:user:[^:]+:)?playlist:)?"
    r"([0-9A-Za-z]{22})(?:[?#/].*)?"
)


def playlist_id_in(given: str) -> str | None:
    """The id in an id, a link (with or without `?si=…` and `intl-de/`) or a URI of a playlist; None where it is none of these."""
    match = _PLAYLIST.fullmatch(given.strip())
    return match[1] if match else None
