"""A record over time: in steps of weeks, or of months where it is long, and plays in each of them as a chart."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link, step
from reports.dashboard.heat_map import NOT_KNOWN, days_between, lost_days
from reports.dashboard.ranges import address_of, key_of_days, key_of_month
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import duration, number

WEEKS_UP_TO_DAYS = 731  # longer records are drawn by month
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """A week or month of the record, and what is said of it whatever is drawn: `before` begins the same one of the year before, `range` is its name in Top."""

    begin: date
    end: date  # the first day after it
    before: date
    span: str
    said: Markup
    gap_days: int
    state: str
    running: bool
    range: str


def steps_of_record(source: Source) -> list[Step]:
    """All of them; to be asked for by Source.once, since hundreds of charts have the same."""
    scope, lost, by_month = source.scope, lost_days(source), is_by_month(source.scope)
    gaps = Counter(begin_of(day, by_month=by_month) for day in lost)
    found = []
    for begin in steps(begin_of(scope.first_day, by_month=by_month), scope.today, by_month=by_month):
        end = next_begin(begin, by_month=by_month)
        running = end > scope.today
        wording = ("{}" if by_month else "week of {}") + (", so far" if running else "")
        span, said = step(begin, by_month=by_month, wording=wording)
        days = gaps[begin]
        found.append(
            Step(
                begin,
                end,
                begin.replace(year=begin.year - 1) if by_month else begin - timedelta(weeks=52),
                span,
                said,
                days,
                state_of(days),
                running,
                key_of_month(begin) if by_month else key_of_days(begin, end - timedelta(days=1)),
            )
        )
    return found


def plays_over_time(source: Source, days: Mapping[date, Row], *, is_part: bool = False) -> Chart:
    """Plays per week, or per month in a record of more than two years; beside each what the same one of the year before had.

    `is_part`: of a part of what was heard, such as an artist's plays, which is often nothing: without the year before, and with a table of those steps in which it was heard.
    """
    scope = source.scope
    by_month = is_by_month(scope)
    plays: Counter[date] = Counter()
    heard: Counter[date] = Counter()
    for day, row in days.items():
        begin = begin_of(day, by_month=by_month)
        plays[begin] += row["plays"]
        heard[begin] += row["heard_ms"]
    rows, table = [], []
    for each in source.once(steps_of_record):
        own, heard_ms = plays[each.begin], heard[each.begin]
        rows.append(
            (
                each.begin.isoformat(),
                each.end.isoformat(),
                each.span,
                own,
                heard_ms,
                plays[each.before] if each.before > scope.first_day and not is_part else None,
                each.gap_days,
                each.state,
                each.running,
                each.range if own else "",
            )
        )
        if is_part and not (own or heard_ms):
            continue
        shown = Link(each.said, address_of(each.range)) if own else each.said
        table.append((shown, number(own), duration(heard_ms), "" if each.state == "yes" else each.state))
    columns = ("begin", "end", "span", "plays", "heard", "before", "gap", "state", "running", "range")
    most = max(rows, key=lambda row: row[3], default=None)
    finding = Markup("No play is known yet.")
    if most:
        _, said = step(
            date.fromisoformat(most[0]),
            by_month=by_month,
            wording=most[2].replace(most[0][:7] if by_month else most[0], "{}"),
        )
        finding = Markup("Most plays: {}, with {}.").format(said, number(most[3]))
    return Chart(
        "plays_over_time",
        finding,
        columns,
        rows,
        ("From", "Plays", "Time", "Not known"),
        table[::-1],
        written={"span": "month" if by_month else "day", "heard": "duration"},
    )


def missing(first: date, last: date, lost: Set[date]) -> tuple[int, str]:
    """On how many days of a step plays may be missing, and how that is said; `yes` where all is known."""
    days = sum(day in lost for day in days_between(first, last))
    return days, state_of(days)


def state_of(days: int) -> str:
    """How many days of a step are not known, in words."""
    return f"{days} {'day' if days == 1 else 'days'} {NOT_KNOWN}" if days else "yes"


def is_by_month(scope: Scope) -> bool:
    """Whether the record is so long that a step is a month."""
    return scope.today - scope.first_day > timedelta(days=WEEKS_UP_TO_DAYS)


def begin_of(day: date, *, by_month: bool) -> date:
    """The first day of the step in which a day lies: of its month, or the Monday of its week."""
    return day.replace(day=1) if by_month else day - timedelta(days=day.weekday())


def next_begin(begin: date, *, by_month: bool) -> date:
    """The first day of the step after the one that begins on that day."""
    return (begin + timedelta(days=32)).replace(day=1) if by_month else begin + timedelta(days=7)


def steps(first: date, last: date, *, by_month: bool) -> Iterator[date]:
    """The first days of the steps from one that begins on `first` to the one in which `last` lies."""
    while first <= last:
        yield first
        first = next_begin(first, by_month=by_month)
