"""What the scripts of one run of a workflow have to say, for the one summary at its end: a file of JSON lines.

The variable RUN_REPORT names it; without, nothing is written. Each script's end adds a line (`add_outcome`), and so does
each command that answers (`add_answer`). reports/run_summary.py reads them.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from utils.errors import ExitCode
from utils.job.outcome import Outcome

VARIABLE = "RUN_REPORT"
SUMMARY = "GITHUB_STEP_SUMMARY"


def add_outcome(path: Path, outcome: Outcome, said: Sequence[str], position: str) -> None:
    """Add the end of a script, with the warnings and errors that it said. Raises OSError."""
    _add(
        path,
        {
            "job": outcome.job,
            **({"listener": outcome.listener} if outcome.listener else {}),
            "status": outcome.status,
            "exit_code": int(outcome.exit_code),
            "message": outcome.message,
            "remedy": outcome.remedy,
            "is_shut_out": outcome.is_shut_out,
            "cancels_all": outcome.cancels_all,
            "until": outcome.until.isoformat() if outcome.until else None,
            "requests": outcome.requests,
            "seconds": round(outcome.seconds, 1),
            "read": outcome.tally.items_processed,
            "new": outcome.tally.new_items,
            "updated": outcome.tally.updated_items,
            "removed": outcome.tally.removed_items,
            "unchanged": outcome.tally.unchanged_items,
            "consent_days_left": outcome.consent_days_left,
            "consent_warning": outcome.consent_warning(),
            "position": position,
            "said": list(said),
        },
    )


def add_answer(environ: Mapping[str, str], job: str, answer: str, exit_code: ExitCode) -> None:
    """Add what a command has answered, or why it could not. Raises OSError."""
    if environ.get(VARIABLE):
        status = "failed" if exit_code else "done"
        _add(
            Path(environ[VARIABLE]),
            {"job": job, "status": status, "exit_code": int(exit_code), "answer": answer},
        )


def add_to_summary(environ: Mapping[str, str], text: str) -> None:
    """Add to the summary of a workflow's run; on the console, with why, where that cannot be written or there is none."""
    path, why = environ.get(SUMMARY), ""
    if path:
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
            return
        except OSError as error:
            why = f"::warning::the summary of this run could not be written: {error.strerror}\n"
    sys.stdout.write(why + text)


def read_report(path: Path) -> list[dict[str, Any]]:
    """The lines so far, in their order; none where no script has come to its end. Raises ValueError for no JSON."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def shut_out(path: Path | None, listener: str) -> str:
    """The script of this run of a workflow that Spotify did not let in, where there is one: others need not ask.

    A consent is one listener's; an app that Spotify does not know (exit 2) is everybody's.
    """
    return _first_that(
        "is_shut_out",
        path,
        lambda line: line.get("listener", "") == listener or line["exit_code"] == ExitCode.SETTINGS,
    )


def cancelled_with(path: Path | None) -> str:
    """The script of this run of a workflow with which all others were cancelled, where there is one."""
    return _first_that("cancels_all", path)


def was_said(path: Path | None, text: str) -> bool:
    """Whether a script of this run of a workflow has said that already."""
    try:
        lines = read_report(path) if path is not None else []
    except (OSError, ValueError):
        return False
    return any(text in line.get("said", ()) for line in lines)


def _first_that(
    is_so: str, path: Path | None, also: Callable[[Mapping[str, Any]], bool] = lambda _line: True
) -> str:
    try:
        lines = read_report(path) if path is not None else []
    except (OSError, ValueError):
        return ""  # the summary says it
    return next((str(line["job"]) for line in lines if line.get(is_so) and also(line)), "")


def _add(path: Path, line: Mapping[str, object]) -> None:
    with path.open("a", encoding="utf-8") as report:
        report.write(json.dumps(line) + "\n")
