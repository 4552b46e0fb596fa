"""The operators of each kind of field, each as SQL. A property test compares them with plain Python of its own.

Every comparison gives true or false. Where the field has no value it gives `holds_for_null`: false, but true for the
opposites (`is_not`, `not_in_last` and their like), so that `last_played: {not_in_last: 6m}` finds tracks that were never
played. Texts are folded before they are compared.
"""

from playlists.language.date_operators import DAY_OPERATORS, MOMENT_OPERATORS
from playlists.language.kinds import Context, Kind, Operator, Parameters, Takes
from playlists.language.number_operators import DURATION_OPERATORS, NUMBER_OPERATORS
from playlists.language.operator_parts import comparison, parameter
from playlists.language.text_operators import TEXT_OPERATORS, TEXTS_OPERATORS


def _is_sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
    return f"{value_sql} IS NOT DISTINCT FROM {parameter(parameters, value)}::boolean"


def _resolve_tracks_of_lists(context: Context, names: object) -> tuple[object, ...]:
    """The ids of the tracks that are in any of the lists."""
    assert isinstance(names, tuple)
    return (frozenset[str]().union(*(context.lists[name] for name in names)),)


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
