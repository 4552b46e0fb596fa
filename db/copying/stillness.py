"""No script runs on a database meanwhile: all running-locks are held, and no table can be written to."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from db.copying.tables import Table
from utils.database.connection import Database
from utils.database.statements import statement
from utils.errors import JobError
from utils.job.attempt import NOBODY
from utils.job.scripts import jobs


@contextmanager
def no_job_runs(database: Database, done: str, owners: Sequence[str] = ()) -> Iterator[None]:
    """Hold the running-locks of all jobs, of everybody or of these `owners`, while the body runs; those that start meanwhile are skipped.

    Raises JobError that names the jobs that are running, because of which nothing was `done`.
    """
    with closing(database.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement("users.all"))
        users = owners or [NOBODY, *(user_id for (user_id,) in cursor)]
        connection.rollback()  # the table itself is not held: it may have to be emptied
        running = sorted(
            {
                job.name
                for job in jobs().values()
                for lock in {job.lock_of(user_id) for user_id in users}
                if not _take(cursor, lock)
            }
        )
        if running:
            raise JobError(
                f"{', '.join(running)}: running now, so nothing was {done}.",
                "Run this again when it has ended.",
            )
        yield


def _take(cursor: Cursor, lock: str) -> bool:
    cursor.execute(statement("jobs.run_lock"), {"lock": lock})
    return cursor.fetchone() == (True,)


def hold(cursor: Cursor, tables: Sequence[Table], mode: str) -> None:
    """Lock the tables until the transaction ends.

    `mode`: SHARE; EXCLUSIVE for who writes them himself; ACCESS SHARE keeps only from changing what tables there are.
    """
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in tables)
    cursor.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(names, sql.SQL(mode)))
