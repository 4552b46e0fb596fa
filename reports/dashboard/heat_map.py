"""Days as cells: a calendar heat map of any stretch of the record, and which days are known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.scale import Scale
from reports.dashboard.scope import Source
from reports.dashboard.words import day as day_said
from reports.dashboard.words import duration, number
from reports.stored_facts import read_gaps

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
)

WEEKS_WIDE = 26  # of fewer, the days stand in blocks of months on a wide screen, too


def lost_days(source: Source) -> list[tuple[date, date]]:
    """The first and the last day of each stretch in which plays may be missing."""
    return [(gap.first_day, gap.last_day) for gap in read_gaps(source.cursor, source.scope.user_id)]


def known(day: date, lost: Sequence[tuple[date, date]]) -> str:
    """`yes`, or that it is not, or in part."""
    return "in part or not" if any(first <= day <= last for first, last in lost) else "yes"


def days_between(first: date, last: date) -> Iterator[date]:
    """Both included; none where the last is before the first."""
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def calendar(
    finding: Markup,
    first: date,
    last: date,
    days: Mapping[date, Mapping[str, Any]],
    lost: Sequence[tuple[date, date]],
    scale: Scale,
) -> Chart:
    """A cell per day from `first` to `last`, in columns of weeks from Monday; on a phone in blocks of months, the newest first."""
    monday = first - timedelta(days=first.weekday())
    rows, table = [], []
    for day in days_between(first, last):
        found = days.get(day)
        plays, heard_ms = (found["plays"], found["heard_ms"]) if found else (0, None)
        state = known(day, lost)
        begins = day.day == 1 or (
            day == first and day.day < 20
        )  # a later first day would have its label under the next one
        month_week = (day.day - 1 + day.replace(day=1).weekday()) // 7
        rows.append(
            (
                (day - monday).days // 7,
                day.isoweekday(),
                f"{day:%Y-%m}",
                12 * day.year + day.month,
                month_week,
                scale.class_of(plays),
                state,
                day.isoformat(),
                plays,
                heard_ms,
                f"{day:%Y-%m}" if begins else "",
            )
        )
        if plays or state != "yes":
            heard = duration(heard_ms) if heard_ms is not None else ""
            table.append((day_said(day, weekday=True), number(plays), heard, "" if state == "yes" else state))
    is_short = (last - first).days < WEEKS_WIDE * 7  # else a few columns would be as wide as the page
    return Chart(
        "calendar_narrow" if is_short else "calendar",
        finding,
        _COLUMNS,
        rows,
        ("Day", "Plays", "Time", "Known"),
        table[::-1],
        narrow="calendar_narrow",
        written={
            "date": "weekday",
            "heard": "duration",
            "label": "month name",
            "month": "month name" if first.year == last.year else "month",
        },
    )
