"""Days as cells: a calendar heat map of any stretch of the record, and which days are known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from reports.dashboard.charts import Chart
from reports.dashboard.scale import Scale
from reports.dashboard.scope import Source
from reports.dashboard.words import duration_text
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
    finding: str,
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
        plays, heard = (found["plays"], duration_text(found["heard_ms"])) if found else (0, "")
        state, said = known(day, lost), f"{day:%a} {day.day} {day:%b} {day.year}"
        begins = day.day == 1 or (
            day == first and day.day < 20
        )  # a later first day would have its label under the next one
        month_week = (day.day - 1 + day.replace(day=1).weekday()) // 7
        month = f"{day:%b} {day.year}" if first.year != last.year else f"{day:%b}"
        rows.append(
            (
                (day - monday).days // 7,
                day.isoweekday(),
                month,
                12 * day.year + day.month,
                month_week,
                scale.class_of(plays),
                state,
                said,
                plays,
                heard,
                f"{day:%b}" if begins else "",
            )
        )
        if plays or state != "yes":
            table.append((said, f"{plays:,}", heard, "" if state == "yes" else state))
    is_short = (last - first).days < WEEKS_WIDE * 7  # else a few columns would be as wide as the page
    return Chart(
        "calendar_narrow" if is_short else "calendar",
        finding,
        _COLUMNS,
        rows,
        ("Day", "Plays", "Time", "Known"),
        table[::-1],
        narrow="calendar_narrow",
    )
