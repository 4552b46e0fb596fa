"""What several reports say of a listener, each read in one way: runs, how far the copying is, how much is stored, gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.plays.coverage import LONGEST_SILENCE
from utils.spotify.payloads import PAGE

PAGED = ("liked_tracks", "saved_albums", "followed_artists", "playlists")  # their batches are pages
DAY = timedelta(days=1)
LONGEST_DAYS = 3_650  # of a queue: whatever takes longer is not to be foretold
MONTH = timedelta(days=30)
EVER = datetime(2006, 1, 1, tzinfo=UTC)  # before any play


@dataclass(frozen=True)
class JobRun:
    """The last run of a job."""

    job: str
    started_at: datetime
    status: str
    new_items: int
    updated_items: int
    removed_items: int
    requests: int
    message: str | None
    last_success_at: datetime | None
    run_id: str = ""
    user_id: str = ""


@dataclass(frozen=True)
class Phase:
    """How far the pass over a kind of thing is. `phase`: initial until all was read once, then incremental."""

    entity: str
    phase: str
    status: str
    is_complete: bool
    done: int
    total: int | None
    offset: int
    message: str | None
    started_at: datetime
    last_updated_at: datetime
    held_back: int = 0  # removals that are not believed yet

    @property
    def share(self) -> float:
        """From 0 to 1, which is only reached when it is complete. `done` may count other things than `total` does: the albums
        of so many artists."""
        if self.is_complete:
            return 1.0
        return min(self.offset / self.total, 0.99) if self.total else 0.0

    @property
    def batch(self) -> tuple[int, int] | None:
        """(batches done, batches in all), as far as that is known: `batch 1 of 15`."""
        if self.entity not in PAGED or not self.total:
            return None
        whole = ceil(self.total / PAGE)
        return (whole if self.is_complete else min(ceil(self.offset / PAGE), whole)), whole

    def days_left(self, now: datetime) -> int | None:
        """How many days the rest takes, if it goes on as since its beginning, of which a day counts as a whole; None where that is not known."""
        if self.is_complete or not self.total or not 0 < self.offset < self.total:
            return None
        days = max((now - self.started_at) / DAY, 1.0)
        left = max(round((self.total - self.offset) * days / self.offset), 1)
        return left if left <= LONGEST_DAYS else None

    @property
    def percent(self) -> int:
        """The share, as it is said."""
        return round(100 * self.share)


@dataclass(frozen=True)
class Copied:
    """How much of a listener's is stored; what was removed does not count."""

    liked_tracks: int
    saved_albums: int
    followed_artists: int
    playlists: int
    plays: int
    first_played_at: datetime | None
    last_played_at: datetime | None
    episodes: int = 0  # plays of podcast episodes and chapters of audiobooks, which stand apart


@dataclass(frozen=True)
class Gap:
    """A stretch in which plays may be missing, and the days that it touches."""

    start: datetime
    end: datetime
    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True)
class Coverage:
    """Of some time, how much was observed: `of_s` seconds in all, in `unobserved_s` of which plays may have been lost."""

    of_s: float
    unobserved_s: float
    unobserved: tuple[tuple[datetime, datetime], ...] = ()  # the stretches, in their order
    ends_at: datetime | None = None

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return 1 - self.unobserved_s / self.of_s


@dataclass(frozen=True)
class Spent:
    """Requests of an endpoint group in the last 24 hours; `back_from`: when the first of them begin to be given back."""

    endpoint_group: str
    calls: int
    rate_limited: int
    back_from: datetime


@dataclass(frozen=True)
class Green:
    """Runs of the last 30 days that did something (none that was skipped or held back), and how many of them failed or were killed."""

    worked: int = 0
    failed: int = 0

    @property
    def share(self) -> float | None:
        """Of those that went well, from 0 to 1; None where there was none."""
        return (self.worked - self.failed) / self.worked if self.worked else None


def read_spent(cursor: Cursor, now: datetime) -> tuple[Spent, ...]:
    """Of each group, of the app that has asked most of it."""
    cursor.execute(statement("budget.of_day"), {"since": now - DAY, "now": now})
    return tuple(Spent(*row) for row in cursor.fetchall())


def read_green(cursor: Cursor, user_id: str, now: datetime) -> Green:
    """A listener's, and nobody's."""
    cursor.execute(statement("sync_history.green"), {"user_id": user_id, "since": now - MONTH, "now": now})
    ((worked, failed),) = cursor.fetchall()
    return Green(worked, failed)


def read_coverage(
    cursor: Cursor, user_id: str, begin: datetime, end: datetime, looked_at: datetime | None
) -> Coverage | None:
    """How much of the time between two moments (aware) was observed, from the first known play on; None where there is none.

    `looked_at`: when Spotify was last asked what was played. Not observed are the gaps that no import has filled, and what has
    happened since.
    """
    values = {"user_id": user_id, "begin": begin, "end": end, "looked_at": looked_at or end}
    cursor.execute(statement("plays.coverage"), {**values, "silence": LONGEST_SILENCE})
    row = cursor.fetchone()
    if row is None:
        return None
    first, last, begins, ends = row
    stretches = tuple(zip(begins, ends, strict=True))
    unobserved_s = sum((until - since).total_seconds() for since, until in stretches)
    return Coverage((last - first).total_seconds(), unobserved_s, stretches, last)


def read_runs(
    cursor: Cursor, user_id: str | None, now: datetime, under_way: Sequence[str] = ()
) -> tuple[JobRun, ...]:
    """The last run of each job, the newest first; without those of `under_way` (run ids)."""
    values = {"user_id": user_id, "now": now, "under_way": list(under_way)}
    cursor.execute(statement("sync_history.last_runs"), values)
    found = (JobRun(*row) for row in cursor.fetchall())
    return tuple(sorted(found, key=lambda each: (each.started_at, each.job), reverse=True))


def read_phases(cursor: Cursor, user_id: str | None) -> list[Phase]:
    """How far each kind of thing is, by name; None: of all listeners together."""
    cursor.execute(statement("progress.phases"), {"user_id": user_id})
    return [Phase(*row) for row in cursor.fetchall()]


def read_copied(cursor: Cursor, user_id: str) -> Copied:
    """How much is stored."""
    cursor.execute(statement("progress.copied"), {"user_id": user_id})
    ((*counts,),) = cursor.fetchall()
    return Copied(*counts)


def read_gaps(cursor: Cursor, user_id: str) -> tuple[Gap, ...]:
    """Those that are not filled, the newest first."""
    cursor.execute(statement("plays.gaps"), {"user_id": user_id})
    return tuple(Gap(*row) for row in cursor.fetchall())
