"""Judges tracks by a filter, condition by condition, with the SQL that selects them: for explanations and for an empty preview."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from playlists.language.kinds import Context
from playlists.language.model import Condition, Expression, Filter, conditions_of, expressions_of
from playlists.selection.query import compile_counts, compile_verdicts
from playlists.selection.tracks import rows_of

GROUP_TEXTS = {"all": "all of", "any": "any of", "none": "none of"}


@dataclass(frozen=True)
class Verdict:
    """Whether a condition or a group of a filter holds for a track, and why.

    `actual`: the track's value of a condition; texts are folded. `members`: the parts of a group.
    """

    text: str
    holds: bool
    actual: object = None
    expression: Expression | None = None
    members: tuple["Verdict", ...] = ()


@dataclass(frozen=True)
class Judged:
    """The verdict on a track, and its values: Expression.key → value."""

    verdict: Verdict
    values: Mapping[str, object]


def judge(
    cursor: Cursor,
    match: Filter,
    context: Context,
    track_ids: Sequence[str],
    *,
    source: str = "library",
    expressions: Sequence[Expression] = (),
) -> dict[str, Judged]:
    """The verdicts on those of the tracks that are in the source, by track_id, in one statement. `expressions`: further values to read."""
    by_key = {each.key: each for each in (*expressions_of(match), *expressions)}
    sql, parameters = compile_verdicts(
        match, context, track_ids, source=source, expressions=list(by_key.values())
    )
    found = {}
    for track_id, *columns in rows_of(cursor, sql, parameters):
        values = dict(zip(by_key, columns, strict=False))
        held = iter(columns[len(by_key) :])
        found[track_id] = Judged(_verdict(match, values, held), values)
    return found


def count_by_condition(
    cursor: Cursor, match: Filter, context: Context, *, source: str = "library"
) -> list[tuple[Condition, int]]:
    """How many tracks of the source each condition of the filter finds by itself, in one statement."""
    conditions = list(conditions_of(match))
    if not conditions:
        return []
    ((*counts,),) = rows_of(cursor, *compile_counts(match, context, source=source))
    return list(zip(conditions, counts, strict=True))


def _verdict(match: Filter, values: Mapping[str, object], held: Iterator[bool]) -> Verdict:
    """The verdict, where `held` says of each condition in the order of the filter whether it holds."""
    if isinstance(match, Condition):
        key = match.expression.key
        return Verdict(match.text or f"{key} {match.operator}", next(held), values[key], match.expression)
    members = tuple(_verdict(member, values, held) for member in match.members)
    each = [member.holds for member in members]
    holds = all(each) if match.kind == "all" else any(each) is (match.kind == "any")
    return Verdict(GROUP_TEXTS[match.kind], holds, members=members)
