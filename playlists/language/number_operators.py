"""Operators of numbers and of durations."""

import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from playlists.language.kinds import Context, Operator, Parameters, Takes
from playlists.language.operator_parts import NULL_OPERATORS, comparison, parameter


def to_decimal(value: object) -> object:
    """A float as the decimal that it is written as, so that PostgreSQL compares 0.1 as a tenth; other values as they are."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _resolve_number(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001 - every resolver is called with a context
    return (to_decimal(value),)


def _resolve_numbers(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    assert isinstance(value, tuple)
    return tuple(to_decimal(one) for one in value)


def _resolve_set(context: Context, value: object) -> tuple[object, ...]:
    return (_resolve_numbers(context, value),)


def _comparisons(one: Takes, two: Takes, *, less: str, more: str) -> tuple[Operator, ...]:
    return (
        comparison("eq", one, "is equal", "{value} = {0}", _resolve_number, lambda a, b: a == b),
        comparison(
            "ne",
            one,
            "is not equal",
            "{value} <> {0}",
            _resolve_number,
            lambda a, b: a != b,
            holds_for_null=True,
        ),
        comparison("gt", one, f"is {more}", "{value} > {0}", _resolve_number, lambda a, b: a > b),
        comparison("gte", one, f"is equal or {more}", "{value} >= {0}", _resolve_number, lambda a, b: a >= b),
        comparison("lt", one, f"is {less}", "{value} < {0}", _resolve_number, lambda a, b: a < b),
        comparison("lte", one, f"is equal or {less}", "{value} <= {0}", _resolve_number, lambda a, b: a <= b),
        comparison(
            "between",
            two,
            "is in this range, its ends included",
            "{value} BETWEEN {0} AND {1}",
            _resolve_numbers,
            lambda a, low, high: low <= a <= high,
        ),
        comparison(
            "not_between",
            two,
            "is outside of this range",
            "{value} NOT BETWEEN {0} AND {1}",
            _resolve_numbers,
            lambda a, low, high: not low <= a <= high,
            holds_for_null=True,
        ),
    )


def wanted_share(percent: float, number: int) -> int:
    """So many of `number` values are so many percent of them: rounded up, as `limit: {percent: 10}` is."""
    return math.ceil(Fraction(str(percent)) * number / 100)


def least_in_share(values: Sequence[object], percent: float, *, is_top: bool) -> object:
    """The outermost value that is still among the highest, or the lowest, so many percent of the values; None: no value is.

    Equal values are all in or all out: those at the bound are in unless they alone are more than the share. What is 0 or
    less is in no top; where 0 is the lowest value, all that have it are the bottom.
    """
    share = wanted_share(percent, len(values))
    reached, edge = 0, None
    for value, size in sorted(Counter(values).items(), reverse=is_top):
        if reached >= share or (is_top and value <= 0):  # type: ignore[operator]
            break
        if size <= share or (not is_top and value == 0 and reached == 0):
            edge = value
        reached += size
    return edge


def _edge_sql(value_sql: str, percent: str, *, is_top: bool) -> str:
    """`least_in_share` as a query, over the groups of equal values."""
    edge, order = ("min", "DESC") if is_top else ("max", "ASC")
    fits = "size <= share AND value > 0" if is_top else "(size <= share OR (value = 0 AND before = 0))"
    groups = (
        f"SELECT {value_sql} AS value, count(*) AS size, "  # noqa: S608 - made of constants and placeholders
        f"sum(count(*)) OVER (ORDER BY {value_sql} {order}) - count(*) AS before, "
        f"ceil(sum(count(*)) OVER () * {percent} / 100) AS share "
        f"FROM base WHERE {value_sql} IS NOT NULL GROUP BY {value_sql}"
    )
    return f"SELECT {edge}(value) FROM ({groups}) AS groups WHERE before < share AND {fits}"  # noqa: S608


def _percentile_operator(name: str, about: str, sign: str) -> Operator:
    is_top = sign == ">="

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
        edge = _edge_sql(value_sql, parameter(parameters, to_decimal(value)), is_top=is_top)
        return f"COALESCE({value_sql} {sign} ({edge}), false)"

    def test(actual: object, value: object, context: Context, all_values: Sequence[object]) -> bool:  # noqa: ARG001
        assert isinstance(value, int | float)
        known = [each for each in all_values if each is not None]
        edge = least_in_share(known, value, is_top=is_top)
        if actual is None or edge is None:
            return False
        return bool(actual >= edge if is_top else actual <= edge)  # type: ignore[operator]

    return Operator(name, Takes.PERCENT, about, sql, test)


_PERCENTILE_OPERATORS = (
    _percentile_operator(
        "top_percent", "is among the highest so many percent of all tracks; 0 never is", ">="
    ),
    _percentile_operator("bottom_percent", "is among the lowest so many percent of all tracks", "<="),
)
NUMBER_OPERATORS = (
    *_comparisons(Takes.NUMBER, Takes.TWO_NUMBERS, less="less", more="more"),
    comparison(
        "in",
        Takes.NUMBERS,
        "is one of these",
        "{value} = ANY({0}::numeric[])",
        _resolve_set,
        lambda a, b: a in b,
    ),
    comparison(
        "not_in",
        Takes.NUMBERS,
        "is none of these",
        "{value} <> ALL({0}::numeric[])",
        _resolve_set,
        lambda a, b: a not in b,
        holds_for_null=True,
    ),
    *NULL_OPERATORS,
    *_PERCENTILE_OPERATORS,
)
DURATION_OPERATORS = (
    *_comparisons(Takes.DURATION, Takes.TWO_DURATIONS, less="shorter", more="longer"),
    *NULL_OPERATORS,
    *_PERCENTILE_OPERATORS,
)
