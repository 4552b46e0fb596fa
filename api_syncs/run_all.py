"""Run the daily chain: every script in its order, in one process.

Started by hand it keeps an hour between two runs (setting sync.manual_cooldown_minutes, or --force).
A step that fails does not stop the steps that don't need it; the run has failed at the end if any step has.
The workflow 00_master_sync.yml runs the same chain, one step per script.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from api_syncs.chain import CHAIN
from utils.clock import Clock
from utils.config import environment, load_settings
from utils.errors import Cancelled, JobError, Paused, Status, Stopped
from utils.job.declaration import Chain, Job, Options
from utils.job.lifecycle import leave, main, run_job
from utils.job.outcome import Outcome, table
from utils.job.run import DatabaseJob, Run
from utils.spotify.tokens import AccessTokens

NEXT = (
    "Look at it: the page that build_dashboard names above · {door} status · {door} sql · {door} playlists. What waits for "
    "the day's budget of requests is copied by the next runs.\n"
)


class ChainError(JobError):
    """Steps have failed; the exit code is the highest of theirs."""

    def __init__(self, failed: list[Outcome]) -> None:
        reasons = dict.fromkeys(f"{step.message} {step.remedy}".strip() for step in failed)
        super().__init__(
            f"{len(failed)} of {len(CHAIN)} steps failed: {', '.join(step.job for step in failed)}.",
            " ".join(reasons),
        )
        self.exit_code = max(step.exit_code for step in failed)


def run_chain(
    options: Options, clock: Clock | None = None, check: Callable[[], None] = lambda: None
) -> list[Outcome]:
    """Run all steps; one outcome each. A signal ends what has not begun, and so does `check`, which raises Cancelled or Paused;
    where Spotify lets nobody in, what would ask it."""
    clock, options = clock or Clock(), options._replace(tokens=AccessTokens())
    outcomes: list[Outcome] = []
    failed: set[str] = set()
    shut_out = cancelled = ""
    for step in CHAIN:
        job: Job[Any] = import_module(step.module).JOB
        missing = [need for need in step.needs if need in failed]
        if not clock.is_interrupted:  # else there is no time to ask the database
            cancelled = cancelled or _cancelled(check)
        if clock.is_interrupted:
            outcome = Outcome.not_run(job.name, f"stopped by {clock.interrupted_by}", job.counts)
        elif cancelled:
            outcome = Outcome.not_run(job.name, cancelled, job.counts)
        elif missing:
            outcome = Outcome.not_run(job.name, f"{', '.join(missing)} failed", job.counts)
        elif shut_out and job.groups:
            outcome = Outcome.not_run(job.name, shut_out, job.counts)
        else:
            force = options.force and step.can_be_forced
            outcome = run_job(job, options._replace(force=force), clock)
        if outcome.exit_code or missing:
            failed.add(step.module)
        if outcome.is_shut_out:
            shut_out = f"{outcome.job} was shut out by Spotify"
        elif outcome.has_no_network:
            shut_out = f"{outcome.job} could not reach Spotify"
        outcomes.append(outcome)
    return outcomes


def _cancelled(check: Callable[[], None]) -> str:
    """Why nothing more is to begin, where that is so. What is paused says so itself."""
    try:
        check()
    except Cancelled as cancelled:
        return str(cancelled)
    except Paused:
        pass
    return ""


def work(run: Run) -> None:
    """The chain, and a table of what it did. What is missing in the settings is said once, before anything is begun."""
    load_settings(environment(), needs_spotify=True, needs_consent=False)
    options = run.options._replace(chain=Chain(run.run_id, run.migrations_applied))
    outcomes = run_chain(options, run.clock, run.check_controls)
    run.add_steps(outcomes)
    sys.stdout.write(f"\n{table(outcomes)}\n")
    if all(outcome.status is not Status.NOT_RUN and not outcome.exit_code for outcome in outcomes):
        sys.stdout.write(NEXT.format(door=os.environ.get("RUN_DOOR", "./run")))
    failed = [outcome for outcome in outcomes if outcome.exit_code]
    if failed:
        raise ChainError(failed)
    if run.clock.is_interrupted:
        raise Stopped(f"the chain was stopped by {run.clock.interrupted_by}; the next run goes on from there")
    with suppress(Paused):  # its steps have said so
        run.check_controls()


JOB = DatabaseJob(
    name="run_all",
    work=work,
    about=__doc__,
    reads=f"what its scripts read: {', '.join(step.module for step in CHAIN)}",
    writes="what its scripts write",
    counts="items",
    interval="sync.manual_cooldown_minutes",
    is_of_listener=True,
)

if __name__ == "__main__":
    leave(main(JOB))
