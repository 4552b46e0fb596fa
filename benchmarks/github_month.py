"""A month of GitHub's scheduler, simulated: what ran, what was noticed, what was lost, and whether it was said.

Spotify remembers fifty plays, and GitHub leaves scheduled runs out. The real cron lines are started as promised, as users
of 2026 report it, and with what helps: a run that goes on looking, and a trigger from outside. Each start is a real run of
`track_plays` against the simulated Spotify, whose listener goes on listening meanwhile; every scheduled workflow looks for
plays, so each start counts. Of its other scripts only the row of `sync_history` is written. Once a day it is looked at what has been kept, and whether something has stopped, as
the watch and every run's summary do.

Run it with `python -m benchmarks.github_month [--days 30] [--seed 1]`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import math
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from api_syncs.track_plays import JOB, POLL_EVERY_MIN
from benchmarks.world import say, world
from reports.check_schedules import JOB as CHECK
from reports.watch.report import WatchReport
from simulator import Simulator
from utils.clock import Clock
from utils.github.schedules import Schedule, schedules, slots
from utils.job.declaration import Job, Options
from utils.job.lifecycle import run_job
from utils.job.polling import LONGEST_MIN

FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
PLAY = timedelta(minutes=3, seconds=30)
_A_MINUTE = timedelta(minutes=1)
# As reported for `7,37 * * * *` in September 2026: half of the gaps between two runs are longer than 3.9 hours, one in
# twenty longer than 5.6; the longest of 617 was 13.4.
GAP_MEDIAN_H, GAP_P95_H, GAP_LONGEST_H, GAPS_SEEN = 3.9, 5.6, 13.4, 617
GAP_SIGMA = math.log(GAP_P95_H / GAP_MEDIAN_H) / 1.645
LATE_MEDIAN_MIN, LATE_SIGMA = (
    20,
    1.2,
)  # of runs that are hours apart anyway: some minutes late, hours at times
DROPPED = 0.05  # of those, too: "some queued jobs may be dropped"
OUTSIDE_DOWN = 0.02  # of a machine at home
SWITCHED_OFF_AFTER = timedelta(days=1)

_NOTE = "INSERT INTO sync_history (user_id, run_id, job, started_at, status, workflow) VALUES %s"

Starts = Callable[[Schedule, list[datetime], random.Random], list[datetime]]


def promised(_schedule: Schedule, planned: list[datetime], _chance: random.Random) -> list[datetime]:
    """Every slot, on time."""
    return planned


def as_reported(_schedule: Schedule, planned: list[datetime], chance: random.Random) -> list[datetime]:
    """The slots that are started, and when: none within hours of the last start, however many are planned."""
    starts: list[datetime] = []
    free = FIRST_DAY
    for slot in planned:
        if slot < free or chance.random() < DROPPED:
            continue
        late = timedelta(minutes=LATE_MEDIAN_MIN * chance.lognormvariate(0, LATE_SIGMA))
        starts.append(slot + late)
        hours = (
            GAP_LONGEST_H
            if chance.random() < 1 / GAPS_SEEN
            else chance.lognormvariate(0, GAP_SIGMA) * GAP_MEDIAN_H
        )
        free = slot + timedelta(hours=hours)
    return starts


def polling(schedule: Schedule, planned: list[datetime], chance: random.Random) -> list[datetime]:
    """As reported, but a run of track_plays goes on looking; one that starts meanwhile waits for its end."""
    starts = as_reported(schedule, planned, chance)
    if schedule.variable != "PLAYS_CRON":
        return starts
    looks: list[datetime] = []
    for start in starts:
        begin = max(start, looks[-1]) if looks else start
        looks += [begin + timedelta(minutes=minute) for minute in range(0, LONGEST_MIN + 1, POLL_EVERY_MIN)]
    return looks


def from_outside(schedule: Schedule, planned: list[datetime], chance: random.Random) -> list[datetime]:
    """As reported, and every ten minutes a machine of the listener's own starts track_plays."""
    starts = as_reported(schedule, planned, chance)
    if schedule.variable == "PLAYS_CRON":
        starts = sorted([*starts, *(slot for slot in planned if chance.random() >= OUTSIDE_DOWN)])
    return starts


def switched_off(schedule: Schedule, planned: list[datetime], chance: random.Random) -> list[datetime]:
    """GitHub starts nothing after the first day, as after 60 quiet ones; a trigger from outside goes on once an hour."""
    starts = [
        start for start in as_reported(schedule, planned, chance) if start < FIRST_DAY + SWITCHED_OFF_AFTER
    ]
    if schedule.variable == "PLAYS_CRON":
        starts = sorted([*starts, *planned[::6]])
    return starts


REGIMES: Mapping[str, Starts] = {
    "as promised": promised,
    "as reported": as_reported,
    "one run goes on looking": polling,
    "started from outside too": from_outside,
    "switched off by GitHub": switched_off,
}


@dataclass(frozen=True)
class Month:
    """What became of a month: runs planned and started, plays heard, stored, lost, and lost within a gap that was said.

    `kept`: the share of the last week's planned looks for plays that was kept; `stopped`: for each schedule that was said to
    have stopped, on which day first.
    """

    planned: int
    started: int
    kept: float
    stopped: Mapping[str, int]
    heard: int
    stored: int
    said: int
    gaps: int

    @property
    def lost(self) -> int:
        return self.heard - self.stored

    @property
    def unsaid(self) -> int:
        """Plays that are lost without a word: there must be none."""
        return self.lost - self.said


class SetClock(Clock):
    """A clock that stands where it is put."""

    moment = FIRST_DAY

    def now(self) -> datetime:
        return self.moment


def listening(days: int, chance: random.Random) -> Iterator[datetime]:
    """When a listener's plays end: mornings and evenings, and once a week a long day at a desk."""
    for day in range(days):
        midnight = FIRST_DAY + timedelta(days=day)
        sessions = [(7.5, 12), (18.0, 25)] if day % 7 != 1 else [(9.0, 130)]
        for hour, plays in sessions:
            begin = midnight + timedelta(hours=hour) + chance.randrange(-60, 61) * _A_MINUTE
            for number in range(round(plays * chance.uniform(0.5, 1.3))):
                yield begin + (number + 1) * PLAY


def simulate(sim: Simulator, dsn: str, regime: Starts, clock: SetClock, *, days: int, seed: int) -> Month:
    """Run a month. The environment leads to `sim` and `dsn`; the simulator's clock is `clock`; the database is fresh.

    Raises RuntimeError where a run fails: then there is nothing to count.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    end = FIRST_DAY + timedelta(days=days)
    chosen = {schedule: cron for schedule in schedules() if (cron := schedule.chosen({})) is not None}
    plans = {schedule: slots(cron, FIRST_DAY, end) for schedule, cron in chosen.items()}
    starts = sorted(
        ((moment, schedule) for schedule, plan in plans.items() for moment in regime(schedule, plan, chance)),
        key=lambda start: start[0],
    )
    plays = list(listening(days, random.Random(seed)))  # noqa: S311 - as above
    with sim.edit() as library:
        track_ids = list(library.liked_rows())
    heard, looked_at, report = 0, FIRST_DAY, WatchReport()
    stopped: dict[str, int] = {}
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for moment, schedule in starts:
            if moment >= end:
                break
            clock.moment = moment
            with sim.edit() as library:
                while heard < len(plays) and plays[heard] <= moment:
                    library.play(track_ids[heard % len(track_ids)], at=plays[heard])
                    heard += 1
            _run(JOB, clock)
            others = [(name, moment, schedule.file) for name in schedule.scripts if name != JOB.name]
            if others:
                execute_values(cursor, _NOTE, others, "('*', gen_random_uuid(), %s, %s, 'done', %s)")
            if moment - looked_at >= timedelta(days=1):
                looked_at, report = moment, _look(clock)
                day = (moment - FIRST_DAY).days
                stopped = {**{each.file: day for each in report.schedules if each.has_stopped}, **stopped}
        cursor.execute("SELECT played_at FROM plays")
        stored = {moment for (moment,) in cursor}
        cursor.execute("SELECT gap_start, gap_end FROM play_gaps")
        gaps = cursor.fetchall()
    lost = [moment for moment in plays[:heard] if moment not in stored]
    said = sum(any(begin < moment < until for begin, until in gaps) for moment in lost)
    (looks,) = [each for each in report.schedules if each.file == "track_plays.yml"]
    return Month(
        planned=sum(map(len, plans.values())),
        started=sum(moment < end for moment, _ in starts),
        kept=looks.seen / looks.planned,
        stopped=stopped,
        heard=heard,
        stored=heard - len(lost),
        said=said,
        gaps=len(gaps),
    )


def _run(job: Job[Any], clock: Clock) -> None:
    outcome = run_job(job, Options(), clock)
    if outcome.exit_code:
        raise RuntimeError(f"a run failed: {outcome.message}")


def _look(clock: Clock) -> WatchReport:
    """What the daily watch finds."""
    with tempfile.NamedTemporaryFile() as output:
        os.environ.update(GITHUB_OUTPUT=output.name, SCHEDULES="on")
        _run(CHECK, clock)
        del os.environ["GITHUB_OUTPUT"], os.environ["SCHEDULES"]
        return WatchReport.from_json(Path(output.name).read_text(encoding="utf-8").removeprefix("report="))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line per regime. Exit code 1 where a play was lost without a word."""
    command_line = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command_line.add_argument("--days", type=int, default=30)
    command_line.add_argument("--seed", type=int, default=1)
    options = command_line.parse_args(arguments)
    say(f"{options.days} days of GitHub's scheduler, seed {options.seed}")
    say(
        f"{'':26} {'planned':>8} {'looks':>6} {'kept':>5} {'heard':>6} {'stored':>7} {'lost':>5} {'said':>5} {'gaps':>5}"
        "  said to have stopped"
    )
    unsaid = 0
    for name, regime in REGIMES.items():
        clock = SetClock()
        with world(liked=500, albums=0, plays=0, clock=clock.now) as (sim, settings), _environment(settings):
            month = simulate(
                sim, settings["DATABASE_URL"], regime, clock, days=options.days, seed=options.seed
            )
        unsaid += month.unsaid
        say(
            f"{name:26} {month.planned:8,} {month.started:6,} {month.kept:5.0%} {month.heard:6,} {month.stored:7,} "
            f"{month.lost:5,} {month.said:5,} {month.gaps:5,}  "
            + (", ".join(f"{file} (day {day})" for file, day in month.stopped.items()) or "nothing")
        )
    return 1 if unsaid else 0


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """This process has these settings, and is quiet, while the body runs."""
    before, out = dict(os.environ), sys.stdout
    os.environ.update(settings)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device
        sys.stdout = nowhere
        try:
            yield
        finally:
            sys.stdout = out
            os.environ.clear()
            os.environ.update(before)


if __name__ == "__main__":
    sys.exit(main())
