"""Reads from the database which tracks a filter selects, and the values of fields."""

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import psycopg2.errors
from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.track import Track
from playlists.language.kinds import Context, Parameters
from playlists.language.model import Expression, Filter
from playlists.language.texts import fold
from playlists.selection.query import COLUMNS, compile_query, compile_values
from utils.database.statements import statement
from utils.errors import JobError, SettingsError
from utils.garbage import without_collection

_NONE: frozenset[str] = frozenset()
_TRACK_ID = re.compile(r"(?:.*[/:]track[/:])?([^/:?]+)(?:\?.*)?")


@without_collection()
def select_tracks(
    cursor: Cursor,
    match: Filter,
    context: Context,
    *,
    source: str = "library",
    include_unplayable: bool = False,
    expressions: Sequence[Expression] = (),
) -> list[Track]:
    """Select the tracks of a filter, in the order of their track_id, with the values of the expressions.

    Excluded tracks are never selected. Tracks known to be unplayable are selected only with `include_unplayable`, or where
    the filter itself asks about availability. Raises JobError while there are no views.
    """
    sql, parameters = compile_query(
        match, context, source=source, include_unplayable=include_unplayable, expressions=expressions
    )
    keys = [expression.key for expression in expressions]
    tracks = _tracks(rows_of(cursor, sql, parameters), keys)
    return sorted(with_merges(cursor, context.user_id, tracks), key=attrgetter("track_id"))


def field_values(
    cursor: Cursor, expressions: Sequence[Expression], context: Context, *, source: str = "library"
) -> dict[str, dict[str, object]]:
    """track_id → Expression.key → value, for every track of the source. Raises JobError while there are no views."""
    sql, parameters = compile_values(expressions, context, source=source)
    keys = [expression.key for expression in expressions]
    return {row[0]: dict(zip(keys, row[1:], strict=True)) for row in rows_of(cursor, sql, parameters)}


def find_track(cursor: Cursor, wanted: str, context: Context) -> Track:
    """Find the track with an id, a link, or a part of a title, also outside of the library.

    A whole title is preferred to a part of one, and the library to other tracks. Raises SettingsError where no track, or
    more than one, remains.
    """
    match = _TRACK_ID.fullmatch(wanted.strip())
    parameters = {
        "user_id": context.user_id,
        "track_id": match[1] if match else wanted,
        "text": fold(wanted.strip()),
    }
    rows = rows_of(cursor, statement("find_tracks.find"), parameters) if parameters["text"] else []
    if not rows:
        raise SettingsError(
            f"No track that the database knows is called {wanted!r}.", "Give its link or its id."
        )
    rank = rows[0][len(COLUMNS) :]
    best = _tracks(row[: len(COLUMNS)] for row in rows if row[len(COLUMNS) :] == rank)
    if len(best) > 1:
        choices = "\n".join(
            f"  {one.track_id}  {' - '.join(filter(None, (', '.join(one.artists), one.name, one.album_name)))}"
            for one in best
        )
        raise SettingsError(
            f"{wanted!r} may be several tracks, such as\n{choices}\n", "Give the link or the id of one."
        )
    return best[0]


def _tracks(rows: Iterable[tuple[Any, ...]], keys: Sequence[str] = ()) -> list[Track]:
    """The tracks of rows that hold COLUMNS, which come first in a track, followed by the values of the keys."""
    end = len(COLUMNS)
    return [Track._make((*row[:end], _NONE, dict(zip(keys, row[end:], strict=True)))) for row in rows]


def rows_of(cursor: Cursor, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """The rows of a compiled statement. Raises JobError while there are no views."""
    try:
        cursor.execute(sql, parameters)
    except psycopg2.errors.UndefinedTable as error:
        missing = str(error).splitlines()[0]
        raise JobError(
            f"There is nothing to choose tracks from: {missing}.", "Run ./run materialized_views first."
        ) from error
    return cursor.fetchall()


def with_merges(cursor: Cursor, user_id: str, tracks: Sequence[Track]) -> list[Track]:
    """The tracks, each with the ids of those that the listener has merged with it."""
    cursor.execute(statement("corrections.merged_with"), {"user_id": user_id})
    merged = {track_id: frozenset(other_ids) for track_id, other_ids in cursor.fetchall()}
    if not merged:
        return list(tracks)
    return [track._replace(merged_with=merged.get(track.track_id, _NONE)) for track in tracks]
