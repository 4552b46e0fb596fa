"""The past of a list: what changed, what was in it on a date, and the list brought back to it on Spotify."""

import json
import signal
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from simulator.world.catalogue import PlaylistItem
from tests.clock import FakeClock
from tests.connections import PATIENCE_S
from tests.playlists.owner import FIRST, GENERATE, WRITES, by_hand, call, library_of, on_spotify, owners_world

pytestmark = pytest.mark.once

SYNC = "api_syncs.sync_playlists"


@pytest.fixture
def world(make_world, tmp_path):
    return owners_world(make_world, tmp_path)


def copied(world, clock):
    """The next day, on which the lists are copied."""
    clock.pass_time(days=1)
    assert world.run(SYNC, clock=clock).status == "done"
    return clock.moment.date()


def edited(world, playlist_id, act):
    with world.sim.edit() as library:
        act(library, playlist_id)


def moved_to_front(library, playlist_id):
    playlist = library.playlists[playlist_id]
    playlist.items = [*playlist.items[20:24], *playlist.items[:20], *playlist.items[24:]]
    library.touch_playlist(playlist_id)


@pytest.fixture
def told(world):
    """A list with five versions, one a day: (playlist_id, [(day, what it held)])."""
    uris = library_of(world)
    playlist_id = by_hand(world, [*uris[:90], uris[0], uris[1]], "Road trip")
    clock = FakeClock(datetime.now(UTC) - timedelta(days=9))
    edits = (
        lambda library, each: library.playlist_add(each, uris[100:125], 3),
        moved_to_front,
        lambda library, each: library.playlist_remove(each, uris[5:15]),
        lambda library, each: library.playlist_replace(each, uris[120:130]),
    )
    days = [(copied(world, clock), on_spotify(world, playlist_id)[3])]
    for edit in edits:
        edited(world, playlist_id, edit)
        days.append((copied(world, clock), on_spotify(world, playlist_id)[3]))
    return playlist_id, days


def test_what_changed_in_a_list_and_what_was_in_it_on_every_day(world, told):
    playlist_id, days = told
    for day, held in days:
        said = json.loads(call(world, "playlists", "history", "road TRIP", "--on", f"{day}", "--json"))
        assert [each["id"] for each in said["entries"]] == held, day
        assert said["order_not_known"] == 0
    (first, held), *_ = days
    assert "was first copied" in call(
        world, "playlists", "history", playlist_id, "--on", f"{first - timedelta(days=1)}", code=2
    )
    later = call(world, "playlists", "history", playlist_id, "--on", f"{days[-1][0] + timedelta(days=2)}")
    assert "Road trip on" in later
    assert f"{len(days[-1][1])} entries" in later
    said = call(world, "playlists", "history", "Road trip")
    assert "Road trip: 4 changes seen; first copied on" in said
    steps = [line for line in said.splitlines() if line.startswith("20")]
    assert [line.split("  ")[1] for line in steps] == [
        "+5 \N{MINUS SIGN}100",
        "\N{MINUS SIGN}10",
        "order",
        "+25",
    ]
    (title,) = world.rows("SELECT name FROM tracks WHERE track_id = %s", days[1][1][3].rpartition(":")[2])[0]
    assert f"- {title}\n" in said
    assert said.count("\n  + ") == 30
    found = json.loads(call(world, "playlists", "history", playlist_id, "--json", "--limit", "1"))
    assert [each["came"] for each in found["changes"]] == [5]
    assert len(found["changes"][0]["what_went"]) == 100


def test_a_list_is_brought_back_to_every_day_and_a_dry_run_writes_nothing(world, told):
    playlist_id, days = told
    world.sim.clear_requests()
    first, held = days[0]
    said = call(world, "playlists", "restore", "Road trip", "--on", f"{first}")
    assert "would be restored to what it held" in said
    assert "92 entries come back, 10 go" in said
    assert f"./run playlists restore {playlist_id} --on {first} --yes" in said
    assert not [line for line in world.asked() if line.startswith(WRITES)]
    for day, held in (days[0], days[3], days[2], days[4], days[1]):
        call(world, "playlists", "restore", "Road trip", "--on", f"{day}", "--yes")
        assert on_spotify(world, playlist_id)[3] == held, day
        world.sim.clear_requests()
        assert "nothing to do" in call(world, "playlists", "restore", playlist_id, "--on", f"{day}", "--yes")
        assert "To do it" not in call(world, "playlists", "restore", playlist_id, "--on", f"{day}")
        assert not [line for line in world.asked() if line.startswith(WRITES)]
    then = days[0][1]
    with world.sim.edit() as library:
        library.playlist_remove(playlist_id, then[:7])
    held = on_spotify(world, playlist_id)[3]
    call(world, "playlists", "restore", playlist_id, "--on", f"{first}", "--add-only", "--yes")
    assert on_spotify(world, playlist_id)[3] == [*held, *then[:7], *then[90:]], (
        "in the order of then, and nothing went"
    )
    clock = FakeClock(datetime.now(UTC) - timedelta(days=2))
    edited(world, playlist_id, lambda library, each: library.unfollow_playlist(each))
    copied(world, clock)
    said = call(world, "playlists", "restore", "Road trip", "--on", f"{days[2][0]}", "--yes")
    assert "is not among your lists: it is put there again" in said
    assert on_spotify(world, playlist_id)[3] == days[2][1]
    with world.sim.edit() as library:
        assert playlist_id in library.user_playlists
    with world.sim.edit() as library:
        library.playlist_replace(playlist_id, days[4][1])
        library.dead_ids |= {days[0][1][4].rpartition(":")[2]}
    said = call(world, "playlists", "restore", "Road trip", "--on", f"{days[0][0]}", "--yes")
    assert f"Spotify does not take 1 entry any more: {days[0][1][4]}" in said
    assert on_spotify(world, playlist_id)[3] == [uri for uri in days[0][1] if uri != days[0][1][4]]
    assert "is no day such as" in call_badly(world, "restore", "Road trip", "--on", "yesterday")
    assert "has not come yet" in call(
        world, "playlists", "restore", "Road trip", "--on", "2199-01-01", code=2
    )
    assert "did you mean Road trip" in call(world, "playlists", "history", "Rode trip", code=2)


def test_a_restore_that_is_killed_at_any_request_is_finished_by_the_next(world, told):
    playlist_id, days = told
    day, held = days[2]
    for number in count(1):
        edited(world, playlist_id, lambda library, each: library.playlist_replace(each, days[4][1]))
        child = world.start("-m", "playlists", "restore", "Road trip", "--on", f"{day}", "--yes")
        world.sim.on_request = killing(world, child, number)
        out, err = child.communicate(timeout=PATIENCE_S)
        world.sim.on_request = None
        if child.returncode != -signal.SIGKILL:
            break
        call(world, "playlists", "restore", "Road trip", "--on", f"{day}", "--yes")
        assert on_spotify(world, playlist_id)[3] == held, number
    assert child.returncode == 0, out + err
    assert number > 4
    assert on_spotify(world, playlist_id)[3] == held


def killing(world, child, number):
    made = count(1)

    def hook(request):
        if request.kind == "api" and next(made) == number:
            world.kill(child)

    return hook


def test_a_list_that_rules_make_is_not_restored_before_it_is_let_go(world):
    world.define("first", FIRST)
    call(world, GENERATE, "first")
    clock = FakeClock(datetime.now(UTC) - timedelta(days=5))
    day = copied(world, clock)
    ((_, playlist_id),) = world.rows("SELECT slug, playlist_id FROM playlist_mappings")
    held = on_spotify(world, playlist_id)[3]
    world.define("first", f"{FIRST}offset: 3\n")
    call(world, "playlists.update_dynamic_playlists", "--force")
    copied(world, clock)
    said = call(world, "playlists", "history", "first")
    assert "+3 \N{MINUS SIGN}3" in said
    assert "(the order, the caps or the limit decides)" in said
    said = call(world, "playlists", "restore", "first", "--on", f"{day}", "--yes", code=2)
    assert "made by its rules" in said
    assert "./run playlists forget first --yes" in said
    call(world, "playlists", "forget", "first", "--yes")
    call(world, "playlists", "restore", playlist_id, "--on", f"{day}", "--yes")
    assert on_spotify(world, playlist_id)[3] == held


def test_what_no_call_adds_is_said_and_an_entry_without_content_has_words(world):
    uris = library_of(world)
    playlist_id = by_hand(world, uris[:6], "Odd")
    by_hand(world, [], "Empty")
    by_hand(world, uris[:3], "Theirs", owner_id="somebody")

    def odd(library, each):
        library.playlists[each].items.insert(2, PlaylistItem("gone"))
        library.playlist_add_local(each, "Somebody", "An album", "From a disc")

    edited(world, playlist_id, odd)
    clock = FakeClock(datetime.now(UTC) - timedelta(days=5))
    day = copied(world, clock)
    held = on_spotify(world, playlist_id)[3]
    assert "Nothing was in Empty whenever it was copied" in call(
        world, "playlists", "history", "Empty", code=2
    )
    assert "it belongs to somebody else" in call(world, "playlists", "history", "Theirs", code=2)
    assert "'0' is no number from 1 on" in call_badly(world, "history", "Odd", "--limit", "0")
    said = call(world, "playlists", "history", "Odd", "--on", f"{day}")
    assert "\n3  an entry of which Spotify says nothing\n" in said
    assert "\n8  From a disc\n" in said
    edited(world, playlist_id, lambda library, each: library.playlist_remove(each, uris[:4]))
    call(world, "playlists", "restore", "Odd", "--on", f"{day}", "--yes")
    assert on_spotify(world, playlist_id)[3] == held, "what is still there stays in its place"
    edited(world, playlist_id, lambda library, each: library.playlist_replace(each, uris[9:12]))
    said = call(world, "playlists", "restore", "Odd", "--on", f"{day}", "--yes")
    assert "1 local file cannot be put back" in said
    assert on_spotify(world, playlist_id)[3] == uris[:6]


def call_badly(world, *words):
    process = world.call("-m", "playlists", *words)
    assert process.returncode == 2
    return process.stderr


def test_of_what_was_copied_before_the_order_was_kept_the_places_are_as_far_as_they_are_known(world, told):
    playlist_id, days = told
    world.change("DELETE FROM playlist_versions")
    day, held = days[1]
    said = json.loads(call(world, "playlists", "history", playlist_id, "--on", f"{day}", "--json"))
    ids = [each["id"] for each in said["entries"]]
    assert sorted(ids) == sorted(set(held))
    assert said["order_not_known"] == 110, "of what is still there, the place is known"
