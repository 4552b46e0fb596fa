"""Resolves relative times such as "30 days ago" in the listener's zone. SQL gets the results as parameters."""

import calendar
from datetime import UTC, date, datetime, timedelta

from playlists.language.kinds import Context
from playlists.language.model import DayRange, Span

EARLIEST = datetime(1, 1, 3, tzinfo=UTC)


def today(context: Context) -> date:
    """Today in the listener's zone."""
    return context.now.astimezone(context.zone).date()


def moment_before(context: Context, span: Span) -> datetime:
    """The moment that lies a span before now, in UTC; EARLIEST at the earliest.

    Hours are hours. Days, weeks, months and years keep the clock's time in the listener's zone; a month before 31 March
    is the last of February.
    """
    try:
        if span.unit == "h":
            moment = context.now.astimezone(UTC) - timedelta(hours=span.amount)
        else:
            local = context.now.astimezone(context.zone)
            moment = datetime.combine(_day_before(local.date(), span), local.timetz()).astimezone(UTC)
    except (OverflowError, ValueError):  # more years than there were
        return EARLIEST
    return max(moment, EARLIEST)


def days_of(context: Context, days: DayRange) -> tuple[date, date]:
    """The first and the last day that a written date stands for."""
    if days.first is not None and days.last is not None:
        return days.first, days.last
    day = moment_before(context, days.offset or Span(0, "d")).astimezone(context.zone).date()
    match days.whole:
        case "w":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case "m":
            return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
        case "y":
            return day.replace(month=1, day=1), day.replace(month=12, day=31)
    return day, day


def _day_before(day: date, span: Span) -> date:
    if span.unit in "dw":
        return day - timedelta(days=span.amount * (7 if span.unit == "w" else 1))
    months = day.year * 12 + day.month - 1 - span.amount * (12 if span.unit == "y" else 1)
    year, month = divmod(months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
