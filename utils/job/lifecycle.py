"""The life of a job, from start to end: settings, database, gates, running-lock, work in batches, report.

A script declares a `Job` and hands it to `main`. Its work sees a `Run`, and commits each batch together with its
checkpoint, so that a kill at any point loses nothing. docs/architecture.md tells the whole story.
"""

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import FrameType

import psycopg2
from psycopg2.extensions import connection as Connection

from utils.clock import Clock
from utils.config import Settings, environment, load_settings
from utils.database.connection import EmbeddedDatabase
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import Skipped
from utils.job.finish import finish
from utils.job.gates import check_gates
from utils.job.journal import Journal, StoredCapabilities
from utils.job.outcome import Outcome
from utils.job.run import Job, Options, Run
from utils.job.run_log import RunLog
from utils.job.users import User, find_user, register_user
from utils.spotify.client import Spotify
from utils.spotify.tokens import TokenSource, seal, unseal
from utils.spotify.transport import Transport

__all__ = ["Job", "Options", "Run", "add_options", "main", "run_job"]


def main(job: Job) -> int:
    """The command line of a script: parse the options, run the job, return the exit code.

    0 done, skipped or paused · 1 failed · 2 settings or schema · 3 consent.
    """
    parser = argparse.ArgumentParser(
        description=f"{job.about}\n\nreads   {job.reads}\nwrites  {job.writes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 done, skipped or paused; 1 failed; 2 settings or schema; 3 consent",
    )
    add_options(parser)
    if job.arguments:
        job.arguments(parser)
    arguments = parser.parse_args()
    return run_job(job, Options(arguments.force, arguments.verbose, arguments)).exit_code


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that every script has."""
    parser.add_argument(
        "--force", action="store_true", help="run although the cooldown is not over, or the circuit is open"
    )
    parser.add_argument("--verbose", action="store_true", help="say more")


def run_job(job: Job, options: Options, clock: Clock | None = None) -> Outcome:
    """Run a job from start to end. Never raises: what happened is in the outcome, and has been reported."""
    environ = environment()
    clock = clock or Clock()
    log = RunLog(job.name, in_github_actions=environ.get("GITHUB_ACTIONS") == "true", verbose=options.verbose)
    run = Run(job, options, clock, log)
    if environ.get("GITHUB_STEP_SUMMARY"):
        run.step_summary = Path(environ["GITHUB_STEP_SUMMARY"])
    with ExitStack() as stack:
        stack.enter_context(_signals(run))
        error: BaseException | None = None
        try:
            run.settings = load_settings(environ, needs_spotify=bool(job.groups))
            log.protect(run.settings.secrets())
            _open(run, stack)
            job.work(run)
        except Exception as caught:  # noqa: BLE001 - the one place where a run's end is decided
            error = caught
        return finish(run, error)


def _open(run: Run, stack: ExitStack) -> None:
    """Database, user, gates and lock: everything before the work. Raises Skipped or Paused at a closed gate."""
    settings, job = run.settings, run.job
    database = settings.database
    if isinstance(database, EmbeddedDatabase):
        database = database.start()
    run.connection = stack.enter_context(closing(database.connect()))
    applied = migrate(run.connection)
    if applied:
        run.log.info("the schema was brought up to date: %s", ", ".join(applied))
    run.journal = Journal(stack.enter_context(closing(database.connect())))
    user_id = "*"
    if job.groups:
        user_id = _find_user(run, stack).user_id
    else:
        check_gates(run.connection, run, user_id)
    lock = stack.enter_context(_releasing(database.connect()))
    with lock.cursor() as cursor:
        cursor.execute(statement("jobs.run_lock"), {"lock": f"{job.lock or job.name}:{user_id}"})
        row = cursor.fetchone()
        if row is None or row[0] is not True:
            raise Skipped("the same job is already running; this one has nothing to do")
    values = {"job": job.name, "user_id": user_id, "now": run.started_at}
    start = {**values, "run_id": str(run.run_id), "started_at": run.started_at}
    run.journal.run(("sync_history.close_killed", values), ("sync_history.start", start))


@contextmanager
def _releasing(lock: Connection) -> Iterator[Connection]:
    """A connection whose transaction ends before this does: the lock is free for a run that begins right after."""
    with closing(lock):
        yield lock
        with suppress(psycopg2.Error):  # a server that has gone has let go of the lock as well
            lock.rollback()


def _find_user(run: Run, stack: ExitStack) -> User:
    """The listener, asked of Spotify only for a consent never seen before; gates first, as far as they can be."""
    settings = run.settings
    assert settings.spotify is not None
    assert run.journal is not None
    run.known_user = find_user(run.connection, settings.spotify)
    check_gates(run.connection, run, run.known_user.user_id if run.known_user else None)
    transport = Transport(settings.spotify.api_url, run.clock, run.seconds_left)
    stack.enter_context(closing(transport))
    transport.on_wait = lambda message: run.log.warning("%s", message)
    run.transport = transport
    tokens = TokenSource(settings.spotify, _refresh_token(settings, run.known_user), run.clock)
    capabilities = StoredCapabilities(run.journal, settings.spotify.client_id, run.clock)
    run.client = Spotify(settings.spotify, tokens, transport, capabilities)
    rotated: list[str] = []
    tokens.on_rotation = rotated.append
    if run.known_user is None:
        me = run.spotify.me()
        register_user(run.journal, settings, me, tokens.granted_scopes, run.clock.now())
        run.known_user = find_user(run.connection, settings.spotify)
        check_gates(run.connection, run, run.user.user_id)
    elif (settings.market or run.user.market, settings.time_zone or run.user.time_zone) != (
        run.user.market,
        run.user.time_zone,
    ):
        new = {"market": settings.market, "time_zone": settings.time_zone, "user_id": run.user.user_id}
        run.journal.run(("users.update_settings", new))
        run.known_user = find_user(run.connection, settings.spotify)
    user, journal, secret = run.user, run.journal, settings.spotify.client_secret

    def keep(token: str) -> None:
        journal.run(("users.keep_rotated_token", {"sealed": seal(token, secret), "user_id": user.user_id}))
        run.run_log.protect([*settings.secrets(), token])

    tokens.on_rotation = keep
    for token in rotated:
        keep(token)
    return user


def _refresh_token(settings: Settings, user: User | None) -> str:
    """The token from the environment, or the one that Spotify has replaced it with since."""
    assert settings.spotify is not None
    if user is not None and user.refresh_token_encrypted is not None:
        return (
            unseal(user.refresh_token_encrypted, settings.spotify.client_secret)
            or settings.spotify.refresh_token
        )
    return settings.spotify.refresh_token


@contextmanager
def _signals(run: Run) -> Iterator[None]:
    """SIGINT and SIGTERM end the run at the next batch boundary; a second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in caught}

    def handle(number: int, _frame: FrameType | None) -> None:
        run.stop(signal.Signals(number).name)
        for each, handler in before.items():
            signal.signal(each, handler)

    for number in caught:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
