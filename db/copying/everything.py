"""Copy everything from one database to another: in one snapshot, in one transaction, compared row by row.

All or nothing: whatever ends it leaves the target without a row. Nothing but transactions is needed of either server, so a
transaction pooler will do, and any two versions from 15 on.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg2
import psycopg2.errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.copying.stillness import hold, no_job_runs
from db.copying.stream import stream
from db.copying.tables import Table, digest_of, holding_rows, read_tables
from db.copying.target import ANOTHER, TRACES, empty, make_views, refuse_data, refuse_tables_of_others
from utils.database.connection import Database
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.database.trouble import explained
from utils.errors import DatabaseError, JobError, SettingsError
from utils.stopping import ctrl_c_ends_statements

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Copied:
    """What was copied: rows by table; and the tables of the person's own, which were not."""

    rows: dict[str, int]
    left_out: list[str]


def copy_everything(source: Database, target: Database, tell: Tell) -> Copied:
    """Copy what `source` holds into `target`, which holds no listener's data, and make the views there.

    `tell` gets a line as the copy gets on. Raises SettingsError where the databases do not fit, JobError where a script
    is running or the copy is not equal, DatabaseError for whatever a server says.
    """
    with (
        ctrl_c_ends_statements(),
        closing(source.connect()) as here,
        closing(target.connect()) as there,
        _explained(here, source, target),
    ):
        migrate(here)
        _refuse_the_same(here, there)
        with here, there, here.cursor() as reading, there.cursor() as writing:
            refuse_tables_of_others(writing, {table.name for table in read_tables(reading)})
        migrate(there)
        tables, left_out = _tables_of_both(here, there)
        with no_job_runs(source, "copied"), here, there, here.cursor() as reading, there.cursor() as writing:
            _begin(reading, writing, tables)
            _make_room(reading, writing, tables, target)
            rows = _copy(reading, writing, tables, tell)
            tell("making the views there …")
            writing.execute(statement("plays.rebuild_key"))  # they come as they lay, in no order
            make_views(writing, tables)
    return Copied(rows, left_out)


def _begin(reading: Cursor, writing: Cursor, tables: Sequence[Table]) -> None:
    """Both transactions, in which nobody else writes. The snapshot is taken by the first statement behind the locks.

    Here, what runs say of themselves can be written: one that is skipped meanwhile would wait with that.
    """
    reading.execute(statement("copying.snapshot"))
    for cursor in (reading, writing):
        cursor.execute(statement("copying.settings"))
    hold(reading, [table for table in tables if table.name not in TRACES], "SHARE")
    hold(writing, tables, "EXCLUSIVE")


def _make_room(reading: Cursor, writing: Cursor, tables: Sequence[Table], target: Database) -> None:
    """Raise SettingsError where there is nothing to copy, or something in its place; forget the traces of empty runs."""
    if "users" not in holding_rows(reading, tables):
        raise SettingsError("There is nothing to copy: no listener is stored here.", "Run ./run sync first.")
    refuse_data(writing, tables, target, ANOTHER)
    empty(writing, tables)


def _copy(reading: Cursor, writing: Cursor, tables: Sequence[Table], tell: Tell) -> dict[str, int]:
    """Copy the tables and compare both sides; rows by table. Raises JobError where they are not equal."""
    rows: dict[str, int] = {}
    for table in tables:
        stream(reading, writing, table)
        here, there = digest_of(reading, table), digest_of(writing, table)
        if here != there:
            raise JobError(
                f"The copy of {table.name} is not equal ({here[0]:,} rows here, {there[0]:,} there), so nothing was copied.",
                "Try again; if it stays so, this is a fault of the program: report it.",
            )
        rows[table.name] = here[0]
        if here[0]:
            tell(f"{table.name}: {here[0]:,} {'row' if here[0] == 1 else 'rows'}, equal on both sides")
    return rows


def _tables_of_both(here: Connection, there: Connection) -> tuple[list[Table], list[str]]:
    """The tables that both have, in their order; and the names of those that only the source has."""
    with here, there, here.cursor() as reading, there.cursor() as writing:
        names = {table.name for table in read_tables(writing)}
        tables = read_tables(reading)
    left_out = sorted(each.name for each in tables if each.name not in names)
    return [each for each in tables if each.name in names], left_out


def _refuse_the_same(here: Connection, there: Connection) -> None:
    """Raise SettingsError where both are one database: a lock that one of them has is taken for the other then."""
    number = {"number": secrets.randbits(62)}
    with here, there, here.cursor() as one, there.cursor() as other:
        one.execute(statement("copying.try_lock"), number)
        other.execute(statement("copying.try_lock"), number)
        if other.fetchone() != (True,):
            raise SettingsError("This is the database that your data is in already.", "Name another one.")


@contextmanager
def _explained(here: Connection, source: Database, target: Database) -> Iterator[None]:
    """Turn what a server says into one line that names which of the two it is."""
    try:
        yield
    except psycopg2.Error as error:
        # An error of COPY names no cursor; a connection that was lost is closed.
        is_source = here.closed or (error.cursor is not None and error.cursor.connection is here)
        which = source.label if is_source else target.label
        if isinstance(error, psycopg2.errors.LockNotAvailable):
            raise DatabaseError(
                f"Something is writing to the database {which}, so nothing was copied.",
                "Run this again when it has ended.",
            ) from None
        raise DatabaseError(
            f"The database {which}: {explained(error).reason}; nothing was copied.", explained(error).remedy
        ) from None
