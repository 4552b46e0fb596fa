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
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api_syncs.chain import CHAIN
from reports.outlook import Stored, look_at_database, next_runs
from utils.clock import Clock
from utils.errors import ExitCode, SettingsError, Status
from utils.github.schedules import OFF, SWITCH, are_on, schedules
from utils.job.run_report import VARIABLE, add_to_summary, read_report
from utils.public_sections import SETTING as PUBLIC_SECTIONS
from utils.verbose import add_verbose, details

COLUMNS = ("read", "new", "updated", "removed", "unchanged", "requests")
LONGEST_LIST = 20  # warnings
LONGEST_TEXT = 600  # characters of a message
LONGEST_ANSWER = 60_000  # characters; GitHub takes a summary of 1 MiB
_HELD_BACK = (Status.SKIPPED, Status.PAUSED, Status.STOPPED, Status.CANCELLED)
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


def main() -> int:
    """Write the summary. Exit codes: 0 done · 1 a script left no word · 2 the variables are no such thing."""
    command_line = argparse.ArgumentParser(
        prog="./run run_summary",
        description=f"{__doc__}\nreads   the environment, sync_state\nwrites  the file that GITHUB_STEP_SUMMARY names, else "
        "the terminal",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    command_line.parse_args()
    environ = os.environ
    try:
        scripts = _scripts(environ)
        lines = read_report(Path(environ[VARIABLE])) if environ.get(VARIABLE) else []
    except (ValueError, OSError) as error:
        sys.stderr.write(f"run_summary: SCRIPTS or {VARIABLE} cannot be read: {error}\n")
        return ExitCode.SETTINGS
    details.debug(
        "%s scripts were asked for, %s left word in %s",
        len(scripts),
        len(lines),
        environ.get(VARIABLE) or "no file",
    )
    missing = missing_scripts(scripts, lines, environ)
    text = summary(scripts, lines, missing, environ, Clock().now())
    add_to_summary(environ, text)
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
    parts = [_verdict(rows, outcomes, missing, stored), _table(rows)] if rows else []
    parts += [_answer(line) for line in lines if "answer" in line]
    parts += [_list("What to do", [*_what_to_do(outcomes, missing, environ), *stored.stopped])]
    parts += [_list("Held back", _by_message(line for line in outcomes if line["status"] in _HELD_BACK))]
    told = {f"{line['message']} {line['remedy']}".strip() for line in outcomes}
    parts += [
        _list("Warnings", _unique(text for line in outcomes for text in line["said"] if text not in told))
    ]
    progress = [f"not known: {stored.problem}"] if stored.problem else stored.unfinished or []
    parts += [_list("How far the copying is", progress)]
    parts += [_dashboard(lines, environ), next_runs(environ, now, is_paused=stored.is_paused)]
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


def _verdict(
    rows: Sequence[Row], outcomes: Sequence[Mapping[str, Any]], missing: Mapping[str, str], stored: Stored
) -> str:
    """How it went, in a line."""
    failed = [
        row.name
        for row in rows
        if missing.get(row.name) == ""
        or any(line["exit_code"] for line in outcomes if line["job"] == row.name)
    ]
    not_run = [name for name, reason in missing.items() if reason]
    held_back = [row.name for row in rows if row.status in _HELD_BACK]
    count = _counted(len(rows), "script")
    if failed:
        return f"**{len(failed)} of {count} failed**: {_text(', '.join(failed))}. What to do stands below."
    if not_run:
        return (
            f"**Not all was run**: {len(not_run)} of {count} {'is' if len(not_run) == 1 else 'are'} missing."
        )
    requests = sum(row.numbers["requests"] for row in rows)
    if len(held_back) == len(rows) and not requests:
        return "**Nothing was done**, and that is no error: why stands below."
    numbers = f"{_counted(requests, 'request')} to Spotify, {sum(row.seconds for row in rows):.0f} s"
    if held_back:
        return f"**No failure**: {count}, {len(held_back)} of them held back or stopped early, as said below; {numbers}."
    copied = "; nothing is left half copied" if stored.unfinished == [] else ""
    return f"**All went well**: {count}, {numbers}{copied}."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
    """What a command has answered: counts as a table, all else as it stands."""
    try:
        counts = json.loads(line["answer"])
    except ValueError:
        counts = None
    if isinstance(counts, dict) and counts and all(isinstance(count, int) for count in counts.values()):
        rows = [_line([_text(str(name)), f"{count:,}"]) for name, count in counts.items()]
        return "\n".join([_line(["stored", "how many"]), _line(["---", "--:"]), *rows])
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
            f"EVERYBODY CAN SEE YOUR LISTENING: {what} can be read by anyone. What is shown is the public edition: the pages that "
            f"the setting {PUBLIC_SECTIONS} names. Was that not meant? Take the variable DASHBOARD away, and delete what is there"
        ]
    return [
        f"{what} can be read by anyone, so your dashboard was not put there. Make the repository private, or, if "
        f"everybody may see a part of it, name that part in the setting {PUBLIC_SECTIONS}, and set the variable DASHBOARD_IS_PUBLIC to yes"
    ]


def _wanted(environ: Mapping[str, str]) -> str:
    """Where the dashboard is to be seen. GitHub compares without regard to capitals, and so does this."""
    return environ.get("DASHBOARD", "").casefold()


def _is_agreed(environ: Mapping[str, str]) -> bool:
    return environ.get("DASHBOARD_IS_PUBLIC", "").casefold() == "yes"


def _is_seen_by_everybody(environ: Mapping[str, str]) -> bool:
    return _wanted(environ) == "pages" or environ.get("REPOSITORY_IS_PRIVATE") != "true"


def _dashboard(lines: Sequence[Mapping[str, Any]], environ: Mapping[str, str]) -> str:
    """Where the dashboard is that this run has built and kept, and the picture of the month."""
    done = {line["job"] for line in lines if line["status"] == Status.DONE}
    is_built = "build_dashboard" in done
    is_drawn = "share" in done and any(".png" in line.get("answer", "") for line in lines)
    may_be_seen = not _is_seen_by_everybody(environ) or _is_agreed(environ)
    wanted = _wanted(environ) if is_built and may_be_seen else ""
    run = "/".join(environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY"))
    address = f"{run}/actions/runs/{environ.get('GITHUB_RUN_ID', '')}#artifacts"
    if wanted == "artifact" and _ADDRESS.fullmatch(address):
        picture = (
            f". [Your month as a picture]({address}) is there too"
            if is_drawn and environ.get("REPOSITORY_IS_PRIVATE") == "true"
            else ""
        )
        return f"[The dashboard]({address}), for a week: download it, and open `index.html`{picture}"
    return "The dashboard is published by the job behind this one" if wanted == "pages" else ""


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
