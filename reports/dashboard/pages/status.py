"""Status: whether all is well, what the scripts did, how far the copying is, and what all of it takes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.attention import Note, attention, title_of, watched
from reports.dashboard.charts import FEWEST, Chart
from reports.dashboard.page import Page
from reports.dashboard.scope import BUILDER, Scope, Source
from reports.dashboard.twins import RANKINGS, REMINDER, TWINS
from reports.dashboard.words import counted, number
from reports.status.facts import Standing
from reports.status.json_form import eta
from reports.stored_facts import JobRun, Phase
from utils.errors import Status
from utils.job.app_settings import SETTINGS, Value
from utils.job.scripts import jobs
from utils.mirror.stored_counts import IMAGE_KINDS, image_stats
from utils.spotify.consents import CONSENT_MONTHS

DAYS = 30  # of the chart, at most: it begins where scripts have begun to run
LABEL_EVERY = 7  # of its days
LOG_LINES = 500
LARGEST_TABLES = 8
GLYPHS = {"failed": "✕", "mended": "!", "stopped": "\N{EN DASH}"}
WORDS = {
    "done": "went well",
    "mended": "failed, then went well",
    "stopped": "stopped, and went on later",
    "failed": "failed",
    "none": "did not run",
}
Row = Mapping[str, Any]


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    standing, scope = source.standing, source.scope
    notes = attention(source)
    days = source.rows(
        "site_status.runs_by_day",
        since=scope.today - timedelta(days=DAYS - 1),
        under_way=list(scope.under_way),
        builder=BUILDER,
    )
    images, tables = image_stats(source.cursor), source.rows("site_status.tables")
    return {
        "standing": standing,
        "notes": notes,
        "state": state_of(standing, notes),
        "last_sync": max(
            (run.last_success_at for run in standing.runs if asks_spotify(run) and run.last_success_at),
            default=None,
        ),
        "chart": runs_chart(days, scope) if days else None,
        "chart_from": first_day(days) + timedelta(days=FEWEST - 1) if days else None,
        "worked": sum(row["worked"] for row in days),
        "failed_runs": sum(row["failed"] for row in days),
        "glyphs": GLYPHS,
        "running": standing.running,
        "failed": standing.failed,
        "ended": [run for run in standing.runs if run not in standing.running and run not in standing.failed],
        "phases": [_phase(standing, each, scope.today) for each in standing.phases if not each.is_complete],
        "complete": [each for each in standing.phases if each.is_complete],
        "budget": budget(standing),
        "consent_months": CONSENT_MONTHS,
        "reminder": REMINDER,
        "schedules": schedule_health(source),
        "log": read_log(source),
        "tables": tables,
        "largest": LARGEST_TABLES,
        "tables_bytes": sum(row["bytes"] for row in tables),
        "images": [
            {"kind": kind, "bytes": images[f"{kind}_bytes"], "count": images[f"{kind}_count"]}
            for kind in IMAGE_KINDS
        ],
        "image_bytes": images["total_bytes"],
        "settings": settings(standing),
        "twins": {name: about for name, about in TWINS.items() if name != RANKINGS or scope.plays},
    }


def asks_spotify(run: JobRun) -> bool:
    """Whether a script copies something from there."""
    return run.job in jobs() and bool(jobs()[run.job].groups)


def state_of(standing: Standing, notes: Sequence[Note]) -> str:
    """good, warn or bad: how the verdict looks."""
    if standing.overall in ("no consent", "failing"):
        return "bad"
    return "warn" if notes or standing.overall in ("empty", "paused", "rate limited") else "good"


def runs_chart(found: Sequence[Row], scope: Scope) -> Chart:
    """A cell for each script and day; none of fewer than FEWEST days."""
    by_job: dict[str, dict[date, Row]] = defaultdict(dict)
    for row in found:
        by_job[row["job"]][row["day"]] = row
    begun = first_day(found)
    days = [begun + timedelta(days=place) for place in range((scope.today - begun).days + 1)]
    rows, table = [], []
    for job in sorted(by_job):
        of_job = by_job[job]
        for day in days:
            found_of_day = of_job.get(day)
            state = state_of_day(found_of_day)
            worked, failed = (found_of_day["worked"], found_of_day["failed"]) if found_of_day else (0, 0)
            rows.append(
                (
                    job,
                    (scope.today - day).days,
                    state,
                    GLYPHS.get(state, ""),
                    day.isoformat(),
                    WORDS[state],
                    worked,
                    failed,
                )
            )
        worked, failed = (sum(row[key] for row in of_job.values()) for key in ("worked", "failed"))
        table.append((job, number(worked), number(worked - failed), number(failed)))
    worked, failed = (sum(row[key] for row in found) for key in ("worked", "failed"))
    runs = counted(worked, "run")
    finding = (
        Markup("{} in {} days; none failed.").format(runs, DAYS)
        if not failed
        else Markup("{} of {} in {} days went well.").format(number(worked - failed), runs, DAYS)
    )
    if len(days) < FEWEST:
        return Chart("runs_by_day", finding, (), ())
    labels = [_label(scope.today - timedelta(days=back), back) for back in range(DAYS)]
    return Chart(
        "runs_by_day",
        finding,
        ("job", "back", "state", "glyph", "date", "said", "worked", "failed"),
        rows,
        ("Script", "Runs", "Went well", "Failed"),
        table,
        narrow="runs_by_day_narrow",
        parameters={"labels": labels},
        written={"date": "weekday", "labels": "day of the month"},
    )


def first_day(found: Sequence[Row]) -> date:
    """The first of the days of runs."""
    first: date = min(row["day"] for row in found)
    return first


def _label(day: date, back: int) -> str:
    if back % LABEL_EVERY:
        return ""
    return day.isoformat() if back else "today"


def state_of_day(row: Row | None) -> str:
    """How a day of a script went, by the runs that did something."""
    if row is None or not row["worked"]:
        return "none"
    if row["last"] in (Status.FAILED, Status.KILLED):
        return "failed"
    if row["failed"]:
        return "mended"
    return "stopped" if row["last"] in (Status.STOPPED, Status.CANCELLED) else "done"


def _phase(standing: Standing, phase: Phase, today: date) -> dict[str, Any]:
    """A kind of thing that is not wholly copied. `ends_at` where it is being copied now; else the day on which it is, at the pace so far."""
    ends_at, days = eta(standing, phase), phase.days_left(standing.as_of)
    done_on = None if ends_at or days is None else today + timedelta(days=days)
    return {"phase": phase, "ends_at": ends_at, "days": days, "done_on": done_on}


def budget(standing: Standing) -> list[dict[str, Any]]:
    """Requests of the last 24 hours, of each group of endpoints against what Spotify gives."""
    daily = standing.settings.number("sync.daily_requests_per_group")
    return [{**asdict(each), "of": daily, "part": each.calls / daily} for each in standing.spent]


def schedule_health(source: Source) -> dict[str, Any]:
    """Whether what GitHub is to start was started; nothing to look at where its schedules are off here."""
    found = watched(source)
    return {
        "since": found.history.since,
        "watched": [{"title": title_of(each), "seen": each} for each in found.schedules],
        "wrong": [f"{error} {error.remedy}" for error in found.wrong],
    }


def read_log(source: Source) -> dict[str, Any]:
    """The newest lines, and which scripts and levels there are among them."""
    found = source.rows("logs.newest", job=None, but=BUILDER, levels=None, since=None, limit=LOG_LINES)
    lines = [
        {
            "at": row["logged_at"],
            "job": row["source"],
            "level": row["level"],
            "message": row["message"],
            "class": _LEVEL_CLASSES.get(row["level"], ""),
        }
        for row in found
    ]
    return {
        "lines": lines,
        "jobs": sorted({line["job"] for line in lines}),
        "levels": sorted(
            {line["level"] for line in lines},
            key=lambda level: (_LEVELS.index(level) if level in _LEVELS else -1, level),
        ),
    }


_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_LEVEL_CLASSES = {"WARNING": "warn", "ERROR": "bad", "CRITICAL": "bad"}


def settings(standing: Standing) -> list[dict[str, Any]]:
    """All that can be changed at run time: value, default, and what it is for."""
    values = standing.settings.all()
    return [
        {
            "key": key,
            "value": _value(values[key]),
            "default": _value(setting.default),
            "is_changed": values[key] != setting.default,
            "about": setting.about,
        }
        for key, setting in SETTINGS.items()
    ]


def _value(value: Value) -> str:
    if isinstance(value, str):
        return value or "none"
    return str(value).lower() if isinstance(value, bool) else number(value)


PAGE = Page("status", "Status", "Status", read)
