"""Scripts of the daily chain that have not gone well for two days: said by whatever runs next, because they cannot say it themselves."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from utils.job.attempt import NOBODY, Attempt
from utils.job.run_report import was_said
from utils.job.scripts import chain_jobs

PATIENCE = timedelta(days=2)  # twice the chain's period


def question(attempt: Attempt, environ: Mapping[str, str], now: datetime) -> tuple[str, dict[str, object]]:
    """The statement that finds them: those that have run before, and are not paused; but what this run of a workflow is to start comes
    later."""
    to_come = _scripts(environ)
    return "jobs.overdue", {
        "jobs": [job for job in chain_jobs() if job != attempt.job and job not in to_come],
        "user_ids": [attempt.user_id, NOBODY],
        "before": now - PATIENCE,
        "now": now,
    }


def lines(attempt: Attempt, found: Iterable[tuple[str, datetime | None]]) -> Iterator[str]:
    """A line for each; nothing is said twice in one run of a workflow."""
    for job, last_at in found:
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
