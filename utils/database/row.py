"""A row type declares its table: the names, types and order of its columns, its key, and how it is written.

    class LikedTrack(Row, table="liked_tracks", key=("user_id", "track_id")):
        user_id: str
        track_id: str
        liked_at: datetime
        removed_at: datetime | None = None

makes a frozen dataclass. `utils.database.upsert` writes its instances, and `read` makes them from a SELECT by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

from psycopg2.extensions import cursor as Cursor

T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """How rows of a table are written.

    `keeps_known`: a NULL from the source leaves the stored value alone (a field that Spotify left out).
    `set_by`: SQL for a column's new value where that is not simply the given one; `t` is the stored row.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]  # beside the key
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
    ) -> None:
        dataclass(frozen=True)(cls)
        names = tuple(column.name for column in fields(cls))  # type: ignore[arg-type] # a dataclass by now
        if names[: len(key)] != key:
            raise TypeError(f"{cls.__name__}: the columns of the key {key} come first, in that order")
        cls.table = Table(table, key, names[len(key) :], keeps_known, set_by or {})
        cls.as_tuple = attrgetter(*names) if len(names) > 1 else attrgetter(names[0])


def read(cursor: Cursor, kind: type[T]) -> list[T]:
    """The rows of the statement just executed as instances of a dataclass: columns are matched by name.

    Raises TypeError where the statement has a column that the class does not know, or lacks one that it needs.
    """
    names = [column.name for column in cursor.description or ()]
    return [kind(**dict(zip(names, row, strict=True))) for row in cursor]
