"""Rows of tables: what declares them, how many at once are written, and how they are read.

A row type declares its table: the names, types and order of its columns, its key, and how it is written.

    class LikedTrack(Row, table="liked_tracks", key=("user_id", "track_id")):
        user_id: str
        track_id: str
        liked_at: datetime
        removed_at: datetime | None = None

makes a frozen dataclass. `upsert` writes its instances: one statement per table and page, unchanged rows untouched, every
row accounted for; where the type declares `Events`, that statement also says in library_events what came and what went.
`upsert_news` does the same for rows that many listeners' jobs write: it reads first, and writes only
what is news, since an upsert locks also the rows that it leaves as they are. `read` makes rows from a SELECT by name.

Rows go in sorted by key, so that two jobs that write the same rows wait for each other instead of deadlocking; for the
same reason a transaction writes each table once and in one order: artists, albums, tracks, then the rest. A row that is
written once more behind that (a stamp) is locked on the way.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from itertools import chain
from operator import attrgetter
from types import MappingProxyType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    NamedTuple,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
)

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

T = TypeVar("T")

_SQL_TYPES: dict[object, str] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    datetime: "timestamptz",
    date: "date",
    list[str]: "text[]",
}


def _without_none(hint: Any) -> Any:
    """The type of a column, whether or not it may be NULL."""
    if get_origin(hint) is UnionType:
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    return hint


class Events(NamedTuple):
    """What library_events says where rows of (user_id, an item's id, …) come and go: without `removed_at`, one is there.

    `happened_at`: the column that says when an item came, where there is one. Where that changes, the item went and came
    back between two looks.
    """

    came: str
    went: str
    item_type: str
    happened_at: str | None = None


class Table(NamedTuple):
    """How rows of a table are written.

    `keeps_known`: a NULL from the source leaves the stored value alone (a field that Spotify left out).
    `set_by`: SQL for a column's new value where that is not simply the given one; `t` is the stored row.
    `is_exact`: the rows given for an owner (the key's first column) are all that it has: those at a position (the
    second) behind them are deleted.
    `along`: INSERTs that are part of the same statement, of what follows from the rows that are `written`.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]  # beside the key
    keeps_known: bool = False
    set_by: Mapping[str, str] = MappingProxyType({})
    is_exact: bool = False
    along: tuple[str, ...] = ()
    events: Events | None = None
    types: tuple[str, ...] = ()  # PostgreSQL's, of key and columns
    unique: str = ""  # what the unique index is over, where that is not the key's columns

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns, the key's first."""
        return self.key + self.columns

    def upsert_sql(self, size: int) -> str:
        """The statement for so many rows; it returns one boolean, "inserted", per row written.

        It has a %s for each of their values, and where there are events, before these one for the list of owners and one
        for that of items, and behind them the moment of the events, twice.
        """
        row = f"({', '.join(['%s'] * len(self.names))})"
        is_new = "t.xmax = 0" if self.columns else "true"
        sql = f"{self._insert_sql(', '.join([row] * size))} RETURNING t.*, {is_new} AS is_new"
        if self.events is not None:
            return self._with_events(sql, self.events)
        along = "".join(f", along_{number} AS ({each})" for number, each in enumerate(self.along))
        return f"WITH written AS ({sql}){along} SELECT is_new FROM written"  # noqa: S608 - statements of ours

    def _insert_sql(self, values: str) -> str:
        names = ", ".join(self.names)
        sql = f"INSERT INTO {self.name} AS t ({names}) VALUES {values} ON CONFLICT ({self.unique or ', '.join(self.key)}) DO "  # noqa: S608 - names of ours
        if not self.columns:
            return sql + "NOTHING"
        new = {column: self._new_value(column) for column in self.columns}
        assignments = ", ".join(f"{column} = {value}" for column, value in new.items())
        stored = ", ".join(f"t.{column}" for column in new)
        return (
            f"{sql}UPDATE SET {assignments} "
            f"WHERE ROW({stored}) IS DISTINCT FROM ROW({', '.join(new.values())})"
        )

    def news_sql(self) -> str:
        """The SELECT, with one %s for the rows (`news_template`), of the numbers of those that an upsert would write."""
        columns = ", ".join(self.names)
        same_key = " AND ".join(f"t.{column} = v.{column}" for column in self.key)
        sql = (
            f"SELECT v.number FROM (VALUES %s) AS v (number, {columns}) "  # noqa: S608 - names of ours
            f"LEFT JOIN {self.name} AS t ON {same_key} WHERE t.{self.key[0]} IS NULL"
        )
        if not self.columns:
            return sql
        stored = ", ".join(f"t.{column}" for column in self.columns)
        new = ", ".join(self._new_value(column) for column in self.columns).replace("EXCLUDED.", "v.")
        return f"{sql} OR ROW({stored}) IS DISTINCT FROM ROW({new})"

    def news_template(self) -> str:
        """One row of `news_sql`: its number, then its values with their types, which NULL alone does not have."""
        return f"(%s, {', '.join(f'%s::{kind}' for kind in self.types)})"

    def _with_events(self, sql: str, events: Events) -> str:
        """That statement, with the events of what it changes.

        What rows were before is read in the same statement, of which all parts see the tables as they were when it began.
        It stands first, and materialized, for a database that carries out one part after the other. Nobody else writes a
        listener's rows meanwhile: the running-lock keeps other runs out. What came back between two looks had gone by then.
        """
        owner, item = self.key
        moment = events.happened_at
        note = "INSERT INTO library_events (user_id, event, item_type, item_id, happened_at, seen_at)"
        other_moment = f" OR n.{moment} <> o.{moment}" if moment else ""
        back_at = f"CASE WHEN n.removed_at IS NULL THEN n.{moment} END" if moment else "NULL::timestamptz"
        seen_at = "%s::timestamptz"
        return f"""
            WITH before AS MATERIALIZED (
                SELECT * FROM {self.name} WHERE {owner} = ANY(%s) AND {item} = ANY(%s)
            ),
            written AS ({sql}),
            noted AS (
                {note}
                SELECT {owner}, '{events.went}', '{events.item_type}', {item}, {back_at}, {seen_at}
                FROM written AS n JOIN before AS o USING ({owner}, {item})
                WHERE o.removed_at IS NULL AND (n.removed_at IS NOT NULL{other_moment})
                UNION ALL
                SELECT {owner}, '{events.came}', '{events.item_type}', {item}, {f"n.{moment}" if moment else "NULL"}, {seen_at}
                FROM written AS n LEFT JOIN before AS o USING ({owner}, {item})
                WHERE n.removed_at IS NULL AND (n.is_new OR o.removed_at IS NOT NULL{other_moment})
            )
            SELECT is_new FROM written"""  # noqa: S608 - names of ours

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
        along: tuple[str, ...] = (),
        events: Events | None = None,
        unique: str = "",
    ) -> None:
        dataclass(eq=False, repr=False)(cls)  # which takes a third of the time that a frozen one takes
        names = tuple(column.name for column in fields(cls))  # type: ignore[arg-type] # a dataclass by now
        if names[: len(key)] != key:
            raise TypeError(f"{cls.__name__}: the columns of the key {key} come first, in that order")
        types = tuple(_SQL_TYPES.get(_without_none(column.type), "text") for column in fields(cls))  # type: ignore[arg-type] # likewise
        cls.table = Table(
            table, key, names[len(key) :], keeps_known, set_by or {}, is_exact, along, events, types, unique
        )
        cls.as_tuple = attrgetter(*names)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(type(self).as_tuple(self))

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"
        )


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


def upsert(cursor: Cursor, rows: Iterable[Row], now: datetime | None = None) -> Counts:
    """Write rows of one type in one statement, with their events. Of rows with the same key the last one counts.

    `now`: when the events were seen; without it, now.
    """
    table, ordered = _in_order(rows)
    if not ordered:
        return Counts()
    counts = _write(cursor, table, ordered, now)
    if table.is_exact:
        _delete_behind(cursor, table, _lengths(ordered))
    return counts


def upsert_news(cursor: Cursor, rows: Iterable[Row], locked: Iterable[Row] = ()) -> Counts:
    """As `upsert`, with the same result, for rows of the catalogue: read first, and written only where there is news.

    What is there and stays is not locked, so whoever deletes from such a table has to keep all writers out
    (`catalogue.hold`). `locked`: rows of the same type that are locked all the same, in their place among the others,
    for what the transaction writes to them later.
    """
    locked = list(locked)
    table, ordered = _in_order(chain(locked, rows))
    if not ordered:
        return Counts()
    if table.is_exact:
        news, surplus = _exact_news(cursor, table, ordered)
    else:
        numbered = [(number, *row) for number, row in enumerate(ordered)]
        found = execute_values(
            cursor, table.news_sql(), numbered, table.news_template(), page_size=len(ordered), fetch=True
        )
        numbers, size = {number for (number,) in found}, len(table.key)
        to_lock = {row[:size] for row in _in_order(locked)[1]}
        news = [row for number, row in enumerate(ordered) if number in numbers or row[:size] in to_lock]
        surplus = {}
    counts = _write(cursor, table, news) if news else Counts()
    if surplus:
        _delete_behind(cursor, table, surplus)
    return counts + Counts(unchanged=len(ordered) - len(news))


def changed_owners(cursor: Cursor, rows: Iterable[Row]) -> set[str]:
    """Whose rows of a table that holds exactly what is given would change: those rows are written under their owner's lock."""
    table, ordered = _in_order(rows)
    news, surplus = _exact_news(cursor, table, ordered) if ordered else ([], {})
    return {str(row[0]) for row in news} | set(surplus)


def _in_order(rows: Iterable[Row]) -> tuple[Table, list[tuple[Any, ...]]]:
    """The table of these rows of one type, and their values by key, the last one of each key."""
    by_key: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    kind: type[Row] = Row
    for row in rows:
        kind = type(row) if kind is Row else kind
        if type(row) is not kind:
            raise TypeError(f"rows of {kind.__name__} and {type(row).__name__} in one write")
        values = kind.as_tuple(row)
        by_key[values[: len(kind.table.key)]] = values
    return kind.table if by_key else Table("", (), ()), [by_key[key] for key in sorted(by_key)]


def _write(
    cursor: Cursor, table: Table, ordered: list[tuple[Any, ...]], now: datetime | None = None
) -> Counts:
    parameters: list[object] = list(chain.from_iterable(ordered))
    if table.events is not None:
        keys = [list({row[part] for row in ordered}) for part in (0, 1)]
        seen_at = now or datetime.now(UTC)
        parameters = [*keys, *parameters, seen_at, seen_at]
    cursor.execute(table.upsert_sql(len(ordered)), parameters)
    written = cursor.fetchall()
    inserted = sum(1 for (is_new,) in written if is_new)
    return Counts(inserted, len(written) - inserted, len(ordered) - len(written))


def _exact_news(
    cursor: Cursor, table: Table, ordered: list[tuple[Any, ...]]
) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    """Rows that are not stored just so, and the owners that have more than is given, with how many are."""
    lengths = _lengths(ordered)
    cursor.execute(
        f"SELECT {', '.join(table.names)} FROM {table.name} WHERE {table.key[0]} = ANY(%s)",  # noqa: S608 - names of ours
        (list(lengths),),
    )
    stored = set(cursor.fetchall())
    surplus = {row[0]: lengths[row[0]] for row in stored if row[1] >= lengths[row[0]]}
    return [row for row in ordered if row not in stored], surplus


def _lengths(rows: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    """owner → how many positions are given."""
    lengths: dict[str, int] = {}
    for owner, position, *_ in rows:
        lengths[owner] = max(lengths.get(owner, 0), position + 1)
    return lengths


def _delete_behind(cursor: Cursor, table: Table, lengths: Mapping[str, int]) -> None:
    """Delete the rows of these owners that are behind those given."""
    owner_column, position_column, *_ = table.key
    execute_values(
        cursor,
        f"DELETE FROM {table.name} AS t USING (VALUES %s) AS v (owner, length) "  # noqa: S608 - names of ours
        f"WHERE t.{owner_column} = v.owner AND t.{position_column} >= v.length",
        sorted(lengths.items()),
        page_size=len(lengths),
    )


def read(cursor: Cursor, kind: type[T]) -> list[T]:
    """The rows of the statement just executed as instances of a dataclass: columns are matched by name.

    Raises TypeError where the statement has a column that the class does not know, or lacks one that it needs.
    """
    names = [column.name for column in cursor.description or ()]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor]
