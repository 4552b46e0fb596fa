"""Days as cells: a calendar heat map of any stretch of the record, and which days are known."""

from collections.abc import Iterator, Mapping, Set
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link
from reports.dashboard.ranges import address_of
from reports.dashboard.scale import Scale
from reports.dashboard.scope import Source
from reports.dashboard.words import day as day_said
from reports.dashboard.words import duration, number

_COLUMNS = (
    "week",
    "weekday",
    "month",
    "month_number",
    "month_week",
    "class",
    "state",
    "date",
    "plays",
    "heard",
    "label",
    "range",
)

NUMBERED_MONTHS = 2  # beside each other on a phone, with the number in each cell
WEEKS_WIDE = 26  # of fewer, the days stand in blocks of months on a wide screen, too
NOT_KNOWN = "in part or not"
SAID_BELOW = 0.98  # of the days are known: then a page says of how many


def lost_days(source: Source) -> Set[date]:
    """The days of the record of which plays may be missing."""
    return source.once(_read_lost_days)


def _read_lost_days(source: Source) -> Set[date]:
    scope = source.scope
    return frozenset(
        day
        for first, last in lost_stretches(source)
        for day in days_between(max(first, scope.first_day), min(last, scope.today))
    )


def lost_stretches(source: Source) -> list[tuple[date, date]]:
    """The first and the last day of each stretch in which plays may be missing: gaps, and whole days of which no source tells."""
    return [*((gap.first_day, gap.last_day) for gap in source.standing.gaps), *_untold(source)]


def _untold(source: Source) -> Iterator[tuple[date, date]]:
    """Whole days that nobody observed, and that lie within what no source tells of: since the last look, or between an import and the first look."""
    coverage, zone = source.standing.coverage, source.scope.zone
    told = [
        (row["first_at"].astimezone(zone).date(), row["last_at"].astimezone(zone).date())
        for row in source.kept("site_about.sources")
    ]
    one = timedelta(days=1)
    for begin, end in coverage.unobserved if coverage else ():
        first, last = begin.astimezone(zone).date() + one, end.astimezone(zone).date() - one
        if first <= last and coverage and end == coverage.ends_at:
            last += one  # nor has anybody looked today
        untold = (day for day in days_between(first, last) if not any(a <= day <= b for a, b in told))
        # Days that follow each other are one stretch.
        for _, found in groupby(enumerate(untold), key=lambda each: each[1].toordinal() - each[0]):
            stretch = [day for _, day in found]
            yield stretch[0], stretch[-1]


def known(day: date, lost: Set[date]) -> str:
    """`yes`, or that it is not, or in part."""
    return NOT_KNOWN if day in lost else "yes"


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included; none where the last is before the first."""
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def _week_of_month(day: date) -> int:
    """The row of a day in the block of its month, from 0 on."""
    return (day.day - 1 + day.replace(day=1).weekday()) // 7


def calendar(
    finding: Markup,
    first: date,
    last: date,
    days: Mapping[date, Mapping[str, Any]],
    lost: Set[date],
    scale: Scale,
) -> Chart:
    """A cell per day from `first` to `last`, in columns of weeks from Monday; on a phone in blocks of months, the newest first.

    A day with plays leads to its rankings.
    """
    monday = first - timedelta(days=first.weekday())
    rows, table = [], []
    for day in days_between(first, last):
        found = days.get(day)
        plays, heard_ms = (found["plays"], found["heard_ms"]) if found else (0, None)
        state = known(day, lost)
        begins = day.day == 1 or (
            day == first and day.day < 20
        )  # a later first day would have its label under the next one
        month_week = _week_of_month(day) - (
            _week_of_month(first) if (day.year, day.month) == (first.year, first.month) else 0
        )
        rows.append(
            (
                (day - monday).days // 7,
                day.isoweekday(),
                day.isoformat()[:7],
                12 * day.year + day.month,
                month_week,
                scale.class_of(plays),
                state,
                day.isoformat(),
                plays,
                heard_ms,
                day.isoformat()[:7] if begins else "",
                day.isoformat() if plays else "",
            )
        )
        if found or state != "yes":
            heard = duration(heard_ms) if heard_ms is not None else ""
            said = day_said(day, weekday=True)
            shown = Link(said, address_of(day.isoformat())) if plays else said
            table.append((shown, number(plays), heard, "" if state == "yes" else state))
    is_short = (last - first).days < WEEKS_WIDE * 7  # else a few columns would be as wide as the page
    return Chart(
        "calendar_months" if is_short else "calendar",
        finding,
        _COLUMNS,
        rows,
        ("Day", "Plays", "Time", "Known"),
        table[::-1],
        narrow="calendar_months_narrow"
        if len({row[3] for row in rows}) <= NUMBERED_MONTHS
        else "calendar_narrow",
        written={
            "date": "weekday",
            "heard": "duration",
            "label": "month name",
            "month": "month name" if first.year == last.year else "month",
        },
    )
