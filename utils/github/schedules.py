"""The schedules of the workflows, read from the workflows themselves.

A scheduled workflow has several cron lines, and starts its job for one of them: the one that a repository variable names,
else its default. What the job's `if` compares stands there once, and is read here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path

import yaml
from cronsim import CronSim

from utils import ROOT
from utils.errors import SettingsError

WORKFLOWS = ROOT / ".github" / "workflows"
OFF = "off"
RUN_SCRIPTS = "$/.github/workflows/run_scripts.yml"
SWITCH = "SCHEDULES"  # the variable that switches all schedules on, with the value `on`
_CHOICE = re.compile(r"github\.event\.schedule == \(?vars\.(\w+)(?: \|\| '([^']*)'\))?")
_NAMES = re.compile(r'"(\w+)"')
# In C where the package has it: a tenth of the time.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Schedule:
    """A scheduled workflow. `default` is the cron line of a repository that sets no variable; None: it is off there."""

    file: str
    title: str
    variable: str
    default: str | None
    crons: tuple[str, ...]
    scripts: tuple[str, ...]
    others: tuple[str, ...] = ()  # cron lines of other workflows that the same variable chooses

    def chosen(self, variables: Mapping[str, str]) -> str | None:
        """The cron line that starts the workflow; None where it is off. Raises SettingsError for a line that it has not."""
        value = variables.get(self.variable, "") or self.default
        if value is None or value.casefold() == OFF or value in self.others:
            return None
        if value not in self.crons:
            raise SettingsError(
                f"{self.variable} is {value!r}, which is no cron line of its workflows: none of them is ever started.",
                f"Set the variable to one of {', '.join((*self.crons, *self.others))}, or to {OFF}.",
            )
        return value


def are_on(variables: Mapping[str, str]) -> bool:
    """Whether the schedules are switched on, as GitHub compares texts: in capitals or not."""
    return variables.get(SWITCH, "").casefold() == "on"


def slots(cron: str, after: datetime, until: datetime) -> list[datetime]:
    """When a cron line starts a run: the moments in (after, until], UTC."""
    return list(takewhile(lambda moment: moment <= until, CronSim(cron, after.astimezone(UTC))))


def next_slot(cron: str, after: datetime) -> datetime:
    """The first moment after this one, UTC."""
    return next(CronSim(cron, after.astimezone(UTC)))


def next_starts(variables: Mapping[str, str], now: datetime) -> list[tuple[datetime, str]]:
    """When GitHub is to start what, and its title, the soonest first; without schedules whose variable chooses none."""
    planned = []
    for schedule in schedules():
        try:
            cron = schedule.chosen(variables)
        except SettingsError:
            continue
        if cron:
            planned.append((next_slot(cron, now), schedule.title))
    return sorted(planned)


@cache
def longest_interval(cron: str) -> timedelta:
    """The longest time between two moments of a cron line within a week."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    moments = slots(cron, monday, monday + timedelta(days=15))
    return max((later - earlier for earlier, later in pairwise(moments)), default=timedelta(days=15))


def schedules(folder: Path = WORKFLOWS) -> tuple[Schedule, ...]:
    """All scheduled workflows that run scripts, in the order of their files."""
    return _schedules(folder)


@cache
def _schedules(folder: Path) -> tuple[Schedule, ...]:
    found = list(_read(folder))
    return tuple(
        replace(
            each,
            others=tuple(
                cron
                for other in found
                if other.variable == each.variable and other is not each
                for cron in other.crons
            ),
        )
        for each in found
    )


def _read(folder: Path) -> Iterator[Schedule]:
    """Ours. A scheduled workflow of somebody's own, such as a code scanner, is none of them."""
    for path in sorted(folder.glob("*.yml")):
        workflow = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - safe, too
        events = workflow.get(True, workflow.get("on"))  # YAML reads the key `on` as true
        if not isinstance(events, dict) or "schedule" not in events:
            continue
        job = next(iter(workflow["jobs"].values()))
        choice = _CHOICE.search(str(job.get("if")))
        if job.get("uses") == RUN_SCRIPTS and choice is not None:
            yield Schedule(
                file=path.name,
                title=workflow["name"],
                variable=choice[1],
                default=choice[2],
                crons=tuple(entry["cron"] for entry in events["schedule"]),
                scripts=tuple(_NAMES.findall(job["with"]["scripts"])),
            )
