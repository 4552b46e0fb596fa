"""Chance that is the same on every machine, for as long as its seed says."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from playlists.arrangement.order import Chance

CHANCE = Chance("mix", date(2026, 11, 21), "run-1")  # a Saturday
SEEDS = ("run", "day", "week", "month", 1)


@pytest.mark.parametrize(
    ("seed", "number"),
    [
        ("run", 0.33979108530083013),
        ("day", 0.07516718336575845),
        ("week", 0.7871122703871204),
        ("month", 0.38987884233617376),
        (1, 0.8628166038708043),
        (-7, 0.9108212655935921),
    ],
)
def test_the_numbers_are_the_same_everywhere(seed, number):
    assert CHANCE.key(seed, "4uLU6hMCjMI75M1A2tKUQC") == number


@pytest.mark.parametrize(
    ("seed", "same", "other"),
    [
        ("day", date(2026, 11, 21), date(2026, 11, 22)),
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("week", date(2026, 11, 22), date(2026, 11, 15)),
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("month", date(2026, 11, 30), date(2025, 11, 21)),
    ],
)
def test_it_stays_until_the_period_ends(seed, same, other):
    assert replace(CHANCE, today=same, run_id="run-2").key(seed, "a") == CHANCE.key(seed, "a")
    assert replace(CHANCE, today=other).key(seed, "a") != CHANCE.key(seed, "a")


def test_a_week_over_new_year_is_one_week():
    sylvester, new_year = (replace(CHANCE, today=day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert sylvester.key("week", "a") == new_year.key("week", "a")
    assert sylvester.key("month", "a") != new_year.key("month", "a")


def test_an_integer_is_for_ever_and_a_run_for_itself():
    later = replace(CHANCE, today=date(2031, 1, 1))
    assert later.key(1, "a") == CHANCE.key(1, "a")
    assert later.key("run", "a") == CHANCE.key("run", "a")
    assert replace(CHANCE, run_id="run-2").key("run", "a") != CHANCE.key("run", "a")


def test_seeds_lists_and_tracks_have_numbers_of_their_own():
    other = replace(CHANCE, slug="other")
    numbers = [chance.key(seed, track) for chance in (CHANCE, other) for seed in SEEDS for track in "abc"]
    assert len(set(numbers)) == len(numbers)


def test_numbers_are_spread_evenly():
    numbers = [CHANCE.key(1, f"track {number}") for number in range(10_000)]
    assert all(0 <= number < 1 for number in numbers)
    tenths = Counter(int(number * 10) for number in numbers)
    assert len(tenths) == 10
    assert all(900 <= count <= 1100 for count in tenths.values())


def test_an_unknown_seed_is_an_error():
    with pytest.raises(ValueError, match="unknown seed 'yearly'"):
        CHANCE.key("yearly", "a")
