"""Bulk upserts: one statement per table and page, unchanged rows untouched, every row accounted for.

Rows go in sorted by key, so that two jobs that write the same rows wait for each other instead of deadlocking;
for the same reason a transaction writes each table once and in the order of `db/tables.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values


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


@dataclass(frozen=True)
class Table:
    """How rows of a table are written.

    `keeps_known`: a NULL from the source leaves the stored value alone (a field that Spotify left out).
    `set_by`: SQL for a column's new value where that is not simply the given one; `t` is the stored row.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    keeps_known: bool = False
    set_by: Mapping[str, str] = field(default_factory=dict)

    def upsert_sql(self) -> str:
        """The statement, with one %s for the rows; it returns one boolean, "inserted", per row written."""
        names = ", ".join(self.key + self.columns)
        sql = f"INSERT INTO {self.name} AS t ({names}) VALUES %s ON CONFLICT ({', '.join(self.key)}) DO "  # noqa: S608 - names of ours
        if not self.columns:
            return sql + "NOTHING RETURNING true"
        new = {column: self._new_value(column) for column in self.columns}
        assignments = ", ".join(f"{column} = {value}" for column, value in new.items())
        stored = ", ".join(f"t.{column}" for column in new)
        return (
            f"{sql}UPDATE SET {assignments} "
            f"WHERE ROW({stored}) IS DISTINCT FROM ROW({', '.join(new.values())}) RETURNING t.xmax = 0"
        )

    def _new_value(self, column: str) -> str:
        if column in self.set_by:
            return self.set_by[column]
        return f"COALESCE(EXCLUDED.{column}, t.{column})" if self.keeps_known else f"EXCLUDED.{column}"


def upsert(cursor: Cursor, table: Table, rows: Iterable[Sequence[object]]) -> Counts:
    """Write rows of (key…, columns…) in one statement. Of rows with the same key the last one counts."""
    by_key = {tuple(row[: len(table.key)]): row for row in rows}
    if not by_key:
        return Counts()
    ordered = [by_key[key] for key in sorted(by_key, key=_sortable)]
    written = execute_values(cursor, table.upsert_sql(), ordered, page_size=len(ordered), fetch=True)
    inserted = sum(1 for (is_new,) in written if is_new)
    return Counts(inserted, len(written) - inserted, len(ordered) - len(written))


def _sortable(key: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(f"{part:012d}" if isinstance(part, int) else str(part) for part in key)
