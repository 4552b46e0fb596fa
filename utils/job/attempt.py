"""What a run has from its first moment on, and what its end has to know, however far it got."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from utils.clock import Clock
from utils.config import SpotifySettings
from utils.errors import Status
from utils.job.app_settings import AppSettings
from utils.job.journal import Journal
from utils.job.outcome import Tally
from utils.job.run_id import new_run_id
from utils.job.run_log import RunLog
from utils.job.status_file import StatusFile
from utils.job.users import User

if TYPE_CHECKING:  # it loads requests, which a script that asks only the database does without
    from utils.spotify.transport import Transport

NOBODY = "*"  # the user id of a run that belongs to no listener, or ends before it is known who that is

# A named statement with its values, for how the run has ended: its status and its message.
AtEnd = Callable[[Status, str | None], tuple[str, Mapping[str, object]]]


@dataclass(eq=False, repr=False)
class Attempt:
    """One run, from before its settings are read until after its end is told.

    What opening a run finds out stands here as soon as it is known, for the end; the work gets it finished, in a
    `Run`. Attributes that may be None are those that an early end never sees.
    """

    job: str
    clock: Clock
    run_log: RunLog
    counts: str = "items"  # what its tally counts
    run_report: Path | None = None  # the file that the summary of a workflow's run is made of
    workflow: str | None = None  # whose schedule has started the run, on GitHub
    status_path: Path | None = None  # the file that says how far it is
    chain: str | None = None  # the run (id) that this one is a step of
    dry_run: bool = False  # the run only looks: how it ends says nothing about the next one
    listener: str = ""  # who was named with --user
    run_id: str = field(default_factory=new_run_id)
    started_at: datetime = field(init=False)
    status_file: StatusFile = field(init=False)
    tally: Tally = field(default_factory=Tally)
    time_budget_min: float | None = None
    max_failures: int = AppSettings().number(
        "sync.max_consecutive_errors"
    )  # in a row: then the circuit opens
    user_id: str = NOBODY  # the listener's, once known
    user: User | None = None
    spotify: SpotifySettings | None = None  # of a job that talks to Spotify
    transport: "Transport | None" = None
    journal: Journal | None = None
    unfinished: list[AtEnd] = field(default_factory=list)  # what to store where the run does not end well
    steps_requests: int = 0  # of the scripts that the run has started
    waiting_steps: tuple[str, ...] = ()  # those of them that the next run goes on with

    def __post_init__(self) -> None:
        self.started_at = self.clock.now()
        self.status_file = StatusFile(self.status_path, self.job, self.run_id, self.started_at, self.chain)

    def seconds_left(self) -> float:
        """Of the time budget; infinite without one."""
        if self.time_budget_min is None:
            return float("inf")
        return float(self.time_budget_min * 60 - (self.clock.now() - self.started_at).total_seconds())

    @property
    def position(self) -> str:
        """How far the work is: `1,247 of 3,500`, or nothing."""
        return self.run_log.position

    @property
    def requests(self) -> int:
        """Requests to Spotify so far, repeats included, token requests not."""
        return self.steps_requests + (self.transport.requests_made if self.transport else 0)
