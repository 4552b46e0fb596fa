"""The SQL of the field `plays_in`, which counts plays of a time, of days of the week, or of hours of the day.

Each combination of options is a join of its own. Python works out every bound and passes it as a parameter. Days and
hours are those of the listener's zone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from playlists.language.kinds import Context, Parameters
from playlists.language.model import DayRange, Span
from playlists.language.moments import days_of, moment_before
from playlists.language.operator_parts import parameter
from utils.plays.sources import API, BOTH, EXPORT, OTHERS

DAYPARTS = {"night": (0, 6), "morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
_SOURCES = {"api": (API, BOTH), "import": (EXPORT, BOTH, *OTHERS)}  # as plays.source has it
# More than any zone is from UTC. The index narrows the plays down to the days and this margin, then the day decides.
_MARGIN = timedelta(days=2)


def window_source(alias: str, options: Mapping[str, object], context: Context, parameters: Parameters) -> str:
    """The join that adds `alias`, with the columns track_id and plays, to the statement."""
    conditions = [
        condition
        for name, value in options.items()
        for condition in _CONDITIONS[name](value, context, parameters)
    ]
    wanted = "".join(f" AND {condition}" for condition in conditions)
    return f"""LEFT JOIN (
        SELECT m.track_id, count(*)::integer AS plays
        FROM counted_plays AS y
        JOIN counted_for AS m ON m.user_id = y.user_id AND m.played_id = track_of(y.item_key)
        WHERE y.user_id = %(user_id)s{wanted}
        GROUP BY m.track_id
    ) AS {alias} ON {alias}.track_id = u.track_id"""  # noqa: S608 - made of constants and placeholders


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
    return [f"EXTRACT(isodow FROM y.played_at AT TIME ZONE %(zone)s)::integer = ANY({mark})"]


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
    return f"EXTRACT(hour FROM y.played_at AT TIME ZONE %(zone)s)::integer = ANY({mark})"


def _sources(value: object, context: Context, parameters: Parameters) -> list[str]:  # noqa: ARG001
    assert isinstance(value, tuple)
    mark = parameter(parameters, sorted({source for name in value for source in _SOURCES[name]}))
    return [f"y.source = ANY({mark}::text[])"]


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
}
