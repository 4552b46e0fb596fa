"""Write the one summary at the end of a workflow's run: what each script did, how far the copying is, and what to do.

Made of what the scripts have left in the file that RUN_REPORT names, and of the database, where it is reachable. SCRIPTS says
which scripts were asked for, as a JSON list: one that left no word without a reason makes the run fail.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import html
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api_syncs.chain import CHAIN
from reports.stored_facts import read_phases
from reports.watch.report import WatchedSchedule
from reports.watch.schedule_history import look, read_history
from utils.database.connection import Database, database_from, open_connection
from utils.database.statements import statement
from utils.errors import DatabaseError, ExitCode, SettingsError, Status
from utils.github.schedules import OFF, SWITCH, are_on, next_starts, schedules
from utils.job.attempt import NOBODY
from utils.job.run_log import Redactor
from utils.job.run_report import VARIABLE, read_report

COLUMNS = ("read", "new", "updated", "removed", "unchanged", "requests")
BAR_WIDTH = 20
LONGEST_LIST = 20  # warnings
LONGEST_TEXT = 600  # characters of a message
LONGEST_ANSWER = 60_000  # characters; GitHub takes a summary of 1 MiB
_HELD_BACK = (Status.SKIPPED, Status.PAUSED, Status.STOPPED)
_MARKDOWN = re.compile(r"([\\`*_\[\]()#+!|~@:])")
_ADDRESS = re.compile(r"https://[\w./-]+/actions/runs/\d+#artifacts")


@dataclass
class Row:
    """What one script did, all its runs together."""

    name: str
    status: str
    runs: int
    numbers: dict[str, int]
    seconds: float


@dataclass(frozen=True)
class Stored:
    """What the database tells: a line per phase, and one per schedule that has stopped."""

    phases: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)


def main() -> int:
    """Write the summary. Exit codes: 0 done · 1 a script left no word · 2 the variables are no such thing."""
    argparse.ArgumentParser(
        description=f"{__doc__}\nreads   the environment, sync_state\nwrites  the file that GITHUB_STEP_SUMMARY names, else "
        "the terminal",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    environ = os.environ
    try:
        scripts = _scripts(environ)
        lines = read_report(Path(environ[VARIABLE])) if environ.get(VARIABLE) else []
    except (ValueError, OSError) as error:
        sys.stderr.write(f"run_summary: SCRIPTS or {VARIABLE} cannot be read: {error}\n")
        return ExitCode.SETTINGS
    missing = missing_scripts(scripts, lines, environ)
    text = summary(scripts, lines, missing, environ, datetime.now(UTC))
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    for warning in _about_the_dashboard(environ):
        sys.stdout.write(f"::warning::{' '.join(warning.split())}\n")
    silent = [name for name, reason in missing.items() if not reason]
    if silent:
        sys.stderr.write(f"::error::{', '.join(silent)} was asked for, and left no word\n")
    return ExitCode.FAILED if silent else ExitCode.OK


def _scripts(environ: Mapping[str, str]) -> list[str]:
    scripts = json.loads(environ.get("SCRIPTS") or "[]")
    if not isinstance(scripts, list) or not all(isinstance(name, str) for name in scripts):
        raise ValueError("no list of names")
    return scripts


def missing_scripts(
    scripts: Sequence[str], lines: Sequence[Mapping[str, Any]], environ: Mapping[str, str]
) -> dict[str, str]:
    """The scripts that left no word, each with the reason; an empty one where there is none."""
    heard = {line["job"] for line in lines}
    failed = {line["job"] for line in lines if line["exit_code"]}
    needs = {_name(step.module): [_name(need) for need in step.needs] for step in CHAIN}
    missing: dict[str, str] = {}
    for name in scripts:
        if name in heard:
            continue
        because = [need for need in needs.get(name, ()) if need in failed or need in missing]
        if because:
            missing[name] = f"{', '.join(because)} failed"
        elif environ.get("JOB_STATUS") == "cancelled":
            missing[name] = "the run was cancelled"
        else:
            missing[name] = ""
    return missing


def _name(module: str) -> str:
    return module.rpartition(".")[2]


def summary(
    scripts: Sequence[str],
    lines: Sequence[Mapping[str, Any]],
    missing: Mapping[str, str],
    environ: Mapping[str, str],
    now: datetime,
) -> str:
    """The summary as GitHub's Markdown. What scripts say is shown as text, whatever is in it."""
    outcomes = [line for line in lines if "answer" not in line]
    rows = _rows(scripts, outcomes, missing)
    stored = look_at_database(environ, now) if outcomes else Stored()
    parts = [_table(rows)] if rows else []
    parts += [_answer(line) for line in lines if "answer" in line]
    parts += [_list("What to do", [*_what_to_do(outcomes, missing, environ), *stored.stopped])]
    parts += [_list("Held back", _by_message(line for line in outcomes if line["status"] in _HELD_BACK))]
    told = {f"{line['message']} {line['remedy']}".strip() for line in outcomes}
    parts += [
        _list("Warnings", _unique(text for line in outcomes for text in line["said"] if text not in told))
    ]
    parts += [_list("How far the copying is", stored.phases)]
    parts += [_dashboard(outcomes, environ), _next_runs(environ, now)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(
    scripts: Sequence[str], outcomes: Sequence[Mapping[str, Any]], missing: Mapping[str, str]
) -> list[Row]:
    names = list(dict.fromkeys([*scripts, *(line["job"] for line in outcomes)]))
    rows = []
    for name in names:
        own = [line for line in outcomes if line["job"] == name]
        if own:
            numbers = {column: sum(line[column] for line in own) for column in COLUMNS}
            rows.append(Row(name, own[-1]["status"], len(own), numbers, sum(line["seconds"] for line in own)))
        elif name in missing:
            status = f"not run: {missing[name] or 'no word was left'}"
            rows.append(Row(name, status, 0, dict.fromkeys(COLUMNS, 0), 0.0))
    return rows


def _table(rows: Sequence[Row]) -> str:
    """One row per script, and one that adds them up."""
    head = ["script", "status", *COLUMNS, "seconds"]
    lines = [_line(head), _line(["---", "---", *["--:"] * (len(COLUMNS) + 1)])]
    for row in rows:
        name = f"`{row.name}`" if row.name.isidentifier() else _text(row.name)
        times = f" ({row.runs} times)" if row.runs > 1 else ""
        numbers = [f"{row.numbers[column]:,}" for column in COLUMNS]
        lines.append(_line([name + times, _text(row.status), *numbers, f"{row.seconds:.1f}"]))
    if len(rows) > 1:
        together = [f"{sum(row.numbers[column] for row in rows):,}" for column in COLUMNS]
        lines.append(_line(["together", "", *together, f"{sum(row.seconds for row in rows):.1f}"]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _answer(line: Mapping[str, Any]) -> str:
    """What a command has answered, as it stands."""
    return f"<pre>{html.escape(line['answer'].strip()[:LONGEST_ANSWER])}</pre>"


def _by_message(outcomes: Iterable[Mapping[str, Any]]) -> list[str]:
    """What they have said at their end and what to do about it, each once, with the scripts that have said it."""
    scripts: dict[str, list[str]] = {}
    for line in outcomes:
        scripts.setdefault(f"{line['message']} {line['remedy']}".strip(), []).append(line["job"])
    return [f"{', '.join(dict.fromkeys(names))}: {said}" for said, names in scripts.items() if said]


def _what_to_do(
    outcomes: Sequence[Mapping[str, Any]], missing: Mapping[str, str], environ: Mapping[str, str]
) -> list[str]:
    """What a person has to do, the most urgent first."""
    found = _by_message(line for line in outcomes if line["exit_code"])
    found += [
        f"{name} was asked for, and left no word: look at its step"
        for name, why in missing.items()
        if not why
    ]
    found += [line["consent_warning"] for line in outcomes if line["consent_warning"]]
    for schedule in schedules():
        try:
            schedule.chosen(environ)
        except SettingsError as error:
            found.append(f"{error} {error.remedy}")
    if environ.get("GITHUB_EVENT_NAME") == "workflow_dispatch" and not are_on(environ):
        found.append(
            f"the schedules are off: set the variable {SWITCH} to on, and the scheduled workflows run"
        )
    found += _about_the_dashboard(environ)
    return _unique(found)


def _about_the_dashboard(environ: Mapping[str, str]) -> list[str]:
    """What is to be said where strangers could see the dashboard."""
    wanted = _wanted(environ)
    if wanted in ("", OFF):
        return []
    if wanted not in ("artifact", "pages"):
        return [f"the variable DASHBOARD is {wanted!r}: set it to artifact, pages or {OFF}"]
    if not _is_seen_by_everybody(environ):
        return []
    what = "A site of GitHub Pages" if wanted == "pages" else "An artifact of a public repository"
    if _is_agreed(environ):
        return [
            f"EVERYBODY CAN SEE YOUR LISTENING: {what} can be read by anyone. Was that not meant? Take the variable "
            "DASHBOARD away, and delete what is there"
        ]
    return [
        f"{what} can be read by anyone, so your dashboard was not put there. Make the repository private, or, if "
        "everybody may see it, set the variable DASHBOARD_IS_PUBLIC to yes"
    ]


def _wanted(environ: Mapping[str, str]) -> str:
    """Where the dashboard is to be seen. GitHub compares without regard to capitals, and so does this."""
    return environ.get("DASHBOARD", "").casefold()


def _is_agreed(environ: Mapping[str, str]) -> bool:
    return environ.get("DASHBOARD_IS_PUBLIC", "").casefold() == "yes"


def _is_seen_by_everybody(environ: Mapping[str, str]) -> bool:
    return _wanted(environ) == "pages" or environ.get("REPOSITORY_IS_PRIVATE") != "true"


def look_at_database(environ: Mapping[str, str], now: datetime) -> Stored:
    """How far each thing that is copied is, as a bar, and which schedules have stopped."""
    try:
        with open_connection(environ) as connection, connection.cursor() as cursor:
            phases = read_phases(cursor, None)
            cursor.execute(statement("users.all"))
            history = read_history(cursor, [NOBODY, *(user_id for (user_id,) in cursor)], now)
    except DatabaseError as error:
        return Stored([f"not known: {_redactor(environ)(str(error))}"])
    bars = []
    for each in phases:
        filled = round(BAR_WIDTH * each.share)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        of = (
            ""
            if each.is_complete or not each.total
            else f", {each.offset:,} of {each.total:,}, {each.status}"
        )
        bars.append(f"{bar} {each.share:.0%} {each.entity} ({each.phase}{of})")
    watched, _ = look(environ, history, now)
    return Stored(bars, [_stopped(each) for each in watched if each.has_stopped])


def _stopped(schedule: WatchedSchedule) -> str:
    since = f" since {schedule.last_seen_at:%Y-%m-%d %H:%M} UTC" if schedule.last_seen_at else ""
    return (
        f"{schedule.file} has not been started by its schedule{since}: look at its page under Actions, where GitHub says "
        "if it was switched off, and switch it on again"
    )


def _redactor(environ: Mapping[str, str]) -> Redactor:
    """Takes this database's secrets out of what it says."""
    try:
        database = database_from(environ)
    except DatabaseError:
        return Redactor()
    return Redactor(database.secrets() if isinstance(database, Database) else ())


def _dashboard(outcomes: Sequence[Mapping[str, Any]], environ: Mapping[str, str]) -> str:
    """Where the dashboard is that this run has built and kept."""
    is_built = any(line["job"] == "build_dashboard" and line["status"] == Status.DONE for line in outcomes)
    may_be_seen = not _is_seen_by_everybody(environ) or _is_agreed(environ)
    wanted = _wanted(environ) if is_built and may_be_seen else ""
    run = "/".join(environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY"))
    address = f"{run}/actions/runs/{environ.get('GITHUB_RUN_ID', '')}#artifacts"
    if wanted == "artifact" and _ADDRESS.fullmatch(address):
        return f"[The dashboard]({address}), for a week: download it, and open `index.html`"
    return "The dashboard is published by the job behind this one" if wanted == "pages" else ""


def _next_runs(environ: Mapping[str, str], now: datetime) -> str:
    """When GitHub is to start what it starts by schedule."""
    if not are_on(environ):
        return ""
    # A variable that chooses none is said under what to do.
    runs = ", ".join(f"{title} {moment:%H:%M}" for moment, title in next_starts(environ, now))
    return f"Next by schedule (UTC, when GitHub has room): {runs}" if runs else ""


def _list(title: str, texts: Sequence[str]) -> str:
    """A heading and its list; nothing where there is nothing."""
    if not texts:
        return ""
    shown = [f"- {_text(text)}" for text in texts[:LONGEST_LIST]]
    if len(texts) > LONGEST_LIST:
        shown.append(f"- and {len(texts) - LONGEST_LIST} more: see the log")
    return "\n".join([f"### {title}", "", *shown])


def _text(text: str) -> str:
    """A text that Markdown and HTML show as it is, on one line, and not longer than a few lines."""
    line = " ".join(text.split())
    short = line if len(line) <= LONGEST_TEXT else f"{line[:LONGEST_TEXT]} …"
    return _MARKDOWN.sub(r"\\\1", html.escape(short, quote=False))


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


if __name__ == "__main__":
    sys.exit(main())
