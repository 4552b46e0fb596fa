"""All rows of one listener go, in one transaction: nobody else's but what these say of that one, and nothing of the catalogue (clean takes what nobody needs any more)."""

from collections.abc import Mapping
from contextlib import closing

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from db.backups.restoring import naming
from db.copying.stillness import no_job_runs
from db.copying.tables import Table, read_our_tables
from db.copying.target import make_views
from utils.database.connection import Database
from utils.database.statements import statement
from utils.job.attempt import NOBODY

# What was listened to, where it comes from, and what the listener has corrected of it: what --keep-history keeps, with the row of `users`.
HISTORY = frozenset(
    (
        *("users", "plays", "deleted_plays", "episode_plays", "played_tracks", "play_gaps"),
        *("imports", "import_rows_aside", "uncounted_items", "recording_merges"),
    )
)

_OTHER = "with_user_id"  # the column of who else a row is about


def count_rows(connection: Connection, user_id: str, *, keeps_history: bool) -> dict[str, int]:
    """Of how many rows each table would be rid, those without any left out; the first to go first."""
    found = {}
    with connection, connection.cursor() as cursor:
        for table in _tables(cursor, keeps_history=keeps_history):
            rows = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
                sql.Identifier(table.name), _about(table)
            )
            cursor.execute(rows, {"user_id": user_id})
            ((count,),) = cursor.fetchall()
            if count:
                found[table.name] = int(count)
    return found


def remove(database: Database, user_id: str, *, keeps_history: bool) -> Mapping[str, int]:
    """Remove them, all or nothing, and make the views anew, which hold what was listened to; how many rows went, by table.

    With `keeps_history`, what is in HISTORY stays, without a consent, and the listener is paused. Raises JobError where a script of
    that listener is running, DatabaseError for whatever the server says. Nothing was changed then.
    """
    gone = {}
    with (
        naming(database, "removed"),
        no_job_runs(database, "removed", (NOBODY, user_id)),
        closing(database.connect()) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement("copying.settings"))
        for table in _tables(cursor, keeps_history=keeps_history):
            rows = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table.name), _about(table))
            cursor.execute(rows, {"user_id": user_id})
            gone[table.name] = cursor.rowcount
        if keeps_history:
            cursor.execute(statement("users.forget_consent"), {"user_id": user_id})
        make_views(cursor, read_our_tables(cursor)[0], [user_id])
    return gone


def _tables(cursor: Cursor, *, keeps_history: bool) -> list[Table]:
    """Those that a listener's rows go from, each before those that it points to."""
    tables, _ = read_our_tables(cursor)
    return [
        table
        for table in reversed(tables)
        if "user_id" in table.columns and not (keeps_history and table.name in HISTORY)
    ]


def _about(table: Table) -> sql.SQL:
    """The condition on rows of a listener, and on those in which another one has named that listener."""
    if _OTHER in table.columns:
        return sql.SQL("user_id = %(user_id)s OR with_user_id = %(user_id)s")
    return sql.SQL("user_id = %(user_id)s")
