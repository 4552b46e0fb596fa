"""The operators of each kind of field, twice each: as SQL, and in Python. A property test holds the two together.

Every comparison is two-valued. Of no value it says what `of_null` says: false, and true for the opposites (`is_not`,
`not_in_last` and their like), so that `last_played: {not_in_last: 6m}` finds what was never played. Texts come folded.
"""

from collections.abc import Sequence

from playlists.language.date_operators import DAY_OPERATORS, MOMENT_OPERATORS
from playlists.language.kinds import Context, Kind, Operator, Parameters, Takes
from playlists.language.number_operators import DURATION_OPERATORS, NUMBER_OPERATORS
from playlists.language.operator_parts import comparing, parameter
from playlists.language.text_operators import TEXT_OPERATORS, TEXTS_OPERATORS


def _is_sql(value_sql: str, value: object, context: Context, parameters: Parameters) -> str:  # noqa: ARG001
    return f"{value_sql} IS NOT DISTINCT FROM {parameter(parameters, value)}::boolean"


def _is_test(actual: object, value: object, context: Context, others: Sequence[object]) -> bool:  # noqa: ARG001
    return actual is value


def _contents(context: Context, names: object) -> tuple[object, ...]:
    """The tracks of all the lists together."""
    assert isinstance(names, tuple)
    return (frozenset[str]().union(*(context.lists[name] for name in names)),)


_PLAYLIST_OPERATORS = (
    comparing(
        "in",
        Takes.LISTS,
        "is in one of these lists",
        "{value} = ANY({0}::text[])",
        _contents,
        lambda actual, tracks: actual in tracks,
    ),
    comparing(
        "not_in",
        Takes.LISTS,
        "is in none of these lists",
        "{value} <> ALL({0}::text[])",
        _contents,
        lambda actual, tracks: actual not in tracks,
    ),
)

_ALL = {
    Kind.TEXT: TEXT_OPERATORS,
    Kind.TEXTS: TEXTS_OPERATORS,
    Kind.NUMBER: NUMBER_OPERATORS,
    Kind.DURATION: DURATION_OPERATORS,
    Kind.DAY: DAY_OPERATORS,
    Kind.MOMENT: MOMENT_OPERATORS,
    Kind.YES_NO: (Operator("is", Takes.YES_NO_UNKNOWN, "is yes, no, or not known", _is_sql, _is_test),),
    Kind.PLAYLIST: _PLAYLIST_OPERATORS,
}
OPERATORS: dict[Kind, dict[str, Operator]] = {
    kind: {operator.name: operator for operator in operators} for kind, operators in _ALL.items()
}
