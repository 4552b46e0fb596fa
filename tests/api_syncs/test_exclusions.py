"""The list "Exclusions": checklist S1-17, S1-29; case 33."""

import signal
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from simulator.world.catalogue import Episode, PlaylistItem
from tests.connections import PATIENCE_S, wait_until_alone

pytestmark = pytest.mark.once

SCRIPT = "api_syncs.sync_exclusions"
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLES = (
    "excluded_tracks",
    "tracks",
    "track_artists",
    "albums",
    "album_artists",
    "artists",
    "playlist_mappings",
)


@pytest.fixture
def world(small_world, mode):
    return small_world(mode=mode, liked=130)


def lists(world):
    with world.sim.edit() as library:
        return [entry for entry in library.playlists.values() if entry.name == "Exclusions"]


def excluded(world):
    return dict(world.rows("SELECT track_id, excluded_at FROM excluded_tracks"))


def mapped_id(world):
    return world.rows("SELECT playlist_id FROM playlist_mappings WHERE slug = 'exclusions'")[0][0]


def warnings(world):
    rows = world.rows(
        "SELECT message FROM logs WHERE source = 'sync_exclusions' AND level = 'WARNING' ORDER BY logged_at, line_number"
    )
    return [row[0] for row in rows]


def fill(world, number, start=0):
    """Put liked tracks into the list, one a minute; the ids."""
    with world.sim.edit() as library:
        track_ids = list(library.liked_rows())[start : start + number]
        for minute, track_id in enumerate(track_ids):
            library.playlist_add(mapped_id(world), [track_id], at=T0 + timedelta(minutes=minute))
    return track_ids


def test_it_is_not_made_where_the_setting_says_no(world):
    assert world.call("-m", "db.settings", "set", "playlists.create", "no").returncode == 0
    for _ in range(2):
        assert world.run(SCRIPT).status == "done"
    assert lists(world) == []
    assert world.rows("SELECT * FROM playlist_mappings") == []
    with world.sim.edit() as library:
        library.new_playlist("Exclusions", list(library.liked_rows())[:3])
    assert world.run(SCRIPT).status == "done"
    assert len(excluded(world)) == 3, "one that is there is read"
    assert len(lists(world)) == 1


def test_it_is_created_once_private_and_empty(world):
    assert world.run(SCRIPT).status == "done"
    [found] = lists(world)
    assert (found.public, found.items) == (False, [])
    assert world.rows("SELECT slug, playlist_id, is_dynamic, status, track_count FROM playlist_mappings") == [
        ("exclusions", found.id, False, "active", 0)
    ]
    path = f"/playlists/{found.id}"
    assert world.asked() == [
        "GET /me",
        "GET /me/playlists",
        "POST /me/playlists",
        f"GET {path}",
        f"GET {path}/items",
    ]


def test_an_unchanged_list_costs_one_request_and_no_write(world, written):
    world.run(SCRIPT)
    fill(world, 60)
    world.run(SCRIPT)
    before = written(world, TABLES)
    world.sim.clear_requests()
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.requests) == ("done", 1)
    assert world.asked() == [f"GET /playlists/{mapped_id(world)}"]
    assert written(world, TABLES) == before


def test_the_table_equals_the_list(world):
    world.run(SCRIPT)
    track_ids = fill(world, 3)
    assert world.run(SCRIPT).tally.new_items == 3
    assert excluded(world) == {
        track_id: T0 + timedelta(minutes=minute) for minute, track_id in enumerate(track_ids)
    }
    assert world.rows("SELECT count(*) FROM tracks WHERE track_id = ANY(%s) AND name <> ''", track_ids) == [
        (3,)
    ]
    with world.sim.edit() as library:
        library.playlist_remove(mapped_id(world), [track_ids[1]])
    outcome = world.run(SCRIPT)
    assert (outcome.tally.new_items, outcome.tally.updated_items, outcome.tally.removed_items) == (0, 0, 1)
    assert set(excluded(world)) == {track_ids[0], track_ids[2]}


def test_an_emptied_list_excludes_nothing(world):
    world.run(SCRIPT)
    fill(world, 5)
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.playlist_replace(mapped_id(world), [])
    assert world.run(SCRIPT).tally.removed_items == 5
    assert excluded(world) == {}


def test_odd_entries_are_harmless(world, written):
    """Doubled tracks, on one page and on two, episodes, local files, nulls and entries without a time."""
    world.run(SCRIPT)
    track_ids = fill(world, 55)
    with world.sim.edit() as library:
        library.episodes["0" * 22] = Episode("0" * 22, "Talk", "1" * 22, "Show")
        playlist_id = mapped_id(world)
        library.playlist_add(playlist_id, [track_ids[0]], position=1, at=T0 + timedelta(days=1))
        library.playlist_add(playlist_id, [track_ids[1]], at=T0 + timedelta(days=1))
        library.playlist_add(playlist_id, [track_ids[2]], at=T0 - timedelta(days=1))
        library.playlist_add(playlist_id, ["spotify:episode:" + "0" * 22], position=3)
        library.playlist_add_local(playlist_id, "Artist", "Album", "Title")
        timeless = list(library.liked_rows())[60]
        library.playlists[playlist_id].items += [PlaylistItem("gone"), PlaylistItem("track", timeless)]
        library.touch_playlist(playlist_id)
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.tally.bad_items) == ("done", 0)
    found = excluded(world)
    assert set(found) == {*track_ids, timeless}
    assert found[track_ids[0]] == T0
    assert found[track_ids[1]] == T0 + timedelta(minutes=1)
    assert found[track_ids[2]] == T0 - timedelta(days=1)
    assert abs(found[timeless] - datetime.now(UTC)) < timedelta(minutes=1)
    with world.sim.edit() as library:
        library.touch_playlist(playlist_id)
    tables = TABLES[:-1]
    before = written(world, tables)
    assert world.run(SCRIPT).tally.new_items == 0
    assert written(world, tables) == before, "a list read again writes nothing"


def test_a_renamed_list_is_known_by_its_id(world):
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.playlist_change(mapped_id(world), name="Never again", description="mine")
    [track_id] = fill(world, 1)
    world.run(SCRIPT)
    assert set(excluded(world)) == {track_id}
    assert lists(world) == []


def test_a_new_database_finds_the_list_again(world):
    world.run(SCRIPT)
    [track_id] = fill(world, 1)
    world.change("DELETE FROM playlist_mappings")
    world.run(SCRIPT)
    assert len(lists(world)) == 1
    assert set(excluded(world)) == {track_id}


@pytest.mark.parametrize("status", [404, 403])
@pytest.mark.parametrize("what", ["", "/items"])
def test_a_list_that_is_not_shown_changes_nothing(small_world, status, what):
    world = small_world(liked=10)
    world.run(SCRIPT)
    track_ids = fill(world, 2)
    world.run(SCRIPT)
    fill(world, 1, start=5)
    world.sim.faults.add("status", match=f"GET /playlists/[0-9A-Za-z]+{what}", status=status, times=None)
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.exit_code) == ("done", 0)
    assert set(excluded(world)) == set(track_ids)
    assert world.rows("SELECT status FROM playlist_mappings") == [("missing",)]
    [message] = warnings(world)
    assert "stay as they were" in message
    world.sim.faults.clear()
    world.run(SCRIPT)
    assert len(excluded(world)) == 3
    assert world.rows("SELECT status FROM playlist_mappings") == [("active",)]
    assert len(lists(world)) == 1


def test_an_unreadable_entry_removes_nothing(small_world):
    world = small_world(liked=10)
    world.run(SCRIPT)
    [track_id] = fill(world, 1)
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.touch_playlist(mapped_id(world))
    strange = {"added_at": None, "item": {"type": "track", "id": None, "name": "?"}}
    body = {"items": [strange, *[{"item": None}] * 30], "total": 31, "next": None}
    world.sim.faults.add("status", match="/items", status=200, json=body)
    outcome = world.run(SCRIPT)
    assert outcome.tally.bad_items == 1
    assert set(excluded(world)) == {track_id}
    assert world.run(SCRIPT).tally.bad_items == 0, "the list is read again"
    assert set(excluded(world)) == {track_id}


@pytest.mark.parametrize(
    ("offset", "start", "number", "has_next"),
    [
        pytest.param(0, 0, 0, False, id="empty"),
        pytest.param(0, 0, 30, True, id="short"),
        pytest.param(50, 50, 0, False, id="second one empty"),
        pytest.param(100, 100, 10, False, id="last one short"),
    ],
)
def test_pages_that_do_not_add_up_remove_nothing(small_world, offset, start, number, has_next):
    world = small_world(liked=130)
    world.run(SCRIPT)
    track_ids = fill(world, 120)
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.playlist_remove(mapped_id(world), track_ids[-1:])
    entries = [
        {"added_at": None, "item": {"type": "track", "id": track_id, "uri": f"spotify:track:{track_id}"}}
        for track_id in track_ids[start : start + number]
    ]
    body = {"items": entries, "total": 119, "next": "x" if has_next else None}
    world.sim.faults.add("status", match=f"/items.*offset={offset}(&|$)", status=200, json=body)
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.tally.removed_items) == ("done", 0)
    assert len(world.sim.faults) == 0, "the fault was met"
    assert set(excluded(world)) == set(track_ids)
    assert "of 119 entries" in warnings(world)[-1]
    assert world.run(SCRIPT).tally.removed_items == 1, "the list is read again"
    assert set(excluded(world)) == set(track_ids[:-1])


def test_an_edit_between_two_pages_removes_nothing(small_world):
    world = small_world(liked=130)
    world.run(SCRIPT)
    track_ids = fill(world, 120)
    world.run(SCRIPT)
    with world.sim.edit() as library:
        library.touch_playlist(mapped_id(world))

    def edit(request):
        if request.path.endswith("/items") and request.query.get("offset") == "50":
            world.sim.on_request = None
            with world.sim.edit() as library:
                library.playlist_remove(mapped_id(world), track_ids[:1])

    world.sim.on_request = edit
    assert world.run(SCRIPT).tally.removed_items == 0
    assert set(excluded(world)) == set(track_ids)
    assert world.run(SCRIPT).tally.removed_items == 1
    assert set(excluded(world)) == set(track_ids[1:])


# Made by hand


def test_a_list_made_by_hand_is_taken(world):
    """Checklist S1-17: whoever comes from another tool has such a list."""
    with world.sim.edit() as library:
        track_ids = list(library.liked_rows())[:3]
        mine = library.new_playlist("Exclusions", track_ids, description="made by hand")
        library.new_playlist("exclusions too", owner_id="somebody")
        library.new_playlist("Exclusions", owner_id="somebody", description="made by hand")
        before = list(library.playlists[mine].items)
    world.run(SCRIPT)
    assert mapped_id(world) == mine
    assert set(excluded(world)) == set(track_ids)
    with world.sim.edit() as library:
        assert library.playlists[mine].items == before
    assert [request.method for request in world.sim.requests if request.kind == "api"] == ["GET"] * 4


def test_of_several_made_by_hand_none_is_taken(small_world):
    world = small_world(liked=5)
    with world.sim.edit() as library:
        made = [library.new_playlist("Exclusions", list(library.liked_rows())[:1]) for _ in range(2)]
    world.run(SCRIPT)
    assert len(lists(world)) == 3
    assert mapped_id(world) not in made
    assert excluded(world) == {}
    assert len(warnings(world)) == 1


def test_of_several_the_one_that_we_have_made_is_taken(small_world):
    world = small_world(liked=5)
    world.run(SCRIPT)
    ours = mapped_id(world)
    with world.sim.edit() as library:
        library.new_playlist("Exclusions", description="made by hand")
    world.change("DELETE FROM playlist_mappings")
    world.run(SCRIPT)
    assert mapped_id(world) == ours


# Deleted


def delete(world):
    """As the listener does it: the list is out of the lists, and still there by its id."""
    playlist_id = mapped_id(world)
    with world.sim.edit() as library:
        library.unfollow_playlist(playlist_id)
    return playlist_id


def a_week_later(world):
    world.change("UPDATE playlist_mappings SET last_synced_at = last_synced_at - interval '7 days'")


def copied_lists_say_so(world):
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.remove_unfollowed_playlists', 'true' FROM users"
    )
    with world.sim.edit() as library:
        library.follow_playlist(mapped_id(world))
    world.run("api_syncs.sync_playlists")
    delete(world)
    world.run("api_syncs.sync_playlists")


def it_is_not_shown(world):
    world.sim.faults.add("status", match="GET /playlists/", status=404)
    world.run(SCRIPT)


@pytest.mark.parametrize("notice", [a_week_later, copied_lists_say_so, it_is_not_shown])
def test_a_deleted_list_is_made_anew_and_loses_nothing(small_world, notice):
    world = small_world(liked=30)
    world.run(SCRIPT)
    track_ids = fill(world, 3)
    world.run(SCRIPT)
    old = delete(world)
    notice(world)
    world.sim.clear_requests()
    world.run(SCRIPT)
    new = mapped_id(world)
    assert new != old
    assert set(excluded(world)) == set(track_ids)
    assert "stays excluded until" in warnings(world)[-1]
    assert world.asked() == [
        "GET /me/library/contains",
        "GET /me/playlists",
        "POST /me/playlists",
        f"GET /playlists/{new}",
        f"GET /playlists/{new}/items",
    ]
    world.sim.clear_requests()
    world.run(SCRIPT)
    assert world.asked() == [f"GET /playlists/{new}"]
    assert set(excluded(world)) == set(track_ids), "the new list is still empty"
    [added] = fill(world, 1, start=10)
    world.run(SCRIPT)
    assert set(excluded(world)) == {added}
    with world.sim.edit() as library:
        library.playlist_replace(new, [])
    world.run(SCRIPT)
    assert excluded(world) == {}


def test_a_deleted_list_that_has_a_successor_gives_way_to_it(small_world):
    world = small_world(liked=30)
    world.run(SCRIPT)
    fill(world, 3)
    world.run(SCRIPT)
    delete(world)
    a_week_later(world)
    with world.sim.edit() as library:
        track_id = list(library.liked_rows())[20]
        successor = library.new_playlist("Exclusions", [track_id])
    world.run(SCRIPT)
    assert mapped_id(world) == successor
    assert set(excluded(world)) == {track_id}


def test_a_list_that_is_there_is_asked_about_once_a_week(small_world):
    world = small_world(liked=5)
    world.run(SCRIPT)
    a_week_later(world)
    for requests in (2, 1):
        assert world.run(SCRIPT).requests == requests
    assert len(lists(world)) == 1


def test_a_renamed_list_is_not_taken_for_deleted_by_one_wrong_answer(small_world):
    world = small_world(liked=5)
    world.run(SCRIPT)
    known = mapped_id(world)
    with world.sim.edit() as library:
        library.playlist_change(known, name="Never again", description="mine")
    [track_id] = fill(world, 1)
    world.run(SCRIPT)
    a_week_later(world)
    world.sim.faults.add("status", match="GET /me/library/contains", status=200, json=[False])
    world.run(SCRIPT)
    assert (mapped_id(world), set(excluded(world))) == (known, {track_id})
    assert world.run(SCRIPT).requests == 1, "the listing has confirmed it"


def test_null_entries_do_not_keep_a_deleted_list_from_being_made_anew(small_world):
    world = small_world(liked=5)
    world.run(SCRIPT)
    old = delete(world)
    a_week_later(world)
    with world.sim.edit() as library:
        library.user_playlists += [None, None]
    world.run(SCRIPT)
    assert mapped_id(world) != old


def test_a_list_that_is_shown_as_null_stays(small_world):
    world = small_world(liked=5)
    world.run(SCRIPT)
    known = mapped_id(world)
    [track_id] = fill(world, 1)
    a_week_later(world)
    with world.sim.edit() as library:
        library.unlisted.add(known)
    world.run(SCRIPT)
    assert (mapped_id(world), set(excluded(world))) == (known, {track_id})
    assert len(lists(world)) == 1


def test_killed_while_a_deleted_list_is_made_anew(small_world):
    world = small_world(liked=30)
    world.run(SCRIPT)
    track_ids = fill(world, 3)
    world.run(SCRIPT)
    delete(world)
    a_week_later(world)
    child = world.start("-m", SCRIPT, "--force")
    kill_at(world, child, lambda request: request.method == "POST" and request.kind == "api")
    assert world.run(SCRIPT).status == "done"
    assert len(lists(world)) == 2, "the deleted one and its successor"
    assert set(excluded(world)) == set(track_ids)


# Killed


def kill_at(world, child, wanted, number=1):
    made = count(1)

    def hook(request):
        if wanted(request) and next(made) == number:
            world.kill(child)

    world.sim.on_request = hook
    child.communicate(timeout=PATIENCE_S)
    world.sim.on_request = None
    wait_until_alone(world.dsn)
    assert child.returncode == -signal.SIGKILL


def test_killed_while_the_list_is_created(small_world):
    world = small_world(liked=5)
    kill_at(
        world, world.start("-m", SCRIPT), lambda request: request.method == "POST" and request.kind == "api"
    )
    assert world.rows("SELECT status FROM playlist_mappings") == [("creating",)]
    assert world.run(SCRIPT).status == "done"
    assert len(lists(world)) == 1


def test_a_created_list_whose_answer_was_lost_is_not_created_again(world):
    world.sim.faults.add("lost_answer", match="POST /me/playlists")
    assert world.run(SCRIPT).exit_code == 1
    assert world.run(SCRIPT).status == "done"
    assert [entry.id for entry in lists(world)] == [mapped_id(world)]


def test_killed_between_two_pages_it_goes_on(small_world):
    world = small_world(liked=130)
    world.run(SCRIPT)
    track_ids = fill(world, 120)
    child = world.start("-m", SCRIPT, "--force")
    kill_at(world, child, lambda request: request.path.endswith("/items"), 2)
    committed = len(excluded(world))
    assert committed == 50
    world.sim.clear_requests()
    world.run(SCRIPT)
    offsets = [request.query["offset"] for request in world.sim.requests if request.path.endswith("/items")]
    assert sorted(offsets) == ["100", "50"]
    assert set(excluded(world)) == set(track_ids)
    assert world.rows("SELECT count(*) FROM sync_seen") == [(0,)]
    assert world.rows("SELECT count(*) FROM sync_state WHERE NOT is_complete") == [(0,)]


def test_a_smart_playlist_that_is_called_exclusions_in_the_app_is_not_taken_for_it(world):
    assert world.run("api_syncs.track_plays").status == "done"
    with world.sim.edit() as library:
        playlist_id = library.new_playlist("Exclusions", list(library.liked_rows())[:3])
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, playlist_id, rules, status) "
        "SELECT user_id, 'mix', 'Mix', %s, '{}', 'active' FROM users",
        playlist_id,
    )
    assert world.run(SCRIPT).status == "done"
    assert mapped_id(world) not in (None, playlist_id)
    assert excluded(world) == {}
