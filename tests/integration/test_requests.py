"""Requests are the scarce resource: what a first sync and an unchanged library cost (docs/spotify.md)."""

from collections import Counter
from math import ceil

import pytest

pytestmark = pytest.mark.once

CHAIN = (
    "api_syncs.track_plays",
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.sync_album_tracks",
)


def sync(world):
    for script in CHAIN:
        assert world.run(script).status == "done"


def test_first_sync_of_1500_liked_tracks_and_100_albums(make_world, mode):
    world = make_world(mode=mode, liked=1500, albums=100, odd=False, plays=60)
    sync(world)
    with world.sim.edit() as library:
        lengths = [len(library.album_track_ids(album_id)) for album_id in library.saved_album_rows()]
    further = sum(ceil(length / 50) - 1 for length in lengths)
    asked = Counter(world.asked())
    assert asked["GET /me/tracks"] == 30
    assert asked["GET /me/albums"] == 2
    assert asked["GET /me/player/recently-played"] == 1
    assert asked["GET /me"] == 1  # once per consent
    assert sum(asked.values()) - 1 <= 32 + further + 4
    world.assert_library_equal()


def test_the_generated_library_with_its_odd_entries_costs_no_more_than_its_pages(make_world):
    world = make_world(liked=1500, albums=100)  # nulls come on top, and long albums are in it
    sync(world)
    with world.sim.edit() as library:
        pages = ceil(len(library.liked) / 50) + ceil(len(library.saved_albums) / 50)
        lengths = [len(library.album_track_ids(album_id)) for album_id in library.saved_album_rows()]
    further = sum(ceil(length / 50) - 1 for length in lengths)
    assert sorted(length for length in lengths if length > 50)[:1] != []
    assert len(world.asked()) == pages + further + 2  # and one for /me, one for the plays
    world.assert_library_equal()


def test_an_unchanged_library_costs_one_request_each(make_world, mode):
    world = make_world(mode=mode, liked=230, albums=120, plays=60)
    sync(world)
    world.sim.clear_requests()
    sync(world)
    assert world.asked() == ["GET /me/player/recently-played", "GET /me/tracks", "GET /me/albums"]
    assert world.asked(tokens=True).count("POST /api/token") == 3  # one per script that asks anything


def test_a_single_unlike_costs_one_pass_and_one_question(make_world):
    world = make_world(liked=230, odd=False)
    sync(world)
    with world.sim.edit() as library:
        library.unlike(list(library.liked_rows())[120])
    world.sim.clear_requests()
    sync(world)
    asked = Counter(world.asked())
    assert asked["GET /me/tracks"] == 5
    assert asked["GET /me/library/contains"] == 1
    world.assert_library_equal()


def test_new_likes_cost_only_their_pages(make_world):
    world = make_world(liked=230, odd=False)
    sync(world)
    with world.sim.edit() as library:
        for _ in range(60):
            library.like(library.new_track())
    world.sim.clear_requests()
    sync(world)
    assert Counter(world.asked())["GET /me/tracks"] == 3  # 60 new ones, and a page wholly known
    world.assert_library_equal()


def test_an_unchanged_smart_playlist_costs_no_write(make_world, mode):
    world = make_world(mode=mode, liked=230, odd=False)
    sync(world)
    for script in ("api_syncs.materialized_views", "playlists.update_dynamic_playlists"):
        assert world.run(script).status == "done"
    world.sim.clear_requests()
    assert world.run("playlists.update_dynamic_playlists").status == "done"
    assert [request.method for request in world.sim.requests if request.kind == "api"] == ["GET"]


def test_calls_are_counted_in_the_database(make_world):
    world = make_world(liked=230, odd=False)
    sync(world)
    stored = dict(world.rows("SELECT endpoint_group, sum(calls) FROM api_calls GROUP BY endpoint_group"))
    assert stored == {"account": 1, "library": 6, "plays": 1}
    assert world.rows("SELECT sum(requests) FROM sync_history")[0][0] == len(world.asked())
