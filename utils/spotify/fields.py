"""The fields of Spotify's JSON, one by one: what PostgreSQL can store, or None for anything else.

What is there and cannot be read is told from what is not said (`unread`): an answer that has such a field is not one to
settle anything with.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]

LONGEST_TEXT = 10_000  # characters: far more than any that Spotify has sent
LONGEST_KEY = 600  # bytes: far more than Spotify's, far less than an index of PostgreSQL takes


def text(payload: Payload, key: str) -> str | None:
    """A non-empty string that PostgreSQL can store, else None."""
    value = payload.get(key)
    return _storable(value) if isinstance(value, str) else None


def as_given(payload: Payload, key: str) -> str | None:
    """A text that something is known by, stored as it came, else None: mended or cut off, it could be another's."""
    value = text(payload, key)
    return value if value == payload.get(key) and len((value or "").encode()) <= LONGEST_KEY else None


def texts(values: list[Any]) -> list[str]:
    """The texts of a list; what is none is left out."""
    return [stored for value in values if isinstance(value, str) and (stored := _storable(value))]


def _storable(value: str) -> str | None:
    """Without NUL, and with `?` for half a surrogate pair: PostgreSQL stores neither. None where nothing is left.

    Cut off behind LONGEST_TEXT characters.
    """
    return value[:LONGEST_TEXT].replace("\x00", "").encode(errors="replace").decode() or None


def number(payload: Payload, key: str) -> int | None:
    """A count, which PostgreSQL's `integer` holds, else None. Spotify has sent integers as `12.0` (2024)."""
    value = payload.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        return None
    return value


def flag(payload: Payload, key: str) -> bool | None:
    """A boolean field; None where it is missing, or anything else."""
    value = payload.get(key)
    return value if isinstance(value, bool) else None


def moment_of(value: object) -> datetime | None:
    """`2026-01-31T12:00:00Z`, with or without a fraction → aware UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: year 1 or 9999 with an offset
        return None


def image_url(payload: Payload) -> str | None:
    """The first (widest) image's URL, if there is one."""
    images = payload.get("images")
    first = images[0] if isinstance(images, list) and images else None
    return text(first, "url") if isinstance(first, dict) else None


def unread(payload: object, found: object, names: Iterable[str], under: str = "") -> list[str]:
    """Which of these fields are there, and came to nothing in the row that was made of them; `under`: what they stand in."""
    if not isinstance(payload, dict):
        return [] if payload is None else [under.rstrip(".")]
    return [
        f"{under}{name}"
        for name in names
        if payload.get(name) not in (None, "") and getattr(found, name) is None
    ]
