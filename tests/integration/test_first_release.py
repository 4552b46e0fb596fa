"""A database of the first release, with data in it, migrates; and the next chain makes everything equal.

data/first_release.sql.gz is what that release's chain had stored (a dump by PostgreSQL 15) of a simulated library: 50 liked
tracks, nine saved albums (one of 61 tracks; the first track of one stands on another one, too), lists, plays and all that is derived.
"""

import gzip
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from api_syncs.run_all import run_chain
from api_syncs.track_plays import JOB as PLAYS
from simulator import Simulator, generate
from tests.conftest import World
from utils.database.migrate import migrate
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

pytestmark = pytest.mark.slow(2)

DUMP = Path(__file__).parent / "data" / "first_release.sql.gz"
LONG_AT = datetime(2026, 10, 30, tzinfo=UTC)


@pytest.fixture
def old(empty_dsn, tmp_path):
    """The database as it was, and Spotify as it is."""
    with closing(psycopg2.connect(empty_dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(gzip.decompress(DUMP.read_bytes()).decode())
    made_at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    library = generate(seed=7, liked=50, albums=8, plays=40, playlists=5, followed=3, now=made_at)
    first, second = [entry.album_id for entry in library.saved_albums if entry.album_id][:2]
    library.albums[second].track_ids.insert(1, library.albums[first].track_ids[0])
    library.save_album(library.new_album(tracks=61, name="Long"), LONG_AT)
    with Simulator(library) as sim:
        world = World(sim, empty_dsn, tmp_path)
        world.extra["SPOTIFY_MARKET"] = "DE"
        world.shared = (library.albums[first].track_ids[0], {first, second})
        yield world


def chain(world):
    with world.settings():
        outcomes = run_chain(Options(force=True))
    assert [(each.job, each.message) for each in outcomes if each.exit_code] == []


def counts(world, *tables):
    return [world.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


def test_the_first_script_that_migrates_leaves_no_view_missing(old):
    """Whichever it is: what reads the views may be the next one."""
    before = old.rows("SELECT count(*) FROM unified_tracks")
    with old.settings():
        assert run_job(PLAYS, Options(force=True)).exit_code == 0
    assert old.rows("SELECT count(*) FROM unified_tracks") == before
    assert old.rows("SELECT count(*) > 0 FROM album_stats WHERE play_count > 0") == [(True,)]


def test_it_migrates_and_the_next_chain_makes_everything_equal(old):
    kept = ("plays", "library_events", "playlist_item_history", "top_items", "excluded_tracks")
    before = counts(old, *kept)
    with closing(psycopg2.connect(old.dsn)) as connection:
        migrate(connection)
    assert counts(old, *kept) == before, "no event and no play by migrating"
    begun = "SELECT cursor ->> 'last_full_at', last_synced_offset FROM sync_state WHERE entity_type = 'saved_albums'"
    assert old.rows(begun) == [(None, 0)], (
        "all saved albums are read once more, also where nothing else has changed"
    )
    chain(old)
    old.assert_library_equal()
    track_id, albums = old.shared
    assert {
        row[0] for row in old.rows("SELECT album_id FROM album_tracks WHERE track_id = %s", track_id)
    } == albums
    assert (
        old.rows(
            "SELECT album_id FROM albums AS a WHERE tracks_synced_at IS NOT NULL AND total_tracks > "
            "(SELECT count(*) FROM album_tracks AS m WHERE m.album_id = a.album_id)"
        )
        == []
    ), "what counts as whole is whole"
    assert old.rows("SELECT count(*) FROM users") == [(1,)]
    written = old.written()
    chain(old)
    assert old.written() == written
    old.assert_library_equal()
