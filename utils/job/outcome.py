"""How a run ended: counts, one line for the console, and a table of several.

Each script counts one kind of thing (`Job.counts`). What it has read of them is new, updated or unchanged, each once;
what could not be read, and what was removed, stands beside that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from utils.database.rows import Counts
from utils.errors import ExitCode, Status
from utils.spotify.consents import WARN_DAYS


@dataclass
class Tally:
    """What a run has done so far, in the things that its script counts."""

    new_items: int = 0
    updated_items: int = 0
    unchanged_items: int = 0
    removed_items: int = 0
    bad_items: int = 0
    batch_number: int = 0
    checkpoint_offset: int | None = None

    @property
    def items_processed(self) -> int:
        """How many were read: each of them is new, updated or unchanged."""
        return self.new_items + self.updated_items + self.unchanged_items

    def add(self, counts: Counts) -> None:
        """Add what became of a batch of them."""
        self.new_items += counts.inserted
        self.updated_items += counts.updated
        self.unchanged_items += counts.unchanged

    def add_all(self, others: "Iterable[Tally]") -> None:
        """Add what other runs have done."""
        for other in others:
            for name in ("new_items", "updated_items", "unchanged_items", "removed_items", "bad_items"):
                setattr(self, name, getattr(self, name) + getattr(other, name))

    def text(self, counts: str) -> str:
        """`liked tracks: 1,500 read (1,480 new, 20 unchanged), 3 removed`: what is none is left out. `counts`: of what."""
        parts = (
            (self.new_items, "new"),
            (self.updated_items, "updated"),
            (self.unchanged_items, "unchanged"),
        )
        became = ", ".join(f"{number:,} {word}" for number, word in parts if number)
        said = [f"{self.items_processed:,} read ({became})"] if became else []
        said += [f"{self.removed_items:,} removed"] if self.removed_items else []
        said += [f"{self.bad_items:,} could not be read"] if self.bad_items else []
        return f"{counts}: {', '.join(said)}" if said else ""

    def columns(self) -> dict[str, int | None]:
        """The columns of `sync_history`."""
        return {
            "batch_number": self.batch_number,
            "checkpoint_offset": self.checkpoint_offset,
            "items_processed": self.items_processed,
            "new_items": self.new_items,
            "updated_items": self.updated_items,
            "removed_items": self.removed_items,
        }


LOGIN = "./run login"  # what renews the consent of the environment


class Outcome(NamedTuple):
    """The end of a run."""

    job: str
    status: Status
    exit_code: ExitCode
    message: str
    until: datetime | None
    requests: int
    seconds: float
    tally: Tally
    consent_days_left: int | None = None
    remedy: str = ""  # what to do about a failure
    counts: str = "items"  # what the tally counts
    is_interrupted: bool = False  # by Ctrl-C
    is_told_to_end: bool = False  # by a signal, whichever
    has_no_network: bool = False
    cancels_all: bool = False  # the rest of what it was started with is not wanted either
    listener: str = ""  # who was named with --user
    login: str = LOGIN  # what renews the consent
    waiting_steps: tuple[str, ...] = ()  # of a chain: the scripts that the next run goes on with
    is_shut_out: bool = False  # Spotify lets this app, or its listener, in no more: nothing else need ask

    @classmethod
    def not_run(cls, job: str, reason: str, counts: str) -> "Outcome":
        """A step that was left out because of what happened before it."""
        return cls(job, Status.NOT_RUN, ExitCode.OK, reason, None, 0, 0.0, Tally(), counts=counts)

    @property
    def goes_on(self) -> bool:
        """It ended before all was done, and nothing is wrong: the next run does the rest."""
        return self.status is Status.STOPPED or (self.status is Status.PAUSED and self.until is not None)

    @property
    def returns(self) -> ExitCode:
        """What the script's process returns."""
        return ExitCode.INTERRUPTED if self.is_interrupted else self.exit_code

    def line(self) -> str:
        """One line with all numbers that are any."""
        requests = f"{self.requests:,} {'request' if self.requests == 1 else 'requests'}"
        said = [self.tally.text(self.counts), requests if self.requests else "", f"{self.seconds:.1f} s"]
        return f"{self.status}: {'; '.join(part for part in said if part)}"

    def consent_warning(self) -> str:
        """What to say from 30 days before the consent ends; else nothing."""
        if self.consent_days_left is None or self.consent_days_left > WARN_DAYS:
            return ""
        # A stored consent is replaced by the command alone.
        where = (
            ", and put the new refresh token, and its date, where the old ones are"
            if self.login == LOGIN
            else ""
        )
        if self.consent_days_left < 0:
            return (
                f"the consent should have ended {-self.consent_days_left} days ago: run `{self.login}`{where}"
            )
        return f"the consent ends in {self.consent_days_left} days: run `{self.login}` before{where}"


def table(outcomes: Sequence[Outcome]) -> str:
    """What each step did, for people, in the things that it counts; the last line adds it up.

    Read is what was new, updated or unchanged; requests are those to Spotify's Web API, which count against its quota.
    """
    head = ("", "status", "read", "new", "updated", "unchanged", "removed", "requests", "seconds", "of")
    rows = [_row(outcome.job, outcome.status, [outcome], outcome.counts) for outcome in outcomes]
    lines = [head, *rows, _row("together", "", outcomes, "items")]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def layout(line: tuple[str, ...]) -> str:
        cells = [line[0].ljust(widths[0]), line[1].ljust(widths[1])]
        cells += [cell.rjust(width) for cell, width in zip(line[2:-1], widths[2:-1], strict=True)]
        cells.append(line[-1])
        return "  ".join(cells).rstrip()

    told: dict[str, list[str]] = {}
    for outcome in outcomes:
        told.setdefault(f"{outcome.message} {outcome.remedy}".strip(), []).append(outcome.job)
    notes = [f"{', '.join(jobs)}: {message}" for message, jobs in told.items() if message]
    if any(outcome.requests for outcome in outcomes):
        notes.insert(
            0,
            "Requests are those to Spotify's Web API, which count against its quota; covers come from elsewhere.",
        )
    return "\n".join([*map(layout, lines), *notes]) + "\n"


def _row(name: str, status: str, outcomes: Sequence[Outcome], counts: str) -> tuple[str, ...]:
    tally = Tally()
    tally.add_all(outcome.tally for outcome in outcomes)
    numbers = (
        tally.items_processed,
        tally.new_items,
        tally.updated_items,
        tally.unchanged_items,
        tally.removed_items,
        sum(outcome.requests for outcome in outcomes),
    )
    seconds = sum(outcome.seconds for outcome in outcomes)
    return (name, status, *(f"{number:,}" for number in numbers), f"{seconds:.1f}", counts)
