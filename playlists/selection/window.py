"""The SQL of `plays_in` and its kind, which count plays of a time, of days of the week, of hours of the day, or of a context.

Each combination of options is a join of its own. Python works out every bound and passes it as a parameter. Days and
hours are those of the listener's zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from playlists.language.date_operators import days_of, moment_before
from playlists.language.kinds import Context, Parameters, parameter
from playlists.language.model import DayRange, Span
from utils.plays.sources import API, BOTH, EXPORT, OTHERS

DAYPARTS = {"night": (0, 6), "morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
_SOURCES = {"api": (API, BOTH), "import": (EXPORT, BOTH, *OTHERS)}  # as plays.source has it
CONTEXT_FORMS = {
    "playlist": ("spotify:playlist:%", "spotify:user:%:playlist:%"),
    "album": ("spotify:album:%",),
    "artist": ("spotify:artist:%",),
    "liked": (
        "spotify:collection",
        "spotify:collection:tracks",
        "spotify:user:%:collection",
        "spotify:user:%:collection:tracks",
    ),
}
# More than any zone is from UTC. The index narrows the plays down to the days and this margin, then the day decides.
_MARGIN = timedelta(days=2)


@dataclass(frozen=True)
class Counted:
    """What is counted: `rows` of what was played, whose counts `belong` to a `key`, and what of the track `u` the key is."""

    rows: str
    belong: str
    key: str
    of_track: str


_FOR_TRACK = "JOIN counted_for AS m ON m.user_id = c.user_id AND m.played_id = track_of(c.item_key)"
_COUNTED = {
    "plays": Counted("counted_plays AS y", _FOR_TRACK, "m.track_id", "u.track_id"),
    "skips": Counted("(SELECT * FROM play_facts WHERE is_skip) AS y", _FOR_TRACK, "m.track_id", "u.track_id"),
    # As artist_stats and album_stats count.
    "artist": Counted(
        "counted_plays AS y",
        "JOIN track_artists AS m ON m.track_id = track_of(c.item_key)",
        "m.artist_id",
        "u.artist_ids[1]",
    ),
    "album": Counted(
        "counted_plays AS y",
        f"{_FOR_TRACK} JOIN album_members AS a ON a.track_id = m.track_id",
        "a.album_id",
        "u.album_id",
    ),
}


def window_source(
    counted: str, alias: str, options: Mapping[str, object], context: Context, parameters: Parameters
) -> str:
    """The join that adds `alias`, with the column plays, to the statement. `counted`: a key of _COUNTED.

    What was played is counted first, and joined then: there are few tracks beside their plays.
    """
    what = _COUNTED[counted]
    conditions = [
        condition
        for name, value in options.items()
        for condition in _CONDITIONS[name](value, context, parameters)
    ]
    wanted = "".join(f" AND {condition}" for condition in conditions)
    return f"""LEFT JOIN (
        SELECT {what.key} AS key, sum(c.plays)::integer AS plays
        FROM (
            SELECT y.user_id, y.item_key, count(*) AS plays
            FROM {what.rows}
            WHERE y.user_id = %(user_id)s{wanted}
            GROUP BY y.user_id, y.item_key
        ) AS c
        {what.belong}
        GROUP BY {what.key}
    ) AS {alias} ON {alias}.key = {what.of_track}"""  # noqa: S608 - made of constants and placeholders


def _window(value: object, context: Context, parameters: Parameters) -> list[str]:
    assert isinstance(value, Span)
    start = parameter(parameters, moment_before(context, value))
    return [f"y.played_at >= {start}", "y.played_at <= %(now)s"]


def _from(value: object, context: Context, parameters: Parameters) -> list[str]:
    assert isinstance(value, DayRange)
    first = days_of(context, value)[0]
    near, exact = parameter(parameters, _utc(first) - _MARGIN), parameter(parameters, first)
    return [f"y.played_at >= {near}", f"(y.played_at AT TIME ZONE %(zone)s)::date >= {exact}"]


def _to(value: object, context: Context, parameters: Parameters) -> list[str]:
    assert isinstance(value, DayRange)
    last = days_of(context, value)[1]
    near, exact = parameter(parameters, _utc(last) + _MARGIN), parameter(parameters, last)
    return [f"y.played_at <= {near}", f"(y.played_at AT TIME ZONE %(zone)s)::date <= {exact}"]


def _weekdays(value: object, context: Context, parameters: Parameters) -> list[str]:  # noqa: ARG001 - every option is called with a context
    mark = parameter(parameters, value)
    return [f"date_part('isodow', y.played_at AT TIME ZONE %(zone)s)::integer = ANY({mark})"]


def _hours(value: object, context: Context, parameters: Parameters) -> list[str]:  # noqa: ARG001
    assert isinstance(value, tuple)
    start, end = value
    hours = range(start, end) if start < end else [*range(start, 24), *range(end)]
    return [_hour_in(hours, parameters)]


def _dayparts(value: object, context: Context, parameters: Parameters) -> list[str]:  # noqa: ARG001
    assert isinstance(value, tuple)
    return [_hour_in([hour for part in value for hour in range(*DAYPARTS[part])], parameters)]


def _hour_in(hours: "range | list[int]", parameters: Parameters) -> str:
    mark = parameter(parameters, tuple(hours))
    return f"date_part('hour', y.played_at AT TIME ZONE %(zone)s)::integer = ANY({mark})"


def _sources(value: object, context: Context, parameters: Parameters) -> list[str]:  # noqa: ARG001
    assert isinstance(value, tuple)
    mark = parameter(parameters, sorted({source for name in value for source in _SOURCES[name]}))
    return [f"y.source = ANY({mark}::text[])"]


def _context(value: object, context: Context, parameters: Parameters) -> list[str]:  # noqa: ARG001
    """Of an item with this URI, or of any item of a kind; URIs of lists may name their owner, too: spotify:user:…:playlist:…"""
    assert isinstance(value, tuple)
    likes = [like for one in value for like in CONTEXT_FORMS.get(one) or forms_of_uri(one)]
    return [f"y.context_uri LIKE ANY({parameter(parameters, likes)}::text[])"]


def forms_of_uri(uri: str) -> tuple[str, ...]:
    """What plays say of an item with this URI, as patterns of LIKE: lists may name their owner, too."""
    kind, spotify_id = uri.split(":")[1:3]
    return (uri, f"spotify:user:%:{kind}:{spotify_id}") if kind == "playlist" else (uri,)


def _utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_CONDITIONS = {
    "window": _window,
    "from": _from,
    "to": _to,
    "weekdays": _weekdays,
    "hours": _hours,
    "dayparts": _dayparts,
    "sources": _sources,
    "context": _context,
}
