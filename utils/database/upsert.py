"""Bulk upserts: one statement per table and page, unchanged rows untouched, every row accounted for.

Rows go in sorted by key, so that two jobs that write the same rows wait for each other instead of deadlocking;
for the same reason a transaction writes each table once and in one order: artists, albums, tracks, then the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from utils.database.row import Row


@dataclass(frozen=True)
class Counts:
    """What became of the rows of a write."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.inserted + other.inserted, self.updated + other.updated, self.unchanged + other.unchanged
        )


def upsert(cursor: Cursor, rows: Iterable[Row]) -> Counts:
    """Write rows of one type in one statement. Of rows with the same key the last one counts."""
    by_key: dict[tuple[object, ...], tuple[object, ...]] = {}
    kind: type[Row] | None = None
    for row in rows:
        kind = kind or type(row)
        if type(row) is not kind:
            raise TypeError(f"rows of {kind.__name__} and {type(row).__name__} in one write")
        values = kind.as_tuple(row)
        by_key[values[: len(kind.table.key)]] = values
    if kind is None:
        return Counts()
    ordered = [by_key[key] for key in sorted(by_key, key=_sortable)]
    written = execute_values(cursor, kind.table.upsert_sql(), ordered, page_size=len(ordered), fetch=True)
    inserted = sum(1 for (is_new,) in written if is_new)
    return Counts(inserted, len(written) - inserted, len(ordered) - len(written))


def _sortable(key: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(f"{part:012d}" if isinstance(part, int) else str(part) for part in key)
