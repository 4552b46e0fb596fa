"""The catalogue is read first and only news are written, everywhere: who writes what is there already waits for nobody, and sends no write of it."""

import re
from collections import Counter

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor

from api_syncs.chain import CHAIN
from utils.database.placement import Place, tables_at
from utils.database.statements import statement

pytestmark = [pytest.mark.once, pytest.mark.slow(8)]

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) (?:public\.)?(\w+)")
# What a run says of itself in a row of the catalogue, by key: when an artist's albums were read, what Spotify does not know, which covers there are.
STAMPS = {"refusals", "images"}


@pytest.fixture
def sent(monkeypatch):
    """How often a table of the catalogue was written to, by statements that name it."""
    counts: Counter[str] = Counter()
    shared = set(tables_at(Place.REFERENCE)) - STAMPS

    class Counting(Cursor):
        def execute(self, query, vars=None):
            text = query.decode() if isinstance(query, bytes) else str(query)
            counts.update(name for name in WRITES.findall(text) if name in shared)
            return super().execute(query, vars)

    connect = psycopg2.connect
    monkeypatch.setattr(
        psycopg2, "connect", lambda *where, **how: connect(*where, **{**how, "cursor_factory": Counting})
    )
    return counts


def test_a_chain_that_finds_nothing_new_sends_no_write_of_the_catalogue(make_world, sent):
    world = make_world(liked=60, albums=12, followed=8, playlists=4, plays=30, odd=False)
    world.extra["SPOTIFY_MARKET"] = "DE"
    of_library = [
        step.module
        for step in CHAIN
        if step.module not in ("api_syncs.check_track_availability", "reports.build_dashboard")
    ]
    for _ in range(3):  # what the chain itself has made is copied by the second
        sent.clear()
        for module in of_library:
            assert world.run(module).exit_code == 0
    assert sent == {}


def test_what_is_imported_again_locks_no_track(make_world):
    """Somebody else has a row of `tracks` open meanwhile."""
    world = make_world(plays=30)
    assert world.run("api_syncs.track_plays").status == "done"
    with psycopg2.connect(world.dsn) as here, here.cursor() as cursor:
        cursor.execute(statement("importing.stage"))
        cursor.execute("INSERT INTO staged_tracks SELECT track_id, name, NULL, NULL, duration_ms FROM tracks")
        with psycopg2.connect(world.dsn) as other, other.cursor() as holding:
            holding.execute("UPDATE tracks SET popularity = 1")
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute(statement("importing.save_tracks"))
            assert cursor.rowcount == 0
