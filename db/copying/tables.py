"""The tables that are copied, their order, and what tells that a copy is equal."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from utils.database.migrate import load_migrations
from utils.database.statements import statement
from utils.database.views import load_views

MIGRATIONS = "schema_migrations"
OF_DATABASE = frozenset((MIGRATIONS, "distribution"))  # each database has made its own
_MADE = re.compile(r"^(?:CREATE TABLE|ALTER TABLE \w+ RENAME TO) (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Table:
    """A table with the columns that are copied: those that are not computed from others.

    `chosen`: a SELECT of the rows that are meant, where that is not all of them.
    """

    name: str
    columns: Sequence[str]
    chosen: sql.Composable | None = None

    def copy_out(self) -> sql.Composed:
        """The rows as text."""
        if self.chosen is None:
            form = "COPY {} ({}) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')"
        else:
            form = "COPY (SELECT {1} FROM {0}) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')"
        return sql.SQL(form).format(self._rows(), self._columns())

    def copy_in(self) -> sql.Composed:
        """Takes that text."""
        return sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT text, ENCODING 'UTF8')").format(
            sql.Identifier(self.name), self._columns()
        )

    def digest(self) -> sql.Composed:
        """How many rows, and a sum over the SHA-256 of each: the same for the same rows, in any order, on any server."""
        return sql.SQL(
            "SELECT count(*), COALESCE(sum(('x' || left(encode(sha256(convert_to(ROW({1})::text, 'UTF8')), 'hex'), 16))"
            "::bit(64)::bigint::numeric), 0) FROM {0}"
        ).format(self._rows(), self._columns())

    def _rows(self) -> sql.Composable:
        if self.chosen is None:
            return sql.Identifier(self.name)
        return sql.SQL("({}) AS chosen").format(self.chosen)

    def _columns(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


@cache
def our_names() -> frozenset[str]:
    """The names of all tables that a migration has ever made."""
    return frozenset(name for each in load_migrations() for name in _MADE.findall(each.sql))


def read_our_tables(cursor: Cursor) -> tuple[list[Table], list[str]]:
    """As `read_tables`, without those of a person's own; and the names of these."""
    tables = read_tables(cursor)
    others = sorted(table.name for table in tables if table.name not in our_names())
    return [table for table in tables if table.name in our_names()], others


def read_tables(cursor: Cursor) -> list[Table]:
    """All tables but those of the database itself and what is derived, each behind those that it points to."""
    derived = {view.name for view in load_views()}  # tables where the database is distributed
    cursor.execute(statement("copying.tables"))
    found = {
        name: Table(name, columns)
        for name, columns in cursor
        if name not in OF_DATABASE and name not in derived
    }
    cursor.execute(statement("copying.references"))
    order: TopologicalSorter[str] = TopologicalSorter({name: () for name in found})
    for table, target in cursor:
        if table in found and target in found:
            order.add(table, target)
    return [found[name] for name in order.static_order()]


def digest_of(cursor: Cursor, table: Table) -> tuple[int, int]:
    """The number of rows and the sum."""
    cursor.execute(table.digest())
    ((count, total),) = cursor.fetchall()
    return int(count), int(total)


def holding_rows(cursor: Cursor, tables: Sequence[Table]) -> list[str]:
    """The names of those that are not empty."""
    names = []
    for table in tables:
        cursor.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table.name)))
        if cursor.fetchone() == (True,):
            names.append(table.name)
    return names
