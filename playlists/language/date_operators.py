"""Operators of days, and of moments. Days are days in the listener's zone.

A date that is written without a day stands for all its days. "In the last 30 days" compares days with days and moments
with moments, up to now. Python works out the first and the last day or moment, and SQL gets them as parameters.
"""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from playlists.language.kinds import (
    NULL_OPERATORS,
    Context,
    Kind,
    Operator,
    Parameters,
    Resolve,
    Takes,
    comparison,
    parameter,
)
from playlists.language.model import DayRange, Span


def _resolve_range(context: Context, value: object) -> tuple[object, ...]:
    assert isinstance(value, DayRange)
    return days_of(context, value)


def _resolve_two_days(context: Context, value: object) -> tuple[object, ...]:
    assert isinstance(value, tuple)
    return days_of(context, value[0])[0], days_of(context, value[1])[1]


def _resolve_numbers(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001 - every resolver is called with a context
    return (value,)


def _resolve_today(context: Context, value: object) -> tuple[object, ...]:
    return today(context), value


def _day_comparison(kind: Kind) -> Callable[..., Operator]:
    """A function like `comparison` for a kind: its operators compare days; a moment counts as its day in the listener's zone."""
    if kind is Kind.DAY:
        return comparison

    def comparison_of_moment(
        name: str,
        takes: Takes,
        about: str,
        template: str,
        resolve: Resolve,
        *,
        holds_for_null: bool = False,
    ) -> Operator:
        day_operator = comparison(name, takes, about, template, resolve, holds_for_null=holds_for_null)

        def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:
            zone = parameter(parameters, context.zone.key)
            return day_operator.sql(f"({value_sql} AT TIME ZONE {zone})::date", value, context, parameters)

        return Operator(name, takes, about, sql, holds_for_null)

    return comparison_of_moment


def _in_last_operators(kind: Kind) -> tuple[Operator, Operator]:
    def bounds(context: Context, value: object) -> tuple[object, ...]:
        assert isinstance(value, Span)
        start = moment_before(context, value)
        if kind is Kind.MOMENT:
            return start, context.now
        return start.astimezone(context.zone).date(), today(context)

    return (
        comparison(
            "in_last",
            Takes.SPAN,
            "lies so long back at most, and not in the future",
            "{value} BETWEEN {0} AND {1}",
            bounds,
        ),
        comparison(
            "not_in_last",
            Takes.SPAN,
            "lies longer back than that, in the future, or never was",
            "{value} NOT BETWEEN {0} AND {1}",
            bounds,
            holds_for_null=True,
        ),
    )


def _operators_of(kind: Kind) -> tuple[Operator, ...]:
    day_comparison = _day_comparison(kind)
    month, day = "EXTRACT(month FROM {value})", "EXTRACT(day FROM {value})"
    is_same = f"({month} = EXTRACT(month FROM {{0}}) AND {day} = EXTRACT(day FROM {{0}})) = {{1}}"
    year = "EXTRACT(year FROM {value})::integer"
    return (
        day_comparison(
            "on",
            Takes.DAY,
            "is on this day, or on one of this week, month or year",
            "{value} BETWEEN {0} AND {1}",
            _resolve_range,
        ),
        day_comparison(
            "not_on",
            Takes.DAY,
            "is on none of these days",
            "{value} NOT BETWEEN {0} AND {1}",
            _resolve_range,
            holds_for_null=True,
        ),
        day_comparison(
            "before",
            Takes.DAY,
            "is before the first of these days",
            "{value} < {0}",
            lambda context, value: _resolve_range(context, value)[:1],
        ),
        day_comparison(
            "after",
            Takes.DAY,
            "is after the last of these days",
            "{value} > {0}",
            lambda context, value: _resolve_range(context, value)[1:],
        ),
        day_comparison(
            "between",
            Takes.TWO_DAYS,
            "is in this range, its ends included",
            "{value} BETWEEN {0} AND {1}",
            _resolve_two_days,
        ),
        *_in_last_operators(kind),
        day_comparison(
            "weekday",
            Takes.WEEKDAYS,
            "is on one of these weekdays",
            "EXTRACT(isodow FROM {value})::integer = ANY({0})",
            _resolve_numbers,
        ),
        day_comparison(
            "month",
            Takes.MONTHS,
            "is in one of these months, of any year",
            f"{month}::integer = ANY({{0}})",
            _resolve_numbers,
        ),
        day_comparison(
            "day_of_month",
            Takes.DAYS_OF_MONTH,
            "is on one of these days, of any month",
            f"{day}::integer = ANY({{0}})",
            _resolve_numbers,
        ),
        day_comparison(
            "same_day_as_today",
            Takes.YES,
            "has today's day and month, in any year",
            is_same,
            _resolve_today,
        ),
        day_comparison(
            "year",
            Takes.YEARS,
            "is in one of these years",
            f"{year} = ANY({{0}})",
            _resolve_numbers,
        ),
        day_comparison(
            "decade",
            Takes.DECADES,
            "is in one of these decades",
            f"{year} / 10 * 10 = ANY({{0}})",
            _resolve_numbers,
        ),
        *NULL_OPERATORS,
    )


DAY_OPERATORS = _operators_of(Kind.DAY)
MOMENT_OPERATORS = _operators_of(Kind.MOMENT)


# Relative times such as "30 days ago", resolved in the listener's zone; SQL gets the results as parameters

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
