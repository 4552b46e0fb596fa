"""Scripts of the daily chain that have not gone well for two days: said by whatever runs next, because they cannot say it themselves."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from utils.job.attempt import NOBODY, Attempt
from utils.job.journal import Journal
from utils.job.run_report import was_said
from utils.job.scripts import chain_jobs

PATIENCE = timedelta(days=2)  # twice the chain's period


def overdue(attempt: Attempt, journal: Journal, environ: Mapping[str, str], now: datetime) -> Iterator[str]:
    """A line for each that has run before, and is not paused; but those that this run of a workflow is to start come later, and
    nothing is said twice in one."""
    to_come = _scripts(environ)
    which = {
        "jobs": [job for job in chain_jobs() if job != attempt.job and job not in to_come],
        "user_ids": [attempt.user_id, NOBODY],
        "before": now - PATIENCE,
        "now": now,
    }
    for job, last_at in journal.run(("jobs.overdue", which)):
        since = f"since {last_at:%Y-%m-%d %H:%M} UTC" if last_at else "as far as is known"
        text = f"{job} has not gone well {since}: look at ./run logs --job {job}, and at what is to start it"
        if not was_said(attempt.run_report, text):
            yield text


def _scripts(environ: Mapping[str, str]) -> list[str]:
    """The scripts of this run of a workflow."""
    try:
        scripts = json.loads(environ.get("SCRIPTS") or "[]")
    except ValueError:
        return []
    return [str(name) for name in scripts] if isinstance(scripts, list) else []
