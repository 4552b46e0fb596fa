"""Evaluates a filter in Python, over values from the database: for explanations, and to test the SQL of `query.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playlists.language.fields import FIELDS
from playlists.language.kinds import Context
from playlists.language.model import Condition, Expression, Filter
from playlists.language.operators import OPERATORS

GROUP_TEXTS = {"all": "all of", "any": "any of", "none": "none of"}


@dataclass(frozen=True)
class Explanation:
    """Whether a condition or a group of a filter holds for a track, and why.

    `actual`: the track's value of a condition; texts are folded. `members`: the parts of a group.
    """

    text: str
    holds: bool
    actual: object = None
    expression: Expression | None = None
    members: tuple["Explanation", ...] = ()


def holds(
    match: Filter, values: Mapping[str, object], context: Context, all_values: Mapping[str, Sequence[object]]
) -> bool:
    """Whether the filter holds for a track with these values (Expression.key → value).

    `all_values`: the values of all tracks of the source, by key; only percentiles look at them.
    """
    return explain(match, values, context, all_values).holds


def explain(
    match: Filter, values: Mapping[str, object], context: Context, all_values: Mapping[str, Sequence[object]]
) -> Explanation:
    """Whether the filter holds, like `holds`, with the verdict on each condition."""
    if isinstance(match, Condition):
        key = match.expression.key
        operator = OPERATORS[FIELDS[match.expression.field].kind][match.operator]
        actual = values[key]
        verdict = operator.test(actual, match.value, context, all_values.get(key, ()))
        return Explanation(match.text or f"{key} {match.operator}", verdict, actual, match.expression)
    members = tuple(explain(member, values, context, all_values) for member in match.members)
    each = [member.holds for member in members]
    verdict = all(each) if match.kind == "all" else any(each) is (match.kind == "any")
    return Explanation(GROUP_TEXTS[match.kind], verdict, members=members)
