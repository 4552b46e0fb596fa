"""Last.fm's scrobbles as the known tools write them: CSV with and without a header, JSON in pages.

A scrobble is stamped with its start, in UTC. It has names only, and not how long it was played.
"""

import codecs
import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from utils.history.json_stream import READ_ERRORS, Progress, pages, silent
from utils.history.refusals import BrokenFileError
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
    latest_of,
    moment_of_seconds,
    rows_of,
    scrobble,
    text,
    text_of,
    value_of,
)

_LONGEST_LINE = 1 << 20  # bytes
_PLAIN = ("artist", "album", "track", "utc_time")  # the columns where there is no header
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read_lastfm_csv(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows behind the header, if there is one. Raises BrokenFileError where the file cannot be read further."""
    latest = latest_of(now)
    reader = csv.reader(_lines(stream, name, progress))
    columns: tuple[str, ...] | None = None
    number = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error:  # a field longer than any name: a quote is open
            row = []
        if row is None:
            return
        if columns is None:
            header = tuple(cell.strip().lower() for cell in row)
            columns = header if "uts" in header else _PLAIN
            if columns is header:
                continue
        number += 1
        yield _parse_cells(number, dict(zip(columns, row, strict=False)), latest)


def _lines(stream: BinaryIO, name: str, progress: Progress) -> Iterator[str]:
    at, decoder = 0, codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while line := stream.readline(_LONGEST_LINE):
            at += len(line)
            progress(len(line))
            yield decoder.decode(line)
    except UnicodeDecodeError as error:  # the first look refuses such files: it was changed since
        raise BrokenFileError(name, at, "it is not UTF-8 any more") from error
    except READ_ERRORS as error:
        raise BrokenFileError(name, at, f"it cannot be read further ({error})") from error


def _parse_cells(number: int, cells: dict[str, str], latest: datetime) -> Listen | Aside:
    if not cells:
        return Aside(number, Reason.NOT_A_ROW)
    at, precision = moment_of_seconds(cells.get("uts")), Precision.SECOND
    if at is None:
        at, precision = day_and_minute(cells.get("utc_time", "")), Precision.MINUTE
    item = Item(
        ItemKind.TRACK, None, text(cells.get("track")), text(cells.get("artist")), text(cells.get("album"))
    )
    return scrobble(number, at, Stamp.START, latest, item, precision=precision)


def day_and_minute(value: str) -> datetime | None:
    """`05 Apr 2010 11:59`, also with a comma → aware UTC, in English whatever this machine speaks; None for anything else."""
    try:
        day, month, year, clock = value.replace(",", " ").split()
        hour, minute = clock.split(":")
        place = _MONTHS.index(month.lower()) + 1
        return datetime(int(year), place, int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        return None


def read_lastfm_json(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The scrobbles of all pages. Raises BrokenFileError behind what stood before the fault."""
    found = pages(stream, name, ("track", "recenttracks"), progress)
    return rows_of((track for page in found for track in _tracks(page)), parse_track, now)


def _tracks(page: object) -> list[object]:
    """The scrobbles of a page; a page may also be a scrobble itself."""
    inner = value_of(page, "recenttracks") or page
    found = value_of(inner, "track") if isinstance(inner, dict) and "track" in inner else inner
    return found if isinstance(found, list) else [found]


def parse_track(number: int, track: Row, latest: datetime) -> Listen | Aside:
    """A scrobble of Last.fm's API; the one that is playing now has no date."""
    artist = text_of(track, "artist", "#text") or text_of(track, "artist", "name") or text_of(track, "artist")
    album = text_of(track, "album", "#text") or text_of(track, "album")
    at, precision = moment_of_seconds(value_of(track, "date", "uts")), Precision.SECOND
    if at is None:
        at, precision = day_and_minute(text_of(track, "date", "#text") or ""), Precision.MINUTE
    item = Item(ItemKind.TRACK, None, text_of(track, "name"), artist, album)
    return scrobble(number, at, Stamp.START, latest, item, precision=precision)
