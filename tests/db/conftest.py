"""A library with everything in it, and an empty database on a server of another version."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import World, new_database, wheel_programs
from tests.stages import copied, world_at
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


SCRIPTS = ("track_plays", "sync_liked_tracks", "sync_saved_albums", "sync_playlists", "materialized_views")


@pytest.fixture(scope="module")
def everything_copied(server, template, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Odd names too, and its views: for `world_at`."""
    folder = tmp_path_factory.mktemp("copied")
    scripts = [f"api_syncs.{name}" for name in SCRIPTS]
    with copied(server, template, folder, scripts, liked=40, albums=3, plays=20) as found:
        yield found


@pytest.fixture
def full_world(server, everything_copied, tmp_path) -> Iterator[World]:
    """A world of its own, in which everything was copied."""
    with world_at(server, everything_copied, tmp_path) as world:
        world.extra.clear()
        yield world
