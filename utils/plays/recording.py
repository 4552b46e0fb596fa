"""What tells a recording, where its id alone does not: Spotify gives one recording several ids, and the privacy export has no other name for it."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_SPACE = re.compile(r"\s+")


SAME_DURATION_MS = 1000  # durations of one recording differ by no more


def recording_title(title: str) -> str:
    """Unicode NFKC, lower case, runs of white space as one: the same as `tracks.recording_title`, which the view same_recordings compares."""
    if (
        title.isascii() and title.isprintable() and "  " not in title
    ):  # as most are: nothing else would change it
        return title.lower()
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", title).lower())


@lru_cache(maxsize=10_000)  # the same titles and artists come again and again
def folded(text: str) -> str:
    """The same without white space at the ends."""
    return recording_title(text).strip()


def is_as_long(one_ms: int | None, other_ms: int | None) -> bool:
    """Whether two durations are known, and may be those of one recording."""
    return one_ms is not None and other_ms is not None and abs(one_ms - other_ms) <= SAME_DURATION_MS


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
