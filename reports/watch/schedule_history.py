"""What sync_history tells of the schedules: which planned starts were kept, and which schedule has stopped.

A planned start is kept where the schedule's scripts begin before the next one, whoever starts them. A schedule has stopped
where it has started nothing for a day, and for twice its longest interval.
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

LOOKED_AT = timedelta(days=7)
PATIENCE = timedelta(days=1)  # GitHub leaves starts out for hours


@dataclass(frozen=True)
class History:
    """When scripts began: all times since a moment, the last time of each, and of each that a schedule has started."""

    since: datetime
    began: Mapping[str, list[datetime]]
    last: Mapping[str, datetime]
    by_schedule: Mapping[str, datetime] = field(default_factory=dict)  # of each workflow, by its own schedule


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
    return History(since, began, {job: last for job, _, last in rows}, dict(cursor.fetchall()))


def look(
    environ: Mapping[str, str], history: History, now: datetime
) -> tuple[list[WatchedSchedule], list[SettingsError]]:
    """What was seen of each schedule that is on; and what is wrong with variables that should choose one.

    It is known by those of its scripts that the fewest other schedules have: all of them look for plays.
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
    users = Counter(script for schedule in chosen for script in schedule.scripts)
    for schedule, cron in chosen.items():
        fewest = min(users[script] for script in schedule.scripts)
        own = [script for script in schedule.scripts if users[script] == fewest]
        watched.append(watch(schedule.file, cron, own, history, now))
    return watched, wrong


def watch(file: str, cron: str, scripts: Iterable[str], history: History, now: datetime) -> WatchedSchedule:
    """What was seen of one schedule, which is known by these scripts. A start whose time is not over does not count yet.

    Once it has started something by itself, only that tells whether it goes on: others may run the same scripts.
    """
    began = sorted(moment for script in scripts for moment in history.began.get(script, ()))
    planned = list(pairwise(slots(cron, history.since, now)))
    last = history.by_schedule.get(file) or max(
        (history.last[script] for script in scripts if script in history.last), default=None
    )
    return WatchedSchedule(
        file=file,
        cron=cron,
        planned=len(planned),
        seen=sum(bisect_left(began, slot) < bisect_left(began, following) for slot, following in planned),
        last_seen_at=last,
        has_stopped=now - (last or history.since) > max(PATIENCE, 2 * longest_interval(cron)),
    )
