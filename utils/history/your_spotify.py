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
    Rows,
    Stamp,
    latest_of,
    moment,
    scrobble,
    text,
    uri,
    value_of,
)


def read_your_spotify(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault.

    A dump may have the plays of several listeners: those of another than the first row's are set aside.
    """
    latest = latest_of(now)
    owner: object = None
    for number, row in enumerate(records(stream, name, progress), 1):
        theirs = _plain(value_of(row, "owner"), "$oid")
        owner = theirs if owner is None else owner
        yield Aside(number, Reason.NOT_THEIRS) if theirs != owner else parse_row(number, row, latest)


def parse_row(number: int, row: object, latest: datetime) -> Listen | Aside:
    """One play. `latest`: what is stamped later cannot be."""
    if not isinstance(row, dict):
        return Aside(number, Reason.NOT_A_ROW)
    item = Item(ItemKind.TRACK, uri(f"spotify:track:{text(row.get('id'))}", "track"), None)
    at = moment(_plain(row.get("played_at"), "$date"))
    return scrobble(number, at, Stamp.END, latest, item if row.get("id") else item._replace(uri=None))


def _plain(value: object, key: str) -> object:
    """MongoDB wraps what JSON has no type for: `{"$date": ..}`."""
    return value_of(value, key) if isinstance(value, dict) else value
