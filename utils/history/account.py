"""The last year as Spotify's account data has it: `StreamingHistory_music_*.json`, `.._podcast_*`, `.._audiobook_*`, `StreamingHistory*.json`.

`endTime` is UTC and cut to the minute. There are no ids, and Spotify has merged equal rows: a count is a lower bound.
"""

from datetime import datetime
from typing import BinaryIO

from utils.history.json_stream import Progress, items, silent
from utils.history.rows import (
    Aside,
    Item,
    ItemKind,
    Listen,
    Precision,
    Reason,
    Row,
    Rows,
    Stamp,
    aside,
    fault_of_length,
    fault_of_time,
    moment,
    rows_of,
    text,
    tidied,
    whole,
)

_MINUTE = len("2026-01-31 12:00")


def read_account(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    return rows_of(items(stream, name, progress), parse_row, now)


def parse_row(number: int, row: Row, latest: datetime) -> Listen | Aside:
    """One row. `latest`: what is stamped later cannot be."""
    if "endTime" not in row:
        row = tidied(row)
    stamp, ms_played = row.get("endTime"), whole(row.get("msPlayed"))
    at, item = moment(stamp), item_of(row)
    reason = fault_of_time(at, latest) or fault_of_length(ms_played)
    if reason or item is None or at is None or ms_played is None:
        return aside(number, reason or Reason.NO_CONTENT, at, ms_played, item)
    is_minute = isinstance(stamp, str) and len(stamp.strip()) == _MINUTE
    precision = Precision.MINUTE if is_minute else Precision.SECOND
    return Listen(
        number,
        item.kind,
        at,
        Stamp.END,
        precision,
        at,
        None,
        ms_played,
        None,
        item.name,
        item.artist_name,
        item.collection_name,
    )


def item_of(row: Row) -> Item | None:
    """What was playing; None where the row has no name at all."""
    get = row.get
    if "podcastName" in row or "episodeName" in row:
        kind, name, artist, collection = ItemKind.EPISODE, get("episodeName"), None, get("podcastName")
    elif "audiobookName" in row or "chapterName" in row:
        kind, name, artist = ItemKind.AUDIOBOOK, get("chapterName"), get("authorName")
        collection = get("audiobookName")
    else:
        kind, name, artist, collection = ItemKind.TRACK, get("trackName"), get("artistName"), None
    found = Item(kind, None, text(name), text(artist), text(collection))
    has_content = found.name or (found.collection_name if kind is not ItemKind.TRACK else None)
    return found if has_content else None
