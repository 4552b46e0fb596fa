"""Operators of numbers and of durations."""

from decimal import Decimal

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
        comparison("eq", one, "is equal", "{value} = {0}", _resolve_number),
        comparison(
            "ne",
            one,
            "is not equal",
            "{value} <> {0}",
            _resolve_number,
            holds_for_null=True,
        ),
        comparison("gt", one, f"is {more}", "{value} > {0}", _resolve_number),
        comparison("gte", one, f"is equal or {more}", "{value} >= {0}", _resolve_number),
        comparison("lt", one, f"is {less}", "{value} < {0}", _resolve_number),
        comparison("lte", one, f"is equal or {less}", "{value} <= {0}", _resolve_number),
        comparison(
            "between",
            two,
            "is in this range, its ends included",
            "{value} BETWEEN {0} AND {1}",
            _resolve_numbers,
        ),
        comparison(
            "not_between",
            two,
            "is outside of this range",
            "{value} NOT BETWEEN {0} AND {1}",
            _resolve_numbers,
            holds_for_null=True,
        ),
    )


def _edge_sql(value_sql: str, percent: str, *, is_top: bool) -> str:
    """The outermost value that is still among the highest, or the lowest, so many percent of the values, over the groups of equal ones.

    The share is rounded up, as `limit: {percent: 10}` is. Equal values are all in or all out: those at the bound are in unless they
    alone are more than the share. What is 0 or less is in no top; where 0 is the lowest value, all that have it are the bottom.
    """
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

    return Operator(name, Takes.PERCENT, about, sql)


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
    ),
    comparison(
        "not_in",
        Takes.NUMBERS,
        "is none of these",
        "{value} <> ALL({0}::numeric[])",
        _resolve_set,
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
