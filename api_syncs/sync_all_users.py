"""Run the daily chain for every listener who was active in the last seven days, one after the other, each on its own.

What is wrong with one (a consent that has ended, an account that is not on the app's allowlist, a fault) stops no other. Several of these may
run at once: each takes listeners that nobody else has, and those of a runner that has died. The app's requests of a day are shared fairly: first
those whose library is copied already, and nobody uses what those behind need.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

from psycopg2.extensions import connection as Connection

from utils.clock import Clock
from utils.config import Settings, environment, load_settings
from utils.database.connection import Database, open_connection, open_database
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.errors import ExitCode, JobError, Status
from utils.job.all_users import OF_ENVIRONMENT, Listener, everybody, nobody_to_copy, summary
from utils.job.app_settings import load_app_settings
from utils.job.declaration import Options
from utils.job.fair_share import FairShare, fair_share
from utils.job.lifecycle import run_job
from utils.job.outcome import Outcome
from utils.job.run_report import add_answer
from utils.job.running_lock import RunningLock
from utils.job.users import find_user
from utils.spotify.consents import fingerprint
from utils.verbose import add_verbose, is_verbose

NAME = "sync_all_users"
ACTIVE = timedelta(days=7)
AGAIN_AFTER = timedelta(hours=1)
UNKNOWN = (
    ""  # in place of a user_id: that of a consent in the environment of which no run has seen yet whose it is
)


def main(arguments: list[str] | None = None) -> int:
    """Go through the listeners. Exit codes: the worst of theirs: 0 · 1 failed · 2 settings, or no listener · 3 a consent · 130 Ctrl-C."""
    options = parser().parse_args(arguments)
    clock = Clock()
    try:
        environ = environment()
        settings = load_settings(environ, needs_spotify=True, needs_consent=False)
        with open_connection(environ) as connection:
            migrate(connection)
        runner = Round(settings, open_database(environ), options, clock)
        ended = runner.run()
        if not ended:
            runner.check_anybody()
    except JobError as error:
        text = " ".join(f"{error} {error.remedy}".split())
        sys.stderr.write(f"{NAME}: {text}\n")
        add_answer(os.environ, NAME, text, error.exit_code)
        return error.exit_code
    code = max((outcome.returns for _, outcome in ended), default=ExitCode.OK)
    text = (
        summary(ended, len(ended))
        if ended
        else "Nobody's turn has come: each was done within the hour (--force), was not active for seven days (--everybody), or is with "
        "another runner.\n"
    )
    sys.stdout.write(text)
    add_answer(os.environ, NAME, text, code)
    return code


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog=f"./run {NAME}",
        description=f"{__doc__}\nreads   users, daily_listening, sync_state, api_calls, and what the chain reads\n"
        "writes  listener_claims, and what the chain writes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument("--force", action="store_true", help="also who was done a moment ago")
    command_line.add_argument(
        "--everybody", action="store_true", help="also who was not active in the last seven days"
    )
    add_verbose(command_line)
    return command_line


class Round:
    """One runner's way through the listeners."""

    def __init__(
        self, settings: Settings, database: Database, options: argparse.Namespace, clock: Clock
    ) -> None:
        self._settings = settings
        self._database = database
        self._options = options
        self._clock = clock
        self._runner = uuid4()

    def run(self) -> list[tuple[Listener, Outcome]]:
        """One listener after the other, until none is left that nobody else has; how each ended."""
        ended: list[tuple[Listener, Outcome]] = []
        tried: set[str] = set()
        while not self._clock.is_interrupted:
            waiting = [each for each in self._due() if each[0] not in tried]
            if not waiting:
                break
            user_id, listener = waiting[0]
            tried.add(user_id)
            outcome = self._run_one(user_id, listener, len(waiting))
            if outcome is None:
                continue
            ended.append((listener, outcome))
            if outcome.is_told_to_end or outcome.cancels_all:
                break
            if user_id == UNKNOWN:
                tried.add(self._own_id())
        return ended

    def check_anybody(self) -> None:
        """Raise SettingsError where there is nobody whose turn could ever come."""
        with closing(self._database.connect()) as connection:
            if not everybody(connection, self._settings, needs_consent=True):
                raise nobody_to_copy()

    def _due(self) -> Sequence[tuple[str, Listener]]:
        """Whose turn it is, with what --user is given for them; first a consent in the environment that nobody knows yet."""
        with closing(self._database.connect()) as connection:
            spotify = self._settings.spotify
            assert spotify is not None, "or it was refused"
            own = find_user(connection, spotify)
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    statement("listener_claims.due"),
                    {
                        **self._times(),
                        "since": self._clock.now() - ACTIVE,
                        "everybody": self._options.everybody,
                        "of_environment": own.user_id if own else None,
                    },
                )
                rows = cursor.fetchall()
        of_environment = own.user_id if own else UNKNOWN
        found = [
            (
                user_id,
                Listener("", name or OF_ENVIRONMENT) if user_id == of_environment else Listener(name, name),
            )
            for user_id, name in rows
        ]
        is_new = own is None and bool(spotify.refresh_token)
        return [(UNKNOWN, Listener("", OF_ENVIRONMENT)), *found] if is_new else found

    def _own_id(self) -> str:
        """Whose the consent in the environment is; UNKNOWN while nobody knows."""
        assert self._settings.spotify is not None, "or it was refused"
        with closing(self._database.connect()) as connection:
            own = find_user(connection, self._settings.spotify)
        return own.user_id if own else UNKNOWN

    def _times(self) -> dict[str, object]:
        now = self._clock.now()
        return {"now": now, "finished_before": now - AGAIN_AFTER, "again": self._options.force}

    def _run_one(self, user_id: str, listener: Listener, waiting: int) -> Outcome | None:
        """The chain for one, in a claim of ours; None where somebody else has that listener, or has just been through."""
        with ExitStack() as held:
            for name in self._locks(user_id, listener):
                lock = held.enter_context(closing(RunningLock(self._database, name)))
                if not lock.take():
                    return None
            if user_id == UNKNOWN and self._own_id() != UNKNOWN:
                return None  # another runner has just learnt whose it is: the listener is due under that id, or done
            with closing(self._database.connect()) as connection:
                before = self._claim(connection, user_id)
                if before is None:
                    return None
                sys.stdout.write(f"\n{listener.name}\n")
                if before:
                    sys.stdout.write("another runner had begun with this listener, and died: taken over\n")
                sys.stdout.flush()
                share = self._share(connection, user_id, waiting)
            options = Options(
                force=self._options.force, verbose=is_verbose(), user=listener.user, fair_share=share
            )
            outcome = run_job(import_module("api_syncs.run_all").JOB, options, self._clock)
            if outcome.status is not Status.STOPPED or not outcome.is_told_to_end:
                self._finish(user_id, outcome)
            return outcome

    def _locks(self, user_id: str, listener: Listener) -> Iterator[str]:
        """What a runner holds that has a listener: their id and, of the environment's, that consent, which has begun before the id is known."""
        assert self._settings.spotify is not None, "or it was refused"
        if not listener.user:
            yield f"{NAME}:consent {fingerprint(self._settings.spotify)}"
        if user_id != UNKNOWN:
            yield f"{NAME}:{user_id}"

    def _claim(self, connection: Connection, user_id: str) -> str | None:
        """The runner that had begun and died, or '' where there was none; None where the listener was finished meanwhile.

        Of a listener whose id nobody knows yet, nothing is written.
        """
        if user_id == UNKNOWN:
            return ""
        with connection, connection.cursor() as cursor:
            cursor.execute(statement("listener_claims.unfinished"), {"user_id": user_id})
            before = cursor.fetchone()
            cursor.execute(
                statement("listener_claims.claim"),
                {**self._times(), "user_id": user_id, "runner": str(self._runner)},
            )
            is_ours = cursor.fetchone() is not None
        return (str(before[0]) if before else "") if is_ours else None

    def _share(self, connection: Connection, user_id: str, waiting: int) -> FairShare:
        spotify = self._settings.spotify
        assert spotify is not None, "or it was refused"
        daily = load_app_settings(connection, user_id, self._clock.now()).number(
            "sync.daily_requests_per_group"
        )
        with connection, connection.cursor() as cursor:
            return fair_share(cursor, spotify.client_id, self._clock.now(), daily, waiting)

    def _finish(self, user_id: str, outcome: Outcome) -> None:
        known = self._own_id() if user_id == UNKNOWN else user_id
        if known == UNKNOWN:
            return  # the chain did not get as far as to learn whose consent it is
        ours = {"user_id": known, "runner": str(self._runner)}
        with closing(self._database.connect()) as connection, connection, connection.cursor() as cursor:
            if known != user_id:
                cursor.execute(statement("listener_claims.claim"), {**self._times(), **ours, "again": True})
            cursor.execute(
                statement("listener_claims.finish"),
                {**ours, "now": self._clock.now(), "status": outcome.status},
            )


if __name__ == "__main__":
    sys.exit(main())
