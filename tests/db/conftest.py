"""A library with everything in it, and an empty database on a server of another version."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import new_database, wheel_programs
from utils.database.embedded import server as embedded
from utils.database.embedded.programs import major_of


@pytest.fixture(scope="session")
def other_server(scratch: Path, pgbin: Path) -> Iterator[embedded.EmbeddedServer]:
    """A server of another version, where there are programs of one."""
    beside = sorted(wheel_programs().parent.parent.glob("pginstall*/bin"))
    programs = next((each for each in beside if major_of(each) not in (None, major_of(pgbin))), pgbin)
    fast = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
    with embedded.acquire(scratch / "other", pgbin=programs, server_settings=fast) as running:
        yield running


@pytest.fixture
def target(other_server: embedded.EmbeddedServer) -> Iterator[str]:
    with new_database(other_server, "template0") as dsn:
        yield dsn


@pytest.fixture
def full_world(make_world):
    """Odd names too, and its views."""
    world = make_world(liked=40, albums=3, plays=20)
    for module in (
        "track_plays",
        "sync_liked_tracks",
        "sync_saved_albums",
        "sync_playlists",
        "materialized_views",
    ):
        assert world.run(f"api_syncs.{module}").status == "done"
    return world
