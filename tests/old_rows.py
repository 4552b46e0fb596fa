"""Rows for a database of any schema: one in each table, told apart by the number of its migration."""

import json
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from psycopg2.extensions import cursor as Cursor

from db.copying.tables import read_tables

DAY = date(2020, 1, 1)
# What no check of a table says, and yet has a meaning.
WORDS = {
    "kind": "track",
    "item_type": "track",
    "event": "liked",
    "source": "api",
    "status": "done",
    "market": "DE",
    "time_zone": "Europe/Berlin",
}
_CHECK = re.compile(r"\((\w+) = ANY \(ARRAY\[('\w+'::text(?:, '\w+'::text)*)\]")
LEFT_EMPTY = {"removed_at", "filled_at", "circuit_open_until"}  # what is still so
JSON = {
    "undo": [[0, 1, ["spotify:track:one"]]],
    "rules": {"match": {}},
    "value": 5,
    "cursor": {},
    "extra": {"n": 1},
    "versions": {},
    "made_from": {},
}
ARRAYS = {"_text": ["one", "two"], "_int4": [1, 2], "_date": [DAY]}


def spotify_id(letter: str, number: int) -> str:
    """22 characters, as Spotify's are."""
    return f"{letter}{number:03}".ljust(22, "0")


def value(table: str, column: str, kind: str, number: int, words: Sequence[str]) -> object:
    """What stands in a column of the row of that number; None: nothing. `words`: the only ones that may, if there are such."""
    if column in LEFT_EMPTY:
        return None
    if (table, column) == ("users", "name"):
        return f"name{number}"  # of which not everything can be one
    if kind in ("timestamp with time zone", "date"):
        later = column in ("gap_end", "last_day", "finished_at", "completed_at")
        day = DAY + timedelta(days=number + later)
        return day if kind == "date" else datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    if kind == "jsonb":
        return json.dumps(JSON[column]) if column in JSON else None
    if (table, column) == ("users", "name"):
        return f"listener{number}"
    return {
        "integer": number,
        "bigint": number,
        "numeric": number,
        "boolean": True,
        **ARRAYS,
        "xid8": str(number),
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{table} {number}")),
    }.get(kind) or text(column, number, words)


def text(column: str, number: int, words: Sequence[str]) -> str:
    """Names, ids and words."""
    word = WORDS.get(column)
    if words:
        return word if word in words else words[0]
    if word:
        return word
    if column in ("item_uri", "item_key"):
        return f"spotify:track:{spotify_id('t', number)}"
    if column == "into_id":
        return spotify_id("t", 5)  # of an earlier step
    if column == "replacement_id":
        return spotify_id("t", number)
    for thing in ("track", "album", "artist", "playlist"):
        if column in (f"{thing}_id", f"top_{thing}_id"):
            return spotify_id(thing[0] if thing != "artist" else "r", number)
    return f"u{number}" if column == "user_id" else f"{column} {number}"


def fill(cursor: Cursor, number: int) -> dict[str, dict[str, object]]:
    """Put a row into each table, as they are now; what stands in them, by table and column."""
    cursor.execute(
        "SELECT table_name, column_name, CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND is_identity = 'NO' AND is_generated = 'NEVER'"
    )
    kinds = {(table, column): kind for table, column, kind in cursor}
    cursor.execute(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'c' AND connamespace = current_schema()::regnamespace"
    )
    words = {
        (table, column): re.findall(r"'(\w+)'", listed)
        for table, check in cursor
        for column, listed in _CHECK.findall(check)
    }
    put = {}
    for table in read_tables(cursor):
        row = {
            column: value(
                table.name, column, kinds[table.name, column], number, words.get((table.name, column), ())
            )
            for column in table.columns
            if (table.name, column) in kinds
        }
        row = {column: one for column, one in row.items() if one is not None}
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(row.values()))
        put[table.name] = row
    return put
