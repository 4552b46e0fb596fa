"""Ids that Spotify shows in place of those that were written: accepted once, remembered, and no edit by hand among them."""

import random
from itertools import cycle

import pytest

from playlists.writing.replaced import Replaced, find_replaced
from playlists.writing.target import ListError
from simulator.world.catalogue import PlaylistItem
from tests.playlists.writing.conftest import Killed, target, written

pytestmark = pytest.mark.once


def uri(letter):
    return f"spotify:track:{letter * 22}"


def uris(letters):
    return [uri(letter) for letter in letters]


# What is taken for it, and how it is counted


@pytest.mark.parametrize(
    ("wrote", "read", "expected"),
    [
        pytest.param("abc", "aXc", {"b": "X"}, id="one"),
        pytest.param("babc", "XaXc", {"b": "X"}, id="doubled"),
        pytest.param("abXc", "aXXc", {"b": "X"}, id="X is there as well"),
        pytest.param("abcd", "aXXd", {"b": "X", "c": "X"}, id="two became the same"),
        pytest.param("abc", "abc", {}, id="nothing"),
        pytest.param("abc", "aXbc", {}, id="one more"),
        pytest.param("abc", "ac", {}, id="one less"),
        pytest.param("abc", "acb", {}, id="another order"),
        pytest.param("babc", "Xabc", {}, id="only one of two"),
        pytest.param("babc", "XaYc", {}, id="two different ones"),
        pytest.param("abcd", "aXbd", {}, id="it has moved"),
    ],
)
def test_what_counts_as_replaced(wrote, read, expected):
    assert find_replaced(uris(wrote), uris(read)) == {uri(a): uri(b) for a, b in expected.items()}


@pytest.mark.parametrize("other", ["", "spotify:local:a:b:c:200", "spotify:episode:" + "0" * 22])
def test_only_a_track_takes_a_tracks_place(other):
    assert find_replaced(uris("abc"), [uri("a"), other, uri("c")]) == {}


def test_shown_and_ours_are_each_others_inverse():
    replaced = Replaced({uri("b"): uri("X"), uri("d"): uri("X")})
    for held in ("abc", "aXbc", "bXbd", "dbX", "XXbd"):
        assert replaced.ours(replaced.shown(uris(held)), uris(held)) == uris(held)
    assert replaced.ours(uris("aXXXX"), []) == uris("abdXX")


def test_what_is_sent_is_ours_unless_the_other_is_wanted_itself():
    replaced = Replaced({uri("b"): uri("X")})
    assert replaced.sent(uris("abc")) == {uri("X"): uri("b")}
    assert replaced.sent(uris("abX")) == {}


def test_what_is_shown_changes_again():
    replaced = Replaced({uri("b"): uri("X")}).learning({uri("X"): uri("Y")}, {uri("X"): uri("b")})
    assert replaced.shown_as == {uri("b"): uri("Y")}
    replaced = replaced.learning({uri("c"): uri("b")}, {})
    assert replaced.shown_as == {uri("c"): uri("b")}, "what is shown is not replaced"
    assert Replaced({uri("b"): uri("X")}).without(uris("abc")).shown_as == {}


# On Spotify


@pytest.fixture
def mix(writing, mode):
    return writing(mode=mode)


SIZES = [3, 60, 230]


def replace_id(mix, old, new):
    """From now on, lists show `old` as `new`."""
    with mix.sim.edit() as library:
        library.replaced_ids[old.rpartition(":")[2]] = new.rpartition(":")[2]


def shown(mix):
    with mix.sim.edit() as library:
        return [library.shown_uri(item) for item in library.playlists[mix.playlist_id].items]


def touch(mix):
    """Something that is not the list's contents changes, so that it is read."""
    with mix.sim.edit() as library:
        library.touch_playlist(mix.playlist_id)


def costs_nothing(mix, wanted, **more):
    for is_read in (False, True):
        if is_read:
            touch(mix)
        with mix.asked() as asked:
            assert mix.sync(target(wanted, **more)).status == "unchanged"
        assert written(asked) == []
        assert asked == ["GET /me/playlists"] or is_read
    with mix.asked() as asked:
        assert mix.sync(target(wanted, **more)).status == "unchanged"
    assert asked == ["GET /me/playlists"]


def learnt(mix):
    return {old: each["uri"] for old, each in mix.row("replaced_uris")[0].items()}


@pytest.mark.parametrize("size", SIZES)
def test_a_replaced_id_is_accepted_and_costs_nothing_from_then_on(mix, size):
    made = mix.tracks(size + 2)
    old, new = made[1], made[-1]
    replace_id(mix, old, new)
    wanted = made[:size]
    mix.made_of([*made[:1], *made[2:size]])
    assert mix.sync(target(wanted)).status == "updated"
    touch(mix)
    mix.sync(target(wanted))
    assert learnt(mix) == {old: new}
    assert mix.row("status, wanted_uris, contents") == ("active", None, wanted)
    assert shown(mix) == [wanted[0], new, *wanted[2:]]
    costs_nothing(mix, wanted)


def test_the_first_run_accepts_it_where_it_reads_the_list(mix):
    made = mix.tracks(402)
    old, new = made[1], made[401]
    mix.made_of([made[0], *made[2:300]])
    replace_id(mix, old, new)
    with mix.asked() as asked:
        assert mix.sync(target(made[:400])).status == "updated"
    assert len(written(asked)) == 2, "one round"
    assert learnt(mix) == {old: new}
    costs_nothing(mix, made[:400])


def test_an_id_that_is_replaced_only_later(mix):
    """It was written long ago, so what is shown now is written once more before it is believed."""
    made = mix.tracks(402)
    old, new = made[100], made[401]
    mix.made_of(made[:400])
    replace_id(mix, old, new)
    assert mix.sync(target([*made[5:400], made[400]])).status == "updated"
    assert learnt(mix) == {old: new}
    costs_nothing(mix, [*made[5:400], made[400]])


@pytest.mark.parametrize("size", SIZES)
def test_the_other_id_may_be_wanted_elsewhere(mix, size):
    made = mix.tracks(size + 1)
    old, new = made[1], made[-1]
    replace_id(mix, old, new)
    mix.made_of([made[0], *made[2:size]])
    mix.sync(target(made[:size]))
    touch(mix)
    mix.sync(target(made[:size]))
    both = [new, *made[:size]]
    assert mix.sync(target(both)).status == "updated"
    assert shown(mix) == [new, made[0], new, *made[2:size]]
    costs_nothing(mix, both)
    turned = [*made[1:size], made[0], new]
    mix.sync(target(turned))
    assert shown(mix) == [new, *made[2:size], made[0], new]
    costs_nothing(mix, turned)
    assert mix.sync(target([*made[2:size], new])).status == "updated"
    assert shown(mix) == [*made[2:size], new]
    costs_nothing(mix, [*made[2:size], new])


@pytest.mark.parametrize("size", SIZES)
def test_both_from_the_beginning(mix, size):
    made = mix.tracks(size)
    replace_id(mix, made[0], made[size - 1])
    mix.sync(target(made))
    touch(mix)
    mix.sync(target(made))
    costs_nothing(mix, made)


@pytest.mark.parametrize("only_written", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_no_longer_wanted_goes(mix, size, only_written):
    """By whichever of the two ids Spotify finds it."""
    made = mix.tracks(size + 1)
    with mix.sim.edit() as library:
        library.removes_only_written = only_written
    replace_id(mix, made[1], made[-1])
    mix.sync(target(made[:size]))
    touch(mix)
    mix.sync(target(made[:size]))
    without = [made[0], *made[2:size]]
    assert mix.sync(target(without)).status == "updated"
    assert shown(mix) == without
    costs_nothing(mix, without)
    assert mix.sync(target(made[:size])).status == "updated", "and comes back"
    costs_nothing(mix, made[:size])


def test_what_was_replaced_is_forgotten_a_month_after_it_was_wanted(writing):
    mix = writing()
    made = mix.tracks(5)
    replace_id(mix, made[1], made[4])
    mix.sync(target(made[:3]))
    touch(mix)
    mix.sync(target(made[:3]))
    long_ago = "jsonb_set(replaced_uris, ARRAY[%s, 'since'], '\"2020-01-01T00:00:00+00:00\"')"
    mix.world.change(f"UPDATE playlist_mappings SET replaced_uris = {long_ago}", made[1])
    mix.sync(target([*made[:3], made[3]]))
    assert learnt(mix) == {made[1]: made[4]}, "it is wanted"
    mix.sync(target(made[:1]))
    assert learnt(mix) == {}


def test_an_id_that_is_shown_as_it_is_again(mix):
    made = mix.tracks(231)
    replace_id(mix, made[1], made[-1])
    mix.sync(target(made[:200]))
    touch(mix)
    mix.sync(target(made[:200]))
    assert learnt(mix)
    with mix.sim.edit() as library:
        library.replaced_ids.clear()
    costs_nothing(mix, made[:200])
    assert mix.sync(target([*made[:220]])).status == "updated"
    assert mix.contents() == made[:220]
    assert mix.sync(target(made[3:220])).status == "updated"
    assert mix.contents() == made[3:220]


def test_an_id_that_is_replaced_once_more(mix):
    made = mix.tracks(232)
    replace_id(mix, made[1], made[-1])
    mix.sync(target(made[:200]))
    touch(mix)
    mix.sync(target(made[:200]))
    replace_id(mix, made[1], made[-2])
    touch(mix)
    mix.sync(target(made[:200]))
    assert learnt(mix) == {made[1]: made[-2]}
    costs_nothing(mix, made[:200])


def test_the_other_id_is_never_sent_for_ours(writing):
    """So it does no harm if it cannot be written."""
    mix = writing()
    made = mix.tracks(232)
    old, new = made[1], made[-1]
    replace_id(mix, old, new)
    mix.sync(target(made[:200]))
    touch(mix)
    mix.sync(target(made[:200]))
    with mix.sim.edit() as library:
        library.dead_ids.add(new.rpartition(":")[2])
    moved = [*made[100:200], *made[:100:-1][-20:], old]
    moved = [*dict.fromkeys(moved)]
    result = mix.sync(target(moved))
    assert result.refused == ()
    costs_nothing(mix, moved)


def test_ours_is_refused(writing):
    mix = writing()
    made = mix.tracks(232)
    old, new = made[1], made[-1]
    replace_id(mix, old, new)
    mix.sync(target(made[:50]))
    touch(mix)
    mix.sync(target(made[:50]))
    with mix.sim.edit() as library:
        library.dead_ids.add(old.rpartition(":")[2])
    result = mix.sync(target(made[49::-1]))
    assert result.refused == (old,)
    assert shown(mix) == [one for one in made[49::-1] if one != old]
    costs_nothing(mix, made[49::-1])


def test_a_list_that_is_added_to(mix):
    made = mix.tracks(160)
    old, new = made[1], made[-1]
    replace_id(mix, old, new)

    def appended(selected):
        def wanted(current):
            return [*current, *(one for one in selected if one not in current)]

        return target(wanted, needs_current=True)

    mix.sync(appended(made[:120]))
    for more in (120, 130, 130):
        touch(mix)
        mix.sync(appended([*made[:more], new]))
    assert shown(mix) == [made[0], new, *made[2:120], new, *made[120:130]]
    touch(mix)
    with mix.asked() as asked:
        assert mix.sync(appended([*made[:130], new])).status == "unchanged"
    assert written(asked) == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_killed_while_it_is_written_and_before_it_is_read(writing, number, moment):
    mix = writing()
    made = mix.tracks(402)
    replace_id(mix, made[1], made[401])
    mix.made_of([made[0], *made[5:250]])
    mix.die_at = (number, moment)
    try:
        mix.sync(target(made[:400]))
    except Killed:
        mix.die_at = None
    mix.sync(target(made[:400]))
    assert shown(mix) == [made[0], made[401], *made[2:400]]
    costs_nothing(mix, made[:400])


def test_killed_before_the_list_is_read(writing):
    mix = writing()
    made = mix.tracks(402)
    replace_id(mix, made[1], made[401])
    mix.made_of([made[0], *made[2:300]])
    reading = f"GET /playlists/{mix.playlist_id}"
    mix.sim.faults.add("status", match=reading, status=403, after=1, times=None)
    mix.sync(target(made[:400]))
    mix.sim.faults.clear()
    assert mix.sync(target(made[:400])).status == "updated"
    costs_nothing(mix, made[:400])


# Edits by hand are no such thing


def swap(mix, old, new):
    """By hand: another track at the very place."""
    with mix.sim.edit() as library:
        playlist = library.playlists[mix.playlist_id]
        playlist.items = [
            PlaylistItem("track", new.rpartition(":")[2]) if item.uri == old else item
            for item in playlist.items
        ]
        library.touch_playlist(mix.playlist_id)


@pytest.mark.parametrize("size", SIZES)
def test_a_track_exchanged_by_hand_is_put_back(mix, size):
    made = mix.tracks(size + 1)
    mix.made_of(made[:size])
    swap(mix, made[1], made[-1])
    assert mix.sync(target(made[:size])).status == "updated"
    assert mix.contents() == made[:size]
    assert learnt(mix) == {}


@pytest.mark.parametrize("place", [1, 399], ids=["one that stays", "one just written"])
@pytest.mark.parametrize("moment", ["POST", "GET"], ids=["before the last write", "before the reading"])
def test_a_track_exchanged_by_hand_while_it_is_written_is_put_back(writing, place, moment):
    mix = writing()
    made = mix.tracks(402)
    mix.made_of(made[:300])
    seen = []

    def hook(request):
        if request.kind == "api":
            seen.append(request.method)
            is_time = seen[-1] == moment and ("POST" in seen if moment == "GET" else True)
            if is_time and "done" not in seen:
                seen.append("done")
                swap(mix, made[place], made[401])

    mix.sim.on_request = hook
    mix.sync(target(made[:400]))
    mix.sim.on_request = None
    assert mix.contents() == made[:400]
    assert learnt(mix) == {}


def test_a_hand_edit_beside_a_replaced_id_is_repaired(mix):
    made = mix.tracks(402)
    replace_id(mix, made[1], made[401])
    mix.made_of([made[0], *made[2:300]])
    mix.sync(target(made[:400]))
    swap(mix, made[50], made[400])
    assert mix.sync(target(made[:400])).status == "updated"
    assert shown(mix) == [made[0], made[401], *made[2:400]]
    assert learnt(mix) == {made[1]: made[401]}
    costs_nothing(mix, made[:400])


def test_somebody_who_never_stops_exchanging_tracks_is_an_error(writing):
    mix = writing()
    made = mix.tracks(412)
    mix.made_of(made[:300])
    others = cycle(made[400:])

    def hook(request):
        if request.method == "GET" and request.path == f"/playlists/{mix.playlist_id}":
            swap(mix, mix.contents()[1], next(others))

    mix.sim.on_request = hook
    with pytest.raises(ListError):
        mix.sync(target(made[:399]))
    mix.sim.on_request = None
    assert learnt(mix) == {}


@pytest.mark.search("seed", range(4), range(40))
@pytest.mark.parametrize("only_written", [False, True])
def test_whatever_is_replaced_and_wanted_the_list_shows_it_and_then_costs_nothing(
    writing, seed, only_written
):
    mix = writing()
    chance = random.Random(seed)
    made = mix.tracks(420)
    with mix.sim.edit() as library:
        library.removes_only_written = only_written
    old_ids = chance.sample(made[8:40], 10)
    for _ in range(5):
        for _ in range(chance.randrange(3)):
            replace_id(mix, old_ids.pop(), chance.choice(made[:8]))
        wanted = chance.sample(made[: chance.choice([45, 150, 400])], chance.choice([5, 40, 45]))
        wanted += chance.sample(made[150:400], chance.choice([0, 150]))
        wanted = [*dict.fromkeys(wanted)]
        for _ in range(3):  # the second and third are read, and may have to learn
            if mix.lists():
                touch(mix)
            mix.sync(target(wanted))
        costs_nothing(mix, wanted)
        with mix.sim.edit() as library:
            ids = [one.rpartition(":")[2] for one in wanted]
            expected = [f"spotify:track:{library.replaced_ids.get(one, one)}" for one in ids]
        assert shown(mix) == expected
