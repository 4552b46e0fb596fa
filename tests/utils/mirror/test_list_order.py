"""How a version of a list leads back to the one before it."""

import random

import pytest

from utils.mirror.list_order import moved_between, undo_of, undone


@pytest.mark.parametrize("seed", range(20))
def test_any_version_leads_back_to_any_other(seed):
    luck = random.Random(seed)
    before, after = (
        [luck.choice([None, *map(str, range(luck.choice([3, 30])))]) for _ in range(luck.randint(0, 60))]
        for _ in range(2)
    )
    assert undone(after, undo_of(before, after)) == before


def test_what_is_kept_is_as_large_as_the_change():
    before = [str(number) for number in range(10_000)]
    after = ["new", *before[:4_000], *before[4_010:9_000], before[0], *before[9_000:]]
    undo = undo_of(before, after)
    assert undo == [(0, 1, []), (4_001, 0, before[4_000:4_010]), (8_991, 1, [])]
    assert undone(after, undo) == before
    assert undo_of(before, before) == []


def test_ten_thousand_copies_of_one_entry_are_no_trouble():
    assert undo_of(["same"] * 10_000, ["same"] * 9_999) == [(9_999, 0, ["same"])]


def test_what_moves_is_the_least_that_has_to():
    assert moved_between("abcdef", "bcdefa") == 1
    assert moved_between("abc", "xaybzc") == 0
    assert moved_between("abc", "cba") == 2
