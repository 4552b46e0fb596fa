"""Running a job again and again in one process, for where starting it often cannot be relied on."""

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import FrameType
from typing import Any

from utils.clock import Clock
from utils.errors import ExitCode
from utils.job.declaration import Job, Options
from utils.job.lifecycle import run_job
from utils.job.outcome import Outcome
from utils.start import CTRL_C

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
    job: Job[Any], options: Options, for_minutes: int, every_minutes: int, clock: Clock | None = None
) -> Outcome:
    """Run the job now and every so many minutes, for so long; the outcome of the last run.

    Each is a run of its own, with its own row in `sync_history`. A failed one is made up for by the next, also where the
    database was out of reach for a while; settings that do not do from the start, a consent that is over, and a signal end it.
    """
    clock = clock or Clock()
    end = clock.now() + timedelta(minutes=for_minutes)
    final = {ExitCode.SETTINGS, ExitCode.CONSENT}
    while True:
        next_run = clock.now() + timedelta(minutes=every_minutes)
        outcome = run_job(job, options, clock)
        if outcome.exit_code in final or next_run > end:
            return outcome
        final = {ExitCode.CONSENT}
        with _signals_cut_short(clock):
            is_over = clock.is_interrupted or clock.sleep((next_run - clock.now()).total_seconds())
        if is_over:
            return replace(outcome, is_interrupted=clock.interrupted_by == CTRL_C)


@contextmanager
def _signals_cut_short(clock: Clock) -> Iterator[None]:
    """SIGINT and SIGTERM end the wait, and with it the polling; nothing is under way meanwhile."""

    def handle(number: int, _frame: FrameType | None) -> None:
        clock.interrupt(CTRL_C if number == signal.SIGINT else signal.Signals(number).name)

    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handle) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
