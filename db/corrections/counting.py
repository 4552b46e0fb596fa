"""What counts in no statistic, though its plays are kept: excluded and included again. (Smart playlists have a list of their own.)"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor

from db.corrections.named import Kind, Thing
from db.corrections.stored_plays import FOLLOWS, counted
from utils.database.statements import statement
from utils.database.views import refresh_view, renew_views, views_here
from utils.errors import SettingsError
from utils.text_table import text_table


class Row(NamedTuple):
    """A stretch of days (None: without an end) on which a thing counts in no statistic. Columns as `corrections.excluded` has them."""

    kind: Kind
    item_id: str
    name: str | None
    artist: str | None
    first_day: date | None
    last_day: date | None
    folded: str
    whole: str  # with the artist, folded

    @property
    def thing(self) -> tuple[Kind, str]:
        """What it is of."""
        return self.kind, self.item_id

    @property
    def uri(self) -> str:
        """As a person may give it."""
        return self.item_id if ":" in self.item_id else f"spotify:{self.kind}:{self.item_id}"


@dataclass(frozen=True)
class Days:
    """Days of the listener, the first and the last in it; None: without an end."""

    first: date | None = None
    last: date | None = None

    def __str__(self) -> str:
        """In words, with a blank before them: ` from 2026-05-01 to 2026-05-02`; empty where all are meant."""
        return (f" from {self.first}" if self.first else "") + (f" to {self.last}" if self.last else "")


def exclude(cursor: Cursor, user_id: str, thing: Thing, days: Days, now: datetime) -> str:
    """Let plays of this count in no statistic on these days, too. What is said about it."""
    uncounted, stored = _uncounted(cursor, user_id), _stretches(cursor, user_id)
    for item_id in thing.item_ids:
        _change(cursor, user_id, (thing.kind, item_id), days, now, names=(thing.name, thing.artist))
    after = _stretches(cursor, user_id)
    if after == stored:
        return f"{thing} is excluded from statistics already{days}: nothing has changed.\n"
    _refresh(cursor, user_id)
    more = max(_uncounted(cursor, user_id) - uncounted, 0)
    said = f"{thing} counts in no statistic{days}: {counted(more)} so far, kept all the same."
    whole = sorted(
        {stretch[1:] for stretch in after if stretch[0] in [(thing.kind, each) for each in thing.item_ids]},
        key=str,
    )
    if whole != [(days.first, days.last)]:
        said += f" In all it does not{' and'.join(str(Days(*each)) or ' on any day' for each in whole)}."
    if thing.kind == "playlist":
        said += " Only the API says from which list a play was started: imported ones count."
    return f"{said} {FOLLOWS}"


def include(cursor: Cursor, user_id: str, wanted: str, days: Days, now: datetime) -> str:
    """Let plays count again on these days, of what was excluded: by its id, its URI, or a part of its name. Raises SettingsError."""
    rows = _rows(cursor, user_id)
    meant = _meant(cursor, rows, wanted)
    if not meant:
        raise SettingsError(
            f"{wanted!r} was not excluded from statistics.", "./run plays excluded shows what was."
        )
    uncounted, stored = _uncounted(cursor, user_id), _stretches(cursor, user_id)
    for thing in sorted(meant):
        _change(cursor, user_id, thing, days, now, is_more=False)
    if _stretches(cursor, user_id) == stored:
        raise SettingsError(
            f"{wanted!r} was not excluded from statistics{days}.", "./run plays excluded shows what was."
        )
    _refresh(cursor, user_id)
    more = max(uncounted - _uncounted(cursor, user_id), 0)
    one = next(row for row in rows if row.thing in meant)
    alike = sorted(
        {row.uri for row in rows if (row.kind, row.whole) == (one.kind, one.whole) and row.thing not in meant}
    )
    still = f" Of the same name, and still excluded: {', '.join(alike)}." if one.whole and alike else ""
    return f"{one.name or one.item_id} counts again{days}, with {counted(more)}.{still} {FOLLOWS}"


def _meant(cursor: Cursor, rows: Sequence[Row], wanted: str) -> set[tuple[Kind, str]]:
    """What a person means of what was excluded; empty: nothing. Raises SettingsError where it may be several things."""
    cursor.execute(statement("corrections.fold"), {"text": wanted.strip()})
    ((text,),) = cursor.fetchall()
    item_id = wanted.strip().partition("?")[0].rstrip("/").replace("/", ":").rpartition(":")[2]
    ids = {row.thing for row in rows if row.item_id in (item_id, wanted.strip())}
    if ids or not text:
        return ids
    whole = {(row.kind, row.whole): row for row in rows if text in (row.folded, row.whole)}
    names = whole or {(row.kind, row.whole): row for row in rows if text in row.whole}
    if len(names) > 1:
        raise SettingsError(
            f"{wanted!r} may be any of "
            + ", ".join(f"{row.name} (spotify:{row.kind}:{row.item_id})" for row in names.values()),
            "Give the URI of one.",
        )
    return {row.thing for row in rows if (row.kind, row.whole) in names}


def excluded(cursor: Cursor, user_id: str) -> str:
    """What counts in no statistic."""
    rows = _rows(cursor, user_id)
    if not rows:
        return "nothing is excluded from statistics\n"
    table = text_table(
        ("what", "name", "artist", "from", "to", "uri"),
        [(row.kind, row.name, row.artist, row.first_day, row.last_day, row.uri) for row in rows],
    )
    return f"{table}\n{counted(_uncounted(cursor, user_id))} kept that count in no statistic\n"


def _change(
    cursor: Cursor,
    user_id: str,
    thing: tuple[Kind, str],
    days: Days,
    now: datetime,
    *,
    names: tuple[str | None, str | None] = (None, None),
    is_more: bool = True,
) -> None:
    kind, item_id = thing
    values = {
        "user_id": user_id,
        "kind": kind,
        "item_id": item_id,
        "first_day": days.first,
        "last_day": days.last,
        "name": names[0],
        "artist": names[1],
        "is_more": is_more,
        "now": now,
    }
    cursor.execute(statement("corrections.change_uncounted_days"), values)


def _rows(cursor: Cursor, user_id: str) -> list[Row]:
    cursor.execute(statement("corrections.excluded"), {"user_id": user_id})
    return [Row(*row) for row in cursor]


def _stretches(cursor: Cursor, user_id: str) -> set[tuple[tuple[Kind, str], date | None, date | None]]:
    """What counts in no statistic, and from which day to which."""
    return {(row.thing, row.first_day, row.last_day) for row in _rows(cursor, user_id)}


def _refresh(cursor: Cursor, user_id: str) -> None:
    """Let uncounted_keys say what is excluded now; the views that count follow with their next refresh."""
    (view,) = (view for view in views_here(cursor) if view.name == "uncounted_keys")
    refresh_view(cursor, view, [user_id])


def _uncounted(cursor: Cursor, user_id: str) -> int:
    renew_views(cursor, views_here(cursor))  # of a database in which nothing was derived yet
    cursor.execute(statement("corrections.count_uncounted"), {"user_id": user_id})
    ((number,),) = cursor.fetchall()
    return int(number)
