"""What `./run control reset` does: the next run of a script reads again all that it has read.

The checkpoint is forgotten, and of what is stored only the moments that say when it was read. What was copied stays until
it has come again: nothing is removed because of a reset.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.errors import JobError, SettingsError
from utils.job.attempt import NOBODY
from utils.job.declaration import Entity, Job
from utils.job.scripts import jobs, known_entity
from utils.mirror.passes import forget_pass
from utils.spotify.payloads import PAGE

Chosen = tuple[Job[Any], Sequence[Entity]]  # a job, and what of its is reset


def choose(job: Job[Any] | None, entity: str) -> Sequence[Chosen]:
    """The jobs to reset, each with what it copies. Raises SettingsError where the entity is unknown, or another job's."""
    candidates = list(jobs().values()) if job is None else [job]
    if not entity:
        return [(each, each.entities) for each in candidates]
    wanted = known_entity(entity)
    chosen = [(each, (wanted,)) for each in candidates if wanted in each.entities]
    if not chosen:
        assert job is not None, "every entity is a job's"
        of_job = ", ".join(each.name for each in job.entities) or "nothing that has a checkpoint"
        raise SettingsError(f"{job.name} does not copy {entity}.", f"It copies {of_job}.")
    return chosen


def reset(
    connection: Connection,
    user_id: str,
    chosen: Sequence[Chosen],
    now: datetime,
) -> str:
    """Reset these jobs, with these of their entities, one transaction for each; what was done, as text.

    Raises JobError that names the jobs that are running, which would store their checkpoints again; the others are done.
    """
    lines: list[str] = []
    running: list[str] = []
    for job, entities in chosen:
        with connection, connection.cursor() as cursor:
            if entities and not _is_idle(cursor, job, user_id):
                running.append(job.name)
                continue
            for entity in entities:
                forget(cursor, user_id, entity, now)
            owners = [user_id] if job.groups else [user_id, NOBODY]
            cursor.execute(statement("jobs.reset"), {"user_ids": owners, "job": job.name})
        if entities:
            lines.append(f"{job.name}: reads {', '.join(entity.name for entity in entities)} again\n")
        elif len(chosen) == 1:
            lines.append(f"{job.name}: may run at once; it keeps no checkpoint\n")
    if running:
        raise JobError(
            f"{', '.join(running)}: running now, and left as it is. Reset: {len(chosen) - len(running)} of {len(chosen)}.",
            "Run this again when it has ended.",
        )
    if len(chosen) > 1:
        lines.append("no cooldown and no open circuit keeps them from running\n")
    return "".join(lines)


def _is_idle(cursor: Cursor, job: Job[Any], user_id: str) -> bool:
    """Whether no such job is running, nor can begin before the transaction has ended."""
    cursor.execute(statement("jobs.run_lock"), {"lock": job.lock_of(user_id)})
    return cursor.fetchone() == (True,)


def forget(cursor: Cursor, user_id: str, entity: Entity, now: datetime) -> None:
    """Forget when something was read, and where the pass over it is."""
    forget_pass(cursor, user_id, entity.name)
    which = {"user_id": user_id, "entity_type": entity.name, "now": now, "before": now, "page": PAGE}
    for renewal in entity.renewals:
        ids: list[str] = []
        if renewal.which:
            cursor.execute(renewal.which, which)
            ids = [item_id for item_id, *_ in cursor]
        cursor.execute(renewal.sql, {**which, "ids": ids})
    if entity.refusals:
        cursor.execute(statement("refusals.forget_kinds"), {"kinds": list(entity.refusals)})
