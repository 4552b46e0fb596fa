"""Operators of numbers and of durations."""

import math
from collections.abc import Sequence
from decimal import Decimal

from playlists.language.kinds import Context, Operator, Parameters, Takes
from playlists.language.operator_parts import NULL_OPERATORS, comparing, parameter


def number(value: object) -> object:
    """A number as PostgreSQL reads it: 0.1 is a tenth, not the nearest binary fraction."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _one(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001 - all are called alike
    return (number(value),)


def _several(context: Context, value: object) -> tuple[object, ...]:  # noqa: ARG001
    assert isinstance(value, tuple)
    return tuple(number(one) for one in value)


def _set(context: Context, value: object) -> tuple[object, ...]:
    return (_several(context, value),)


def _basic(one: Takes, two: Takes, *, less: str, more: str) -> tuple[Operator, ...]:
    return (
        comparing("eq", one, "is equal", "{value} = {0}", _one, lambda a, b: a == b),
        comparing("ne", one, "is not equal", "{value} <> {0}", _one, lambda a, b: a != b, of_null=True),
        comparing("gt", one, f"is {more}", "{value} > {0}", _one, lambda a, b: a > b),
        comparing("gte", one, f"is equal or {more}", "{value} >= {0}", _one, lambda a, b: a >= b),
        comparing("lt", one, f"is {less}", "{value} < {0}", _one, lambda a, b: a < b),
        comparing("lte", one, f"is equal or {less}", "{value} <= {0}", _one, lambda a, b: a <= b),
        comparing(
            "between",
            two,
            "is in this range, its ends included",
            "{value} BETWEEN {0} AND {1}",
            _several,
            lambda a, low, high: low <= a <= high,
        ),
        comparing(
            "not_between",
            two,
            "is outside of this range",
            "{value} NOT BETWEEN {0} AND {1}",
            _several,
            lambda a, low, high: not low <= a <= high,
            of_null=True,
        ),
    )


def percentile(values: Sequence[object], share: float) -> object:
    """What PostgreSQL's percentile_disc gives: the first of the ordered values that covers the share."""
    ordered = sorted(values)  # type: ignore[type-var]  # all of one kind of number
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _share(name: str, about: str, sign: str) -> Operator:
    is_top = sign == ">="

    def share_of(value: object) -> float:
        assert isinstance(value, int | float)
        return 1 - value / 100 if is_top else value / 100

    def sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
        mark = parameter(parameters, share_of(value))
        edge = f"SELECT percentile_disc({mark}) WITHIN GROUP (ORDER BY {value_sql}) FROM base"  # noqa: S608 - made of constants and placeholders
        return f"COALESCE({value_sql} {sign} ({edge}), false)"

    def test(actual: object, value: object, context: Context, others: Sequence[object]) -> bool:  # noqa: ARG001
        if actual is None:
            return False
        edge = percentile([other for other in others if other is not None], share_of(value))
        return bool(actual >= edge if is_top else actual <= edge)  # type: ignore[operator]

    return Operator(name, Takes.PERCENT, about, sql, test)


_SHARES = (
    _share("top_percent", "is among the highest so many percent of all tracks, ties included", ">="),
    _share("bottom_percent", "is among the lowest so many percent of all tracks, ties included", "<="),
)
NUMBER_OPERATORS = (
    *_basic(Takes.NUMBER, Takes.TWO_NUMBERS, less="less", more="more"),
    comparing(
        "in", Takes.NUMBERS, "is one of these", "{value} = ANY({0}::numeric[])", _set, lambda a, b: a in b
    ),
    comparing(
        "not_in",
        Takes.NUMBERS,
        "is none of these",
        "{value} <> ALL({0}::numeric[])",
        _set,
        lambda a, b: a not in b,
        of_null=True,
    ),
    *NULL_OPERATORS,
    *_SHARES,
)
DURATION_OPERATORS = (
    *_basic(Takes.DURATION, Takes.TWO_DURATIONS, less="shorter", more="longer"),
    *NULL_OPERATORS,
    *_SHARES,
)
