"""Everything works behind a real PgBouncer in transaction mode, with as few connections as a hosted pool may have.

Which server connection a transaction gets is the pooler's choice: what one leaves behind, another client would find.
"""

import json
import os
import signal
from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import pytest

from simulator.exports.export import write_export
from tests.connections import PATIENCE_S
from tests.pooler import pooled

pytestmark = [pytest.mark.slow(20), pytest.mark.once]

SIZE = {"liked": 130, "albums": 20, "plays": 60, "playlists": 4, "followed": 6}
LEAST = 4  # the locks of the chain and of its script, the work, the journal


@pytest.fixture
def world(make_world, server, scratch, pgbin):
    """A world whose scripts reach the database through the pooler only."""
    world = make_world(**SIZE)
    with pooled(world.dsn, scratch / "postgres", pgbin, LEAST) as url:
        world.extra["DATABASE_URL"] = url
        world.url = url
        yield world


def leaves_nothing_behind(world):
    """No setting, lock, or temporary table of a script stays with a connection of the pool."""
    with closing(psycopg2.connect(world.url)) as connection, connection, connection.cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout", "client_connection_check_interval", "work_mem"):
            cursor.execute("SELECT setting = reset_val FROM pg_settings WHERE name = %s", (name,))
            assert cursor.fetchone() == (True,), name
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
        assert cursor.fetchone() == (0,)


def test_the_whole_chain_twice_and_what_people_run_between(world):
    for status in ("done", "done"):
        assert world.run("api_syncs.run_all").status == status
    world.assert_library_equal()
    leaves_nothing_behind(world)
    assert world.rows("SELECT count(*) FROM playlist_mappings WHERE playlist_id IS NOT NULL")[0][0] > 0
    assert world.call("-m", "db.control", "pause", "--job", "track_plays").returncode == 0
    assert world.run("api_syncs.track_plays").status == "paused"
    assert world.call("-m", "db.control", "resume").returncode == 0
    shown = world.call("-m", "reports.sync_status", "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)
    assert world.call("-m", "db.settings", "list").returncode == 0
    answer = world.call("-m", "db.sql", "SELECT count(*) FROM plays", "--csv")
    assert answer.stdout.split() == ["count", "50"], answer.stderr
    leaves_nothing_behind(world)


def test_an_import(world, tmp_path):
    assert world.run("api_syncs.track_plays").status == "done"
    with world.sim.edit() as library:
        written = write_export(library, tmp_path, datetime.now(UTC), rows=2_000, years=2)
    for known in (0, 2_000):
        done = world.call("-m", "db.import_streaming_history", *map(str, written.paths))
        assert done.returncode == 0, done.stdout + done.stderr
        assert known == 0 or "0 new plays" in done.stdout
    leaves_nothing_behind(world)


def test_a_killed_run_frees_its_lock(world):
    """The pooler ends the transaction of a client that has gone, and with it the running-lock."""
    assert world.run("api_syncs.track_plays").status == "done"
    child = world.start("-m", "api_syncs.sync_liked_tracks")
    world.sim.on_request = lambda request: (
        os.kill(child.pid, signal.SIGKILL) if request.query.get("offset") == "100" else None
    )
    child.communicate(timeout=PATIENCE_S)
    world.sim.on_request = None
    assert child.returncode == -signal.SIGKILL
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    with world.sim.edit() as library:
        assert world.liked() == library.liked_rows()
