"""Stored plays as their sources have told them: what each row says of when a recording was played."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from utils.history.extended import LATE_REASONS
from utils.plays.pairing import PAUSE, Moment, Span
from utils.plays.recording import names_of
from utils.plays.sources import API, BOTH, CUT_TO_MINUTE, FROM_API, MALOJA

LONGEST_LATE = timedelta(days=1)  # of a play of which only the moment is known when the app was seen again
_CUT_TO_MINUTE_S = 60.0


class Stored(NamedTuple):
    """A play as it is stored. Columns as `plays.around` has them."""

    played_at: datetime
    item_key: str
    part: int
    source: str
    ms_played: int | None
    started_at: datetime | None
    stamped_at: datetime | None
    api_played_at: datetime | None
    api_item_key: str | None
    context_uri: str | None
    also_in: list[str] | None
    reason_end: str | None
    is_deleted: bool
    is_new: bool  # written by this transaction
    place: str  # of the row as it was read

    @property
    def key(self) -> tuple[datetime, str, int]:
        """Of the row, beside its listener."""
        return self.played_at, self.item_key, self.part


class Recording(NamedTuple):
    """What was played: all by which it may be known, and how long it is."""

    names: frozenset[tuple[str, ...]]
    duration_ms: int | None


class Sighting(NamedTuple):
    """A play as the API has shown it: one moment, and the row that holds it."""

    at: datetime
    item_key: str
    context_uri: str | None
    holder: Stored


def recordings(
    rows: Iterable[tuple[str, int | None, str | None, str | None, list[str | None]]],
) -> dict[str, Recording]:
    """By the `item_key` of plays. `rows`: as `plays.recordings_around` has them, more than one for a play by name that was written in two ways."""
    found: dict[str, Recording] = {}
    for item_key, duration_ms, isrc, title, artists in rows:
        names = names_of(title, artists, isrc)
        if item_key in found:
            names |= found[item_key].names
        found[item_key] = Recording(names, duration_ms)
    return found


def sightings(rows: Iterable[Stored]) -> Iterator[Sighting]:
    """What the API has shown, each play once: also where a row of its own has come again beside a merged one."""
    seen: set[tuple[datetime, str]] = set()
    for row in sorted(rows, key=lambda row: row.source != API):  # its own rows first: they can go
        if row.source == API:
            each = Sighting(row.played_at, row.item_key, row.context_uri, row)
        elif row.source == BOTH and row.api_played_at is not None:
            each = Sighting(row.api_played_at, row.api_item_key or row.item_key, row.context_uri, row)
        else:
            continue
        if (each.at, each.item_key) not in seen:
            seen.add((each.at, each.item_key))
            yield each


def span_of(row: Stored, recording: Recording, end_before: datetime | None = None) -> Span:
    """What is known of when it was played: of one moment and the song's length, as much as the two say together.

    The API's moment is the end, perhaps with a pause counted in; no row of it is from before 2019. Where no length is known, none is guessed: two rows of one
    play can be seen and taken out, a play that was swallowed cannot. `end_before`: of the row before it in its source, where that is known.
    """
    names, at = recording.names, row.played_at
    if row.ms_played is not None and row.source != API:
        began = min(row.started_at or at - timedelta(milliseconds=row.ms_played), at)
        earliest = _earliest(row, began, end_before)
        return Span(row.item_key, names, began, at, row.stamped_at or at, earliest, row.ms_played)
    length = timedelta(milliseconds=recording.duration_ms or 0)
    before, behind = (at - length, at), (at, at + length)
    if row.source == API:
        return Span(row.item_key, names, before[0], at, at, before[0], row.ms_played)
    if _is_begin(row):
        return Span(row.item_key, names, at, behind[1], at, at, begins=(at, at), ends=behind)
    earliest = _earliest(row, before[0], end_before)
    return Span(row.item_key, names, before[0], at, at, earliest, begins=before, ends=(at, at))


def _earliest(row: Stored, began: datetime, end_before: datetime | None) -> datetime:
    """When a play may have begun of which only the end is known: behind the end of the one before, if that is not long ago."""
    if row.started_at is not None or end_before is None or began <= end_before:
        return began
    most = LONGEST_LATE if row.reason_end in LATE_REASONS else PAUSE
    return end_before if began - end_before <= most else began


def spans_of_export(rows: Sequence[Stored], recordings: Mapping[str, Recording]) -> Iterator[Span]:
    """The spans, with what the row before says of those of which only the end is known."""
    stamps = [row.stamped_at or row.played_at for row in rows]
    by_stamp = sorted(range(len(rows)), key=stamps.__getitem__)
    ends = {place: rows[before].played_at for before, place in pairwise(by_stamp)}
    for place, row in enumerate(rows):
        yield span_of(row, recordings[row.item_key], ends.get(place))


def moment_of(row: Stored, recording: Recording) -> Moment:
    """A play as another source tells of it."""
    behind = _CUT_TO_MINUTE_S if row.source in CUT_TO_MINUTE else 0.0
    is_begin = _is_begin(row)
    is_from_api = row.source in FROM_API and is_begin is False and row.ms_played is None
    pause = PAUSE if is_from_api else timedelta(0)
    return Moment(row.item_key, recording.names, row.played_at, 0.0, behind, row.ms_played, pause, is_begin)


def _is_begin(row: Stored) -> bool | None:
    """Whether the moment by which another source tells of a play is its beginning; None where the source does not say."""
    if row.ms_played is None and row.started_at is not None:
        return True  # a beginning alone: of it and a length, the end is stored
    return None if row.source == MALOJA and row.ms_played is None else False


def says_other(row: Stored, each: Sighting | None) -> bool:
    """Whether a row of the export does not say yet what the API has shown of it."""
    if each is None:
        return row.source == BOTH
    now = (row.api_played_at, row.api_item_key or row.item_key, row.context_uri)
    return row.source != BOTH or now != (each.at, each.item_key, each.context_uri)
