"""What counts in no statistic, though its plays are kept: excluded and included again. (Smart playlists have a list of their own.)"""

from datetime import date, datetime

from psycopg2.extensions import cursor as Cursor

from db.corrections.named import Thing
from db.corrections.stored_plays import FOLLOWS, counted
from utils.database.statements import statement
from utils.database.views import create_views, load_views, refresh_view
from utils.errors import SettingsError
from utils.text_table import text_table


def exclude(
    cursor: Cursor, user_id: str, thing: Thing, first: date | None, last: date | None, now: datetime
) -> str:
    """Let plays of this count in no statistic, on these days of the listener (both are in it). What is said about it."""
    before = _uncounted(cursor, user_id)
    for item_id in thing.item_ids:
        values = {
            "user_id": user_id,
            "kind": thing.kind,
            "item_id": item_id,
            "first_day": first,
            "last_day": last,
            "name": thing.name,
            "artist": thing.artist,
            "now": now,
        }
        cursor.execute(statement("corrections.exclude"), values)
    _refresh(cursor)
    more = max(_uncounted(cursor, user_id) - before, 0)
    said = f"{thing} counts in no statistic{_days(first, last)}: {counted(more)} so far, kept all the same."
    if thing.kind == "playlist":
        said += " Only the API says from which list a play was started: imported ones count."
    return f"{said} {FOLLOWS}"


def include(cursor: Cursor, user_id: str, wanted: str) -> str:
    """Let plays count again of what was excluded: by its id, its URI, or a part of its name. Raises SettingsError."""
    cursor.execute(statement("corrections.fold"), {"text": wanted.strip()})
    ((text,),) = cursor.fetchall()
    item_id = wanted.strip().partition("?")[0].rstrip("/").replace("/", ":").rpartition(":")[2]
    rows = _rows(cursor, user_id)
    ids = {(row[0], row[1]) for row in rows if row[1] in (item_id, wanted.strip())}
    whole = {(row[0], row[7]): row for row in rows if text and text in (row[6], row[7])}
    part = {(row[0], row[7]): row for row in rows if text and text in row[7]}
    if not ids:
        names = whole or part
        if len(names) > 1:
            raise SettingsError(
                f"{wanted!r} may be any of "
                + ", ".join(f"{row[2]} (spotify:{row[0]}:{row[1]})" for row in names.values()),
                "Give the URI of one.",
            )
        ids = {(row[0], row[1]) for row in rows if (row[0], row[7]) in names}
    if not ids:
        raise SettingsError(
            f"{wanted!r} was not excluded from statistics.", "./run plays excluded shows what was."
        )
    before = _uncounted(cursor, user_id)
    for kind, each in sorted(ids):
        cursor.execute(statement("corrections.include"), {"user_id": user_id, "kind": kind, "item_id": each})
    _refresh(cursor)
    more = max(before - _uncounted(cursor, user_id), 0)
    name = next(row[2] or row[1] for row in rows if (row[0], row[1]) in ids)
    return f"{name} counts again, with {counted(more)}. {FOLLOWS}"


def excluded(cursor: Cursor, user_id: str) -> str:
    """What counts in no statistic."""
    rows = _rows(cursor, user_id)
    if not rows:
        return "nothing is excluded from statistics\n"
    table = text_table(
        ("what", "name", "artist", "from", "to", "uri"),
        [
            (kind, name, artist, first, last, item_id if ":" in item_id else f"spotify:{kind}:{item_id}")
            for kind, item_id, name, artist, first, last, *_ in rows
        ],
    )
    return f"{table}\n{counted(_uncounted(cursor, user_id))} kept that count in no statistic\n"


def _rows(cursor: Cursor, user_id: str) -> list[tuple[str, ...]]:
    cursor.execute(statement("corrections.excluded"), {"user_id": user_id})
    return cursor.fetchall()


def _refresh(cursor: Cursor) -> None:
    """Let uncounted_keys say what is excluded now; the views that count follow with their next refresh."""
    (view,) = (view for view in load_views() if view.name == "uncounted_keys")
    refresh_view(cursor, view)


def _uncounted(cursor: Cursor, user_id: str) -> int:
    create_views(cursor, load_views())  # of a database in which nothing was derived yet
    cursor.execute(statement("corrections.count_uncounted"), {"user_id": user_id})
    ((number,),) = cursor.fetchall()
    return int(number)


def _days(first: date | None, last: date | None) -> str:
    return (f" from {first}" if first else "") + (f" to {last}" if last else "")
