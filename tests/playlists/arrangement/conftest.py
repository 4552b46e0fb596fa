"""Short ways to write tracks down."""

from datetime import UTC, date, datetime

import pytest

from playlists.arrangement.order import Chance
from playlists.arrangement.track import Track
from playlists.language.model import Expression


@pytest.fixture
def chance():
    """The chance of one list, on one day, in one run."""
    return Chance("mix", date(2026, 11, 21), "run-1")


@pytest.fixture
def by_artist():
    """`by_artist("AAB")`: tracks 0, 1, 2 … of these artists; a dot is a track without artist."""

    def make(artists):
        return [
            Track(f"t{number:05}", artist_ids=() if artist == "." else (artist,))
            for number, artist in enumerate(artists)
        ]

    return make


@pytest.fixture
def with_values():
    """`with_values("play_count", a=3, b=None)`: tracks of these ids, with a value each."""

    def make(field, **values):
        key = Expression(field).key
        return [Track(track_id, values={key: value}) for track_id, value in values.items()]

    return make


@pytest.fixture
def ids():
    """The ids of tracks, as one text where each is a letter, else as a list."""

    def of(tracks):
        found = [track.track_id for track in tracks]
        return "".join(found) if all(len(track_id) == 1 for track_id in found) else found

    return of


@pytest.fixture
def day_1():
    """A moment."""
    return datetime(2026, 1, 1, tzinfo=UTC)
