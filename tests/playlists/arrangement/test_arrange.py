"""The steps of an arrangement together, and lists put together from parts."""

import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import fields, replace
from datetime import date
from itertools import pairwise

import pytest

from playlists.arrangement.arrange import arrange, mix_blocks
from playlists.arrangement.track import Track
from playlists.language.model import (
    Arrangement,
    Expression,
    Limit,
    RandomGroup,
    Separation,
    Shuffle,
    SortKey,
)

PLAYS = Expression("play_count")
MOST_PLAYED = (SortKey(PLAYS, descending=True),)


def library(size=60, seed=1):
    luck = random.Random(seed)
    return [
        Track(
            f"t{number:03}",
            name=f"Song {luck.randrange(size)}",
            artist_ids=(luck.choice("ABCDEFG"),),
            album_id=luck.choice("mnopqrstu"),
            release_date=str(luck.randrange(1970, 2026)),
            genres=tuple(luck.sample(["pop", "rock", "jazz"], luck.randrange(3))),
            duration_ms=luck.randrange(60_000, 400_000),
            values={"play_count": luck.choice([None, *range(20)])},
        )
        for number in range(size)
    ]


EACH_OPTION = {
    "nothing": Arrangement(),
    "dedupe": Arrangement(dedupe="title_artist"),
    "sort": Arrangement(sort=MOST_PLAYED),
    "shuffle": Arrangement(shuffle=Shuffle("day")),
    "weighted": Arrangement(shuffle=Shuffle("day", PLAYS, 0.7)),
    "random group": Arrangement(random_group=RandomGroup("artist", 3, 2, "week")),
    "per artist": Arrangement(per_artist=3),
    "per album": Arrangement(per_album=2),
    "round robin": Arrangement(sort=MOST_PLAYED, round_robin="decade"),
    "separation": Arrangement(separation=Separation(3)),
    "separation, drop": Arrangement(separation=Separation(6, "drop")),
    "offset": Arrangement(offset=5),
    "limit": Arrangement(limit=Limit(duration_ms=3_600_000, by=MOST_PLAYED)),
    "everything": Arrangement(
        dedupe="recording",
        sort=MOST_PLAYED,
        shuffle=Shuffle("month", PLAYS, 0.5),
        random_group=RandomGroup("genre", 2, 2, 7),
        per_artist=8,
        per_album=6,
        round_robin="artist",
        separation=Separation(2),
        offset=1,
        limit=Limit(percent=60, by=MOST_PLAYED),
    ),
}


def test_every_option_is_tried():
    for option in fields(Arrangement):
        values = [getattr(arrangement, option.name) for arrangement in EACH_OPTION.values()]
        assert any(value != option.default for value in values), option.name


@pytest.mark.parametrize("arrangement", EACH_OPTION.values(), ids=EACH_OPTION)
def test_the_same_again_and_never_a_track_twice(chance, arrangement):
    tracks = library()
    found = arrange(tracks, arrangement, chance)
    assert found == arrange(tracks, arrangement, replace(chance, run_id="run-2"))
    assert found
    assert max(Counter(track.track_id for track in found).values()) == 1
    assert all(track in tracks for track in found)
    assert arrange([], arrangement, chance) == []
    doubled = [track for track in tracks for _ in range(2)]
    assert arrange(doubled, arrangement, chance) == found


SCRIPT = """
from datetime import date
from playlists.arrangement.arrange import arrange
from playlists.arrangement.order import Chance
from playlists.arrangement.track import Track
from playlists.language.model import Arrangement, Limit, RandomGroup, Separation, Shuffle
tracks = [Track(f"t{n:02}", artist_ids=(f"artist {n % 7}",), genres=(f"genre {n % 3}",)) for n in range(60)]
plan = Arrangement(shuffle=Shuffle("week"), random_group=RandomGroup("genre", 2, 1, "day"), round_robin="genre",
                   separation=Separation(3), limit=Limit(count=8))
print(*(track.track_id for track in arrange(tracks, plan, Chance("mix", date(2026, 11, 21), "run-1"))))
"""


@pytest.mark.parametrize("hash_seed", ["0", "1", "2"])
def test_the_list_is_the_same_in_every_process(hash_seed):
    """Python gives texts other hashes in each process; nothing may depend on them."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["t56", "t18", "t26", "t24", "t20", "t09", "t47", "t03"]


def test_without_an_order_the_order_given_stays(chance):
    tracks = library()[::-1]
    assert arrange(tracks, Arrangement(), chance) == tracks


@pytest.mark.parametrize("seed", ["run", "day", "week", "month", 5])
def test_a_shuffle_lasts_as_long_as_its_seed(chance, seed):
    tracks, arrangement = library(), Arrangement(shuffle=Shuffle(seed))
    moments = [
        chance,
        replace(chance, run_id="run-2"),
        replace(chance, today=date(2026, 11, 22), run_id="run-3"),
        replace(chance, today=date(2026, 11, 23), run_id="run-4"),
        replace(chance, today=date(2026, 12, 1), run_id="run-5"),
    ]
    orders = [[track.track_id for track in arrange(tracks, arrangement, moment)] for moment in moments]
    changes = [before != after for before, after in pairwise(orders)]
    assert (
        changes
        == {
            "run": [True, True, True, True],
            "day": [False, True, True, True],
            "week": [False, False, True, True],
            "month": [False, False, False, True],
            5: [False, False, False, False],
        }[seed]
    )


def test_a_shuffle_comes_in_place_of_the_sort(chance):
    tracks = library()
    shuffled = arrange(tracks, Arrangement(sort=MOST_PLAYED, shuffle=Shuffle(3)), chance)
    assert shuffled == arrange(tracks, Arrangement(shuffle=Shuffle(3)), chance)


def songs(text, **changes):
    """`songs("A1 A2 B1")`: tracks by artist, with these play counts."""
    return [
        Track(f"{number}{word}", artist_ids=(word[0],), values={"play_count": int(word[1:])}, **changes)
        for number, word in enumerate(text.split())
    ]


def words(tracks):
    return " ".join(track.track_id[1:] for track in tracks)


@pytest.mark.parametrize(
    ("arrangement", "expected"),
    [
        # the caps keep the first ones of the order
        (Arrangement(sort=MOST_PLAYED, per_artist=1), "A9 B5 C1"),
        # groups are drawn before the caps: one with three tracks counts as large enough
        (Arrangement(random_group=RandomGroup("artist", 9, 3, 1), per_artist=2), "A7 A9"),
        (Arrangement(sort=MOST_PLAYED, per_artist=2, round_robin="artist"), "A9 B5 C1 A8 B4"),
        # the offset counts after that, and the limit after the offset
        (Arrangement(sort=MOST_PLAYED, per_artist=2, round_robin="artist", offset=1), "B5 C1 A8 B4"),
        (
            Arrangement(
                sort=MOST_PLAYED, per_artist=2, round_robin="artist", offset=1, limit=Limit(percent=50)
            ),
            "B5 C1",
        ),
        # what the separation drops does not count for the limit
        (
            Arrangement(sort=MOST_PLAYED, separation=Separation(2, "drop"), limit=Limit(count=4)),
            "A9 B5 C1 A8",
        ),
        # a separation that reorders only what is left changes nothing about what that is
        (Arrangement(sort=MOST_PLAYED, separation=Separation(1), limit=Limit(count=4)), "A9 B5 A8 A7"),
        (Arrangement(sort=MOST_PLAYED, offset=9), ""),
    ],
)
def test_the_order_of_the_steps(chance, arrangement, expected):
    assert words(arrange(songs("B4 A7 C1 A9 B5 A8"), arrangement, chance)) == expected


def test_repeats_go_before_anything_is_counted(chance):
    tracks = songs("A1 A1 A2", name="Song")
    tracks = [track._replace(isrc=f"I{track.values['play_count']}") for track in tracks]
    plan = Arrangement(dedupe="recording", per_artist=2, limit=Limit(percent=100))
    assert words(arrange(tracks, plan, chance)) == "A1 A2"


def test_an_order_by_what_was_not_selected_is_an_error(chance):
    with pytest.raises(ValueError, match="was selected without skip_count"):
        arrange(library(), Arrangement(sort=(SortKey(Expression("skip_count")),)), chance)


# Parts


def tracks_named(letters):
    return [Track(letter) for letter in letters]


@pytest.mark.parametrize(
    ("parts", "in_turn", "alternate"),
    [
        ([], "", ""),
        ([("", 1), ("", 2)], "", ""),
        ([("abc", 1)], "abc", "abc"),
        ([("abc", 1), ("xy", 1)], "abcxy", "axbyc"),
        ([("abcdef", 2), ("xyz", 1)], "abcdefxyz", "abxcdyefz"),
        ([("ab", 1), ("uvwxyz", 3)], "abuvwxyz", "auvwbxyz"),
        ([("abc", 1), ("", 4), ("x", 1)], "abcx", "axbc"),
        ([("abc", 1), ("bxa", 1)], "abcx", "abcx"),
        ([("abc", 1), ("axy", 2)], "abcxy", "axybc"),
        ([("aab", 1), ("bb", 1)], "ab", "ab"),
        ([("abc", 9), ("xyz", 9)], "abcxyz", "abcxyz"),
    ],
)
def test_parts_as_one_list(ids, parts, in_turn, alternate):
    given = [(tracks_named(letters), take) for letters, take in parts]
    assert ids(mix_blocks(given, "in_turn")) == in_turn
    assert ids(mix_blocks(given, "alternate")) == alternate
