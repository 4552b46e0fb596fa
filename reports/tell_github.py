"""Say in issues of the repository what is wrong: runs that fail again and again, schedules that stop, a consent that ends.

One issue per subject, closed when it is over. There is no database and no secret here: what `check_schedules` has found comes
in REPORT. In a public repository it also keeps GitHub from switching the schedules off after 60 quiet days.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from reports.watch.findings import FAILURES, ON, Finding, Watched, blind, bullets, consent, failing, not_kept
from reports.watch.issues import Issues
from reports.watch.report import WatchReport
from utils.clock import Clock
from utils.errors import ExitCode, JobError, SettingsError
from utils.github.api import GitHub, WorkflowRun
from utils.github.schedules import Schedule, are_on, schedules
from utils.job.run_log import RunLog
from utils.job.run_report import SUMMARY, add_to_summary
from utils.verbose import add_verbose

KEPT = timedelta(days=30)  # older runs say nothing about today
STARTED_BY_ITSELF = ("schedule", "repository_dispatch")  # what a person starts by hand, that person sees
INACTIVE = "disabled_inactivity"  # GitHub has switched a workflow off
SUCCESS = "success"
FAILED = ("failure", "timed_out", "startup_failure")
MOST_ASKED = 10  # about runs that were cancelled
WATCH = "check_schedules"
_REQUIRED = ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "LOOK_RESULT")


def main(clock: Clock | None = None) -> int:
    """Tell. Exit codes: 0 all is told · 1 GitHub refused or did not answer · 2 the environment lacks something."""
    command_line = argparse.ArgumentParser(
        prog="./run tell_github",
        description=f"{__doc__}\nreads   REPORT, LOOK_RESULT; of GitHub workflows, their runs, issues\n"
        "writes  issues of the repository",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    command_line.parse_args()
    environ = os.environ  # a workflow's
    log = RunLog("tell_github", in_github_actions=environ.get("GITHUB_ACTIONS") == "true")
    log.protect([environ.get("GITHUB_TOKEN", "")])
    try:
        said = tell(environ, log, (clock or Clock()).now())
    except JobError as error:
        log.logger.error("%s", f"{error} {error.remedy}".strip())  # noqa: TRY400 - no traceback
        return error.exit_code
    if environ.get(SUMMARY):
        add_to_summary(environ, bullets(said) + "\n")
    return ExitCode.OK


def tell(environ: Mapping[str, str], log: RunLog, now: datetime) -> list[str]:
    """Make the issues say what is wrong, and keep the schedules alive. What is wrong, and what was done; raises JobError."""
    missing = [name for name in _REQUIRED if not environ.get(name)]
    if missing:
        raise SettingsError(f"{', '.join(missing)} missing.", "watch.yml starts this script.")
    report = _report(environ, log)
    github = GitHub(
        environ.get("GITHUB_API_URL") or "https://api.github.com",
        environ["GITHUB_REPOSITORY"],
        environ["GITHUB_TOKEN"],
    )
    repository = github.repository()
    states = github.workflow_states()
    planned = [schedule for schedule in schedules() if schedule.file in states]
    kept_alive: list[str] = []
    if are_on(environ) and not repository.is_private:
        kept_alive = [each.file for each in planned if states[each.file] in (ON, INACTIVE)]
    watched = {
        schedule.file: _watched(
            github,
            schedule,
            ON if schedule.file in kept_alive else states[schedule.file],
            repository.branch,
            now,
        )
        for schedule in planned
    }
    findings = _findings(environ, report, watched, now)
    wrong = [f"{finding.title}: {finding.about}" for finding in findings.values() if finding is not None]
    for what in wrong:
        log.logger.warning("%s", what)
    done = Issues(github, repository.has_issues).settle(
        findings, f"It is over, as [this run]({_this_run(environ)}) has seen."
    )
    for file in kept_alive:
        github.enable(file)
        done.append(f"kept GitHub from switching {file} off")
    done = done or ["nothing new to tell"]
    for what in done:
        log.logger.info("%s", what)
    return wrong + done


def _report(environ: Mapping[str, str], log: RunLog) -> WatchReport | None:
    """What check_schedules has found; None where that did not arrive."""
    text = environ.get("REPORT", "")
    if text:
        try:
            return WatchReport.from_json(text)
        except ValueError as error:
            raise SettingsError(
                f"REPORT cannot be read: {error}.",
                "watch.yml hands it on from check_schedules: start that workflow again.",
            ) from None
    if environ["LOOK_RESULT"] == SUCCESS:
        log.logger.warning(
            "no report has come, so nothing is said about schedules and consent: check_schedules is paused, or GitHub "
            "withholds the report because the value of a secret, such as DB_NAME, stands in it"
        )
    return None


def _watched(github: GitHub, schedule: Schedule, state: str, branch: str, now: datetime) -> Watched:
    """A workflow with its runs; without those of the watch, whose look has a subject of its own."""
    if WATCH in schedule.scripts:
        return Watched(schedule, state)
    runs = github.last_runs(schedule.file, branch)
    return Watched(schedule, state, runs, failed=tuple(islice(_failed_in_a_row(github, runs, now), FAILURES)))


def _failed_in_a_row(github: GitHub, runs: Sequence[WorkflowRun], now: datetime) -> Iterator[WorkflowRun]:
    """The runs since the last success that have failed, the newest first.

    One that took too long is `cancelled` as well. What was cancelled while it waited says nothing, nor does what was
    skipped, because another cron line had started it.
    """
    asked = 0
    for run in runs:
        if run.event not in STARTED_BY_ITSELF:
            continue
        if run.conclusion == SUCCESS or run.created_at < now - KEPT:
            return
        if run.conclusion in FAILED:
            yield run
        elif run.conclusion == "cancelled" and asked < MOST_ASKED:
            asked += 1
            if github.has_begun(run.run_id):
                yield run


def _findings(
    environ: Mapping[str, str], report: WatchReport | None, watched: Mapping[str, Watched], now: datetime
) -> dict[str, Finding | None]:
    """By subject; None: all is well. A subject of which nothing is known is left out, and its issue stays as it is."""
    findings = {
        "watch": None if environ["LOOK_RESULT"] == SUCCESS else blind(_this_run(environ)),
        "failures": failing(watched.values(), _actions(environ), report.failing if report else ()),
    }
    if report is not None:
        findings["schedules"] = not_kept(report.schedules, watched)
        if report.is_consent_over or report.consent_ends_at is not None:
            findings["consent"] = consent(report, now)
    return findings


def _actions(environ: Mapping[str, str]) -> str:
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    return f"{server}/{environ['GITHUB_REPOSITORY']}/actions"


def _this_run(environ: Mapping[str, str]) -> str:
    return f"{_actions(environ)}/runs/{environ.get('GITHUB_RUN_ID', '')}"


if __name__ == "__main__":
    sys.exit(main())
