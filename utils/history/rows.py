"""What the rows of a history become: a `Listen`, or an `Aside` with its reason. Every row becomes exactly one of them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from utils.clock import CLOCK_TOLERANCE
from utils.history.json_stream import Progress, TooLong

EARLIEST = datetime(2006, 4, 1, tzinfo=UTC)  # Spotify was founded; no play at Spotify can be older
EARLIEST_SCROBBLE = datetime(2002, 1, 1, tzinfo=UTC)  # likewise of Audioscrobbler, the first of its kind
LONGEST_MS = 24 * 60 * 60 * 1000  # nothing at Spotify lasts so long, and pauses are not counted
LONGEST_TEXT = 10_000  # characters; as of what the API sends
_LONGEST_ID = 64

Row = dict[str, object]


class ItemKind(StrEnum):
    """What was listened to."""

    TRACK = "track"
    EPISODE = "episode"
    AUDIOBOOK = "audiobook"  # a chapter of one


class Precision(StrEnum):
    """How exact a stamp is: cut, not rounded."""

    SECOND = "second"
    MINUTE = "minute"


class Stamp(StrEnum):
    """Which moment of a play a stamp is."""

    START = "start"
    END = "end"
    UNKNOWN = "unknown"  # the file does not say, and its writer has done both


class Reason(StrEnum):
    """Why a row is no play that can be kept."""

    NOT_A_ROW = "not an object"
    TOO_LARGE = "more than a million characters"
    NO_CONTENT = "no content"  # Spotify has blanked what it was
    NO_TIME = "no time that can be read"
    IN_THE_FUTURE = "in the future"
    TOO_OLD = "older than the service"
    NO_LENGTH = "no number of milliseconds"
    NEGATIVE = "negative milliseconds"
    TOO_LONG = "longer than a day"
    NOT_THEIRS = "of another listener"


class Listen(NamedTuple):
    """One row of a history: something was playing.

    `item_name`, `artist_name`, `collection_name` are track, artist and album; episode, nobody and show; chapter, author and
    audiobook. `item_uri`: of the track, the episode or the chapter; `collection_uri`: of the audiobook. Moments are aware, in UTC.
    """

    row_number: int  # from 1, in its file
    kind: ItemKind
    stamped_at: datetime  # as the file has it
    stamp: Stamp  # which moment that is
    precision: Precision  # of `stamped_at`
    ended_at: (
        datetime | None
    )  # of the music: see `extended.py`; None where only the start is known, and not how long
    began_at: datetime | None
    ms_played: int | None  # None: other tools do not know it
    item_uri: str | None
    item_name: str | None
    artist_name: str | None
    collection_name: str | None
    collection_uri: str | None = None
    reason_start: str | None = None  # an open set of words, as Spotify has them
    reason_end: str | None = None
    skipped: bool | None = None  # None is unknown, not false, as with the three below
    shuffle: bool | None = None
    offline: bool | None = None
    incognito_mode: bool | None = None
    length_ms: int | None = None  # of the track itself, where the file knows it


class Aside(NamedTuple):
    """A row that is no play, with what can be known of it without keeping anything personal."""

    row_number: int
    reason: Reason
    stamped_at: datetime | None = None
    ms_played: int | None = None
    item_uri: str | None = None
    item_name: str | None = None


class Item(NamedTuple):
    """What was listened to, as a row names it."""

    kind: ItemKind
    uri: str | None
    name: str | None
    artist_name: str | None = None
    collection_name: str | None = None
    collection_uri: str | None = None


Rows = Iterator[Listen | Aside]
Reader = Callable[[BinaryIO, str, datetime, Progress], Rows]  # stream, its name, now, progress → rows


def rows_of(
    values: Iterable[object], parse: Callable[[int, Row, datetime], Listen | Aside], now: datetime
) -> Rows:
    """What each value becomes, numbered from 1. `parse` gets the latest moment that can be as well."""
    latest = latest_of(now)
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            yield parse(number, value, latest)
        else:
            yield Aside(number, Reason.TOO_LARGE if isinstance(value, TooLong) else Reason.NOT_A_ROW)


# Fields


def text(value: object) -> str | None:
    """A non-empty string that PostgreSQL can store, else None: without NUL, and `?` for half a surrogate pair."""
    if not isinstance(value, str):
        return None
    if value.isascii() and "\x00" not in value and len(value) <= LONGEST_TEXT:
        return value or None
    return value[:LONGEST_TEXT].replace("\x00", "").encode(errors="replace").decode() or None


def flag(value: object) -> bool | None:
    """A boolean, or None for anything else."""
    return value if isinstance(value, bool) else None


def whole(value: object) -> int | None:
    """A whole number, also written `12.0`, else None."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """`2026-01-31T12:00:00Z` or `2026-01-31 12:00` → aware UTC, whatever this machine's zone; None for anything else."""
    if not isinstance(value, str) or len(value) < len("2026-01-31 12:00"):
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            return found.replace(tzinfo=UTC)
        return found if found.tzinfo is UTC else found.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: year 1 or 9999 with an offset
        return None


def moment_of_seconds(value: object) -> datetime | None:
    """Seconds since 1970, as a number or as its digits → aware UTC, else None."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        value = int(value)
    seconds = whole(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def uri(value: object, kind: str) -> str | None:
    """`spotify:<kind>:<id>`, else None."""
    start = len(kind) + 9
    if not isinstance(value, str) or value[:start] != f"spotify:{kind}:":
        return None
    found = value[start:]
    return value if found.isalnum() and found.isascii() and len(found) <= _LONGEST_ID else None


def text_of(payload: object, *keys: str) -> str | None:
    """The text behind these keys, each of an object in the one before; None where one is missing."""
    return text(value_of(payload, *keys))


def value_of(payload: object, *keys: str) -> object:
    """The value behind these keys, each of an object in the one before; None where one is missing."""
    for key in keys:
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload


def latest_of(now: datetime) -> datetime:
    """What is stamped later than this cannot be."""
    return now + CLOCK_TOLERANCE


def fault_of_time(at: datetime | None, latest: datetime, earliest: datetime = EARLIEST) -> Reason | None:
    """Why a row of this moment cannot be."""
    if at is None:
        return Reason.NO_TIME
    if at > latest:
        return Reason.IN_THE_FUTURE
    return Reason.TOO_OLD if at < earliest else None


def fault_of_length(ms_played: int | None) -> Reason | None:
    """Why a row that was played for so long cannot be."""
    if ms_played is None:
        return Reason.NO_LENGTH
    if ms_played < 0:
        return Reason.NEGATIVE
    return Reason.TOO_LONG if ms_played > LONGEST_MS else None


def aside(
    number: int,
    reason: Reason,
    at: datetime | None = None,
    ms_played: int | None = None,
    item: Item | None = None,
) -> Aside:
    """The row that is set aside, with numbers only where they can be stored."""
    storable = ms_played if ms_played is not None and abs(ms_played) < 2**31 else None
    return Aside(number, reason, at, storable, item.uri if item else None, item.name if item else None)


def scrobble(
    number: int,
    at: datetime | None,
    stamp: Stamp,
    latest: datetime,
    item: Item,
    *,
    precision: Precision = Precision.SECOND,
    ms_played: int | None = None,
    length_ms: int | None = None,
) -> Listen | Aside:
    """The row of a tool that keeps one moment of a play, and mostly not how long it was played.

    Where it does, a beginning tells the end: it is what `played_at` means, and the beginning of a song that is played twice is the
    end of the time before, of the same length.
    """
    reason = fault_of_time(at, latest, EARLIEST_SCROBBLE) or (
        None if item.name or item.uri else Reason.NO_CONTENT
    )
    if at is None or reason:
        return aside(number, reason or Reason.NO_TIME, at, item=item)
    heard_ms = ms_played if fault_of_length(ms_played) is None else None
    ended_at = at if stamp is Stamp.END else None
    if stamp is Stamp.START and heard_ms is not None:
        ended_at = at + timedelta(milliseconds=heard_ms)
    return Listen(
        row_number=number,
        kind=item.kind,
        stamped_at=at,
        stamp=stamp,
        precision=precision,
        ended_at=ended_at,
        began_at=at if stamp is Stamp.START else None,
        ms_played=heard_ms,
        item_uri=item.uri,
        item_name=item.name,
        artist_name=item.artist_name,
        collection_name=item.collection_name,
        length_ms=length_ms if length_ms and fault_of_length(length_ms) is None else None,
    )


def tidied(row: Row) -> Row:
    """The row with the blanks around its keys taken away."""
    return {key.strip(): value for key, value in row.items()}
