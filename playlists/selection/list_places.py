"""Places in lists: the first or last so many tracks of one, which place a track has there, and when it was added."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice

from playlists.language.kinds import Contents, Context, Parameters, parameter
from playlists.language.model import Expression


def with_ends_only(context: Context, expression: Expression) -> Context:
    """The context in which each list holds only its `first` or `last` tracks, where the expression says so."""
    options = dict(expression.options)
    first, last = options.get("first"), options.get("last")
    if first is None and last is None:
        return context
    return replace(
        context,
        lists={name: tuple(_end(one, first, last) for one in some) for name, some in context.lists.items()},
    )


def place_source(alias: str, options: Mapping[str, object], context: Context, parameters: Parameters) -> str:
    """The join that adds `alias` to the statement, with the columns place and added_at of the tracks of some lists."""
    names = options["playlist"]
    assert isinstance(names, tuple)
    places: dict[str, int] = {}
    added: dict[str, datetime | None] = {}
    for contents in (one for name in names for one in context.lists[name]):
        for place, (track_id, added_at) in enumerate(contents.items(), start=1):
            places[track_id] = min(place, places.get(track_id, place))
            known = [one for one in (added_at, added.get(track_id)) if one is not None]
            added[track_id] = max(known, default=None)
    marks = [parameter(parameters, list(column)) for column in (places, places.values(), added.values())]
    return f"""LEFT JOIN unnest({marks[0]}::text[], {marks[1]}::integer[], {marks[2]}::timestamptz[])
        AS {alias} (track_id, place, added_at) ON {alias}.track_id = u.track_id"""


def _end(contents: Contents, first: object, last: object) -> Contents:
    start = max(0, len(contents) - last) if isinstance(last, int) else 0
    return dict(islice(contents.items(), start, first if isinstance(first, int) else None))
