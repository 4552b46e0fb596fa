"""The columns of CSV and Parquet: their names, what they hold, and their values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum
from operator import attrgetter
from typing import Any

from reports.exporting.plays import Play


class Type(Enum):
    """What a column is made of."""

    TEXT = "text"
    TEXTS = "texts"  # a list
    MOMENT = "moment"  # UTC
    LOCAL = "local"  # a moment by the listener's clock
    WHOLE = "whole"  # a number
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """`value` takes it from a play; of a LOCAL column it is the moment."""

    name: str
    type: Type
    about: str
    value: Callable[[Play], Any]
    between: str = " "  # of a list's texts in CSV


def _same(name: str, kind: Type, about: str) -> Column:
    return Column(name, kind, about, attrgetter(name))


COLUMNS = (
    _same("kind", Type.TEXT, "track; with --episodes also episode and audiobook"),
    _same(
        "played_at", Type.MOMENT, "the end of the play, in UTC; of a tool that only keeps when it began, that"
    ),
    Column("played_at_local", Type.LOCAL, "the same by your clock", attrgetter("played_at")),
    Column("started_at", Type.MOMENT, "its beginning, where that is known", attrgetter("began_at")),
    _same("ms_played", Type.WHOLE, "how long was heard; empty: nobody says"),
    _same("duration_ms", Type.WHOLE, "how long the track is"),
    Column("uri", Type.TEXT, "spotify:track:…; empty: known by its names only", attrgetter("uri")),
    _same("isrc", Type.TEXT, "the code of the recording"),
    _same("name", Type.TEXT, "of the track, the episode or the chapter"),
    Column(
        "artist",
        Type.TEXT,
        "the main artist; of an episode the author",
        lambda play: next(iter(play.artist_names), None),
    ),
    Column("artists", Type.TEXTS, "all artists, as credited", attrgetter("artist_names"), "; "),
    Column("artist_ids", Type.TEXTS, "their ids, in the same order", lambda play: play.artist_ids or []),
    _same("album", Type.TEXT, "of a track; of an episode the show, of a chapter the audiobook"),
    _same("album_id", Type.TEXT, "the album's id"),
    Column(
        "sources",
        Type.TEXTS,
        "who tells of the play, the one whose moment it has first",
        attrgetter("sources"),
    ),
    _same("context_uri", Type.TEXT, "the playlist, album or artist that it was played from"),
    _same("reason_start", Type.TEXT, "why it began, in Spotify's words"),
    _same("reason_end", Type.TEXT, "why it ended"),
    _same("skipped", Type.FLAG, "as Spotify says it, not always since when"),
    _same("shuffle", Type.FLAG, "shuffle was on"),
    _same("offline", Type.FLAG, "the device was offline"),
    _same("incognito_mode", Type.FLAG, "a private session"),
    _same("stamped_at", Type.MOMENT, "the moment as the source has it, where played_at is a better one"),
    _same("api_played_at", Type.MOMENT, "the moment as the API has it, where the export's is played_at"),
    Column(
        "api_uri", Type.TEXT, "the track as the API has it, where that is another", attrgetter("api_item_key")
    ),
)


def texts_of(zone: tzinfo) -> Callable[[Play], list[str | int | None]]:
    """`texts(play)`: its values as CSV has them: moments in ISO 8601, lists as one text, nothing for what is unknown."""

    def moment(value: datetime | None) -> str | None:
        return None if value is None else value.isoformat(timespec="milliseconds")[:23] + "Z"

    def local(value: datetime) -> str:
        return value.astimezone(zone).isoformat(timespec="milliseconds")

    def flag(value: bool | None) -> str | None:
        return None if value is None else "true" if value else "false"

    ways: dict[Type, Callable[[Any], Any]] = {Type.MOMENT: moment, Type.LOCAL: local, Type.FLAG: flag}
    cells = [
        (column.value, column.between.join if column.type is Type.TEXTS else ways.get(column.type))
        for column in COLUMNS
    ]

    def texts(play: Play) -> list[str | int | None]:
        return [value(play) if way is None else way(value(play)) for value, way in cells]

    return texts
