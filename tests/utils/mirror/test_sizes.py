"""How many pages are asked for at once, and stored in one transaction, are settings: checklist S2-27, S3-10."""

import threading

import pytest

from tests.connections import PATIENCE_S

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"


@pytest.fixture
def make(make_world):
    """`make({"sync.pages_at_once": 2})`: a world of nine pages of liked tracks, whose listener wants that."""

    def with_settings(settings):
        world = make_world(liked=430)
        assert world.run(PLAYS).status == "done"
        for key, value in settings.items():
            world.change(
                "INSERT INTO app_settings (user_id, key, value) SELECT user_id, %s, to_jsonb(%s) FROM users",
                key,
                value,
            )
        world.sim.clear_requests()
        return world

    return with_settings


def test_several_pages_are_stored_in_one_transaction(make):
    world = make({"sync.pages_per_commit": 4})
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()
    asked = world.asked().count("GET /me/tracks")
    [(found,)] = world.rows("SELECT batch_number FROM sync_history WHERE job = 'sync_liked_tracks'")
    assert asked >= 9
    assert found == -(-asked // 4) + 1, "by fours, and the end"


@pytest.mark.parametrize("killed_at", ["300", "350"])  # asked for behind the first transaction
def test_killed_between_two_such_transactions_nothing_is_lost_or_doubled(make, killed_at):
    world = make({"sync.pages_per_commit": 3})
    process = None
    ready = threading.Event()

    def kill(request):
        if request.path == "/me/tracks" and request.query.get("offset") == killed_at:
            ready.wait(PATIENCE_S)
            world.kill(process)

    world.sim.on_request = kill
    process = world.start("-m", LIKED)
    ready.set()
    process.communicate(timeout=PATIENCE_S)
    world.sim.on_request = None
    [(offset,)] = world.rows("SELECT last_synced_offset FROM sync_state")
    assert offset % 50 == 0
    assert offset <= int(killed_at)
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()


@pytest.mark.parametrize("at_once", [1, 8])
def test_so_many_are_under_way_at_once_and_no_more(make, at_once):
    world = make({"sync.pages_at_once": at_once})
    lock, under_way, most = threading.Lock(), 0, 0
    together = threading.Event()

    def count(request):
        nonlocal under_way, most
        if request.path != "/me/tracks" or request.query.get("offset") == "0":
            return
        with lock:
            under_way += 1
            most = max(most, under_way)
            if under_way >= at_once:
                together.set()
        together.wait(PATIENCE_S)
        with lock:
            under_way -= 1

    world.sim.on_request = count
    assert world.run(LIKED).status == "done"
    world.sim.on_request = None
    assert most == at_once
