"""A listener's plays: listed with what names each, taken out, and brought back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from db.corrections.named import SeveralError
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.plays.merging import restore
from utils.plays.sources import API, BOTH, EXPORT, OTHERS
from utils.plays.writing import take_out
from utils.text_table import text_table, track_length

SHOWN_OF_HANDLE = 10  # hex digits: a million plays have one chance in two that any two are alike
LEAST_OF_HANDLE = 4
SHOWN = 20  # of what a command is about
# What is meant by a source: all that it tells of.
SOURCES = {API: (API, BOTH), EXPORT: (EXPORT, BOTH), BOTH: (BOTH,), **{each: (each,) for each in OTHERS}}
FOLLOWS = "Counts follow with the next refresh: ./run materialized_views\n"


class StoredPlay(NamedTuple):
    """A play with its names. Columns as `corrections.plays` has them; times are aware, UTC."""

    played_at: datetime
    item_key: str
    part: int
    handle: str
    track: str | None
    artist: str | None
    ms_played: int | None
    source: str
    also_in: list[str] | None
    context_uri: str | None
    deleted_at: datetime | None
    total: int  # of all that were asked for

    @property
    def key(self) -> tuple[datetime, str, int]:
        """Of the row, beside its listener."""
        return self.played_at, self.item_key, self.part


@dataclass(frozen=True)
class Wanted:
    """Which plays are meant; None says nothing about them. `begin` is in it, `end` is not."""

    begin: datetime | None = None
    end: datetime | None = None
    item_keys: Sequence[str] | None = None
    source: str | None = None
    is_deleted: bool = False

    @property
    def says_nothing(self) -> bool:
        """True where all plays are meant."""
        return self.begin is None and self.end is None and self.item_keys is None and self.source is None


def find_plays(
    cursor: Cursor,
    user_id: str,
    wanted: Wanted,
    limit: int | None = None,
    handles: Sequence[str] | None = None,
) -> list[StoredPlay]:
    """The plays, newest first."""
    values = {
        "user_id": user_id,
        "begin": wanted.begin,
        "end": wanted.end,
        "item_keys": None if wanted.item_keys is None else list(wanted.item_keys),
        "sources": None if wanted.source is None else list(SOURCES[wanted.source]),
        "is_deleted": wanted.is_deleted,
        "handles": None if handles is None else list(handles),
        "limit": limit,
    }
    cursor.execute(statement("corrections.plays"), values)
    return [StoredPlay(*row) for row in cursor]


def plays_of(
    cursor: Cursor, user_id: str, handles: Sequence[str], zone: ZoneInfo, *, is_deleted: bool
) -> list[StoredPlay]:
    """The play of each handle. Raises SettingsError where there is none, or where the beginning of a handle fits several."""
    wanted = [handle.strip().lower() for handle in handles]
    for handle in wanted:
        if len(handle) < LEAST_OF_HANDLE or set(handle) - set("0123456789abcdef"):
            raise SettingsError(
                f"{handle!r} cannot be the handle of a play.",
                f"It is the first {LEAST_OF_HANDLE} characters, or more, of what ./run plays list shows.",
            )
    found = find_plays(cursor, user_id, Wanted(is_deleted=is_deleted), handles=wanted)
    chosen: dict[tuple[datetime, str, int], StoredPlay] = {}
    for handle in wanted:
        fitting = [play for play in found if play.handle.startswith(handle)]
        if not fitting:
            elsewhere = find_plays(cursor, user_id, Wanted(is_deleted=not is_deleted), handles=[handle])
            if elsewhere:
                raise SettingsError(
                    f"The play {handle} is {'not deleted' if is_deleted else 'deleted already'}.",
                    f"./run plays list{'' if is_deleted else ' --deleted'} shows it.",
                )
            raise SettingsError(
                f"There is no play {handle!r}{' that was deleted' if is_deleted else ''}.",
                f"./run plays list{' --deleted' if is_deleted else ''} shows what there is.",
            )
        if len(fitting) > 1:
            raise SeveralError(
                f"{handle!r} is the beginning of {len(fitting)} handles; they stand above.",
                "Give more of one.",
                table(fitting[:SHOWN], zone, digits=max(SHOWN_OF_HANDLE, len(handle) + 6)),
            )
        chosen[fitting[0].key] = fitting[0]
    return list(chosen.values())


def listing(plays: Sequence[StoredPlay], zone: ZoneInfo) -> str:
    """The plays as a table, and how many there are."""
    if not plays:
        return "no plays\n"
    total = plays[0].total
    said = f"{len(plays):,} of {total:,} plays" if len(plays) < total else f"{total:,} plays"
    return f"{table(plays, zone)}\n{said}; times are of {zone.key}\n"


def table(plays: Sequence[StoredPlay], zone: ZoneInfo, digits: int = SHOWN_OF_HANDLE) -> str:
    """A row for each play."""
    is_deleted = any(play.deleted_at for play in plays)
    head = ("handle", "played", "track", "artist", "heard", "source", *(["deleted"] if is_deleted else []))
    return text_table(
        head,
        [
            (
                play.handle[:digits],
                f"{play.played_at.astimezone(zone):%Y-%m-%d %H:%M}",
                play.track or play.item_key,
                play.artist,
                track_length(play.ms_played),
                ", ".join([play.source, *(play.also_in or [])]),
                *(
                    [f"{play.deleted_at.astimezone(zone):%Y-%m-%d %H:%M}" if play.deleted_at else ""]
                    if is_deleted
                    else []
                ),
            )
            for play in plays
        ],
    )


def as_json(plays: Sequence[StoredPlay], zone: ZoneInfo) -> str:
    """The plays as a list of objects; moments with the listener's offset."""
    return (
        json.dumps(
            [
                {
                    "handle": play.handle,
                    "played_at": play.played_at.astimezone(zone).isoformat(),
                    "track": play.track,
                    "artist": play.artist,
                    "item_key": play.item_key,
                    "ms_played": play.ms_played,
                    "source": play.source,
                    "also_in": play.also_in or [],
                    "context_uri": play.context_uri,
                    "deleted_at": play.deleted_at and play.deleted_at.astimezone(zone).isoformat(),
                }
                for play in plays
            ],
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )


def delete(
    cursor: Cursor, user_id: str, plays: Sequence[StoredPlay], zone: ZoneInfo, now: datetime, *, is_sure: bool
) -> str:
    """Take plays out; more than one only where somebody `is_sure`. What is said about it. Needs the lock."""
    if not plays:
        return "no plays\n"
    shown = table(plays[:SHOWN], zone)
    if len(plays) > SHOWN:
        shown += f"… and {len(plays) - SHOWN:,} more\n"
    if len(plays) > 1 and not is_sure:
        return f"{shown}\nNothing is deleted yet: --yes deletes these {len(plays):,} plays.\n"
    take_out(cursor, user_id, [play.key for play in plays], now)
    return f"{shown}\n{counted(len(plays))} deleted; ./run plays restore brings back what was. {FOLLOWS}"


def bring_back(
    cursor: Cursor, user_id: str, plays: Sequence[StoredPlay], tolerance_s: float, now: datetime
) -> str:
    """Bring plays back. What is said about it. Needs the lock."""
    if not plays:
        return "no plays were deleted\n"
    settled = restore(cursor, user_id, [play.key for play in plays], tolerance_s, now)
    merged = settled.merged.total() + settled.known.total()
    said = f" ({merged:,} became one with what other sources have told of meanwhile)" if merged else ""
    return f"{counted(len(plays))} restored{said}. {FOLLOWS}"


def counted(number: int) -> str:
    """`1 play`, `2 plays`."""
    return "1 play" if number == 1 else f"{number:,} plays"
