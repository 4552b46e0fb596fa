"""After the scripts have run, the database equals the library: checklist S1-16, S1-18, S1-19, S1-20, S0-7."""

import pytest

pytestmark = pytest.mark.once

SCRIPTS = ("api_syncs.sync_liked_tracks", "api_syncs.sync_saved_albums", "api_syncs.sync_album_tracks")


def sync(world, scripts=SCRIPTS):
    for script in scripts:
        outcome = world.run(script)
        assert (outcome.status, outcome.exit_code) == ("done", 0), outcome.message


@pytest.fixture
def world(make_world, mode):
    return make_world(mode=mode, liked=230, albums=120)


def test_first_sync_copies_everything(world):
    sync(world)
    world.assert_library_equal()


def test_names_and_fields_are_spotifys_own(world):
    sync(world)
    with world.sim.edit() as library:
        expected = {
            track_id: (
                library.tracks[track_id].name.replace("\x00", "") or None,
                library.tracks[track_id].duration_ms,
                library.tracks[track_id].album_id,
            )
            for track_id in library.liked_rows()
        }
    stored = {
        row[0]: row[1:]
        for row in world.rows(
            "SELECT track_id, name, duration_ms, album_id FROM tracks WHERE track_id IN (SELECT track_id FROM liked_tracks)"
        )
    }
    assert stored == expected


def test_nothing_changed_writes_no_row_and_asks_one_page(world):
    sync(world)
    written = world.written()
    world.sim.clear_requests()
    sync(world)
    assert world.asked() == ["GET /me/tracks", "GET /me/albums"]
    assert world.written() == written


def test_likes_unlikes_and_relikes(world):
    sync(world)
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
        for track_id in (ids[0], ids[49], ids[50], ids[120], ids[-1]):
            library.unlike(track_id)
        library.like(ids[60])  # liked again: on top, with a new time
        unliked_before = ids[120]
        new = [track_id for track_id in library.tracks if track_id not in ids][:55]
        for track_id in new:
            library.like(track_id)
    sync(world)
    world.assert_library_equal()
    assert world.rows(
        "SELECT removed_at IS NOT NULL FROM liked_tracks WHERE track_id = %s", unliked_before
    ) == [(True,)]
    with world.sim.edit() as library:
        library.like(unliked_before)
    sync(world)
    world.assert_library_equal()


@pytest.mark.parametrize("position", [0, 1, 25, 48, 49, 50, 51, 75, 98, 99, 100, 101, 118, 119])
def test_one_album_out_another_in(make_world, position):
    """The count stays the same: equal counts alone prove nothing (case 20)."""
    world = make_world(albums=120, odd=False)
    sync(world)
    with world.sim.edit() as library:
        out = list(library.saved_album_rows())[position]
        library.unsave_album(out)
        library.save_album(library.new_album(tracks=3))
    sync(world)
    world.assert_library_equal()


@pytest.mark.parametrize("position", [0, 20, 49])
def test_a_swap_in_place_on_the_first_page(make_world, position):
    world = make_world(albums=120, odd=False)
    sync(world)
    with world.sim.edit() as library:
        library.replace_saved_album(position, library.new_album(tracks=3))
    sync(world)
    world.assert_library_equal()


@pytest.mark.parametrize("position", [50, 99, 119])
def test_a_swap_in_place_further_down_is_found_by_the_weekly_pass(make_world, position):
    world = make_world(albums=120, odd=False)
    sync(world)
    with world.sim.edit() as library:
        library.replace_saved_album(position, library.new_album(tracks=3))
    world.change(
        "UPDATE sync_state SET cursor = jsonb_set(cursor, '{last_full_at}', to_jsonb(now() - interval '8 days')) "
        "WHERE cursor ? 'last_full_at'"
    )
    sync(world)
    world.assert_library_equal()


def test_an_emptied_library_and_its_return(world):
    sync(world)
    with world.sim.edit() as library:
        liked = library.liked_rows()
        albums = library.saved_album_rows()
        library.clear_liked()
        library.clear_saved_albums()
    for _ in range(2):  # a large drop is said first
        sync(world)
    assert world.liked() == {}
    assert world.saved_albums() == {}
    with world.sim.edit() as library:
        for track_id in list(liked)[:70]:
            library.like(track_id)
        for album_id in list(albums)[:70]:
            library.save_album(album_id)
    sync(world)
    world.assert_library_equal()


def test_the_full_script_finds_what_the_quick_one_cannot_see(make_world):
    world = make_world(liked=130, odd=False)
    sync(world, ["api_syncs.sync_liked_tracks"])
    with world.sim.edit() as library:
        other = next(track_id for track_id in library.tracks if track_id not in library.liked_rows())
        library.replace_liked(100, other)
    sync(world, ["api_syncs.sync_liked_tracks_full"])
    world.assert_library_equal()
