"""Top artists and tracks, kept per day: checklist S4-4, S4-5."""

import signal
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from tests.connections import PATIENCE_S

SCRIPT = "api_syncs.sync_top_items"
TABLES = ("top_items", "tracks", "track_artists", "albums", "album_artists", "artists", "sync_state")
SPANS = ("short_term", "medium_term", "long_term")


@pytest.fixture
def world(small_world, mode):
    return small_world(mode=mode, liked=150, albums=5, plays=60)


def stored(world, day=None):
    """(item_type, time_range) → ids by rank."""
    rows = world.rows(
        "SELECT item_type, time_range, array_agg(item_id ORDER BY rank), array_agg(rank ORDER BY rank) "
        "FROM top_items WHERE %s::date IS NULL OR captured_on = %s GROUP BY 1, 2",
        day,
        day,
    )
    assert all(ranks == list(range(1, len(ranks) + 1)) for *_, ranks in rows)
    return {(item_type, span): ids for item_type, span, ids, _ in rows}


def expected(world):
    with world.sim.edit() as library:
        lists = {("artist", span): library.top_artists[span][:50] for span in SPANS}
        lists |= {("track", span): library.top_tracks[span][:50] for span in SPANS}
    return {key: ids for key, ids in lists.items() if ids}


def test_six_requests_store_six_lists_with_their_artists_and_tracks(world):
    with world.sim.edit() as library:
        artists = [library.new_artist(f"Artist {number}") for number in range(60)]
        library.top_artists = {span: artists[::step] for span, step in zip(SPANS, (1, 2, 3), strict=True)}
    outcome = world.run(SCRIPT)
    assert outcome.status == "done"
    assert sorted(world.asked()) == ["GET /me", *["GET /me/top/artists"] * 3, *["GET /me/top/tracks"] * 3]
    assert {request.query.get("limit") for request in world.sim.requests if "top" in request.path} == {"50"}
    assert stored(world) == expected(world)
    assert [len(stored(world)["artist", span]) for span in SPANS] == [50, 30, 20]
    assert outcome.tally.new_items == sum(map(len, expected(world).values()))
    missing = (
        "SELECT count(*) FROM top_items AS i LEFT JOIN artists ON artist_id = item_id "
        "LEFT JOIN tracks ON track_id = item_id WHERE artist_id IS NULL AND track_id IS NULL"
    )
    assert world.rows(missing) == [(0,)]


def test_a_second_run_of_the_day_asks_nothing(world, written):
    world.run(SCRIPT)
    before = written(world, TABLES)
    world.sim.clear_requests()
    outcome = world.run(SCRIPT, force=False)
    assert (outcome.status, outcome.exit_code, outcome.requests) == ("skipped", 0, 0)
    assert world.asked(tokens=True) == []
    assert written(world, TABLES) == before


def test_a_forced_run_that_finds_the_same_changes_no_list(world, written):
    world.run(SCRIPT)
    before = written(world, TABLES[:-1])
    outcome = world.run(SCRIPT)
    assert (outcome.requests, outcome.tally.new_items, outcome.tally.removed_items) == (6, 0, 0)
    assert written(world, TABLES[:-1]) == before


def test_a_forced_run_replaces_the_lists_of_the_day(world):
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.top_tracks["short_term"] = library.top_tracks["short_term"][7:1:-1]
        library.top_artists["long_term"] = []
    outcome = world.run(SCRIPT)
    assert stored(world) == expected(world)
    assert outcome.tally.removed_items > 0
    assert ("artist", "long_term") not in stored(world)


def test_an_account_without_top_lists_is_asked_once_a_day(small_world):
    world = small_world()
    with world.sim.edit() as library:
        for span in SPANS:
            library.top_tracks[span] = library.top_artists[span] = []
    assert world.run(SCRIPT, force=False).status == "done"
    assert world.run(SCRIPT, force=False).status == "skipped"
    assert world.rows("SELECT count(*) FROM top_items") == [(0,)]


def test_another_day_has_lists_of_its_own(small_world):
    world = small_world(liked=60, plays=60)
    world.run(SCRIPT)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    world.change("UPDATE top_items SET captured_on = %s", yesterday)
    world.change(
        "UPDATE sync_state SET cursor = jsonb_build_object('captured_on', %s::text)", yesterday.isoformat()
    )
    before = stored(world, yesterday)
    with world.sim.edit() as library:
        library.top_tracks["short_term"].reverse()
    assert world.run(SCRIPT, force=False).requests == 6
    assert stored(world, yesterday) == before
    assert stored(world, datetime.now(UTC).date()) == expected(world)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_day_is_one_of_the_listeners_zone(small_world, zone):
    """These two are 25 hours apart: at no moment is it the same day in both."""
    world = small_world(liked=60, plays=60)
    world.extra["TIME_ZONE"] = zone
    first = datetime.now(ZoneInfo(zone)).date()
    world.run(SCRIPT)
    [(captured_on,)] = world.rows("SELECT DISTINCT captured_on FROM top_items")
    assert captured_on in (first, datetime.now(ZoneInfo(zone)).date())


def test_where_an_entry_cannot_be_read_the_place_keeps_what_the_day_had_there(small_world):
    world = small_world(liked=150, plays=60)
    world.run(SCRIPT)
    with world.sim.edit() as library:
        ids = library.top_artists["short_term"][:3]
    items = [{"id": ids[0], "name": "A"}, None, {"name": "without id"}, {"id": ids[1], "name": "B"}]
    world.sim.faults.add(
        "status", match="artists.*short_term", status=200, json={"items": items, "total": 4, "next": None}
    )
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.tally.bad_items) == ("done", 1)
    sql = "SELECT rank, item_id FROM top_items WHERE item_type = 'artist' AND time_range = 'short_term' ORDER BY 1"
    assert world.rows(sql) == [(1, ids[0]), (3, ids[2]), (4, ids[1])]


def test_killed_between_two_lists_it_goes_on(small_world):
    world = small_world(liked=150, plays=60)
    made = count(1)
    child = world.start("-m", SCRIPT)

    def hook(request):
        if "/top/" in request.path and next(made) == 6:
            world.kill(child)

    world.sim.on_request = hook
    child.communicate(timeout=PATIENCE_S)
    world.sim.on_request = None
    assert child.returncode == -signal.SIGKILL
    [(done,)] = world.rows("SELECT last_synced_offset FROM sync_state WHERE entity_type = 'top_items'")
    assert done == len(stored(world)) >= 1
    world.sim.clear_requests()
    outcome = world.run(SCRIPT, force=False)
    assert (outcome.status, outcome.requests) == ("done", 6 - done)
    assert stored(world) == expected(world)


def test_artists_that_came_with_the_lists_are_not_asked_for_again(small_world):
    """Checklist S0-1: full artist objects are stored on the way, so the daily budget is left to the others."""
    world = small_world(liked=30, plays=20)
    with world.sim.edit() as library:
        top = {artist_id for span in SPANS for artist_id in library.top_artists[span][:50]}
    world.run("api_syncs.track_plays")
    world.run(SCRIPT)
    world.sim.clear_requests()
    assert world.run("api_syncs.sync_artists").status == "done"
    asked = {request.path.rpartition("/")[2] for request in world.sim.requests if "/artists/" in request.path}
    assert top
    assert not asked & top
    assert world.rows("SELECT count(*) FROM artists WHERE enriched_at IS NULL") == [(0,)]
