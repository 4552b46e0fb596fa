"""The past of likes and saved albums: what came and went, and what was there at any moment."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from utils.database.rows import Events
from utils.database.statements import statement


class Held(NamedTuple):
    """What was in the library at a moment; `artists`: "A, B"."""

    item_id: str
    came_at: datetime
    name: str | None
    artists: str | None


class Day(NamedTuple):
    """A day of the listener on which something came or went, and how many there were at its end."""

    day: date
    came: int
    went: int
    size: int


class Named(NamedTuple):
    """What came or went on a day."""

    day: date
    is_new: bool
    item_id: str
    name: str | None
    artists: str | None


def first_copied(cursor: Cursor, user_id: str, events: Events) -> datetime | None:
    """From when on what goes is known; None where nothing was copied. What came is known from before, if it was still there then."""
    cursor.execute(statement("library_past.since"), _which(user_id, events))
    ((since,),) = cursor.fetchall()
    return since if isinstance(since, datetime) else None


def held_at(cursor: Cursor, user_id: str, events: Events, moment: datetime) -> list[Held]:
    """What was there at a moment, the oldest first."""
    cursor.execute(statement("library_past.held"), {**_which(user_id, events), "moment": moment})
    return [Held(*row) for row in cursor]


def days_of(cursor: Cursor, user_id: str, events: Events, time_zone: str) -> list[Day]:
    """All days with a change, the newest first."""
    cursor.execute(statement("library_past.days"), {**_which(user_id, events), "time_zone": time_zone})
    return [Day(*row) for row in cursor]


def names_of(
    cursor: Cursor, user_id: str, events: Events, time_zone: str, days: Sequence[date], names: int
) -> list[Named]:
    """What came and went on these days, so many of each."""
    values = {**_which(user_id, events), "time_zone": time_zone, "days": list(days), "names": names}
    cursor.execute(statement("library_past.names"), values)
    return [Named(*row) for row in cursor]


def _which(user_id: str, events: Events) -> dict[str, object]:
    return {
        "user_id": user_id,
        "item_type": events.item_type,
        "came": events.came,
        "went": events.went,
    }
