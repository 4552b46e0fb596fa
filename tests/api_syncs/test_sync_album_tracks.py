"""Tracks of saved albums beyond the first page: what Spotify says it does not know is asked for again."""

import pytest

ALBUMS = "api_syncs.sync_saved_albums"
SCRIPT = "api_syncs.sync_album_tracks"


@pytest.fixture
def world(small_world):
    """Two long albums, of which the first pages are stored."""
    world = small_world(liked=0, albums=0)
    with world.sim.edit() as library:
        world.long = sorted(library.new_album(tracks=count, name="Long") for count in (160, 120))
        for album_id in world.long:
            library.save_album(album_id)
    assert world.run(ALBUMS).status == "done"
    world.sim.clear_requests()
    return world


def lacking(world):
    """Saved albums that do not count as whole."""
    return {row[0] for row in world.rows("SELECT album_id FROM albums WHERE tracks_synced_at IS NULL")}


def pages(world, album_id):
    """How often pages of the album were asked for since the last look."""
    count = sum(line == f"GET /albums/{album_id}/tracks" for line in world.asked())
    world.sim.clear_requests()
    return count


def test_a_page_that_is_refused_once_costs_nothing(world):
    first = world.long[0]
    world.sim.faults.add("status", match=f"/albums/{first}/tracks", status=404, times=1, after=1)
    assert world.run(SCRIPT).status == "done"
    assert lacking(world) == {first}, "the others are copied, and it is not taken for whole"
    assert world.run(SCRIPT).status == "done"
    assert lacking(world) == set()
    world.assert_library_equal()
    assert world.rows("SELECT count(*) FROM refusals") == [(0,)]


def test_an_album_that_is_gone_is_asked_for_a_few_times_and_keeps_no_other_waiting(world):
    first = world.long[0]
    with world.sim.edit() as library:
        library.dead_ids.add(first)
    world.sim.faults.add("status", match=f"/albums/{first}/tracks", status=404, times=None)
    for is_asked in (True, True, True, False, False):
        assert world.run(SCRIPT).status == "done"
        assert (pages(world, first) > 0) == is_asked
        assert lacking(world) == {first}, "what is unknown is not whole"
    assert [count for (count,) in world.rows("SELECT times FROM refusals")] == [3]


def test_an_album_of_which_no_track_is_known_likewise(world):
    first = world.long[0]
    world.change("DELETE FROM album_tracks WHERE album_id = %s", first)
    world.sim.faults.add("status", match=f"GET /albums/{first}", status=404, times=None)
    world.change(
        "INSERT INTO api_capabilities VALUES (%s, 'batch_albums', false, now())", world.sim.client_id
    )
    for count in (1, 1, 1, 0):
        assert world.run(SCRIPT).status == "done"
        asked = [line for line in world.asked() if first in line]
        world.sim.clear_requests()
        assert asked == [f"GET /albums/{first}"] * count
        assert lacking(world) == {first}
    world.sim.faults.clear()
    world.change(
        "UPDATE refusals SET first_at = now() - interval '60 days', last_at = now() - interval '30 days'"
    )
    assert world.run(SCRIPT).status == "done"
    assert lacking(world) == set()
    assert world.rows("SELECT count(*) FROM refusals") == [(0,)]
