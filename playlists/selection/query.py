"""Compiles a filter to one parameterised SELECT. Nothing that a person wrote is ever part of its text.

All expressions are columns of `base`, the tracks of the source with what the filter and the order look at; the filter
compares those columns. Exclusions and availability stand outside of the filter's groups, so that no group can undo them.
"""

from collections.abc import Sequence

from playlists.language.date_operators import today
from playlists.language.fields import FIELDS, HIDDEN
from playlists.language.kinds import OF_LIST, Context, Parameters
from playlists.language.model import Condition, Expression, Filter, conditions_of
from playlists.language.operators import OPERATORS
from playlists.language.sources import SOURCES
from playlists.language.written import WRITTEN
from playlists.selection.list_places import place_source, with_ends_only
from playlists.selection.window import window_source

VIEWS = {"library": "unified_tracks", "known": "known_tracks"}
ABOUT_AVAILABILITY = ("is_playable", "restriction_reason", "unavailable_since")
COLUMNS = (
    *("track_id", "name", "artist_ids", "artists", "album_id", "album_name", "release_date", "genres"),
    *("duration_ms", "isrc", "is_playable", "added_at", "play_count"),
)
_LISTS = ("artist_ids", "artists", "genres")  # of COLUMNS: empty where the views say nothing
_OF_TRACK = ", ".join(
    f"COALESCE(u.{name}, '{{}}') AS {name}" if name in _LISTS else f"u.{name}" for name in COLUMNS
)
_ANY_OR_ALL = {"any": " OR ", "none": " OR ", "all": " AND "}


def compile_query(
    match: Filter,
    context: Context,
    *,
    source: str = "library",
    include_unplayable: bool = False,
    expressions: Sequence[Expression] = (),
) -> tuple[str, Parameters]:
    """The statement and its parameters: COLUMNS, then one column per expression.

    `source`: library, or known for every track that the database knows.
    """
    base = Base(context, source)
    chosen = [base.column(expression) for expression in expressions]
    wanted = [_sql(match, base), "NOT excluded"]
    looks_at = {condition.expression.field for condition in conditions_of(match)}
    if not include_unplayable and looks_at.isdisjoint(ABOUT_AVAILABILITY):
        wanted.append("is_playable IS NOT FALSE")
    columns = ", ".join([*COLUMNS, *chosen])
    return f"{base.sql()} SELECT {columns} FROM base WHERE {' AND '.join(wanted)}", base.parameters  # noqa: S608


def compile_values(
    expressions: Sequence[Expression], context: Context, *, source: str = "library"
) -> tuple[str, Parameters]:
    """The statement for track_id and the expressions of every track of the source, excluded ones too, with its parameters."""
    base = Base(context, source)
    chosen = [base.column(expression) for expression in expressions]
    return f"{base.sql()} SELECT {', '.join(['track_id', *chosen])} FROM base", base.parameters  # noqa: S608


def compile_verdicts(
    match: Filter,
    context: Context,
    track_ids: Sequence[str],
    *,
    source: str = "library",
    expressions: Sequence[Expression] = (),
) -> tuple[str, Parameters]:
    """The statement and its parameters: of each of the tracks track_id, the expressions, and whether each condition holds, in the filter's order."""
    base = Base(context, source)
    chosen = [base.column(expression) for expression in expressions]
    held = [_sql(condition, base) for condition in conditions_of(match)]
    base.parameters["track_ids"] = list(track_ids)
    columns = ", ".join(["track_id", *chosen, *held])
    return f"{base.sql()} SELECT {columns} FROM base WHERE track_id = ANY(%(track_ids)s)", base.parameters  # noqa: S608


def compile_counts(match: Filter, context: Context, *, source: str = "library") -> tuple[str, Parameters]:
    """The statement, and its parameters, for how many tracks of the source each condition finds by itself: one row, in the filter's order."""
    base = Base(context, source)
    held = [_sql(condition, base) for condition in conditions_of(match)]
    counts = ", ".join(f"count(*) FILTER (WHERE {one})" for one in held)
    return f"{base.sql()} SELECT {counts} FROM base", base.parameters  # noqa: S608


class Base:
    """The common table expression `base`, which grows a column, and its join, for each expression asked for."""

    def __init__(self, context: Context, source: str) -> None:
        self.context = context
        self.parameters: Parameters = {
            "user_id": context.user_id,
            "now": context.now,
            "today": today(context),
            "zone": context.zone.key,
        }
        self._view = VIEWS[source]
        self._columns: dict[str, str] = {}  # Expression.key → SQL
        self._joins: dict[str, str] = {}

    def column(self, expression: Expression) -> str:
        """The name of the expression's column in `base`."""
        if expression.key not in self._columns:
            self._columns[expression.key] = self._value(expression)
        return f"e{list(self._columns).index(expression.key)}"

    def sql(self) -> str:
        """`WITH base AS (…)`: complete only once every column has been asked for."""
        values = [f"{sql} AS e{number}" for number, sql in enumerate(self._columns.values())]
        columns = ", ".join([_OF_TRACK, "u.excluded", *values])
        joins = " ".join(self._joins.values())
        return f"WITH base AS (SELECT {columns} FROM {self._view} AS u {joins} WHERE u.user_id = %(user_id)s)"  # noqa: S608

    def _value(self, expression: Expression) -> str:
        name = expression.field
        field = FIELDS.get(name) or HIDDEN.get(name) or WRITTEN[name]
        if field.needs_option:
            alias, options = f"w{len(self._joins)}", dict(expression.options)
            if field.source == OF_LIST:
                join = place_source(alias, options, self.context, self.parameters)
            else:
                join = window_source(field.source, alias, options, self.context, self.parameters)
            self._joins[alias] = join
            return field.sql.format(window=alias)
        if field.source:
            self._joins[field.source] = SOURCES[field.source]
        return field.sql


def _sql(match: Filter, base: Base) -> str:
    if isinstance(match, Condition):
        operator = OPERATORS[FIELDS[match.expression.field].kind][match.operator]
        context = with_ends_only(base.context, match.expression)
        return f"({operator.sql(base.column(match.expression), match.value, context, base.parameters)})"
    joined = _ANY_OR_ALL[match.kind].join(_sql(member, base) for member in match.members)
    whole = f"({joined})" if joined else str(match.kind != "any").lower()
    return f"NOT {whole}" if match.kind == "none" and joined else whole
