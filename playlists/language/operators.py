"""The operators of each kind of field, each as SQL. A property test compares them with plain Python of its own.

Every comparison gives true or false. Where the field has no value it gives `holds_for_null`: false, but true for the
opposites (`is_not`, `not_in_last` and their like), so that `last_played: {not_in_last: 6m}` finds tracks that were never
played. Texts are folded before they are compared.
"""

from playlists.language.date_operators import DAY_OPERATORS, MOMENT_OPERATORS
from playlists.language.kinds import (
    NULL_OPERATORS,
    Context,
    Kind,
    Operator,
    Parameters,
    Takes,
    comparison,
    parameter,
    to_decimal,
)
from playlists.language.text_operators import TEXT_OPERATORS, TEXTS_OPERATORS


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


def _is_sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
    return f"{value_sql} IS NOT DISTINCT FROM {parameter(parameters, value)}::boolean"


def _resolve_tracks_of_lists(context: Context, names: object) -> tuple[object, ...]:
    """The ids of the tracks that are in any of the lists."""
    assert isinstance(names, tuple)
    return (frozenset[str]().union(*(contents for name in names for contents in context.lists[name])),)


# What a value without an operator stands for: the first of these that the field has.
FOR_ONE = ("is", "eq", "on", "any_is", "in")
FOR_SEVERAL = ("any_is", "in")

_PLAYLIST_OPERATORS = (
    comparison(
        "in",
        Takes.LISTS,
        "is in one of these lists",
        "{value} = ANY({0}::text[])",
        _resolve_tracks_of_lists,
    ),
    comparison(
        "not_in",
        Takes.LISTS,
        "is in none of these lists",
        "{value} <> ALL({0}::text[])",
        _resolve_tracks_of_lists,
    ),
)

# Where the lists have no artists the array is NULL.
_ARTISTS_OF_LISTS = (
    "(SELECT array_agg(DISTINCT artist_id) FROM track_artists WHERE track_id = ANY({0}::text[]))"
)
_ARTISTS_OPERATORS = (
    comparison(
        "in",
        Takes.LISTS,
        "has an artist who is in one of these lists",
        f"{{value}} && {_ARTISTS_OF_LISTS}",
        _resolve_tracks_of_lists,
    ),
    comparison(
        "not_in",
        Takes.LISTS,
        "has no artist who is in any of these lists",
        f"NOT {{value}} && {_ARTISTS_OF_LISTS}",
        _resolve_tracks_of_lists,
        holds_for_null=True,
    ),
)

_OPERATORS_BY_KIND = {
    Kind.TEXT: TEXT_OPERATORS,
    Kind.TEXTS: TEXTS_OPERATORS,
    Kind.NUMBER: NUMBER_OPERATORS,
    Kind.DURATION: DURATION_OPERATORS,
    Kind.DAY: DAY_OPERATORS,
    Kind.MOMENT: MOMENT_OPERATORS,
    Kind.YES_NO: (Operator("is", Takes.YES_NO_UNKNOWN, "is yes, no, or not known", _is_sql),),
    Kind.ARTISTS: _ARTISTS_OPERATORS,
    Kind.PLAYLIST: _PLAYLIST_OPERATORS,
}
OPERATORS: dict[Kind, dict[str, Operator]] = {
    kind: {operator.name: operator for operator in operators}
    for kind, operators in _OPERATORS_BY_KIND.items()
}
