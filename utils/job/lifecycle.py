"""The life of a job, from start to end: settings, database, gates, running-lock, work in batches, report.

A script declares a `Job` and hands it to `main`. Its work gets a finished `Run`, and commits each batch together with
its checkpoint, so that a kill at any point loses nothing. docs/architecture.md tells the whole story.
"""

import argparse
import atexit
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, TypeVar

from utils.clock import Clock
from utils.config import environment, load_settings
from utils.job.attempt import Attempt
from utils.job.command_line import add_user
from utils.job.declaration import Job, Options
from utils.job.finish import finish
from utils.job.opening import Opening
from utils.job.outcome import Outcome
from utils.job.run_log import RunLog
from utils.job.run_report import VARIABLE as RUN_REPORT
from utils.job.status_file import status_file
from utils.stopping import end_is_told, ends_in_time, may_be_ended

R = TypeVar("R")


def main(job: Job[R], run: Callable[[Job[R], Options], Outcome] | None = None) -> int:
    """The command line of a script: parse the options, run the job, return the exit code.

    `run`: what to do with the job instead of `run_job`.
    """
    parser = argparse.ArgumentParser(
        prog=f"./run {'sync' if job.name == 'run_all' else job.name}",
        description=f"{job.about}\n\nreads   {job.reads}\nwrites  {job.writes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 done, skipped, paused or stopped; 1 failed; 2 settings, schema, or a database out of reach; "
        "3 consent; 130 stopped by Ctrl-C",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="run although the last run was a moment ago, or has failed again and again",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="say each step, request and batch, and how long it took"
    )
    add_user(parser)
    parser.add_argument(
        "--all-users",
        action="store_true",
        help="for every active listener in turn; what is wrong with one stops no other",
    )
    if job.arguments:
        job.arguments(parser)
    arguments = parser.parse_args()
    if arguments.all_users and arguments.user:
        parser.error("--user is one listener, --all-users is everybody: only one of the two")
    options = Options(
        force=arguments.force,
        verbose=arguments.verbose,
        user=arguments.user,
        is_manual=os.environ.get("MANUAL_START") == "true",
        arguments=arguments,
    )
    if arguments.all_users:
        from utils.job.all_users import run_for_all

        return run_for_all(job, options, run or run_job)
    return (run or run_job)(job, options).returns


def leave(exit_code: int) -> NoReturn:
    """End the process of a script, as sys.exit does, but as it is: to take apart all that is loaded takes a twentieth of the time of a look for plays.

    What is registered for the end is called, and what was said gets out.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def run_job(job: Job[R], options: Options, clock: Clock | None = None) -> Outcome:
    """Run a job from start to end. Never raises: what happened is in the outcome, and has been reported."""
    environ = os.environ  # what GitHub sets stands in no file
    run_log = RunLog(
        job.name, in_github_actions=environ.get("GITHUB_ACTIONS") == "true", verbose=options.verbose
    )
    report = environ.get(RUN_REPORT)
    attempt = Attempt(
        job.name,
        clock or Clock(),
        run_log,
        job.counts,
        Path(report) if report else None,
        _scheduled_by(environ),
        status_file(environ),
        options.chain.run_id if options.chain else None,
        options.dry_run,
        options.user,
    )
    # A step of a chain, too, stores its end and closes what it has opened without being ended in the middle of that.
    with ends_in_time(job.name, attempt.clock), may_be_ended(False), ExitStack() as stack:
        error: BaseException | None = None
        try:
            with may_be_ended():
                settings = load_settings(environment(), needs_spotify=bool(job.groups), needs_consent=False)
                run_log.protect(settings.secrets())
                attempt.time_budget_min = settings.time_budget_min
                job.work(job.open(Opening.begin(attempt, settings, stack), options))
        except Exception as caught:  # noqa: BLE001 - the one place where a run's end is decided
            error = caught
        outcome = finish(attempt, error)
        end_is_told(outcome.returns)
        return outcome


def _scheduled_by(environ: Mapping[str, str]) -> str | None:
    """The file of the workflow whose schedule has started this run; None for whatever else did."""
    found = re.search(r"/([\w.-]+\.ya?ml)@", environ.get("GITHUB_WORKFLOW_REF", ""))
    return found[1] if found and environ.get("GITHUB_EVENT_NAME") == "schedule" else None
