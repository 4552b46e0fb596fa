"""Operators of days, and of moments. Days are days in the listener's zone.

A date that is written without a day stands for all its days. "In the last 30 days" compares days with days and moments
with moments, up to now; what is meant is worked out here and handed to SQL.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from playlists.language.kinds import Context, Kind, Operator, Parameters, Takes
from playlists.language.model import DayRange, Span
from playlists.language.moments import days_of, moment_before, today
from playlists.language.operator_parts import NULL_OPERATORS, Resolve, Test, comparing, parameter


def _range(context: Context, value: object) -> tuple[object, ...]:
    assert isinstance(value, DayRange)
    return days_of(context, value)


def _two(context: Context, value: object) -> tuple[object, ...]:
    assert isinstance(value, tuple)
    return days_of(context, value[0])[0], days_of(context, value[1])[1]


def _numbers(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001 - all are called alike
    return (value,)


def _today(context: Context, value: object) -> tuple[object, ...]:
    return today(context), value


def _on_day(kind: Kind) -> Callable[..., Operator]:
    """`comparing`, where {value} is the day; of a moment that is the one in the listener's zone."""
    if kind is Kind.DAY:
        return comparing

    def of_moment(
        name: str,
        takes: Takes,
        about: str,
        template: str,
        resolve: Resolve,
        test: Test,
        *,
        of_null: bool = False,
    ) -> Operator:
        of_day = comparing(name, takes, about, template, resolve, test, of_null=of_null)

        def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:
            zone = parameter(parameters, context.zone.key)
            return of_day.sql(f"({value_sql} AT TIME ZONE {zone})::date", value, context, parameters)

        def in_python(actual: object, value: object, context: Context, others: Sequence[object]) -> bool:
            day = actual.astimezone(context.zone).date() if isinstance(actual, datetime) else None
            return of_day.test(day, value, context, others)

        return Operator(name, takes, about, sql, in_python, of_null)

    return of_moment


def _last(kind: Kind) -> tuple[Operator, Operator]:
    def bounds(context: Context, value: object) -> tuple[object, ...]:
        assert isinstance(value, Span)
        start = moment_before(context, value)
        if kind is Kind.MOMENT:
            return start, context.now
        return start.astimezone(context.zone).date(), today(context)

    return (
        comparing(
            "in_last",
            Takes.SPAN,
            "lies so long back at most, and not in the future",
            "{value} BETWEEN {0} AND {1}",
            bounds,
            lambda a, start, now: start <= a <= now,
        ),
        comparing(
            "not_in_last",
            Takes.SPAN,
            "lies longer back than that, in the future, or never was",
            "{value} NOT BETWEEN {0} AND {1}",
            bounds,
            lambda a, start, now: not start <= a <= now,
            of_null=True,
        ),
    )


def _is_same_day(day: date, now: date, wanted: bool) -> bool:
    return ((day.month, day.day) == (now.month, now.day)) is wanted


def _operators(kind: Kind) -> tuple[Operator, ...]:
    of_day = _on_day(kind)
    month, day = "EXTRACT(month FROM {value})", "EXTRACT(day FROM {value})"
    is_same = f"({month} = EXTRACT(month FROM {{0}}) AND {day} = EXTRACT(day FROM {{0}})) = {{1}}"
    year = "EXTRACT(year FROM {value})::integer"
    return (
        of_day(
            "on",
            Takes.DAY,
            "is on this day, or on one of this week, month or year",
            "{value} BETWEEN {0} AND {1}",
            _range,
            lambda a, first, last: first <= a <= last,
        ),
        of_day(
            "not_on",
            Takes.DAY,
            "is on none of these days",
            "{value} NOT BETWEEN {0} AND {1}",
            _range,
            lambda a, first, last: not first <= a <= last,
            of_null=True,
        ),
        of_day(
            "before",
            Takes.DAY,
            "is before the first of these days",
            "{value} < {0}",
            lambda context, value: _range(context, value)[:1],
            lambda a, first: a < first,
        ),
        of_day(
            "after",
            Takes.DAY,
            "is after the last of these days",
            "{value} > {0}",
            lambda context, value: _range(context, value)[1:],
            lambda a, last: a > last,
        ),
        of_day(
            "between",
            Takes.TWO_DAYS,
            "is in this range, its ends included",
            "{value} BETWEEN {0} AND {1}",
            _two,
            lambda a, first, last: first <= a <= last,
        ),
        *_last(kind),
        of_day(
            "weekday",
            Takes.WEEKDAYS,
            "is on one of these weekdays",
            "EXTRACT(isodow FROM {value})::integer = ANY({0})",
            _numbers,
            lambda a, days: a.isoweekday() in days,
        ),
        of_day(
            "month",
            Takes.MONTHS,
            "is in one of these months, of any year",
            f"{month}::integer = ANY({{0}})",
            _numbers,
            lambda a, months: a.month in months,
        ),
        of_day(
            "day_of_month",
            Takes.DAYS_OF_MONTH,
            "is on one of these days, of any month",
            f"{day}::integer = ANY({{0}})",
            _numbers,
            lambda a, days: a.day in days,
        ),
        of_day(
            "same_day_as_today",
            Takes.YES,
            "has today's day and month, in any year",
            is_same,
            _today,
            _is_same_day,
        ),
        of_day(
            "year",
            Takes.YEARS,
            "is in one of these years",
            f"{year} = ANY({{0}})",
            _numbers,
            lambda a, years: a.year in years,
        ),
        of_day(
            "decade",
            Takes.DECADES,
            "is in one of these decades",
            f"{year} / 10 * 10 = ANY({{0}})",
            _numbers,
            lambda a, decades: a.year // 10 * 10 in decades,
        ),
        *NULL_OPERATORS,
    )


DAY_OPERATORS = _operators(Kind.DAY)
MOMENT_OPERATORS = _operators(Kind.MOMENT)
