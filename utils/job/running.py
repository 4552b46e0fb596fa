"""Which runs are under way, and which only say so because they were killed."""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.job.attempt import NOBODY
from utils.job.scripts import jobs


@dataclass(frozen=True)
class Running:
    """A run under way. `is_cancelled`: it is to end at its next batch."""

    run_id: str
    job: str
    is_cancelled: bool


def read_running(cursor: Cursor, user_id: str) -> list[Running]:
    """Those of a listener, and those that belong to nobody, the first to begin first."""
    cursor.execute(statement("jobs.running"), {"user_ids": [user_id, NOBODY]})
    rows = cursor.fetchall()
    alive = held(cursor, {run_id: (job, owner) for run_id, job, owner, _ in rows})
    return [Running(run_id, job, wanted is not None) for run_id, job, _, wanted in rows if run_id in alive]


def held(cursor: Cursor, runs: Mapping[str, tuple[str, str]]) -> set[str]:
    """Of these runs (id → job and owner) those whose running-lock somebody holds."""
    locks = {run_id: jobs()[job].lock_of(user_id) for run_id, (job, user_id) in runs.items() if job in jobs()}
    cursor.execute(statement("jobs.held_locks"), {"locks": list(locks.values())})
    names = {name for (name,) in cursor}
    return {run_id for run_id, lock in locks.items() if lock in names}
