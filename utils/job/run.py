"""One run of a job as its work sees it, complete from the start, and the jobs that ask only the database."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.errors import Cancelled, Paused, Stopped
from utils.job.app_settings import AppSettings
from utils.job.attempt import NOBODY
from utils.job.batch_result import BatchResult
from utils.job.consents import chosen_consent
from utils.job.declaration import Job, Options
from utils.job.finish import PAUSED_BY_YOU
from utils.job.gates import check_gates, without_paused
from utils.job.opening import Opening
from utils.job.outcome import Outcome
from utils.job.users import find_user, listeners

T = TypeVar("T")


class Run:
    """One run of a job. Whoever has one may begin: settings are read, gates are open, the lock is held."""

    def __init__(
        self, opening: Opening, options: Options, app_settings: AppSettings, user_ids: Sequence[str]
    ) -> None:
        attempt = opening.attempt
        self.options = options
        self.settings = opening.settings
        self.app_settings = app_settings
        self.job = attempt.job
        self.run_id = attempt.run_id
        self.started_at = attempt.started_at
        self.migrations_applied = opening.applied
        self.clock = attempt.clock
        self.log = attempt.run_log.logger
        self.tally = attempt.tally
        self.progress = attempt.run_log.progress
        self._attempt = attempt
        self._has_budget = attempt.time_budget_min is not None
        self._connection = opening.work
        self._connection.statement_s = app_settings.number("database.statement_timeout_seconds")
        self._connection.lock_s = app_settings.number("database.lock_timeout_seconds")
        self._user_ids = list(user_ids)

    @contextmanager
    def batch(self, *, is_first: bool = False, is_reported: bool = False) -> Iterator[Cursor]:
        """One transaction of work: what it writes is committed together, or not at all, and counts as a batch.

        Raises Stopped, Paused or Cancelled at its start, where the run should end at this boundary. `is_first`: of something that the run
        has not got on with yet, so that a spent time budget does not keep it from being written. `is_reported`: by a `report` that follows.
        """
        self.check_stop(is_first=is_first)
        begun = time.monotonic()
        with self.transaction() as cursor:
            self._look_at_controls(cursor)
            yield cursor
            self._write_along(cursor)
        self._count_batch(begun, is_reported=is_reported)

    def write(self, act: Callable[[Cursor], T], *, is_first: bool = False, is_reported: bool = False) -> T:
        """A batch like `batch`, written by `act`, and what that returns.

        It is done again from its start where the connection was lost or somebody else got in the way, perhaps after it was
        committed: so `act` changes nothing but the database, and doing it twice comes to the same.
        """
        self.check_stop(is_first=is_first)

        def once(cursor: Cursor) -> T:
            self._look_at_controls(cursor)
            result = act(cursor)
            self._write_along(cursor)
            return result

        begun = time.monotonic()
        result = self._connection.repeat(once)
        self._count_batch(begun, is_reported=is_reported)
        return result

    def execute(self, name: str, values: Mapping[str, object]) -> None:
        """A named statement as a batch of its own, likewise."""
        self.write(lambda cursor: cursor.execute(statement(name), values))

    def _write_along(self, cursor: Cursor) -> None:
        """What every batch takes along beside its rows."""

    def _count_batch(self, begun: float, *, is_reported: bool) -> None:
        """A batch is committed."""
        self.tally.batch_number += 1
        self.log.debug(
            "batch %s is stored: %.0f ms", self.tally.batch_number, (time.monotonic() - begun) * 1000
        )
        if not is_reported:
            self._attempt.status_file.batch(self.tally, self._attempt.requests, self.clock.now())

    def report(self, entity: str, phase: str, result: BatchResult) -> None:
        """What a batch of a pass has done: for who follows the run, and --verbose."""
        self.log.debug("%s, %s: %s", entity, phase, json.dumps(result.as_json()))
        attempt = self._attempt
        attempt.status_file.passed(
            entity, phase, result, tally=self.tally, requests=attempt.requests, now=self.clock.now()
        )

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """One transaction that is no batch: a look at what is stored, or what the next run would do over again."""
        with self._connection.transaction() as cursor:
            yield cursor

    def add_steps(self, outcomes: Sequence[Outcome]) -> None:
        """What the scripts that this run has started have done and asked is its own."""
        self.tally.add_all(outcome.tally for outcome in outcomes)
        self._attempt.steps_requests += sum(outcome.requests for outcome in outcomes)
        self._attempt.waiting_steps += tuple(outcome.job for outcome in outcomes if outcome.goes_on)

    def listeners(self) -> list[str]:
        """Whose chores this run does, one listener after the other (`user_id`)."""
        return self._user_ids

    def _look_at_controls(self, cursor: Cursor) -> None:
        """Raise Paused or Cancelled where somebody has wanted that since the batch before; the gates have looked before the first."""
        if self.tally.batch_number:
            self._obey(cursor)

    def check_controls(self) -> None:
        """Raise Paused or Cancelled, for what writes no batches."""
        with self.transaction() as cursor:
            self._obey(cursor)

    def _obey(self, cursor: Cursor) -> None:
        chain = self.options.chain
        which = {
            "user_ids": self._user_ids,
            "owners": [self._attempt.user_id, *self._user_ids, NOBODY],
            "job": self.job,
            "run_id": self.run_id,
            "chain": chain.run_id if chain else None,
        }
        cursor.execute(statement("jobs.wanted"), which)
        ((is_paused, cancel_wanted),) = cursor.fetchall()
        if cancel_wanted:
            raise Cancelled(is_all=cancel_wanted == "all")
        if is_paused:
            raise Paused(PAUSED_BY_YOU)

    def check_stop(self, *, is_first: bool = False) -> None:
        """Raise Stopped when a signal has come, or when the time budget is spent and a batch was written.

        The first batch is written however late it is: a run that has passed its gates gets on. What has no checkpoint,
        and would begin anew, writes no batches: only a signal ends it.
        """
        if self.clock.is_interrupted:
            raise Stopped(f"stopped by {self.clock.interrupted_by}")
        if (
            self._has_budget
            and self.tally.batch_number
            and not is_first
            and self._attempt.seconds_left() <= 0
        ):
            raise Stopped("the time budget is spent")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DatabaseJob(Job[Run]):
    """A job that does not talk to Spotify, and belongs to no listener: it does the chores of `run.listeners()`.

    `is_of_listener`: its runs belong to the listener whose consent the environment has all the same, once that is known.
    """

    is_of_listener: bool = False

    def open(self, opening: Opening, options: Options) -> Run:
        """Whose chores and whose run it is, then gates, then the running-lock."""
        if self.is_of_listener and opening.settings.spotify is not None:
            opening = replace(
                opening, settings=chosen_consent(opening.connection, opening.settings, options.user)
            )
        now, spotify = opening.attempt.clock.now(), opening.settings.spotify
        user_ids = listeners(opening.connection, spotify, now, options.user)
        user_ids = without_paused(opening, self, user_ids)
        user = find_user(opening.connection, spotify) if self.is_of_listener and spotify is not None else None
        user_id = opening.attempt.user_id = user.user_id if user is not None else NOBODY
        settings_of = user_ids[0] if options.user else ""
        app_settings = check_gates(opening, self, options, user_id, settings_of)
        opening.take_lock(self.lock_of(user_id), self.name, user_id)
        return Run(opening, options, app_settings, user_ids)
