"""The hours for which a month of the real cron lines keeps a database awake that goes to sleep when nobody asks, as in
docs/setup.md.

Neon's free plan counts such hours, times the size of the machine. GitHub starts fewer runs than the cron lines say, so this
is the most that a month costs, apart from runs that have a lot to copy. Run it with `python -m benchmarks.compute_hours`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

from benchmarks.world import say
from utils.github.minutes import BEGIN, END, SCRIPT_S
from utils.github.plan import plays_crons
from utils.github.schedules import OFF, schedules, slots

FREE_CU_HOURS = 100  # a month and project, of Neon's free plan
SMALLEST_CU = 0.25
ASLEEP_AFTER = timedelta(minutes=5)


def cu_hours(variables: Mapping[str, str]) -> float:
    """The compute-hours of a month in which these schedules run; what overlaps counts once."""
    awake: list[tuple[datetime, datetime]] = []
    for schedule in schedules():
        cron = schedule.chosen(variables)
        if cron is not None:
            busy = timedelta(seconds=SCRIPT_S * len(schedule.scripts)) + ASLEEP_AFTER
            awake += [(moment, moment + busy) for moment in slots(cron, BEGIN, END)]
    total, until = timedelta(), BEGIN
    for begin, end in sorted(awake):
        total += max(end - max(begin, until), timedelta())
        until = max(until, end)
    return SMALLEST_CU * total.total_seconds() / 3600


def table() -> str:
    """A row for each choice of when to look for plays."""
    lines = ["| `PLAYS_CRON` | Neon: compute-hours a month, of 100 |", "| --- | --- |"]
    for cron in (*plays_crons(), OFF):
        lines.append(f"| `{cron}` | {cu_hours({'PLAYS_CRON': cron}):.0f} |")
    return "".join(f"{line}\n" for line in lines)


def main() -> int:
    """Print the table."""
    say(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
