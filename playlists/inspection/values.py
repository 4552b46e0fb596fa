"""Values of fields as texts for people."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from playlists.arrangement.track import Track
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind
from playlists.language.model import Expression
from utils.text_table import track_length

_YES_NO: Mapping[object, str] = {True: "yes", False: "no", None: "unknown"}


def shown_value(expression: Expression, value: object, zone: ZoneInfo) -> str:
    """A value as text: `4:09`, `yes`, `2026-11-20 23:03`, `trip hop, jazz`; `not known` for None. Times are in the zone."""
    kind = FIELDS[expression.field].kind if expression.field in FIELDS else Kind.TEXT
    if kind is Kind.YES_NO:
        return _YES_NO[value]
    if value is None or value == []:
        return "never" if kind is Kind.MOMENT else "not known"
    if kind is Kind.DURATION and isinstance(value, int):
        return track_length(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def unfolded_value(expression: Expression, track: Track, value: object) -> object:
    """The value before it was folded, where the track holds it; else the value as it is."""
    unfolded: Mapping[str, object] = {
        "title": track.name,
        "album": track.album_name,
        "main_artist": next(iter(track.artists), None),
        "artist": list(track.artists),
        "genres": list(track.genres),
        "artist_in": list(track.artists),
        "track_id": track.track_id,
    }
    return unfolded.get(expression.field, value)
