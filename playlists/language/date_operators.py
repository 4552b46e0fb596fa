"""Operators of days, and of moments. Days are days in the listener's zone.

A date that is written without a day stands for all its days. "In the last 30 days" compares days with days and moments
with moments, up to now. Python works out the first and the last day or moment, and SQL gets them as parameters.
"""

from collections.abc import Callable

from playlists.language.kinds import Context, Kind, Operator, Parameters, Takes
from playlists.language.model import DayRange, Span
from playlists.language.moments import days_of, moment_before, today
from playlists.language.operator_parts import NULL_OPERATORS, Resolve, comparison, parameter


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
