"""Exports as Spotify makes them, with made-up rows."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TRACK = "spotify:track:" + "a" * 22
EPISODE = "spotify:episode:" + "e" * 22
SHOW = "spotify:show:" + "s" * 22
# What must never come out of a reader, each a word of its own.
PERSONAL = {
    "username": "listener-name",
    "ip_addr": "203.0.113.7",
    "ip_addr_decrypted": "203.0.113.8",
    "user_agent_decrypted": "agent%20text",
    "conn_country": "ZZ-country",
    "platform": "Android OS on a certain device",
    "city": "Smalltown",
    "region": "Someregion",
    "metro_code": "metro-77",
    "latitude": "51.4711",
    "longitude": "7.4711",
}


def extended(**changes):
    """A row of 2025 with all its keys, and the personal ones of all years; `key=...` (Ellipsis) takes a key away."""
    row = {
        "ts": "2025-03-04T10:00:00Z",
        **PERSONAL,
        "ms_played": 180_000,
        "master_metadata_track_name": "Song",
        "master_metadata_album_artist_name": "Artist",
        "master_metadata_album_album_name": "Album",
        "spotify_track_uri": TRACK,
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "audiobook_title": None,
        "audiobook_uri": None,
        "audiobook_chapter_uri": None,
        "audiobook_chapter_title": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": 1741082220,  # 2025-03-04 09:57:00
        "incognito_mode": False,
        **changes,
    }
    return {key: value for key, value in row.items() if value is not ...}


def blank(**changes):
    """A row of which Spotify says nothing but when and how long."""
    return extended(
        master_metadata_track_name=None,
        master_metadata_album_artist_name=None,
        master_metadata_album_album_name=None,
        spotify_track_uri=None,
        **changes,
    )


def account(**changes):
    """A row of the account data."""
    return {
        "endTime": "2025-03-04 10:00",
        "artistName": "Artist",
        "trackName": "Song",
        "msPlayed": 180_000,
        **changes,
    }


def stream(rows, **options):
    """The rows as a file's bytes."""
    return io.BytesIO(json.dumps(rows, ensure_ascii=False, **{"indent": 2, **options}).encode())


def written(path, rows):
    """The rows as a file on the disk, whose path is returned."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(rows if isinstance(rows, bytes) else stream(rows).read())
    return path


@pytest.fixture
def make_zip(tmp_path):
    """Make `my_spotify_data.zip` of {member: rows or bytes}."""

    def make(members, name="my_spotify_data.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", method) as opened:
            for member, rows in members.items():
                opened.writestr(member, rows if isinstance(rows, bytes) else stream(rows).read())
        return path

    return make
