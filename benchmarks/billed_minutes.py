"""The minutes of GitHub Actions that a month of the real cron lines costs, before and after, as in docs/operations.md.

`utils.github.minutes` says how they are counted.

Run it with `python -m benchmarks.billed_minutes`: it prints the two tables.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.world import say
from utils.github.minutes import FREE_MINUTES, SLIM, TWO_CORES, Job, Work, month, runs, scheduled, seconds
from utils.github.schedules import OFF, schedules

SETUP_BY_PIP_S = 40  # as it was before


@dataclass(frozen=True)
class Choice:
    """What somebody may choose: repository variables; how often something outside starts `track_plays`, if it does."""

    title: str
    variables: Mapping[str, str]
    from_outside: str | None = None

    def month(self) -> list[Work]:
        """The work of a month."""
        works = month(self.variables)
        if self.from_outside:
            works.append(Work(runs(self.from_outside), (Job(SLIM, seconds(1)),)))
        return works

    def text(self) -> str:
        """The variables, as a cell of a table."""
        named = [f"`{name}` = `{value}`" for name, value in self.variables.items()]
        outside = [f"`track_plays.yml` started at `{self.from_outside}`"] if self.from_outside else []
        return ", ".join(named + outside) or "none"


TEN_MINUTES, HALF_HOUR, HOUR = "3,13,23,33,43,53 * * * *", "7,37 * * * *", "23 * * * *"
NO_PLAYS = {"PLAYS_CRON": OFF}
CHOICES = (
    Choice("plays every ten minutes: nothing chosen", {}),
    Choice("**plays every half hour**", {"PLAYS_CRON": HALF_HOUR}),
    Choice(
        "plays every half hour, little else",
        {"PLAYS_CRON": HALF_HOUR, "INCREMENTAL_CRON": OFF, "LISTS_CRON": OFF},
    ),
    Choice("plays every hour", {"PLAYS_CRON": HOUR}),
    Choice("**plays from a machine of your own**, or with the other runs only", NO_PLAYS),
    Choice("plays every ten minutes, started from outside", NO_PLAYS, from_outside="*/10 * * * *"),
    Choice("plays every half hour, started from outside", NO_PLAYS, from_outside="*/30 * * * *"),
    Choice("one run goes on looking for plays", {"PLAYS_POLL_MINUTES": "340"}),
    Choice(
        "the daily chain alone",
        {**NO_PLAYS, "INCREMENTAL_CRON": OFF, "LISTS_CRON": OFF, "WATCH_CRON": OFF, "BACKUP_CRON": OFF},
    ),
)


def before() -> list[Work]:
    """The three scheduled workflows as they were: on two cores, everything installed by pip in each run."""
    scripts_and_crons = ((1, TEN_MINUTES), (17, "7 7 * * *"), (3, "7 10 * * *"))
    return [
        Work(runs(cron), (Job(TWO_CORES, seconds(scripts, SETUP_BY_PIP_S)),))
        for scripts, cron in scripts_and_crons
    ]


def dollars_beyond(works: Sequence[Work]) -> float:
    """The price of what is beyond the free minutes, taken to be as mixed as all of it."""
    minutes = sum(work.minutes for work in works)
    beyond = max(minutes - FREE_MINUTES, 0)
    return sum(work.dollars for work in works) * beyond / minutes if minutes else 0.0


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def lines_table() -> str:
    """Each cron line alone."""
    rows = []
    for each in schedules():
        for cron in each.crons:
            work = scheduled(each, cron, {})
            jobs = " + ".join(f"{job.seconds:.0f} s on `{job.machine.label}`" for job in work.jobs)
            rows.append((f"`{each.variable}`", f"`{cron}`", f"{work.runs:,}", jobs, f"{work.minutes:,}"))
    return table(("variable", "cron line", "runs a month", "a run", "billed minutes"), rows)


def choices_table() -> str:
    """Whole choices, and what was before."""
    rows = []
    for title, chosen, works in [
        ("as it was: plays every ten minutes, everything installed by pip", "there were none", before()),
        *((choice.title, choice.text(), choice.month()) for choice in CHOICES),
    ]:
        minutes = sum(work.minutes for work in works)
        beyond = max(minutes - FREE_MINUTES, 0)
        rows.append((title, chosen, "0", f"{minutes:,}", f"{beyond:,}", f"{dollars_beyond(works):.2f} $"))
    head = ("choice", "variables", "public: billed", "private: billed minutes", "beyond 2,000", "they cost")
    return table(head, rows)


def main() -> int:
    """Print the tables."""
    say(choices_table())
    say(lines_table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
