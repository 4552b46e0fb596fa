"""A job's declaration, and one run of it as its work sees it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.clock import Clock
from utils.config import Settings
from utils.errors import PayloadError, Stopped
from utils.job.app_settings import AppSettings
from utils.job.checkpoint import Checkpoint, load_checkpoint
from utils.job.journal import Journal, add_calls
from utils.job.outcome import Tally
from utils.job.run_log import RunLog
from utils.job.users import User
from utils.spotify.client import Spotify
from utils.spotify.payloads import BadItemError
from utils.spotify.transport import Transport

BAD_ITEMS_ALLOWED = 0.05


@dataclass(frozen=True)
class Job:
    """A script's declaration. `about`, `reads` and `writes` make up its --help."""

    name: str
    work: Callable[["Run"], None] = field(repr=False)
    about: str
    reads: str
    writes: str
    groups: tuple[str, ...] = ()  # endpoint groups that it asks; none: it does not talk to Spotify
    setting: str = ""  # the key of app_settings that switches it off
    cooldown: timedelta = timedelta(0)
    interval: str = ""  # the key of app_settings that gives the cooldown in minutes instead
    lock: str = ""  # jobs of the same lock never run at once; default: the name
    arguments: Callable[[ArgumentParser], None] | None = (
        None  # adds what the script takes beside the usual options
    )


@dataclass(frozen=True)
class Options:
    """What a person may say when starting a job."""

    force: bool = False
    verbose: bool = False
    arguments: Namespace = field(
        default_factory=Namespace
    )  # what the script takes beside these, as it was given


class Run:
    """One run of a job, as its work sees it."""

    def __init__(self, job: Job, options: Options, clock: Clock, log: RunLog) -> None:
        self.job = job
        self.options = options
        self.clock = clock
        self.run_log = log
        self.log = log.logger
        self.run_id: UUID = uuid4()
        self.started_at: datetime = clock.now()
        self.tally = Tally()
        self.app_settings = AppSettings()
        self.step_summary: Path | None = None
        self.settings: Settings
        self.connection: Connection
        self.journal: Journal | None = None
        self.transport: Transport | None = None
        self.known_user: User | None = None
        self.client: Spotify | None = None
        self.entity_type = ""  # of the checkpoint that the work goes on from
        self._stop_reason = ""
        self._position: tuple[int, int] | None = None

    @property
    def user(self) -> User:
        """The listener; only for jobs that talk to Spotify."""
        if self.known_user is None:
            raise RuntimeError(f"{self.job.name} asks for a user but declares no endpoint groups")
        return self.known_user

    @property
    def spotify(self) -> Spotify:
        """The client; only for jobs that declare endpoint groups."""
        if self.client is None:
            raise RuntimeError(f"{self.job.name} asks Spotify but declares no endpoint groups")
        return self.client

    def checkpoint(self, entity_type: str) -> Checkpoint:
        """Where the copying of this kind of thing goes on. An end before it is complete is noted with it."""
        self.entity_type = entity_type
        return load_checkpoint(self.connection, self.user.user_id, entity_type, self.clock.now())

    @contextmanager
    def batch(self) -> Iterator[Cursor]:
        """One transaction: what it writes is committed together, or not at all.

        Raises Stopped at its start when a signal has come or the time budget is spent.
        """
        self.check_stop()
        with self.connection, self.connection.cursor() as cursor:
            yield cursor
            if self.transport is not None and self.settings.spotify is not None:
                add_calls(
                    cursor, self.settings.spotify.client_id, self.transport.take_counts(), self.clock.now()
                )
        self.tally.batch_number += 1

    def check_stop(self) -> None:
        """Raise Stopped when the run should end at this batch boundary."""
        if self._stop_reason:
            raise Stopped(f"stopped by {self._stop_reason}")
        if self.seconds_left() <= 0:
            raise Stopped("the time budget is spent")

    def stop(self, reason: str) -> None:
        """Ask the run to end at the next batch boundary, and cut waits short."""
        self._stop_reason = reason
        self.clock.interrupt()

    def seconds_left(self) -> float:
        """Of the time budget; infinite without one."""
        settings = getattr(self, "settings", None)
        if settings is None or settings.time_budget_min is None:
            return float("inf")
        return float(settings.time_budget_min * 60 - (self.clock.now() - self.started_at).total_seconds())

    def progress(self, done: int, total: int) -> None:
        """How far the work is, for the console and for the message of a pause."""
        self._position = (done, total)
        self.run_log.progress(done, total)

    @property
    def position(self) -> str:
        """`1,247 of 3,500`, or nothing."""
        return f"{self._position[0]:,} of {self._position[1]:,}" if self._position else ""

    def bad_item(self, error: BadItemError) -> None:
        """Count an item that cannot be read, and say which."""
        self.tally.bad_items += 1
        self.log.warning("skipped an item that cannot be read: %s", error)

    def check_items(self) -> None:
        """Raise PayloadError when more than 5 % of this run's items could not be read: the API has changed."""
        check_share(self.tally.bad_items, self.tally.items_processed)


def check_share(bad: int, good: int) -> None:
    """Raise PayloadError when more than 5 % of the items are bad."""
    if bad > BAD_ITEMS_ALLOWED * (bad + good):
        raise PayloadError(
            f"{bad} of {bad + good} items could not be read: Spotify's answers have changed.",
            "What could be read is stored, and nothing was removed. Look for an update of this repository.",
        )
