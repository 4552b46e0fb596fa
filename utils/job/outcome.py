"""How a run ended: counts, one line for the console, and a table of several."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from utils.database.rows import Counts
from utils.errors import ExitCode, Status
from utils.spotify.tokens import WARN_DAYS


@dataclass
class Tally:
    """What a run has done so far."""

    items_processed: int = 0
    new_items: int = 0
    updated_items: int = 0
    removed_items: int = 0
    unchanged_items: int = 0
    bad_items: int = 0
    batch_number: int = 0
    checkpoint_offset: int | None = None

    def add(self, counts: Counts, read: int) -> None:
        """Add a batch: `read` items, and what became of their rows."""
        self.items_processed += read
        self.new_items += counts.inserted
        self.updated_items += counts.updated
        self.unchanged_items += counts.unchanged

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


@dataclass(frozen=True)
class Outcome:
    """The end of a run."""

    job: str
    status: Status
    exit_code: ExitCode
    message: str
    until: datetime | None
    requests: int
    seconds: float
    tally: Tally = field(default_factory=Tally)
    consent_days_left: int | None = None
    remedy: str = ""  # what to do about a failure
    is_shut_out: bool = False  # Spotify lets this app, or its listener, in no more: nothing else need ask

    @classmethod
    def not_run(cls, job: str, reason: str) -> "Outcome":
        """A step that was left out because of what happened before it."""
        return cls(job, Status.NOT_RUN, ExitCode.OK, reason, None, 0, 0.0)

    def line(self) -> str:
        """One line with all numbers."""
        tally = self.tally
        return (
            f"{self.status}: {tally.items_processed:,} read, {tally.new_items:,} new, {tally.updated_items:,} updated, "
            f"{tally.removed_items:,} removed, {tally.unchanged_items:,} unchanged; {self.requests:,} requests, "
            f"{self.seconds:.1f} s"
        )

    def consent_warning(self) -> str:
        """What to say from 30 days before the consent ends; else nothing."""
        if self.consent_days_left is None or self.consent_days_left > WARN_DAYS:
            return ""
        if self.consent_days_left < 0:
            return (
                f"the consent should have ended {-self.consent_days_left} days ago: run `./run login`, "
                "and put the new refresh token, and its date, where the old ones are"
            )
        return (
            f"the consent ends in {self.consent_days_left} days: run `./run login` before, "
            "and put the new refresh token, and its date, where the old ones are"
        )


def table(outcomes: Sequence[Outcome]) -> str:
    """What each step did, for people; the last line adds it up."""
    head = ("", "status", "read", "new", "updated", "removed", "unchanged", "requests", "seconds")
    rows = [_row(outcome.job, outcome.status, [outcome]) for outcome in outcomes]
    lines = [head, *rows, _row("together", "", outcomes)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def layout(line: tuple[str, ...]) -> str:
        cells = [line[0].ljust(widths[0]), line[1].ljust(widths[1])]
        cells += [cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True)]
        return "  ".join(cells).rstrip()

    notes = [f"{outcome.job}: {outcome.message}" for outcome in outcomes if outcome.message]
    return "\n".join([*map(layout, lines), *notes]) + "\n"


def _row(name: str, status: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    tallies = [outcome.tally for outcome in outcomes]
    numbers = (
        sum(tally.items_processed for tally in tallies),
        sum(tally.new_items for tally in tallies),
        sum(tally.updated_items for tally in tallies),
        sum(tally.removed_items for tally in tallies),
        sum(tally.unchanged_items for tally in tallies),
        sum(outcome.requests for outcome in outcomes),
    )
    seconds = sum(outcome.seconds for outcome in outcomes)
    return (name, status, *(f"{number:,}" for number in numbers), f"{seconds:.1f}")
