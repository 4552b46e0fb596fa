"""What tells a recording, where its id alone does not: Spotify gives one recording several ids, and the privacy export has no other name for it."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=10_000)  # the same titles and artists come again and again
def folded(text: str) -> str:
    """Unicode NFKC, lower case, runs of white space as one: as `tracks.recording_title` is compared."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def names_of(
    title: str | None, artists: Iterable[str | None], isrc: str | None
) -> frozenset[tuple[str, ...]]:
    """All by which the recording may be known: title with each of the artists, and the ISRC."""
    return _names_of(title, tuple(artists), isrc)


@lru_cache(maxsize=10_000)  # as above
def _names_of(
    title: str | None, artists: tuple[str | None, ...], isrc: str | None
) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = {(folded(artist), folded(title)) for artist in artists if artist and title}
    if isrc:
        found.add((isrc.upper(),))
    return frozenset(found)


def key_of_names(kind: str, artist: str | None, title: str | None) -> str:
    """The `item_key` of what is known by its names alone: `names:` and half of the SHA-256 of kind, artist and title, folded."""
    named = "\x1f".join((kind, folded(artist or ""), folded(title or "")))
    return f"names:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
