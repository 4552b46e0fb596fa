"""Rows of tables: what declares them, how many at once are written, and how they are read.

A row type declares its table: the names, types and order of its columns, its key, and how it is written.

    class LikedTrack(Row, table="liked_tracks", key=("user_id", "track_id")):
        user_id: str
        track_id: str
        liked_at: datetime
        removed_at: datetime | None = None

makes a frozen dataclass. `upsert` writes its instances: one statement per table and page, unchanged rows untouched, every
row accounted for. `read` makes them from a SELECT by name.

Rows go in sorted by key, so that two jobs that write the same rows wait for each other instead of deadlocking; for the
same reason a transaction writes each table once and in one order: artists, albums, tracks, then the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """How rows of a table are written.

    `keeps_known`: a NULL from the source leaves the stored value alone (a field that Spotify left out).
    `set_by`: SQL for a column's new value where that is not simply the given one; `t` is the stored row.
    `is_exact`: the rows given for an owner (the key's first column) are all that it has: those at a position (the
    second) behind them are deleted.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]  # beside the key
    keeps_known: bool = False
    set_by: Mapping[str, str] = field(default_factory=dict)
    is_exact: bool = False

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


@dataclass_transform(frozen_default=True)
class Row:
    """The base of row types. The key's columns come first; a column with a default may be left out."""

    table: ClassVar[Table]
    as_tuple: ClassVar[Callable[[Any], Any]]

    if TYPE_CHECKING:  # for code that makes rows of any type; each type has its own, made by `dataclass`

        def __init__(self, *values: Any) -> None: ...

    def __init_subclass__(
        cls,
        *,
        table: str,
        key: tuple[str, ...],
        keeps_known: bool = False,
        set_by: Mapping[str, str] | None = None,
        is_exact: bool = False,
    ) -> None:
        dataclass(frozen=True)(cls)
        names = tuple(column.name for column in fields(cls))  # type: ignore[arg-type] # a dataclass by now
        if names[: len(key)] != key:
            raise TypeError(f"{cls.__name__}: the columns of the key {key} come first, in that order")
        cls.table = Table(table, key, names[len(key) :], keeps_known, set_by or {}, is_exact)
        cls.as_tuple = attrgetter(*names)


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


def upsert_all(cursor: Cursor, *groups: Iterable[Row]) -> list[Counts]:
    """Write one group of rows after another, each of one type, as `upsert` does; what became of each group."""
    return [upsert(cursor, group) for group in groups]


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
    if kind.table.is_exact:
        _delete_behind(cursor, kind.table, by_key)
    inserted = sum(1 for (is_new,) in written if is_new)
    return Counts(inserted, len(written) - inserted, len(ordered) - len(written))


def _delete_behind(cursor: Cursor, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
    """Delete the rows of these owners that are behind those given."""
    lengths: dict[str, int] = {}
    for owner, position, *_ in keys:
        lengths[owner] = max(lengths.get(owner, 0), position + 1)
    owner_column, position_column, *_ = table.key
    execute_values(
        cursor,
        f"DELETE FROM {table.name} AS t USING (VALUES %s) AS v (owner, length) "  # noqa: S608 - names of ours
        f"WHERE t.{owner_column} = v.owner AND t.{position_column} >= v.length",
        sorted(lengths.items()),
        page_size=len(lengths),
    )


def _sortable(key: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(f"{part:012d}" if isinstance(part, int) else str(part) for part in key)


def read(cursor: Cursor, kind: type[T]) -> list[T]:
    """The rows of the statement just executed as instances of a dataclass: columns are matched by name.

    Raises TypeError where the statement has a column that the class does not know, or lacks one that it needs.
    """
    names = [column.name for column in cursor.description or ()]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor]
