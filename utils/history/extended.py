"""Spotify's extended streaming history: `Streaming_History_Audio_*.json`, `.._Video_*.json`, formerly `endsong_*.json`.

A row's `ts` is its end in UTC, and `offline_timestamp`, despite its name, the moment it began, online or not. After some
reasons (`LATE_REASONS`) `ts` is when the app was seen again, up to weeks later: then the music ended `ms_played`
after it began. Which keys there are has changed often, so every key may be missing and unknown ones are ignored. Never
looked at: user name, address, country, places, user agent, platform.
"""

from datetime import UTC, datetime, timedelta
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
    flag,
    moment,
    rows_of,
    text,
    tidied,
    uri,
    whole,
)

LATE_REASONS = frozenset({"logout", "unexpected-exit", "unexpected-exit-while-paused"})
LATE = timedelta(seconds=10)  # a stamp that is later than the music's end by no more is that end
LONGEST_ROW = timedelta(days=90)  # pauses and late stamps included; 57 days were seen
_MILLISECONDS = 100_000_000_000  # from here on no number is one of seconds: that would be the year 5138
_AHEAD = timedelta(seconds=5)  # by which a row may begin behind its end: the two clocks round differently


def read_extended(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    return rows_of(items(stream, name, progress), parse_row, now)


def parse_row(number: int, row: Row, latest: datetime) -> Listen | Aside:
    """One row. `latest`: what is stamped later cannot be."""
    if "ts" not in row:
        row = tidied(row)
    at, ms_played = moment(row.get("ts")), whole(row.get("ms_played"))
    item = item_of(row)
    reason = fault_of_time(at, latest) or fault_of_length(ms_played)
    if reason or item is None or at is None or ms_played is None:
        return aside(number, reason or Reason.NO_CONTENT, at, ms_played, item)
    get = row.get
    began_at, reason_end = begin_of(get("offline_timestamp"), at), text(get("reason_end"))
    ended_at = at
    if reason_end in LATE_REASONS and began_at is not None:
        heard = began_at + timedelta(milliseconds=ms_played)
        ended_at = heard if at - heard > LATE else at
    return Listen(
        number,
        item.kind,
        at,
        Stamp.END,
        Precision.SECOND,
        ended_at,
        began_at,
        ms_played,
        item.uri,
        item.name,
        item.artist_name,
        item.collection_name,
        item.collection_uri,
        text(get("reason_start")),
        reason_end,
        flag(get("skipped")),
        flag(get("shuffle")),
        flag(get("offline")),
        flag(get("incognito_mode")),
    )


def item_of(row: Row) -> Item | None:
    """What was playing; None where the row does not say (Spotify has blanked some)."""
    get = row.get
    track_uri = uri(get("spotify_track_uri"), "track")
    if track_uri is None and (other := _audiobook(row) or _episode(row)):
        return other
    name = text(get("master_metadata_track_name"))
    if track_uri is None and name is None:
        return None
    return Item(
        ItemKind.TRACK,
        track_uri,
        name,
        text(get("master_metadata_album_artist_name")),
        text(get("master_metadata_album_album_name")),
    )


def _audiobook(row: Row) -> Item | None:
    """A chapter: its id is that of an episode, the book's that of a show."""
    found = row.get("audiobook_chapter_uri")
    chapter_uri = uri(found, "episode") or uri(found, "chapter")
    book_uri = uri(row.get("audiobook_uri"), "show") or uri(row.get("audiobook_uri"), "audiobook")
    chapter, book = text(row.get("audiobook_chapter_title")), text(row.get("audiobook_title"))
    if not (chapter_uri or book_uri or chapter or book):
        return None
    return Item(ItemKind.AUDIOBOOK, chapter_uri, chapter, None, book, book_uri)


def _episode(row: Row) -> Item | None:
    # Where a video or an episode stands under a track's key, its URI says what it is.
    found = uri(row.get("spotify_episode_uri"), "episode") or uri(row.get("spotify_track_uri"), "episode")
    name, show = text(row.get("episode_name")), text(row.get("episode_show_name"))
    if not (found or name or show):
        return None
    return Item(ItemKind.EPISODE, found, name or text(row.get("master_metadata_track_name")), None, show)


def begin_of(value: object, at: datetime) -> datetime | None:
    """`offline_timestamp` of a row that is stamped `at`: seconds or, in years past, milliseconds. None: unknown (0, null, or what cannot be)."""
    number = whole(value)
    if not number or number < 0:
        return None
    try:
        began_at = datetime.fromtimestamp(number if number < _MILLISECONDS else number / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return began_at if at - LONGEST_ROW <= began_at <= at + _AHEAD else None
