"""Look whether the scripts run as often as the schedules say, whether plays were lost, and when the consent ends.

A planned start is kept where the schedule's scripts begin before the next one, whoever starts them. In GitHub Actions, what
is found goes on to `tell_github`.
"""

import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from reports.watch_report import WatchedSchedule, WatchReport
from utils.clock import believed
from utils.config import environment
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.github.schedules import SWITCH, Schedule, longest_interval, schedules, slots
from utils.job.attempt import NOBODY
from utils.job.lifecycle import main
from utils.job.run import DatabaseJob, Run
from utils.spotify.tokens import WARN_DAYS, consent_ends_at

LOOKED_AT = timedelta(days=7)
PATIENCE = timedelta(days=1)  # GitHub leaves starts out for hours
ENDED = ("expired", "revoked")  # of `users.auth_status`


@dataclass(frozen=True)
class History:
    """When scripts began: all times since a moment, and the last time of each."""

    since: datetime
    began: Mapping[str, list[datetime]]
    last: Mapping[str, datetime]


def work(run: Run) -> None:
    """Look, say what is found, and hand it on where there is somebody to take it."""
    environ, now = environment(), run.clock.now()
    who = {"user_ids": [*run.listeners(), NOBODY], "since": now - LOOKED_AT, "now": now}
    with run.transaction() as cursor:
        history = _history(cursor, who, now)
        cursor.execute(statement("users.consents"), who)
        consents = cursor.fetchall()
        cursor.execute(statement("plays.count_gaps"), who)
        ((gaps,),) = cursor.fetchall()
    run.tally.items_processed += sum(map(len, history.began.values()))
    known = [moment for authorized_at, _ in consents if (moment := believed(authorized_at, now))]
    report = WatchReport(
        schedules=tuple(_look(run, environ, history, now)) if environ.get(SWITCH) == "on" else (),
        consent_ends_at=min(map(consent_ends_at, known), default=None),
        is_consent_over=any(auth_status in ENDED for _, auth_status in consents),
        gaps=gaps,
    )
    _say(run, report, history, now)
    if environ.get("GITHUB_OUTPUT"):
        with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
            output.write(f"report={report.to_json()}\n")


def _history(cursor: Cursor, who: Mapping[str, object], now: datetime) -> History:
    began: dict[str, list[datetime]] = defaultdict(list)
    cursor.execute(statement("sync_history.began"), who)
    for job, started_at in cursor:
        began[job].append(started_at)
    cursor.execute(statement("sync_history.first_and_last"), who)
    rows = cursor.fetchall()
    since = max(now - LOOKED_AT, min((first for _, first, _ in rows), default=now))
    return History(since, began, {job: last for job, _, last in rows})


def _look(run: Run, environ: Mapping[str, str], history: History, now: datetime) -> Iterator[WatchedSchedule]:
    """What was seen of each schedule that is on.

    It is known by those of its scripts that the fewest other schedules have: all of them look for plays.
    """
    chosen: dict[Schedule, str] = {}
    for schedule in schedules():
        try:
            cron = schedule.chosen(environ)
        except SettingsError as error:
            run.log.warning("%s %s", error, error.remedy)
            yield WatchedSchedule(schedule.file, None)
        else:
            if cron is not None:
                chosen[schedule] = cron
    users = Counter(script for schedule in chosen for script in schedule.scripts)
    for schedule, cron in chosen.items():
        fewest = min(users[script] for script in schedule.scripts)
        own = [script for script in schedule.scripts if users[script] == fewest]
        yield watch(schedule.file, cron, own, history, now)


def watch(file: str, cron: str, scripts: Iterable[str], history: History, now: datetime) -> WatchedSchedule:
    """What was seen of one schedule, which is known by these scripts. A start whose time is not over does not count yet."""
    began = sorted(moment for script in scripts for moment in history.began.get(script, ()))
    planned = list(pairwise(slots(cron, history.since, now)))
    last = max((history.last[script] for script in scripts if script in history.last), default=None)
    return WatchedSchedule(
        file=file,
        cron=cron,
        planned=len(planned),
        seen=sum(bisect_left(began, slot) < bisect_left(began, following) for slot, following in planned),
        last_seen_at=last,
        has_stopped=now - (last or history.since) > max(PATIENCE, 2 * longest_interval(cron)),
    )


def _say(run: Run, report: WatchReport, history: History, now: datetime) -> None:
    """One line for each schedule, and warnings."""
    log = run.log
    if not report.schedules:
        log.info("the schedules are off (variable %s)", SWITCH)
    for schedule in report.schedules:
        if schedule.cron is None:
            continue  # said before
        seen = f"{schedule.seen:,} of {schedule.planned:,} starts since {_utc(history.since)}"
        last = f"the last one {_utc(schedule.last_seen_at)}" if schedule.last_seen_at else "none ever"
        if schedule.has_stopped:
            log.warning("%s has stopped: %s, %s", schedule.file, seen, last)
        else:
            log.info("%s: %s, %s", schedule.file, seen, last)
    if report.gaps:
        log.warning("plays may have been lost in %s stretches since %s", report.gaps, _utc(now - LOOKED_AT))
    ends_at = report.consent_ends_at
    if report.is_consent_over:
        log.warning("the consent is over: run `./run login`")
    elif ends_at is not None and (ends_at - now).days <= WARN_DAYS:
        log.warning("the consent ends on %s: run `./run login` before", f"{ends_at.astimezone(UTC):%Y-%m-%d}")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


JOB = DatabaseJob(
    name="check_schedules",
    work=work,
    about=__doc__,
    reads="sync_history, users, play_gaps, the workflows and their variables",
    writes="the file that GITHUB_OUTPUT names",
)

if __name__ == "__main__":
    sys.exit(main(JOB))
