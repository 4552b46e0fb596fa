"""How a run ended: counts, one line for the console, one row for the job summary."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from db.upsert import Counts
from utils.auth import WARN_DAYS


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
    """The end of a run. `status`: done, skipped, paused, stopped or failed."""

    job: str
    status: str
    exit_code: int
    message: str
    until: datetime | None
    requests: int
    seconds: float
    tally: Tally = field(default_factory=Tally)
    consent_days_left: int | None = None

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
        return (
            f"the consent ends in {self.consent_days_left} days: run `./run login` before, "
            "and put the new refresh token where the old one is"
        )


def write_step_summary(path: Path, outcome: Outcome) -> None:
    """Append the outcome to the job summary of GitHub Actions."""
    tally = outcome.tally
    lines = [
        "| job | status | read | new | updated | removed | unchanged | requests | seconds |",
        "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
        f"| {outcome.job} | {outcome.status} | {tally.items_processed} | {tally.new_items} | {tally.updated_items} | "
        f"{tally.removed_items} | {tally.unchanged_items} | {outcome.requests} | {outcome.seconds:.1f} |",
        "",
    ]
    lines += [f"{note}\n" for note in (outcome.message, outcome.consent_warning()) if note]
    with path.open("a", encoding="utf-8") as summary:
        summary.write("\n".join(lines) + "\n")
