"""What a summary says beyond its own run: how far the copying is, which schedules have stopped, what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from reports.stored_facts import Phase, read_phases
from reports.watch.report import WatchedSchedule
from reports.watch.schedule_history import look, read_history
from utils.config import is_time_zone
from utils.database.connection import Database, database_from, open_connection
from utils.database.statements import statement
from utils.errors import DatabaseError
from utils.github.schedules import are_on, next_starts
from utils.job.attempt import NOBODY
from utils.redaction import Redactor

BAR_WIDTH = 20
EVERYTHING = "*"  # of a pause


@dataclass(frozen=True)
class Stored:
    """What the database tells. `unfinished` has a line for each thing that is not wholly copied; None: not known."""

    unfinished: list[str] | None = None
    stopped: list[str] = field(default_factory=list)
    is_paused: bool = False  # by every listener, all scripts
    problem: str = ""


def look_at_database(environ: Mapping[str, str], now: datetime) -> Stored:
    """How far each thing that is copied is, which schedules have stopped, and whether everything is paused."""
    try:
        with open_connection(environ) as connection, connection.cursor() as cursor:
            phases = read_phases(cursor, None)
            cursor.execute(statement("users.all"))
            user_ids = [user_id for (user_id,) in cursor]
            history = read_history(cursor, [NOBODY, *user_ids], now)
            is_paused = _is_paused(cursor, user_ids)
    except DatabaseError as error:
        return Stored(problem=_redactor(environ)(str(error)))
    watched, _ = look(environ, history, now)
    return Stored(
        unfinished=[_bar(phase) for phase in phases if not phase.is_complete],
        stopped=[_stopped(each) for each in watched if each.has_stopped],
        is_paused=is_paused,
    )


def _is_paused(cursor: Cursor, user_ids: list[str]) -> bool:
    """Whether every listener has paused all scripts."""
    cursor.execute(statement("jobs.paused"), {"user_ids": user_ids, "job": EVERYTHING})
    return bool(user_ids) and {user_id for (user_id,) in cursor}.issuperset(user_ids)


def _bar(phase: Phase) -> str:
    """How far one thing is. There may be more of it than was estimated; then there is no share to show."""
    if not phase.total or phase.offset > phase.total:
        return f"{phase.entity}: {phase.done:,} so far, {phase.status}"
    filled = min(round(BAR_WIDTH * phase.share), BAR_WIDTH - 1)
    bar = "█" * filled + "░" * (BAR_WIDTH - filled)
    return f"{bar} {phase.percent}% {phase.entity}: {phase.offset:,} of {phase.total:,}, {phase.status}"


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


def next_runs(environ: Mapping[str, str], now: datetime, *, is_paused: bool) -> str:
    """When GitHub is to start what it starts by schedule, in the listener's time zone; empty where the schedules are off."""
    if not are_on(environ):
        return ""
    if is_paused:
        return (
            "You have paused everything: what the schedules start does nothing before `./run control resume`"
        )
    name = environ.get("TIME_ZONE", "")
    zone: tzinfo = ZoneInfo(name) if name and is_time_zone(name) else UTC
    runs = ", ".join(f"{title} {_when(moment, now, zone)}" for moment, title in next_starts(environ, now))
    return f"Next by schedule ({zone}, when GitHub has room): {runs}" if runs else ""


def _when(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A time of today, or with its day."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    day = "tomorrow" if local.date() == today + timedelta(days=1) else f"on {local:%Y-%m-%d}"
    return f"{day} {local:%H:%M}"
