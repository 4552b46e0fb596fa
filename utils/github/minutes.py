"""The minutes of GitHub Actions that a month of the schedules is billed in a private repository.

GitHub rounds each job up to whole minutes, and starts fewer runs than the cron lines say: this is the most that a month costs.
The seconds of a job are estimates; a run's own page shows what it took.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from utils.errors import SettingsError
from utils.github.schedules import OFF, Schedule, schedules, slots

FREE_MINUTES = 2_000  # a month, of all private repositories of an account on the free plan
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=30)
SETUP_S = 20  # machine, checkout, packages from the cache
SCRIPT_S = 3


@dataclass(frozen=True)
class Machine:
    """A machine of GitHub's, with its price beyond the free minutes."""

    label: str
    dollars_a_minute: float


TWO_CORES = Machine("ubuntu-24.04", 0.006)
SLIM = Machine("ubuntu-slim", 0.002)
# The jobs of a scheduled workflow that are not one job on two cores. A test compares this with the workflows.
MACHINES: Mapping[str, tuple[Machine, ...]] = {
    "track_plays.yml": (SLIM,),
    "track_plays_half_hourly.yml": (SLIM,),
    "track_plays_hourly.yml": (SLIM,),
    "watch.yml": (SLIM, SLIM),
    "backup.yml": (SLIM,),
}


@dataclass(frozen=True)
class Job:
    """One job of a run."""

    machine: Machine
    seconds: float

    @property
    def minutes(self) -> int:
        """What is billed."""
        return math.ceil(self.seconds / 60)


@dataclass(frozen=True)
class Work:
    """A month of one workflow: its runs, and the jobs of each."""

    runs: int
    jobs: tuple[Job, ...]

    @property
    def minutes(self) -> int:
        """What is billed in a private repository; in a public one nothing is."""
        return self.runs * sum(job.minutes for job in self.jobs)

    @property
    def dollars(self) -> float:
        """What these minutes cost where none is free."""
        return self.runs * sum(job.minutes * job.machine.dollars_a_minute for job in self.jobs)


def month(variables: Mapping[str, str]) -> list[Work]:
    """A month of all that these variables start. A variable that names no cron line starts nothing."""
    works = []
    for each in schedules():
        try:
            cron = each.chosen(variables)
        except SettingsError:
            continue
        if cron is not None:
            works.append(scheduled(each, cron, variables))
    return works


def runs(cron: str) -> int:
    """How often a cron line starts something in a month; never, where it is `off`."""
    return 0 if cron == OFF else len(slots(cron, BEGIN, END))


def seconds(scripts: int, setup: float = SETUP_S) -> float:
    """How long a job takes that runs so many scripts."""
    return setup + scripts * SCRIPT_S


def scheduled(schedule: Schedule, cron: str, variables: Mapping[str, str]) -> Work:
    """A month of a scheduled workflow. A play run that goes on looking takes the larger machine, one after another."""
    text = variables.get("PLAYS_POLL_MINUTES", "")
    poll_s = 60 * int(text) if text.isdecimal() else 0
    if schedule.variable == "PLAYS_CRON" and poll_s:
        taken = seconds(1) + poll_s
        one_after_another = int((END - BEGIN).total_seconds() // taken)
        return Work(min(runs(cron), one_after_another), (Job(TWO_CORES, taken),))
    machines = MACHINES.get(schedule.file, (TWO_CORES,))
    return Work(runs(cron), tuple(Job(machine, seconds(len(schedule.scripts))) for machine in machines))
