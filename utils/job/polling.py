"""Running a job again and again in one process, for where starting it often cannot be relied on."""

import argparse
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from utils.clock import Clock
from utils.errors import ExitCode, Status
from utils.job.declaration import Job, Options
from utils.job.lifecycle import run_job
from utils.job.outcome import Outcome
from utils.start import CTRL_C
from utils.stopping import ends_in_time

LONGEST_MIN = 340  # GitHub ends a job after six hours


def minutes(text: str) -> int:
    """The type of a command line's minutes: at most 340, and 0 for `off`. Raises argparse.ArgumentTypeError."""
    given = text.strip()
    if given.casefold() == "off":
        return 0
    if not (given.isascii() and given.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of minutes, nor off")
    return min(int(given[:9]), LONGEST_MIN)


def poll(
    job: Job[Any],
    options: Options,
    for_minutes: int,
    every_minutes: int,
    clock: Clock | None = None,
    run: Callable[[Job[Any], Options, Clock | None], Outcome] = run_job,
) -> Outcome:
    """Run the job now and every so many minutes, for so long; the outcome of the last run.

    Each is a run of its own, with its own row in `sync_history`. A failed one is made up for by the next, also where the
    database was out of reach for a while; settings that do not do from the start, a consent that is over, a cancel and a signal end it.
    `run`: what one look is.
    """
    clock = clock or Clock()
    end = clock.now() + timedelta(minutes=for_minutes)
    final = {ExitCode.SETTINGS, ExitCode.CONSENT}
    with ends_in_time(job.name, clock):
        while True:
            next_run = clock.now() + timedelta(minutes=every_minutes)
            outcome = run(job, options, clock)
            if outcome.exit_code in final or outcome.status is Status.CANCELLED or next_run > end:
                return outcome
            final = {ExitCode.CONSENT}
            if clock.is_interrupted or clock.sleep((next_run - clock.now()).total_seconds()):
                return outcome._replace(is_interrupted=clock.interrupted_by == CTRL_C)
