"""Doing it: one step after the other, each in a transaction that notes it, forward or back. Whatever ends it, the next time goes on there."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.copying.stillness import no_job_runs
from db.distributing.plan import FILL, NO_VIEWS, TABLES, VIEWS, StoredStep, make_plan
from utils.database.connection import Database
from utils.database.rows import read
from utils.database.statements import statement
from utils.database.trouble import explained
from utils.database.views import create_views, drop_views, load_views, refresh_view, views_here
from utils.errors import DatabaseError
from utils.stopping import ctrl_c_ends_statements

Tell = Callable[[str], None]


def read_steps(cursor: Cursor) -> list[StoredStep]:
    """The plan as it is stored; empty where nothing was ever begun, or all of it was taken back."""
    cursor.execute(statement("distribution.steps"))
    return read(cursor, StoredStep)


def distribute(database: Database, tell: Tell) -> int:
    """Do all that is still to be done; how many steps that were. Raises JobError where a script is running, SettingsError, DatabaseError."""
    with (
        ctrl_c_ends_statements(),
        no_job_runs(database, "distributed"),
        closing(database.connect()) as connection,
    ):
        with connection, connection.cursor() as cursor:
            if not read_steps(cursor):
                for planned in make_plan(cursor):
                    cursor.execute(statement("distribution.plan"), vars(planned))
            cursor.execute(statement("distribution.begin"))
        todo = [step for step in _steps(connection) if not step.is_done]
        for number, step in enumerate(todo, start=1):
            tell(f"{number}/{len(todo)} {step.about}")
            _carry_out(connection, database, step, step.command, is_done=True)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement("distribution.end"))
    return len(todo)


def take_back(database: Database, tell: Tell) -> int:
    """Take back all that was done, the last step first; how many steps that were. Raises as `distribute`."""
    with (
        ctrl_c_ends_statements(),
        no_job_runs(database, "taken back"),
        closing(database.connect()) as connection,
    ):
        with connection, connection.cursor() as cursor:
            cursor.execute(statement("distribution.begin"))
        todo = [step for step in reversed(_steps(connection)) if step.is_done]
        for number, step in enumerate(todo, start=1):
            if step.undo:
                tell(f"{number}/{len(todo)} take back: {step.about}")
            _carry_out(connection, database, step, step.undo, is_done=False)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement("distribution.forget"))
            cursor.execute(statement("distribution.end"))
    return len(todo)


def _steps(connection: Connection) -> list[StoredStep]:
    with connection, connection.cursor() as cursor:
        return read_steps(cursor)


def _carry_out(
    connection: Connection, database: Database, step: StoredStep, command: str, *, is_done: bool
) -> None:
    """One command, in a transaction that notes it. Raises DatabaseError that names the step."""
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement("copying.settings"))
            if command.startswith("@"):
                _OF_PROGRAM[command](cursor)
            elif command:
                cursor.execute(command)
            cursor.execute(statement("distribution.done"), {"position": step.position, "is_done": is_done})
        if command == FILL:
            _analyze(connection)
    except psycopg2.Error as error:
        raise DatabaseError(
            f"The database {database.label}: {explained(error).reason}; the step was: {step.about}.",
            f"{explained(error).remedy} ./run db distribute goes on with this step, and --back takes back what was done.",
        ) from None


def _without_views(cursor: Cursor) -> None:
    drop_views(cursor, load_views())


def _make_views(cursor: Cursor) -> None:
    create_views(cursor, load_views())


def _make_tables(cursor: Cursor) -> None:
    create_views(cursor, [replace(view, is_table=view.is_materialized) for view in load_views()])


def _fill(cursor: Cursor) -> None:
    """All listeners. What is there already is only compared, so that doing it again costs no write."""
    cursor.execute(statement("users.all"))
    user_ids = [user_id for (user_id,) in cursor]
    for view in views_here(cursor):
        if view.is_table:
            refresh_view(cursor, view, user_ids)


def _analyze(connection: Connection) -> None:
    with connection, connection.cursor() as cursor:
        names = [view.name for view in views_here(cursor) if view.is_table]
        cursor.execute(f"ANALYZE {', '.join(names)}")


_OF_PROGRAM: dict[str, Callable[[Cursor], None]] = {
    NO_VIEWS: _without_views,
    VIEWS: _make_views,
    TABLES: _make_tables,
    FILL: _fill,
}
