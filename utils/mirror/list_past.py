"""The past of a list, as far as it was copied: when it changed, and what was in it at any moment."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.mirror.list_order import undo_of, undone

Row = Mapping[str, Any]


@dataclass
class Change:
    """What was seen to have changed in a list at a moment, with some of the names."""

    playlist_id: str
    at: datetime
    came: int
    went: int
    size: int
    names: dict[bool, list[Row]] = field(default_factory=lambda: {True: [], False: []})


@dataclass
class History:
    """What is known of a list's past; `changes`: the newest ones first, of `count`."""

    since: datetime
    size: int
    changes: list[Change]
    count: int


def histories_of(rows: Iterable[Row]) -> dict[str, History]:
    """The rows of `list_past.changes`, by list."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["playlist_id"]].append(row)
    return {
        playlist_id: History(
            of_list[-1]["changed_at"],
            of_list[-1]["size"],
            [
                Change(playlist_id, row["changed_at"], row["came"], row["went"], row["size"])
                for row in of_list
                if row["number"] > 1
            ],
            of_list[-1]["changes"],
        )
        for playlist_id, of_list in found.items()
    }


@dataclass(frozen=True)
class Entry:
    """What was in a list: its name, and "A, B", as far as they are known; None: an entry without content."""

    uri: str | None
    name: str | None
    artists: str | None


@dataclass(frozen=True)
class Past:
    """What a list held at a moment, in order. `unplaced`: how many of the last ones stand there because their place is not known."""

    entries: Sequence[Entry]
    unplaced: int

    @property
    def uris(self) -> list[str]:
        """In order, with '' for an entry without content."""
        return [entry.uri or "" for entry in self.entries]


def keep_version(cursor: Cursor, key: Mapping[str, object], now: datetime) -> None:
    """Keep how the staged version of a list leads back to what it holds; of a list that held nothing there is nothing to keep."""
    cursor.execute(statement("list_past.current"), key)
    before = [uri for (uri,) in cursor]
    if not before:
        return
    cursor.execute(statement("list_past.staged"), key)
    undo = undo_of(before, [uri for (uri,) in cursor])
    if undo:
        cursor.execute(statement("list_past.keep_version"), {**key, "now": now, "undo": json.dumps(undo)})


def past_of(cursor: Cursor, user_id: str, playlist_id: str, moment: datetime) -> Past:
    """What a list held at a moment, as far as it had been copied by then.

    The order, and what it held twice, is that of its versions; of what was copied before these were kept, it is the order of the
    oldest version that is, and what is in none of them comes last.
    """
    key = {"user_id": user_id, "playlist_id": playlist_id, "moment": moment}
    cursor.execute(statement("list_past.current"), key)
    uris = [uri for (uri,) in cursor]
    cursor.execute(statement("list_past.versions"), key)
    for (undo,) in cursor.fetchall():
        uris = undone(uris, undo)
    cursor.execute(statement("list_past.held"), key)
    held = {uri: Entry(uri, name, artists) for uri, name, artists, _, _ in cursor}
    is_whole = {uri for uri in uris if uri is not None} == held.keys()
    placed = [uri for uri in uris if uri in held or (uri is None and is_whole)]
    known = set(placed)
    unplaced = [entry for uri, entry in held.items() if uri not in known]
    nothing = Entry(None, None, None)
    return Past([*(held[uri] if uri is not None else nothing for uri in placed), *unplaced], len(unplaced))


def history_of(cursor: Cursor, user_id: str, playlist_id: str) -> History | None:
    """All changes of a list; None where it was never copied."""
    cursor.execute(
        statement("list_past.changes"), {"user_id": user_id, "newest": 2**31 - 1, "lists": [playlist_id]}
    )
    names = [column.name for column in cursor.description or ()]
    return histories_of(dict(zip(names, row, strict=True)) for row in cursor).get(playlist_id)
