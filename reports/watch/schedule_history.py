"""What sync_history tells of the schedules: which planned starts were kept, and which schedule has stopped.

A planned start is kept where the schedule's scripts begin before the next one, whoever starts them. A schedule has stopped
where it has started nothing for a day, and for twice its longest interval. While it was off, none was planned: that is so where
no schedule at all has started anything, and where a look has seen it off, or with another cron line.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from psycopg2.extensions import cursor as Cursor

from reports.watch.report import WatchedSchedule
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.github.schedules import Schedule, are_on, longest_interval, schedules, slots
from utils.job.scripts import jobs

LOOKED_AT = timedelta(days=7)
PATIENCE = timedelta(days=1)  # GitHub leaves starts out for hours


@dataclass(frozen=True)
class History:
    """When scripts began: all times since a moment, the last time of each, and of each that a schedule has started.

    And what is known of times when schedules were off.
    """

    since: datetime
    began: Mapping[str, list[datetime]]
    last: Mapping[str, datetime]
    by_schedule: Mapping[str, datetime] = field(default_factory=dict)  # of each workflow, by its own schedule
    silences: Sequence[
        tuple[datetime, datetime]
    ] = ()  # more than PATIENCE without any start by a schedule, until one
    seen: Mapping[str, tuple[str | None, datetime | None]] = field(
        default_factory=dict
    )  # of each workflow, as a look has seen it: its cron line (None: off), and since when


def read_history(cursor: Cursor, user_ids: Sequence[str], now: datetime) -> History:
    """The starts of these listeners' runs, and of those of nobody if `user_ids` says so."""
    who = {"user_ids": list(user_ids), "since": now - LOOKED_AT, "now": now}
    began: dict[str, list[datetime]] = defaultdict(list)
    cursor.execute(statement("sync_history.began"), who)
    for job, started_at in cursor:
        began[job].append(started_at)
    cursor.execute(statement("sync_history.first_and_last"), who)
    rows = cursor.fetchall()
    since = max(now - LOOKED_AT, min((first for _, first, _ in rows), default=now))
    cursor.execute(statement("sync_history.last_by_schedule"), who)
    by_schedule = dict(cursor.fetchall())
    cursor.execute(statement("sync_history.silences"), {**who, "longest": PATIENCE})
    silences = cursor.fetchall()
    cursor.execute(statement("schedules.seen"), who)
    seen = {file: (cron, seen_since) for file, cron, seen_since in cursor}
    return History(since, began, {job: last for job, _, last in rows}, by_schedule, silences, seen)


def look(
    environ: Mapping[str, str], history: History, now: datetime
) -> tuple[list[WatchedSchedule], list[SettingsError]]:
    """What was seen of each schedule that is on; and what is wrong with variables that should choose one.

    It is known by those of its scripts that the fewest other schedules have: all of them look for plays. A command, such as
    `backup`, leaves no run.
    """
    watched: list[WatchedSchedule] = []
    wrong: list[SettingsError] = []
    chosen: dict[Schedule, str] = {}
    for schedule in schedules() if are_on(environ) else ():
        try:
            cron = schedule.chosen(environ)
        except SettingsError as error:
            if str(error) not in map(str, wrong):  # one variable may choose among several workflows
                wrong.append(error)
                watched.append(WatchedSchedule(schedule.file, None))
        else:
            if cron is not None:
                chosen[schedule] = cron
    on_again_at = _on_again_at(history, chosen.values())
    noted = {
        schedule: [
            _LEAVES.get(script, script) for script in schedule.scripts if script in {*jobs(), *_LEAVES}
        ]
        for schedule in chosen
    }
    users = Counter(script for scripts in noted.values() for script in scripts)
    for schedule, cron in chosen.items():
        fewest = min(users[script] for script in noted[schedule])
        own = [script for script in noted[schedule] if users[script] == fewest]
        on_since = [
            moment for moment in (on_again_at, _seen_since(schedule.file, cron, history, now)) if moment
        ]
        watched.append(watch(schedule.file, cron, own, history, now, max(on_since, default=None)))
    return watched, wrong


_LEAVES = {"sync_all_users": "run_all"}  # the runs that a command leaves, which is no job


def patience(cron: str) -> timedelta:
    """How long a schedule may start nothing before it has stopped."""
    return max(PATIENCE, 2 * longest_interval(cron))


def _on_again_at(history: History, crons: Iterable[str]) -> datetime | None:
    """When schedules last began to start anything again, after longer than the most frequent one may start nothing; or None."""
    longest = min(map(patience, crons), default=PATIENCE)
    return max((after for before, after in history.silences if after - before > longest), default=None)


def _seen_since(file: str, cron: str, history: History, now: datetime) -> datetime | None:
    """Since when a schedule is known to be on by this cron line; None: no look has ever seen it otherwise."""
    seen_cron, since = history.seen.get(file, (cron, None))
    return since if seen_cron == cron else now


def watch(
    file: str,
    cron: str,
    scripts: Iterable[str],
    history: History,
    now: datetime,
    on_since: datetime | None = None,
) -> WatchedSchedule:
    """What was seen of one schedule, which is known by these scripts. A start whose time is not over does not count yet.

    `on_since`: it was off before that, as far as is known. Once it has started something by itself, only that tells whether it goes on: others may run the same scripts.
    """
    began = sorted(moment for script in scripts for moment in history.began.get(script, ()))
    since = max(history.since, on_since or history.since)
    planned = list(pairwise(slots(cron, since, now)))
    last = history.by_schedule.get(file) or max(
        (history.last[script] for script in scripts if script in history.last), default=None
    )
    return WatchedSchedule(
        file=file,
        cron=cron,
        planned=len(planned),
        seen=sum(bisect_left(began, slot) < bisect_left(began, following) for slot, following in planned),
        last_seen_at=last,
        has_stopped=now - max(last or since, on_since or last or since) > patience(cron),
        on_since=since if since > history.since else None,
    )
