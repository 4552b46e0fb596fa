"""What a list becomes over time."""

import random

import pytest

from playlists.arrangement.modes import wanted_uris


@pytest.mark.parametrize("mode", ["replace", "archive"])
def test_the_selection(mode):
    assert wanted_uris(mode, 70, "cab", "xyz", None) == list("cab")
    assert wanted_uris(mode, 70, "cabc", "", 2) == list("cab")
    assert wanted_uris(mode, 70, "", "xyz", None) == []


@pytest.mark.parametrize(
    ("selected", "current", "limit", "expected"),
    [
        ("abc", "", None, "abc"),
        ("abc", "xa", None, "xabc"),
        ("", "xy", None, "xy"),
        ("abc", "cba", None, "cba"),
        ("aab", "x", None, "xab"),
        ("abc", "xx", None, "xxabc"),  # what is there stays, even twice
        ("abc", "xyz", 3, "xyzabc"),  # the limit is of the selection; the list grows
    ],
)
def test_append(selected, current, limit, expected):
    assert wanted_uris("append", 70, selected, current, limit) == list(expected)


@pytest.mark.parametrize(
    ("keep", "selected", "current", "limit", "expected"),
    [
        (50, "abcdef", "", 4, "abcd"),
        (50, "abcdef", "abcd", 4, "cdef"),
        (50, "abcdef", "cdef", 4, "efab"),
        (75, "abcdefgh", "abcd", 4, "bcde"),
        (70, "abcdefgh", "abcd", 4, "cdef"),  # 2.8 of four stay: two
        (0, "abcdef", "abc", 3, "def"),
        (0, "abcd", "abc", 3, "bcd"),  # only one waits: nothing goes without need
        (100, "abcdef", "abc", 3, "abc"),
        (100, "abcdef", "abx", 3, "abc"),  # x is not selected any more
        (50, "abcdef", "axby", 4, "abcd"),
        (50, "abcdef", "xyz", 4, "abcd"),
        (50, "abcdef", "aabb", 4, "abcd"),
        (50, "abc", "ca", 4, "cab"),  # room for all
        (50, "abc", "cab", 3, "cab"),
        (50, "abc", "cab", None, "cab"),
        (50, "abcdef", "abcdef", 2, "ef"),  # the limit was lowered, and none waits
        (50, "abcd", "a", 1, "b"),
        (50, "", "abc", 3, ""),
        (50, "", "", None, ""),
    ],
)
def test_rotate(keep, selected, current, limit, expected):
    assert wanted_uris("rotate", keep, selected, current, limit) == list(expected)


@pytest.mark.parametrize("keep", [0, 1, 33.3, 50, 70, 99])
@pytest.mark.parametrize(("size", "limit"), [(2, 1), (7, 3), (20, 5), (21, 20), (50, 7)])
def test_every_selected_track_gets_its_turn(keep, size, limit):
    selected = [f"t{number}" for number in range(size)]
    held: list[str] = []
    seen: set[str] = set()
    each_run = min(limit - int(limit * keep / 100), size - limit)
    for _ in range(1 + -(-(size - limit) // each_run)):
        before, held = held, wanted_uris("rotate", keep, selected, held, limit)
        assert len(held) == len(set(held)) == limit
        if before:
            stayed = [uri for uri in before if uri in held]
            assert held[: len(stayed)] == stayed == before[len(before) - len(stayed) :], "the oldest go first"
            assert len(stayed) == limit - each_run
        seen.update(held)
    assert seen == set(selected)


def test_every_one_gets_its_turn_while_the_library_changes():
    luck = random.Random(1)
    selected = [f"t{number:02}" for number in range(30)]
    held: list[str] = []
    seen: set[str] = set()
    for run in range(40):
        if run % 5 == 4:
            selected.remove(luck.choice(selected))
            selected.insert(luck.randrange(len(selected)), f"new{run}")
        held = wanted_uris("rotate", 70, selected, held, 10)
        assert set(held) <= set(selected)
        assert len(set(held)) == 10
        seen.update(held)
    assert {uri for uri in selected if uri.startswith("t")} <= seen


def test_nothing_given_is_changed():
    selected, current = ["a", "b"], ["c"]
    for mode in ("replace", "append", "rotate", "archive"):
        assert wanted_uris(mode, 50, selected, current, 1) is not selected
        assert (selected, current) == (["a", "b"], ["c"])
