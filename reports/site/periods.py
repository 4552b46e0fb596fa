"""Stretches of time that are compared: week, month and year so far, each against the same part of the one before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.site.scope import Scope


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
    return (
        _period(scope, "week", "This week", week, week - timedelta(days=7), today - timedelta(days=7)),
        _period(scope, "month", "This month", month, last_month, _same_day(today, last_month)),
        _period(
            scope,
            "year",
            "This year",
            year,
            year.replace(year=year.year - 1),
            _same_day(today, today.replace(day=1, year=today.year - 1)),
        ),
    )


def _same_day(day: date, month: date) -> date | None:
    """The day of that number in the month that begins with `month`; None where that is shorter."""
    try:
        return month.replace(day=day.day)
    except ValueError:
        return None


def _period(scope: Scope, key: str, title: str, begin: date, before: date, same: date | None) -> Period:
    """`same`: the day of the period before that today is compared with; None: it has ended by then."""
    if same is None:
        before_end = scope.begin_of(begin)
        before_last = begin - timedelta(days=1)
    else:
        clock = scope.now.astimezone(scope.zone)
        before_end = datetime.combine(same, clock.time(), scope.zone).astimezone(scope.now.tzinfo)
        before_last = same
    return Period(
        key,
        title,
        scope.begin_of(begin),
        scope.now,
        scope.begin_of(before),
        before_end,
        begin,
        before,
        before_last,
    )
