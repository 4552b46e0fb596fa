"""One list made to agree: checklist S1-25, S1-39, S1-51, S1-52; cases 7 and 8."""

import pytest

from playlists.writing.plan import ImpossiblePlanError
from playlists.writing.target import ListError
from simulator.world.catalogue import Episode, PlaylistItem
from tests.playlists.writing.conftest import DESCRIPTION, NAME, target, written

pytestmark = pytest.mark.once


@pytest.fixture
def mix(writing, mode):
    return writing(mode=mode)


def test_a_list_is_created_private_and_filled(mix):
    uris = mix.tracks(230)
    result = mix.sync(target(uris))
    [found] = mix.lists()
    assert (result.status, result.playlist_id, result.added) == ("created", found.id, 230)
    assert mix.contents() == uris
    assert (found.public, found.collaborative, found.description) == (False, False, DESCRIPTION)
    assert mix.row("status, track_count, snapshot_id, name, wanted_uris") == (
        "active",
        230,
        found.snapshot_id,
        NAME,
        None,
    )


def test_unchanged_costs_the_listing_alone(mix):
    uris = mix.tracks(230)
    mix.sync(target(uris))
    synced = mix.row("last_synced_at")
    with mix.asked() as asked:
        assert mix.sync(target(uris)).status == "unchanged"
    assert asked == ["GET /me/playlists"]
    assert mix.row("last_synced_at") == synced


def test_forty_unchanged_lists_cost_one_request(writing):
    mix = writing()
    uris = mix.tracks(45)
    many = [target(uris[n : n + 5], f"mix_{n}", name=f"Mix {n}") for n in range(40)]
    mix.sync(*many)
    with mix.asked() as asked:
        assert mix.sync(*many).status == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_up_to_a_hundred_items_a_change_is_one_request_more(mix):
    uris = mix.tracks(150)
    mix.made_of(uris[:100])
    with mix.asked() as asked:
        assert mix.sync(target(uris[50:])).status == "updated"
    assert asked == ["GET /me/playlists", f"PUT /playlists/{mix.playlist_id}/items"]
    assert mix.contents() == uris[50:]
    with mix.asked() as asked:
        assert mix.sync(target(uris[50:])).status == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_a_long_list_is_edited_and_proven(mix):
    """Two tracks come and three go, of 400: two writes, and a reading that proves them."""
    uris = mix.tracks(402)
    mix.made_of(uris[:400])
    with mix.asked() as asked:
        result = mix.sync(target([*uris[3:402]]))
    items = f"/playlists/{mix.playlist_id}/items"
    assert written(asked) == [f"DELETE {items}", f"POST {items}"]
    assert (result.added, result.removed) == (2, 3)
    assert mix.contents() == uris[3:402]
    assert min(map(len, mix.states)) >= 100
    with mix.asked() as asked:
        assert mix.sync(target(uris[3:402])).status == "unchanged"
    assert asked == ["GET /me/playlists"]


@pytest.mark.parametrize("before", [0, 1, 99, 101, 350])
@pytest.mark.parametrize("after", [0, 1, 100, 260])
def test_no_state_in_between_is_too_short(writing, before, after):
    mix = writing()
    uris = mix.tracks(500)
    mix.made_of(uris[:before])
    wanted = uris[:after:2] + uris[400 : 400 + after // 4] + uris[after:0:-2][: after // 3]
    mix.sync(target(wanted))
    assert mix.contents() == wanted
    shortest = min(100, before, len(wanted))
    assert all(len(state) >= shortest for state in mix.states)


def test_an_emptied_list_fills_again(mix):
    """Case 7: what was once written must not hide that it is wanted again."""
    uris = mix.tracks(20)
    for wanted in (uris, [], uris):
        mix.sync(target(wanted))
        assert mix.contents() == wanted


def remove_some(library, playlist_id):
    library.playlist_remove(playlist_id, [item.uri for item in library.playlists[playlist_id].items[5:9]])


def turn_round(library, playlist_id):
    library.playlist_replace(playlist_id, [i.uri for i in library.playlists[playlist_id].items[::-1]])


def double_some(library, playlist_id):
    items = library.playlists[playlist_id].items
    library.playlist_add(playlist_id, [items[3].uri, items[3].uri], 1)


def add_an_episode(library, playlist_id):
    library.episodes["0" * 22] = Episode("0" * 22, "Talk", "1" * 22, "Show")
    library.playlist_add(playlist_id, ["spotify:episode:" + "0" * 22], position=7)


def leave_an_empty_entry(library, playlist_id):
    library.playlists[playlist_id].items.insert(4, PlaylistItem("gone"))
    library.touch_playlist(playlist_id)


def empty_it(library, playlist_id):
    library.playlist_replace(playlist_id, [])


EDITS = [remove_some, turn_round, double_some, add_an_episode, leave_an_empty_entry, empty_it]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("size", [60, 230])
def test_edits_by_hand_are_repaired(mix, edit, size):
    uris = mix.tracks(size)
    mix.made_of(uris)
    with mix.sim.edit() as library:
        edit(library, mix.playlist_id)
    before = len(mix.contents())
    assert mix.sync(target(uris)).status == "updated"
    assert mix.contents() == uris
    assert all(len(state) >= min(100, before, size) for state in mix.states)
    with mix.asked() as asked:
        assert mix.sync(target(uris)).status == "unchanged"
    assert asked == ["GET /me/playlists"]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("number", [1, 2])
def test_edits_by_hand_while_it_is_written_are_repaired(writing, edit, number):
    """The edit falls right before the n-th write of ours."""
    mix = writing()
    uris = mix.tracks(402)
    mix.made_of(uris[:400])
    writes = []

    def hook(request):
        if request.method in ("POST", "DELETE") and request.kind == "api":
            writes.append(request)
            if len(writes) == number:
                with mix.sim.edit() as library:
                    edit(library, mix.playlist_id)

    mix.sim.on_request = hook
    assert mix.sync(target(uris[3:402])).status == "updated"
    mix.sim.on_request = None
    assert mix.contents() == uris[3:402]
    assert mix.sync(target(uris[3:402])).status == "unchanged"


def test_somebody_who_never_stops_editing_is_an_error(writing):
    mix = writing()
    uris = mix.tracks(402)
    mix.made_of(uris[:400])

    def hook(request):
        if request.method in ("POST", "DELETE") and request.kind == "api":
            with mix.sim.edit() as library:
                remove_some(library, mix.playlist_id)

    mix.sim.on_request = hook
    with pytest.raises(ListError, match="edited by someone else"):
        mix.sync(target(uris[3:402]))
    mix.sim.on_request = None
    assert mix.row("wanted_uris IS NOT NULL") == (True,)
    assert mix.sync(target(uris[3:402])).status == "updated"
    assert mix.contents() == uris[3:402]


def test_local_files_stay_and_the_rest_is_kept_up_to_date(mix):
    uris = mix.tracks(240)
    mix.made_of(uris[:200])
    with mix.sim.edit() as library:
        library.playlist_add_local(mix.playlist_id, "Artist", "Album", "Title")
        items = library.playlists[mix.playlist_id].items
        items.insert(50, items.pop())
        library.touch_playlist(mix.playlist_id)
    with mix.asked() as asked:
        assert mix.sync(target(uris[:200])).status == "unchanged"
    assert written(asked) == []
    mix.sync(target(uris[40:240]))
    found = mix.contents()
    assert found[50].startswith("spotify:local:")
    assert found[:50] + found[51:] == uris[40:240]
    assert all(any(uri.startswith("spotify:local:") for uri in state) for state in mix.states)
    assert mix.sync(target(uris[40:240])).status == "unchanged"


def test_a_local_file_and_a_doubled_track_do_not_freeze_a_list(mix):
    uris = mix.tracks(40)
    mix.made_of(uris)
    with mix.sim.edit() as library:
        library.playlist_add(mix.playlist_id, [uris[5], uris[0]])
        library.playlist_add_local(mix.playlist_id, "Artist", "Album", "Title")
    [local] = [uri for uri in mix.contents() if uri.startswith("spotify:local:")]
    result = mix.sync(target(uris))
    assert (result.status, result.removed) == ("updated", 2)
    assert mix.contents() == [*uris, local]
    assert min(map(len, mix.states)) >= 40
    with mix.asked() as asked:
        assert mix.sync(target(uris)).status == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_a_list_with_local_files_and_no_safe_way_is_left_as_it_is(mix, monkeypatch):
    uris = mix.tracks(2)
    mix.made_of(uris[:1])
    with mix.sim.edit() as library:
        library.playlist_add_local(mix.playlist_id, "Artist", "Album", "Title")
    before = mix.contents()

    def impossible(*_lists):
        raise ImpossiblePlanError("as in a list of 10,000 items")

    monkeypatch.setattr("playlists.writing.apply.plan", impossible)
    with pytest.raises(ListError, match="local files"):
        mix.sync(target(uris))
    assert mix.contents() == before


def test_more_than_a_playlist_takes_is_refused_before_anything_is_written(mix):
    uris = mix.tracks(5)
    mix.made_of(uris)
    with mix.asked() as asked, pytest.raises(ListError, match="10,001 items are wanted") as refused:
        mix.sync(target([f"spotify:track:{n:022d}" for n in range(10_001)]))
    assert refused.value.remedy == "Give its definition a limit. Nothing was written."
    assert asked == ["GET /me/playlists"]


# Lists that look at what they hold


def test_a_list_that_is_added_to(mix):
    """Costs nothing while there is nothing new, and keeps what was taken out or put in by hand."""
    uris = mix.tracks(230)

    def appended(new):
        return target(lambda current: [*current, *(u for u in new if u not in current)], needs_current=True)

    mix.sync(appended(uris[:150]))
    with mix.asked() as asked:
        assert mix.sync(appended(uris[:150])).status == "unchanged"
    assert asked == ["GET /me/playlists"]
    with mix.sim.edit() as library:
        library.playlist_add(mix.playlist_id, [uris[229]], 0)
        library.playlist_add_local(mix.playlist_id, "Artist", "Album", "Title")
    with mix.asked() as asked:
        mix.sync(appended(uris[:170]))
    assert written(asked) == [f"POST /playlists/{mix.playlist_id}/items"]
    found = mix.contents()
    assert (found[0], found[1:151], found[152:]) == (uris[229], uris[:150], uris[150:170])


def test_a_full_list_that_is_added_to_is_left_as_it_is_and_told_what_helps(writing):
    """A limit of its definition does not help: what it holds stays. A new list does, and so does another mode."""
    mix = writing()
    uris = mix.tracks(10_020)

    def appended(slug="mix", **more):
        def wanted(current):
            return [*current, *(uri for uri in uris[10_000:] if uri not in {*current})]

        return target(wanted, slug, needs_current=True, **more)

    mix.made_of(uris[:5])
    with mix.sim.edit() as library:
        library.playlist_replace(mix.playlist_id, uris[:9_995])
    with mix.asked() as asked, pytest.raises(ListError, match="10,015 items are wanted") as refused:
        mix.sync(appended())
    assert written(asked) == []
    assert "mode: append" in refused.value.remedy
    assert "another name" in refused.value.remedy
    assert "mode: replace" in refused.value.remedy
    assert mix.sync(appended("mix_2", name="Another name")).status == "created"
    assert mix.contents() == uris[:9_995]
    assert mix.sync(target(uris[10_000:])).status == "updated"
    assert mix.contents() == uris[10_000:]


def test_a_list_that_rotates_turns_once_although_it_is_killed(writing):
    """The half-written list must not be taken for the one that rotates."""
    from tests.playlists.writing.conftest import Killed

    mix = writing()
    uris = mix.tracks(600)
    mix.made_of(uris[:300])

    def rotated(current):
        kept = [u for u in current if u in uris[:200]]
        return kept[len(kept) // 2 :] + uris[400:600]

    expected = rotated(uris[:300])
    mix.die_at = (1, "after")
    with pytest.raises(Killed):
        mix.sync(target(rotated, needs_current=True))
    mix.die_at = None
    mix.sync(target(rotated, needs_current=True))
    assert mix.contents() == expected


# The guard, and the dry run


def most_stay(old, removed, _new):
    return f"{removed} of {old} items would go" if removed > old / 2 else None


def test_a_guarded_list_is_left_as_it_is(mix):
    uris = mix.tracks(20)
    mix.made_of(uris)
    with mix.asked() as asked:
        result = mix.sync(target(uris[15:], name="Other", guard=most_stay))
    assert (result.status, result.message, result.plan.steps) == ("guarded", "15 of 20 items would go", ())
    assert written(asked) == []
    assert mix.contents() == uris
    assert mix.sync(target(uris[5:], guard=most_stay)).status == "updated"


def test_copies_added_by_hand_are_no_tracks_that_would_go(mix):
    """Else somebody who doubles a list by mistake would freeze it."""
    uris = mix.tracks(20)
    mix.made_of(uris)
    with mix.sim.edit() as library:
        library.playlist_add(mix.playlist_id, [*uris, *uris])
    result = mix.sync(target(uris[1:], guard=most_stay))
    assert (result.status, result.removed) == ("updated", 41)
    assert mix.contents() == uris[1:]


def test_a_guard_keeps_a_list_from_being_created_empty(mix):
    guard = lambda _old, _removed, new: None if new else "it would be empty"  # noqa: E731
    with mix.asked() as asked:
        result = mix.sync(target([], guard=guard))
    assert (result.status, result.message) == ("guarded", "it would be empty")
    assert written(asked) == []
    assert mix.world.rows("SELECT * FROM playlist_mappings") == []


def test_a_half_written_list_is_finished_although_the_guard_objects_now(writing):
    from tests.playlists.writing.conftest import Killed

    mix = writing()
    uris = mix.tracks(700)
    mix.made_of(uris[:350])
    wanted = uris[340:20:-1]
    mix.die_at = (1, "after")
    with pytest.raises(Killed):
        mix.sync(target(wanted, guard=most_stay))
    mix.die_at = None
    assert mix.contents() != wanted
    result = mix.sync(target(uris[690:], guard=most_stay))
    assert result.status == "guarded"
    assert mix.contents() == wanted
    assert mix.row("wanted_uris") == (None,)


def test_a_dry_run_shows_the_plan_and_writes_nothing(mix):
    uris = mix.tracks(40)
    with mix.asked() as asked:
        result = mix.sync(target(uris), dry_run=True)
    assert (result.status, str(result.plan)) == (
        "created",
        "1 call: 40 added, 0 removed, replaced as a whole",
    )
    assert written(asked) == []
    assert mix.lists() == []
    assert mix.world.rows("SELECT * FROM playlist_mappings") == []
    mix.made_of(uris)
    row = mix.row("*")
    with mix.asked() as asked:
        result = mix.sync(target(uris[:30], name="Mix 2"), dry_run=True)
    assert (result.status, result.added, result.removed, result.details) == (
        "updated",
        0,
        10,
        {"name": "Mix 2"},
    )
    assert written(asked) == []
    assert mix.row("*") == row
