"""Look whether the scripts run as often as the schedules say, whether plays were lost, and when the consent ends.

A planned start is kept where the schedule's scripts begin before the next one, whoever starts them. In GitHub Actions, what
is found goes on to `tell_github`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from reports.watch.findings import FAILURES
from reports.watch.report import WatchedSchedule, WatchReport
from reports.watch.schedule_history import LOOKED_AT, History, look, read_history
from utils.clock import believed
from utils.config import environment
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.github.schedules import SWITCH, are_on, schedules
from utils.job.attempt import NOBODY
from utils.job.lifecycle import leave, main
from utils.job.run import DatabaseJob, Run
from utils.spotify.consents import WARN_DAYS, consent_ends_at
from utils.words import counted

ENDED = ("expired", "revoked")  # of `users.auth_status`


class Consent(NamedTuple):
    """A listener's, with the command that renews it. `ends_at` is aware, None where that is not known; `is_over`: Spotify has said so."""

    login: str
    ends_at: datetime | None
    is_over: bool

    def is_to_be_renewed(self, now: datetime) -> bool:
        """Over, or within its last thirty days."""
        return self.is_over or (self.ends_at is not None and (self.ends_at - now).days <= WARN_DAYS)


def work(run: Run) -> None:
    """Look, say what is found, and hand it on where there is somebody to take it."""
    environ, now = environment(), run.clock.now()
    user_ids = [*run.listeners(), NOBODY]
    who = {
        "user_ids": user_ids,
        "since": now - LOOKED_AT,
        "now": now,
        "stored_too": not run.options.user,
    }
    with run.transaction() as cursor:
        history = read_history(cursor, user_ids, now)
        cursor.execute(statement("users.consents"), who)
        consents = [_consent(*row, now=now) for row in cursor.fetchall()]
        cursor.execute(statement("plays.count_gaps"), who)
        ((gaps,),) = cursor.fetchall()
        cursor.execute(statement("jobs.failing"), {**who, "failures": FAILURES})
        failing = tuple(job for (job,) in cursor)
    run.tally.unchanged_items += sum(map(len, history.began.values()))
    watched, wrong = look(environ, history, now)
    for error in wrong:
        run.log.warning("%s %s", error, error.remedy)
    report = WatchReport(
        schedules=tuple(watched),
        consent_ends_at=min((each.ends_at for each in consents if each.ends_at), default=None),
        is_consent_over=any(each.is_over for each in consents),
        logins=tuple(dict.fromkeys(each.login for each in consents if each.is_to_be_renewed(now))),
        failing=failing,
        gaps=gaps,
    )
    _say(run, report, history, now)
    if environ.get("GITHUB_OUTPUT"):
        _note(run, environ, now)
        with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
            output.write(f"report={report.to_json()}\n")


def _consent(
    authorized_at: datetime | None, auth_status: str, stored_for: str | None, *, now: datetime
) -> Consent:
    given = believed(authorized_at, now)
    ends_at = consent_ends_at(given) if given else None
    # A name would be read by whoever reads the issue: ./run users list says whose it is.
    login = "./run login --user NAME" if stored_for else "./run login"
    return Consent(login, ends_at, auth_status in ENDED)


def _note(run: Run, environ: Mapping[str, str], now: datetime) -> None:
    """Keep which schedules are on, so that one that was off for a while is not taken for one that has stopped."""
    with run.batch() as cursor:
        for schedule in schedules():
            try:
                cron = schedule.chosen(environ) if are_on(environ) else None
            except SettingsError:  # said before
                cron = None
            cursor.execute(statement("schedules.note"), {"file": schedule.file, "cron": cron, "now": now})


def _say(run: Run, report: WatchReport, history: History, now: datetime) -> None:
    """One line for each schedule, and warnings."""
    log = run.log
    if not report.schedules:
        log.info("the schedules are off (variable %s)", SWITCH)
    for schedule in report.schedules:
        if schedule.cron is None:
            continue  # said before
        seen = _seen(schedule, history)
        if schedule.has_stopped:
            log.warning("%s has stopped: %s", schedule.file, seen)
        else:
            log.info("%s: %s", schedule.file, seen)
    if report.failing:
        log.warning("failed again and again: %s", ", ".join(report.failing))
    if report.gaps:
        log.warning(
            "plays may have been lost in %s since %s",
            counted(report.gaps, "stretch", "stretches"),
            _utc(now - LOOKED_AT),
        )
    ends_at = report.consent_ends_at
    login = ", ".join(f"`{each}`" for each in report.logins)
    if report.is_consent_over:
        log.warning("the consent is over: run %s", login)
    elif ends_at is not None and ends_at <= now:
        log.warning(
            "the consent should have ended on %s: run %s", f"{ends_at.astimezone(UTC):%Y-%m-%d}", login
        )
    elif ends_at is not None and (ends_at - now).days <= WARN_DAYS:
        log.warning("the consent ends on %s: run %s before", f"{ends_at.astimezone(UTC):%Y-%m-%d}", login)


def _seen(schedule: WatchedSchedule, history: History) -> str:
    """How many starts were kept, and when the last was. On the first day there may have been none to keep; of a weekly schedule
    there is none whose time is over.
    """
    since = schedule.on_since or history.since
    last = f"the last one {_utc(schedule.last_seen_at)}" if schedule.last_seen_at else "none ever"
    if not schedule.planned and schedule.last_seen_at and schedule.last_seen_at >= since:
        return last
    if not schedule.planned and not schedule.has_stopped:
        return f"no start was due yet since {_utc(since)}"
    return f"{schedule.seen:,} of {counted(schedule.planned, 'start')} since {_utc(since)}, {last}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


JOB = DatabaseJob(
    name="check_schedules",
    work=work,
    about=__doc__,
    reads="sync_history, seen_schedules, users, play_gaps, the workflows and their variables",
    writes="in GitHub Actions: seen_schedules, the file that GITHUB_OUTPUT names",
    counts="runs",
)

if __name__ == "__main__":
    leave(main(JOB))
