"""A selected track with what order, caps and limits look at."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple


class Track(NamedTuple):
    """One row of a selection. `values`: Expression.key → value, for every expression that the arrangement sorts by.

    Values are as PostgreSQL gives them: numbers, text (folded: lower case, no accents), dates, aware datetimes, booleans,
    None.
    """

    track_id: str
    name: str | None = None
    artist_ids: Sequence[str] = ()  # main artist first
    artists: Sequence[str] = ()
    album_id: str | None = None
    album_name: str | None = None
    release_date: str | None = None  # as Spotify gives it: a day, a month, a year, or nonsense
    genres: Sequence[str] = ()  # by name
    duration_ms: int | None = None
    isrc: str | None = None
    is_playable: bool | None = None
    added_at: datetime | None = None
    play_count: int = 0
    merged_with: frozenset[str] = (
        frozenset()
    )  # ids that the listener has merged with it: of the same recording
    values: Mapping[str, object] = MappingProxyType({})

    @property
    def uri(self) -> str:
        """The URI by which playlists hold the track."""
        return f"spotify:track:{self.track_id}"
