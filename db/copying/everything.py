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
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.copying.stillness import keep_from_writing, no_job_runs
from db.copying.stream import stream
from db.copying.tables import MIGRATIONS, Table, digest_of, holding_rows, read_tables
from utils.database.connection import Database
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.database.trouble import explained
from utils.database.views import create_views, load_views
from utils.errors import DatabaseError, JobError, SettingsError
from utils.stopping import ctrl_c_ends_statements

ANOTHER = "Take an empty database: make another one, or remove what this one holds if you do not need it."
TRACES = (
    "job_controls",
    "logs",
    "sync_history",
)  # what a run leaves that has found no listener, such as init_db

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
        _refuse_others(here, there)
        migrate(there)
        tables, left_out = _tables_of_both(here, there)
        with no_job_runs(source), here, there, here.cursor() as reading, there.cursor() as writing:
            _begin(reading, writing, tables)
            _make_room(reading, writing, tables, target)
            rows = _copy(reading, writing, tables, tell)
            tell("making the views there …")
            _make_views(writing, tables)
    return Copied(rows, left_out)


def _begin(reading: Cursor, writing: Cursor, tables: Sequence[Table]) -> None:
    """Both transactions, in which nobody else writes. The snapshot is taken by the first statement behind the locks.

    Here, what runs say of themselves can be written: one that is skipped meanwhile would wait with that.
    """
    reading.execute(statement("copying.snapshot"))
    for cursor in (reading, writing):
        cursor.execute(statement("copying.settings"))
    keep_from_writing(reading, [table for table in tables if table.name not in TRACES], "SHARE")
    keep_from_writing(writing, tables, "EXCLUSIVE")


def _make_room(reading: Cursor, writing: Cursor, tables: Sequence[Table], target: Database) -> None:
    """Raise SettingsError where there is nothing to copy, or something in its place; forget the traces of empty runs."""
    if "users" not in holding_rows(reading, tables):
        raise SettingsError("There is nothing to copy: no listener is stored here.", "Run ./run sync first.")
    found = holding_rows(writing, tables)
    if set(found) - set(TRACES):
        shown = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise SettingsError(
            f"The database {target.label} holds data already ({shown}), which is left as it is.", ANOTHER
        )
    for name in found:
        writing.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


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


def _make_views(cursor: Cursor, tables: Sequence[Table]) -> None:
    """Fill the views of db/views, made now or before."""
    cursor.execute(
        sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(sql.Identifier(table.name) for table in tables))
    )
    views = load_views()
    if not create_views(cursor, views):
        for view in views:
            if view.is_materialized:
                cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


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


def _refuse_others(here: Connection, there: Connection) -> None:
    """Raise SettingsError where the target has a table of a name of ours that is not ours."""
    with here, there, here.cursor() as reading, there.cursor() as writing:
        names = {table.name for table in read_tables(reading)}
        writing.execute(statement("console.relations"))
        found = {name for (name,) in writing}
    if MIGRATIONS not in found and found & names:
        raise SettingsError(
            f"The database holds tables of something else, with names that are needed: {', '.join(sorted(found & names))}.",
            ANOTHER,
        )


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
