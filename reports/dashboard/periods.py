"""Stretches of time that are compared: week, month and year so far, each against the same part of the one before."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from reports.dashboard.scope import Scope


@dataclass(frozen=True)
class Period:
    """A running period and the one before it, up to the same moment. All moments are aware; ends are exclusive."""

    key: str
    title: str
    begin: datetime
    end: datetime  # now
    before_begin: datetime
    before_end: datetime
    first_day: date
    before_first: date
    before_last: date


def running_periods(scope: Scope) -> tuple[Period, ...]:
    """Week (from Monday), month and year of the listener's calendar.

    The same moment of the week before is seven days earlier by the clock; of the month and the year before, the same day and time, or the last
    moment of a shorter month.
    """
    today = scope.today
    week = today - timedelta(days=today.weekday())
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    a_year_ago = today.replace(day=1, year=today.year - 1)
    return (
        _period(scope, "week", "This week", (week, week - timedelta(days=7)), today - timedelta(days=7)),
        _period(scope, "month", "This month", (month, last_month), *_same_day(today, last_month)),
        _period(
            scope, "year", "This year", (year, a_year_ago.replace(month=1)), *_same_day(today, a_year_ago)
        ),
    )


def _same_day(day: date, month: date) -> tuple[date, bool]:
    """The day of that number in the month that begins with `month`; in a shorter one its last day, which then counts as a whole."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return (last, True) if day.day > last.day else (month.replace(day=day.day), False)


def _period(
    scope: Scope, key: str, title: str, begins: tuple[date, date], same: date, is_whole: bool = False
) -> Period:
    """`begins`: of the period and of the one before; `same`: the day of that one which today is compared with."""
    begin, before = begins
    clock = scope.now.astimezone(scope.zone).time()
    before_end = (
        scope.begin_of(same + timedelta(days=1))
        if is_whole
        else datetime.combine(same, clock, scope.zone).astimezone(UTC)
    )
    return Period(
        key, title, scope.begin_of(begin), scope.now, scope.begin_of(before), before_end, begin, before, same
    )
