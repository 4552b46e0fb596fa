"""The steps of opening a run that all jobs share: the database, its schema, the journal, the running-lock."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection

from utils.config import Settings
from utils.database.connection import Database, EmbeddedDatabase
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import Skipped
from utils.job.attempt import Attempt
from utils.job.journal import Journal


@dataclass(frozen=True)
class Opening:
    """A run whose database is reached and fits the code. `stack` closes what is opened for it."""

    attempt: Attempt
    settings: Settings
    database: Database
    connection: Connection  # for the rows and checkpoints of the work
    journal: Journal
    stack: ExitStack
    applied: int = 0  # migrations, by this run

    @classmethod
    def begin(cls, attempt: Attempt, settings: Settings, stack: ExitStack) -> "Opening":
        """Connect, bring the schema up to date, and let the end of the run know where it can be stored."""
        database = settings.database
        if isinstance(database, EmbeddedDatabase):
            database = database.start()
        connection = stack.enter_context(closing(database.connect()))
        applied = migrate(connection)
        log = attempt.run_log.logger
        if applied:
            named = (
                ", ".join(applied) if len(applied) < 6 else f"{len(applied)} migrations, up to {applied[-1]}"
            )
            log.info("the tables were brought up to date: %s", named)
        version = connection.server_version
        kind = "embedded" if isinstance(settings.database, EmbeddedDatabase) else "as the settings name it"
        log.debug("the database is reached: PostgreSQL %s.%s, %s", version // 10000, version % 10000, kind)
        journal = Journal(stack.enter_context(closing(database.connect())))
        attempt.journal, attempt.database = journal, database
        return cls(attempt, settings, database, connection, journal, stack, len(applied))

    def take_lock(self, lock: str, job: str, user_id: str) -> None:
        """Take the running-lock of that name and note the start. Raises Skipped where the same job is running.

        The lock is of a transaction on a connection of its own: it works through a transaction pooler, and goes when
        the process goes.
        """
        connection = self.stack.enter_context(_rolled_back(self.database.connect()))
        with connection.cursor() as cursor:
            cursor.execute(statement("jobs.run_lock"), {"lock": lock})
            row = cursor.fetchone()
            if row is None or row[0] is not True:
                raise Skipped("the same job is already running; this one has nothing to do")
        attempt = self.attempt
        which = {"job": job, "user_id": user_id, "run_id": str(attempt.run_id)}
        times = {"now": attempt.started_at, "started_at": attempt.started_at, "workflow": attempt.workflow}
        attempt.run_log.logger.debug("the gates are open, and no other run of this job is under way")
        self.journal.run(
            ("sync_history.close_killed", {**which, **times}), ("sync_history.start", {**which, **times})
        )


@contextmanager
def _rolled_back(connection: Connection) -> Iterator[Connection]:
    """A connection whose transaction ends before this does: the lock is free for a run that begins right after."""
    with closing(connection):
        yield connection
        with suppress(psycopg2.Error):  # a server that has gone has let go of the lock as well
            connection.rollback()
