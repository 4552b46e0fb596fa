"""Maloja's export. A scrobble is stamped with its start; those from Spotify's export with its start or its end, which cannot be told
any more, and only `origin`, where it is kept, says which these are.
"""

from datetime import datetime
from typing import BinaryIO

from utils.history.json_stream import LONGEST_ROW, Progress, members, silent
from utils.history.rows import (
    Aside,
    Item,
    ItemKind,
    Listen,
    Row,
    Rows,
    Stamp,
    moment_of_seconds,
    rows_of,
    scrobble,
    text,
    text_of,
    value_of,
    whole,
)


def read_maloja(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    scrobbles = (
        value for key, value in members(stream, name, progress, longest=LONGEST_ROW) if key == "scrobbles"
    )
    return rows_of(scrobbles, parse_row, now)


def parse_row(number: int, row: Row, latest: datetime) -> Listen | Aside:
    """One scrobble. `duration`, where there is one, is how long it was played, in seconds; `length` is the track's."""
    artists = value_of(row, "track", "artists")
    first = artists[0] if isinstance(artists, list) and artists else None
    album = text_of(row, "track", "album", "albumtitle") or text_of(row, "track", "album")
    item = Item(ItemKind.TRACK, None, text_of(row, "track", "title"), text(first), album)
    seconds = whole(row.get("duration"))
    return scrobble(
        number,
        moment_of_seconds(row.get("time")),
        _stamp_of(text_of(row, "origin")),
        latest,
        item,
        ms_played=None if seconds is None else seconds * 1000,
    )


def _stamp_of(origin: str | None) -> Stamp:
    return Stamp.UNKNOWN if origin is None or "spotify" in origin.lower() else Stamp.START
