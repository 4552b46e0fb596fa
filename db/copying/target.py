"""The database that is filled: what may stand in it before, and what is derived there afterwards."""

from collections.abc import Collection, Sequence

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from db.copying.tables import MIGRATIONS, Table, holding_rows
from utils.database.connection import Database
from utils.database.statements import statement
from utils.database.views import create_views, refresh_view, views_here
from utils.errors import SettingsError

ANOTHER = "Take an empty database: make another one, or remove what this one holds if you do not need it."
TRACES = (
    "job_controls",
    "logs",
    "sync_history",
    "derived_from",
)  # what a run leaves that has found no listener, such as init_db


def is_made(cursor: Cursor) -> bool:
    """Whether our tables are there, of whichever schema."""
    return MIGRATIONS in _relations(cursor)


def refuse_tables_of_others(cursor: Cursor, names: Collection[str]) -> None:
    """Raise SettingsError where a table has one of these names of ours, and is not ours."""
    found = _relations(cursor)
    if MIGRATIONS not in found and found & set(names):
        raise SettingsError(
            f"The database holds tables of something else, with names that are needed: {', '.join(sorted(found & set(names)))}.",
            ANOTHER,
        )


def _relations(cursor: Cursor) -> set[str]:
    cursor.execute(statement("console.relations"))
    return {name for (name,) in cursor}


def data_in(cursor: Cursor, tables: Sequence[Table]) -> list[str]:
    """The names of the tables that hold something, where it is more than the traces of runs that have found no listener."""
    found = holding_rows(cursor, tables)
    return found if set(found) - set(TRACES) else []


def refuse_data(cursor: Cursor, tables: Sequence[Table], target: Database, remedy: str) -> None:
    """Raise SettingsError where there is such data."""
    found = data_in(cursor, tables)
    if found:
        shown = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise SettingsError(
            f"The database {target.label} holds data already ({shown}), which is left as it is.", remedy
        )


def empty(cursor: Cursor, tables: Sequence[Table]) -> None:
    """Remove all rows. Nobody sees it before the transaction ends well."""
    if holding_rows(cursor, tables):
        cursor.execute(sql.SQL("TRUNCATE {}").format(_names(tables)))


def make_views(cursor: Cursor, tables: Sequence[Table], user_ids: Sequence[str] = ()) -> None:
    """Fill the views of db/views, made now or before. Where they are tables, those of these listeners, without any named of everybody."""
    views = views_here(cursor)
    if not any(
        view.is_table for view in views
    ):  # several servers are not told of what a transaction has only begun to write
        cursor.execute(sql.SQL("ANALYZE {}").format(_names(tables)))
    are_new = create_views(cursor, views)
    if not user_ids and any(view.is_table for view in views):
        cursor.execute(statement("users.all"))
        user_ids = [user_id for (user_id,) in cursor]
    for view in views:
        if view.is_table:
            refresh_view(cursor, view, user_ids)
        elif view.is_materialized and not are_new:
            cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


def _names(tables: Sequence[Table]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
