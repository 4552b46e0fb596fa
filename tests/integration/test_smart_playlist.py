"""The smart playlist "Never played" on Spotify: checklist S1-4, S1-25, S1-39, S1-51, S1-52; cases 7, 8, 44."""

import pytest

SYNCS = ("api_syncs.track_plays", "api_syncs.sync_liked_tracks", "api_syncs.materialized_views")
SCRIPT = "playlists.update_dynamic_playlists"


@pytest.fixture
def world(make_world, mode):
    world = make_world(mode=mode, liked=130, plays=60, odd=False)
    for script in SYNCS:
        assert world.run(script).status == "done"
    return world


def playlist(world):
    with world.sim.edit() as library:
        [found] = [entry for entry in library.playlists.values() if entry.name == "Never played"]
        return found


def wanted(world):
    rows = world.rows(
        "SELECT track_id FROM unified_tracks WHERE play_count = 0 ORDER BY added_at, track_id LIMIT 100"
    )
    return [f"spotify:track:{track_id}" for (track_id,) in rows]


def test_it_is_created_private_with_what_was_never_played(world):
    assert world.run(SCRIPT).tally.new_items == 1
    found = playlist(world)
    assert [item.uri for item in found.items] == wanted(world)
    assert found.public is False
    assert world.rows("SELECT slug, status, playlist_id, track_count FROM playlist_mappings") == [
        ("never_played", "active", found.id, len(wanted(world)))
    ]


def test_a_played_track_leaves_it(world):
    world.run(SCRIPT)
    first = wanted(world)[0]
    with world.sim.edit() as library:
        library.play(first.removeprefix("spotify:track:"))
    for script in SYNCS:
        world.run(script)
    assert world.run(SCRIPT).tally.updated_items == 1
    uris = [item.uri for item in playlist(world).items]
    assert first not in uris
    assert uris == wanted(world)


def test_an_emptied_list_fills_again(world):
    """The hash of an empty list must not hide that the old contents are wanted again (case 7)."""
    world.run(SCRIPT)
    with world.sim.edit() as library:
        liked = list(library.liked_rows())
        library.clear_liked()
    for script in (*SYNCS, *SYNCS):  # a large drop is said first
        world.run(script)
    world.run(SCRIPT)
    assert playlist(world).items == []
    with world.sim.edit() as library:
        for track_id in reversed(liked):
            library.like(track_id)
    for script in SYNCS:
        world.run(script)
    world.run(SCRIPT)
    assert [item.uri for item in playlist(world).items] == wanted(world) != []


def test_a_local_file_put_into_the_list_by_hand_stays_where_it_is(world):
    """Only the app can add one: what is taken out could not be put back."""
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.playlist_add_local(playlist_id(world), "Artist", "Album", "Title")
        place = len(playlist(world).items) - 1
        local = playlist(world).items[-1].uri
        library.play(wanted(world)[0].removeprefix("spotify:track:"))
    for script in SYNCS:
        world.run(script)
    assert world.run(SCRIPT).status == "done"
    held = [item.uri for item in playlist(world).items]
    assert local in held[place - 1 :]
    assert [uri for uri in held if uri != local] == wanted(world)


def playlist_id(world):
    return world.rows("SELECT playlist_id FROM playlist_mappings")[0][0]


def test_a_list_that_answers_404_keeps_its_mapping_and_rules(world):
    world.run(SCRIPT)
    before = world.rows("SELECT playlist_id, rules FROM playlist_mappings")
    with world.sim.edit() as library:
        library.playlist_replace(before[0][0], [])  # so that it has to be read
    world.sim.faults.add("status", match="GET /playlists", status=404, times=None)
    assert world.run(SCRIPT).exit_code == 0
    assert world.rows("SELECT playlist_id, rules FROM playlist_mappings") == before
    assert world.rows("SELECT status FROM playlist_mappings") == [("missing",)]
    world.sim.faults.clear()
    world.run(SCRIPT)
    assert world.rows("SELECT status FROM playlist_mappings") == [("active",)]
    assert [item.uri for item in playlist(world).items] == wanted(world)


def test_without_views_it_says_what_to_run_first(make_world, empty_dsn):
    world = make_world(liked=10)
    world.dsn = empty_dsn
    outcome = world.run(SCRIPT)
    assert outcome.exit_code == 1
    assert "unified_tracks" in outcome.message
