"""Most of a library is gone at once: that is held back, said, and believed when it is confirmed or asked for."""

import json

import pytest

from tests.clock import FakeClock

LIKED = "api_syncs.sync_liked_tracks"
FOLLOWED = "api_syncs.sync_followed_artists"
pytestmark = pytest.mark.once


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def dropped(make_world, clock):
    """`dropped(keep=10)`: 60 tracks were copied, and then all but so many are no longer liked."""

    def make(keep):
        world = make_world(liked=60, odd=False, clock=clock)
        assert world.run(LIKED, clock=clock).status == "done"
        with world.sim.edit() as library:
            for track_id in list(library.liked_rows())[keep:]:
                library.unlike(track_id)
        clock.pass_time(hours=1)
        world.sim.clear_requests()
        return world

    return make


def test_a_large_drop_is_held_back_and_believed_six_hours_later(dropped, clock):
    world = dropped(keep=10)
    for force in (True, False):  # a forced run only believes what was said before it
        assert world.run(LIKED, force=force, clock=clock).status == "done"
        assert len(world.liked()) == 60
        assert world.rows("SELECT count(*) FROM library_events WHERE event = 'unliked'") == [(0,)]
        [(said,)] = world.rows(
            "SELECT message FROM logs WHERE level = 'WARNING' ORDER BY log_id DESC LIMIT 1"
        )
        assert said.startswith("liked_tracks: 50 of 60 are missing at Spotify, more than 50 %")
        assert "2026-11-21 19:00 UTC" in said, "six hours after it was first seen"
        assert "./run sync_liked_tracks --force" in said
        clock.pass_time(hours=2)
    assert "GET /me/library/contains" not in world.asked(), "nothing was asked about"
    clock.pass_time(hours=2)
    assert world.run(LIKED, force=False, clock=clock).status == "done"
    world.assert_library_equal()
    assert world.rows(
        "SELECT cursor ->> 'held_back', cursor ->> 'held_back_at' FROM sync_state WHERE phase = 'incremental'"
    ) == [("0", None)]


def test_it_is_believed_at_once_where_somebody_asks_for_that(dropped, clock):
    world = dropped(keep=10)
    world.run(LIKED, clock=clock)
    assert len(world.liked()) == 60
    world.run(LIKED, force=True, clock=clock)
    world.assert_library_equal()


def test_what_comes_back_meanwhile_was_never_gone(dropped, clock):
    world = dropped(keep=10)
    before = world.liked()
    world.run(LIKED, clock=clock)
    with world.sim.edit() as library:
        for track_id, liked_at in sorted(before.items(), key=lambda each: each[1]):
            if track_id not in library.liked_rows():
                library.like(track_id, liked_at)
    clock.pass_time(hours=7)
    world.run(LIKED, clock=clock)
    assert world.liked() == before
    assert world.rows("SELECT count(*) FROM library_events WHERE event = 'unliked'") == [(0,)]
    assert world.rows("SELECT cursor ->> 'held_back' FROM sync_state WHERE phase = 'incremental'") == [("0",)]


def test_half_of_it_may_go(dropped, clock):
    world = dropped(keep=30)
    world.run(LIKED, clock=clock)
    world.assert_library_equal()


def test_the_share_is_a_setting(dropped, clock):
    world = dropped(keep=10)
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'sync.max_removed_percent', '90' FROM users"
    )
    world.run(LIKED, clock=clock)
    world.assert_library_equal()


def test_followed_artists_likewise_and_status_says_so(make_world, clock):
    world = make_world(followed=30, odd=False, clock=clock)
    assert world.run(FOLLOWED, clock=clock).status == "done"
    with world.sim.edit() as library:
        library.followed[:] = library.followed[:5]
    world.run(FOLLOWED, clock=clock)
    followed = "SELECT count(*) FROM followed_artists WHERE removed_at IS NULL"
    assert world.rows(followed) == [(30,)]
    said = world.call("-m", "reports.sync_status").stdout
    assert "25 of followed_artists are missing at Spotify" in " ".join(said.split())
    assert "./run sync_followed_artists --force" in " ".join(said.split())
    phases = json.loads(world.call("-m", "reports.sync_status", "--json").stdout)["phases"]
    assert phases["artists"]["held_back_removals"] == 25
    clock.pass_time(hours=6)
    world.run(FOLLOWED, force=False, clock=clock)
    assert world.rows(followed) == [(5,)]
