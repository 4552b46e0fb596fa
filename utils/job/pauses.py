"""What keeps a listener's jobs from running at the moment: pauses, open circuits, and what Spotify wants no requests of."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.clock import CLOCK_TOLERANCE
from utils.database.statements import statement
from utils.job.attempt import NOBODY
from utils.job.finish import CIRCUIT_OPEN
from utils.job.scripts import jobs
from utils.spotify.retry_after import LONGEST_PAUSE


@dataclass(frozen=True)
class Pause:
    """A reason why jobs do not run. `kind`: spotify (a limit on the endpoint group `what`), listener or circuit (on the job)."""

    kind: str
    what: str  # `*`: all
    reason: str
    until: datetime | None
    failures: int = 0  # in a row, of a circuit


def read_pauses(cursor: Cursor, user_id: str | None, now: datetime) -> tuple[Pause, ...]:
    """Those in force, by kind and name. `user_id` None: as long as there is no listener."""
    who = {"user_ids": [user_id or NOBODY, NOBODY], "now": now}
    cursor.execute(statement("jobs.controls"), who)
    found: set[Pause] = set()
    for owner, job, is_paused, failures, until in cursor:
        if not _counts(owner, job):
            continue
        if is_paused:
            found.add(Pause("listener", job, "", None))
        if until is not None and now < until <= now + CIRCUIT_OPEN + CLOCK_TOLERANCE:
            found.add(Pause("circuit", job, "", until, failures))
    cursor.execute(statement("jobs.pauses_in_force"), {"now": now, "latest": now + LONGEST_PAUSE})
    found |= {Pause("spotify", group, reason, until) for group, reason, until in cursor}
    return tuple(sorted(found, key=lambda each: (each.kind, each.what, each.reason)))


def _counts(owner: str, name: str) -> bool:
    """Whether a row of job_controls says anything: that of a job on Spotify may come from a run before its listener was known."""
    job = jobs().get(name)
    return owner != NOBODY or job is None or not job.groups
