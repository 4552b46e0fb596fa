"""Koito's export. A listen is stamped with its start; those that it has read from Spotify's export with their end."""

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
    moment,
    rows_of,
    scrobble,
    text_of,
    value_of,
)


def read_koito(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    listens = (
        value for key, value in members(stream, name, progress, longest=LONGEST_ROW) if key == "listens"
    )
    return rows_of(listens, parse_row, now)


def parse_row(number: int, row: Row, latest: datetime) -> Listen | Aside:
    """One listen. `duration` is the track's, so how long it was played is unknown."""
    stamp = Stamp.END if (text_of(row, "client") or "").lower() == "spotify" else Stamp.START
    artists = row.get("artists")
    item = Item(
        ItemKind.TRACK,
        None,
        _primary_name(value_of(row, "track")),
        _primary_name(_primary(artists)),
        _primary_name(value_of(row, "album")),
    )
    return scrobble(number, moment(row.get("listened_at")), stamp, latest, item)


def _primary(values: object) -> object:
    """The one that says so, else the first; None where there is none."""
    if not isinstance(values, list) or not values:
        return None
    return next((each for each in values if value_of(each, "is_primary") is True), values[0])


def _primary_name(payload: object) -> str | None:
    return text_of(_primary(value_of(payload, "aliases")), "alias")
