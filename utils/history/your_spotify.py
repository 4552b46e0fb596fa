"""A dump of your_spotify's collection `infos`: a list, or JSON Lines as mongoexport writes them.

`played_at` is what Spotify's API or export gave it, the end. There are ids and no names; `durationMs` is the track's length.
"""

from datetime import datetime
from typing import BinaryIO

from utils.history.json_stream import Progress, records, silent
from utils.history.rows import (
    Aside,
    Item,
    ItemKind,
    Listen,
    Reason,
    Row,
    Rows,
    Stamp,
    moment,
    rows_of,
    scrobble,
    text,
    uri,
    value_of,
    whole,
)


def read_your_spotify(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault.

    A dump may have the plays of several listeners: those of another than the first row's are set aside.
    """
    owner: object = None

    def parse(number: int, row: Row, latest: datetime) -> Listen | Aside:
        nonlocal owner
        theirs = _plain(value_of(row, "owner"), "$oid")
        owner = theirs if owner is None else owner
        return Aside(number, Reason.NOT_THEIRS) if theirs != owner else parse_row(number, row, latest)

    return rows_of(records(stream, name, progress), parse, now)


def parse_row(number: int, row: Row, latest: datetime) -> Listen | Aside:
    """One play. `latest`: what is stamped later cannot be."""
    item = Item(ItemKind.TRACK, uri(f"spotify:track:{text(row.get('id'))}", "track"), None)
    at = moment(_plain(row.get("played_at"), "$date"))
    if not row.get("id"):
        item = item._replace(uri=None)
    return scrobble(number, at, Stamp.END, latest, item, length_ms=whole(row.get("durationMs")))


def _plain(value: object, key: str) -> object:
    """MongoDB wraps what JSON has no type for: `{"$date": ..}`."""
    return value_of(value, key) if isinstance(value, dict) else value
