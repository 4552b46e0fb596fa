"""The steps of opening a run that all jobs share: the database, its schema, the journal, the running-lock."""

from contextlib import ExitStack, closing
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection

from utils.config import Settings
from utils.database.connection import Database, EmbeddedDatabase
from utils.database.migrate import migrate
from utils.database.steady import SteadyConnection
from utils.errors import Skipped
from utils.job.attempt import Attempt
from utils.job.journal import Journal
from utils.job.run_report import cancelled_with
from utils.job.running_lock import RunningLock


@dataclass(frozen=True, eq=False, repr=False)
class Opening:
    """A run whose database is reached and fits the code. `stack` closes what is opened for it."""

    attempt: Attempt
    settings: Settings
    database: Database
    work: SteadyConnection  # for the rows and checkpoints
    journal: Journal
    stack: ExitStack
    applied: int = 0  # migrations, by this run

    @property
    def connection(self) -> Connection:
        """The work's connection, for a look before it begins."""
        return self.work.raw

    @classmethod
    def begin(cls, attempt: Attempt, settings: Settings, stack: ExitStack) -> "Opening":
        """Connect, bring the schema up to date, and let the end of the run know where it can be stored."""
        database = settings.database
        if job := cancelled_with(attempt.run_report):
            raise Skipped(f"{job} was cancelled, and all that was started with it")
        if isinstance(database, EmbeddedDatabase):
            database = database.start()
        work = stack.enter_context(closing(SteadyConnection(database, attempt.clock)))
        connection = work.raw
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
        work.on_lost = lambda why: log.warning("%s", why)
        own = stack.enter_context(closing(SteadyConnection(database, attempt.clock, is_for_later=True)))
        attempt.journal = Journal(own, work)
        return cls(attempt, settings, database, work, attempt.journal, stack, len(applied))

    def take_lock(self, name: str, job: str, user_id: str) -> None:
        """Take the running-lock of that name and note the start. Raises Skipped where the same job is running."""
        lock = self.stack.enter_context(closing(RunningLock(self.database, name)))
        if not lock.take():
            raise Skipped("the same job is already running; this one has nothing to do")
        self.work.on_begin = lock.keep
        attempt = self.attempt
        which = {"job": job, "user_id": user_id, "run_id": attempt.run_id}
        times = {"now": attempt.started_at, "started_at": attempt.started_at, "workflow": attempt.workflow}
        attempt.run_log.logger.debug("the gates are open, and no other run of this job is under way")
        self.journal.run(("sync_history.start", {**which, **times}))
        attempt.status_file.begin()
