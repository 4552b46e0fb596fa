"""What is wrong, as texts for issues: from what `check_schedules` has found, and from what GitHub says of the workflows.

Names of workflows, what a listener whose consent ends is called, times and links only: everybody can read the issues of a public repository.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reports.watch.report import WatchedSchedule, WatchReport
from utils.github.api import WorkflowRun
from utils.github.schedules import OFF, Schedule
from utils.spotify.consents import WARN_DAYS

FAILURES = 3  # in a row: that is no accident
SOON_DAYS = 7  # before the consent ends: said once more
ON = "active"  # state of a workflow


@dataclass(frozen=True)
class Finding:
    """What is wrong, in Markdown. `about` tells one state from another: when that changes, a comment says so as well."""

    title: str
    text: str
    about: str


@dataclass(frozen=True)
class Watched:
    """A scheduled workflow as GitHub has it. `runs` have come to their end, the newest first; `failed`: in a row until now."""

    schedule: Schedule
    state: str
    runs: Sequence[WorkflowRun] = ()
    failed: Sequence[WorkflowRun] = ()


def blind(this_run: str) -> Finding:
    """The look itself has failed."""
    return Finding(
        "The watch cannot look",
        f"[Its run]({this_run}) has not come to its end, so nobody sees whether the schedules are kept, and when the consent "
        "ends. Most often the database is out of reach: the summary of the run says what to do.",
        "no report",
    )


def failing(watched: Iterable[Watched], actions: str, scripts: Sequence[str] = ()) -> Finding | None:
    """Workflows that fail again and again, and scripts that do: after five failures one is held back, and its runs are green."""
    found = [each for each in watched if len(each.failed) >= FAILURES]
    if not found and not scripts:
        return None
    lines = [
        f"{each.schedule.title} (`{each.schedule.file}`): [the last run]({actions}/runs/{each.failed[0].run_id}), "
        f"{utc(each.failed[0].created_at)}"
        for each in found
    ]
    return Finding(
        "Runs fail again and again",
        f"The last {FAILURES} runs of these workflows or scripts have failed, or took too long. The summary of a run says why, "
        f"and what to do.\n\n{bullets([*lines, *(f'the script `{script}`' for script in scripts)])}",
        ", ".join([*(each.schedule.file for each in found), *scripts]),
    )


def not_kept(seen: Iterable[WatchedSchedule], watched: Mapping[str, Watched]) -> Finding | None:
    """Schedules that are on, and nothing comes of it."""
    found = {each.file: _reason(each, watched[each.file]) for each in seen if each.file in watched}
    reasons = {file: reason for file, reason in found.items() if reason is not None}
    if not reasons:
        return None
    return Finding(
        "Schedules are not kept",
        bullets(text for _, text in reasons.values()),
        ", ".join(f"{file} {kind}" for file, (kind, _) in reasons.items()),
    )


def _reason(seen: WatchedSchedule, on_github: Watched) -> tuple[str, str] | None:
    """Why a schedule is not kept: in a word, and for people."""
    schedule = on_github.schedule
    name, variable = f"{schedule.title} (`{schedule.file}`)", f"`{schedule.variable}`"
    if seen.cron is None:
        lines = ", ".join(f"`{cron}`" for cron in schedule.crons)
        return "variable", (
            f"{name}: the variable {variable} names none of its cron lines, so nothing starts it. Set it to one of "
            f"{lines}, or to `{OFF}`."
        )
    if on_github.state != ON:
        return "off", (
            f"{name} is switched off on GitHub (`{on_github.state}`): **Actions** → **{schedule.title}** → **Enable "
            f"workflow**. If that is meant, set the variable {variable} to `{OFF}`."
        )
    if seen.has_stopped and not _is_started(seen, on_github):
        last = f"since {utc(seen.last_seen_at)}" if seen.last_seen_at else "so far"
        return "stopped", (
            f"{name} has not run {last}. Start it by hand under **Actions**; where GitHub leaves it out for days, start it "
            "from outside (recipes/README.md)."
        )
    return None


def _is_started(seen: WatchedSchedule, on_github: Watched) -> bool:
    """Whether GitHub keeps the schedule, and the runs fail before their scripts leave a word."""
    return any(
        run.event == "schedule"
        and run.conclusion != "skipped"  # another cron line's
        and (seen.last_seen_at is None or run.created_at > seen.last_seen_at)
        for run in on_github.runs
    )


def _renewal(logins: Sequence[str]) -> str:
    """What to do about the consents that these commands renew."""
    stored = [f"`{login}`" for login in logins if "--user" in login]
    said = []
    if len(stored) < len(logins) or not logins:
        said.append(
            "Run `./run login`, and put the new refresh token into the secret `SPOTIFY_REFRESH_TOKEN`, and its date "
            "into the variable `SPOTIFY_AUTHORIZED_AT`; `./run login --github` does all that."
        )
    if stored:
        said.append(
            f"Run {', '.join(stored)}: the new one is stored in the database, and GitHub needs nothing else."
        )
    return " ".join(said)


def consent(report: WatchReport, now: datetime) -> Finding | None:
    """A consent that is over, or ends soon."""
    remedy = _renewal(report.logins)
    title = "The consent to read Spotify ends"
    ends_at = report.consent_ends_at
    days_left = (ends_at - now).days if ends_at else WARN_DAYS + 1
    if report.is_consent_over or days_left < 0:
        return Finding(
            title, f"The consent is over, so nothing is copied from Spotify any more. {remedy}", "over"
        )
    if ends_at is None or days_left > WARN_DAYS:
        return None
    if days_left > SOON_DAYS:
        return Finding(title, f"The consent ends on {ends_at:%Y-%m-%d}. {remedy}", "this month")
    return Finding(
        title, f"The consent ends on {ends_at:%Y-%m-%d}, within {SOON_DAYS} days. {remedy}", "this week"
    )


def bullets(lines: Iterable[str]) -> str:
    """A list in Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def utc(moment: datetime) -> str:
    """For people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
