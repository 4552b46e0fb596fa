"""Orders: by keys of every type, by chance, and in between."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import permutations

import pytest

from playlists.arrangement.order import shuffle_tracks, sort_tracks
from playlists.arrangement.track import Track
from playlists.language.model import Expression, Shuffle, SortKey

COUNT = Expression("play_count")
RANDOM = Expression("random")
WINDOW = Expression("plays_in", (("window", "30d"),))
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("descending", "nulls_first", "order"),
    [(False, False, "cbdae"), (True, False, "bdcae"), (False, True, "aecbd"), (True, True, "aebdc")],
)
def test_ties_by_track_id_and_nulls_where_they_are_wanted(
    with_values, ids, chance, descending, nulls_first, order
):
    tracks = with_values("play_count", e=None, d=2, a=None, b=2, c=1)
    key = SortKey(COUNT, descending, nulls_first)
    for given in permutations(tracks):
        assert ids(sort_tracks(given, [key], chance)) == order


def test_the_first_key_counts_most(ids, chance):
    tracks = [
        Track(track_id, values={"play_count": plays, "plays_in(window=30d)": lately})
        for track_id, plays, lately in (("a", 1, 1), ("b", 2, 2), ("c", 2, 3), ("d", None, 9), ("e", 2, None))
    ]
    keys = [SortKey(COUNT, descending=True), SortKey(WINDOW)]
    assert ids(sort_tracks(tracks, keys, chance)) == "bcead"
    assert ids(sort_tracks(tracks, keys[::-1], chance)) == "abcde"


@pytest.mark.parametrize(
    "ascending",
    [
        (False, True),
        (-1, 0.5, Decimal("0.75"), 1, Decimal(10), 10.5),
        ("", "10", "9", "abba", "b"),
        (date(2025, 12, 31), NOON.replace(hour=0) - timedelta(1), date(2026, 5, 1), NOON),
        (
            NOON,
            NOON.astimezone(timezone(timedelta(hours=5))) + timedelta(seconds=1),
            NOON + timedelta(hours=1),
        ),
        (NOON.replace(tzinfo=None), NOON + timedelta(microseconds=1)),
        (True, 0, "text", NOON),
    ],
)
def test_values_of_every_type(ids, chance, ascending):
    letters = "abcdef"[: len(ascending)]
    tracks = [
        Track(track_id, values={COUNT.key: value}) for track_id, value in zip(letters, ascending, strict=True)
    ]
    assert ids(sort_tracks(tracks[::-1], [SortKey(COUNT)], chance)) == letters
    assert ids(sort_tracks(tracks, [SortKey(COUNT, descending=True)], chance)) == letters[::-1]


def test_not_a_number_is_no_value(with_values, ids, chance):
    tracks = with_values("play_count", a=float("nan"), b=1, c=Decimal("NaN"), d=0)
    assert ids(sort_tracks(tracks, [SortKey(COUNT)], chance)) == "dbac"


def test_what_cannot_be_sorted_is_named(with_values, chance):
    with pytest.raises(TypeError, match="play_count gives list"):
        sort_tracks(with_values("play_count", a=[1]), [SortKey(COUNT)], chance)
    with pytest.raises(ValueError, match=r"track a was selected without plays_in\(window=30d\)"):
        sort_tracks(with_values("play_count", a=1), [SortKey(WINDOW)], chance)


def test_random_as_a_key_breaks_ties(with_values, ids, chance):
    values = dict.fromkeys("abcdefgh", 1) | {"z": 2}
    tracks = with_values("play_count", **values)
    keys = [SortKey(COUNT, descending=True), SortKey(RANDOM)]
    order = ids(sort_tracks(tracks, keys, chance))
    by_chance = "".join(sorted("abcdefgh", key=lambda track_id: chance.key("run", track_id)))
    assert order == f"z{by_chance}"
    assert by_chance != "abcdefgh"
    seeded = SortKey(Expression("random", (("seed", 5),)))
    expected = sorted("abcdefghz", key=lambda track_id: chance.key(5, track_id))
    assert ids(sort_tracks(tracks, [seeded], chance)) == "".join(expected)


def test_a_shuffle_does_not_depend_on_the_order_before(by_artist, chance):
    tracks = by_artist("ABCDEFGH" * 5)
    shuffled = shuffle_tracks(tracks, Shuffle("day"), chance)
    assert shuffled == shuffle_tracks(tracks[::-1], Shuffle("day"), chance)
    assert shuffled == shuffle_tracks(shuffled, Shuffle("day"), chance)
    assert shuffled != tracks
    assert sorted(shuffled, key=lambda track: track.track_id) == tracks
    assert shuffled != shuffle_tracks(tracks, Shuffle("day"), replace(chance, today=date(2026, 11, 22)))


def test_a_track_that_comes_or_goes_does_not_move_the_others(by_artist, chance):
    tracks = by_artist("ABCDEFGH" * 5)
    without = [track for track in shuffle_tracks(tracks, Shuffle(3), chance) if track != tracks[7]]
    assert without == shuffle_tracks(tracks[:7] + tracks[8:], Shuffle(3), chance)


def weighted(strength, seed=1):
    return Shuffle(seed, COUNT, strength)


def test_strength_from_pure_chance_to_the_order_itself(with_values, ids, chance):
    tracks = with_values("play_count", a=5, b=None, c=5, d=7, e=-1, f=Decimal("6.5"))
    assert shuffle_tracks(tracks, weighted(0), chance) == shuffle_tracks(tracks, Shuffle(1), chance)
    assert ids(shuffle_tracks(tracks, weighted(1), chance)) == "dfaceb"


def test_the_more_strength_the_closer_to_the_order(chance):
    tracks = [Track(f"t{number:03}", values={COUNT.key: -number}) for number in range(300)]

    def distance(strength):
        shuffled = shuffle_tracks(tracks, weighted(strength), chance)
        return sum(abs(place - int(track.track_id[1:])) for place, track in enumerate(shuffled))

    distances = [distance(tenth / 10) for tenth in range(11)]
    assert distances == sorted(distances, reverse=True)
    assert len(set(distances)) == 11
    assert distances[-1] == 0


def test_equal_weights_leave_it_to_chance(with_values, chance):
    tracks = with_values("play_count", **dict.fromkeys("abcdefghij", 4))
    assert shuffle_tracks(tracks, weighted(0.9), chance) == shuffle_tracks(tracks, Shuffle(1), chance)


@pytest.mark.parametrize("strength", [0, 0.2, 0.5, 0.8, 1])
def test_the_blend_is_the_one_that_is_written_down(with_values, ids, chance, strength):
    tracks = with_values("play_count", a=5, b=9, c=5, d=None, e=5, f=1, g=None, h=1)
    ranks = {
        "b": 0,
        "a": 2,
        "c": 2,
        "e": 2,
        "f": 4.5,
        "h": 4.5,
        "d": 6.5,
        "g": 6.5,
    }  # means of the places shared
    scores = {i: strength * rank / 8 + (1 - strength) * chance.key(2, i) for i, rank in ranks.items()}
    assert ids(shuffle_tracks(tracks, weighted(strength, 2), chance)) == "".join(
        sorted(scores, key=lambda track_id: (scores[track_id], track_id))
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_weight_is_the_least(with_values, ids, chance, seed):
    tracks = with_values("play_count", a=None, b=0, c=1)
    at_095 = ids(shuffle_tracks(tracks, weighted(0.95, seed), chance))
    assert at_095 == "cba"


def test_nothing_to_order(chance):
    assert sort_tracks([], [SortKey(COUNT)], chance) == []
    assert shuffle_tracks([], weighted(0.5), chance) == []
