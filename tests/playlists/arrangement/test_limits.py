"""How much of a list is kept."""

import pytest

from playlists.arrangement.arrange import limit_tracks
from playlists.arrangement.track import Track
from playlists.language.model import Expression, Limit, SortKey

MOST_PLAYED = (SortKey(Expression("play_count"), descending=True),)


def tracks_of(*minutes):
    return [
        Track(letter, duration_ms=None if length is None else length * 60_000)
        for letter, length in zip("abcdefgh", minutes, strict=False)
    ]


@pytest.mark.parametrize(("count", "kept"), [(1, "a"), (3, "abc"), (4, "abcd"), (5, "abcd"), (None, "abcd")])
def test_by_count(ids, chance, count, kept):
    assert ids(limit_tracks(tracks_of(1, 2, 3, 4), Limit(count=count), chance)) == kept


@pytest.mark.parametrize(
    ("percent", "of", "kept"),
    [
        (50, 4, 2),
        (50, 5, 3),
        (100, 5, 5),
        (0.001, 5, 1),
        (7, 100, 7),
        (0.1, 1000, 1),
        (0.1, 1001, 2),
        (14.3, 1000, 143),
        (33.3, 3, 1),
        (64.4, 250, 161),  # a binary fraction would make it 162
        (10, 0, 0),
    ],
)
def test_by_share_rounded_up(chance, percent, of, kept):
    tracks = [Track(f"t{number:04}") for number in range(of)]
    assert limit_tracks(tracks, Limit(percent=percent), chance) == tracks[:kept]


@pytest.mark.parametrize(
    ("minutes", "longest", "kept"),
    [
        ((3, 4, 5), 12, "abc"),
        ((3, 4, 5), 11, "ab"),
        ((3, 9, 1), 5, "a"),  # it stops: what comes later is not looked at
        ((9, 1), 5, ""),
        ((3, None, 2, 9), 5, "ac"),  # nobody knows how long the second is
        ((None, None), 5, ""),
        ((0, 5, 0, 1), 5, "abc"),
        ((), 5, ""),
    ],
)
def test_by_playing_time(ids, chance, minutes, longest, kept):
    found = limit_tracks(tracks_of(*minutes), Limit(duration_ms=longest * 60_000), chance)
    assert ids(found) == kept


def test_chosen_in_another_order_and_put_back(with_values, ids, chance):
    tracks = with_values("play_count", e=3, d=None, c=9, b=1, a=3)
    assert ids(limit_tracks(tracks, Limit(count=2, by=MOST_PLAYED), chance)) == "ca"  # a tie: by track_id
    assert ids(limit_tracks(tracks, Limit(percent=60, by=MOST_PLAYED), chance)) == "eca"
    assert ids(limit_tracks(tracks, Limit(count=4, by=MOST_PLAYED), chance)) == "ecba"
    assert ids(limit_tracks(tracks, Limit(by=MOST_PLAYED), chance)) == "edcba"


def test_playing_time_in_another_order(ids, chance):
    plays = {"a": 1, "b": 5, "c": 3, "d": 2}
    tracks = [Track(i, duration_ms=60_000, values={"play_count": n}) for i, n in plays.items()]
    assert ids(limit_tracks(tracks, Limit(duration_ms=130_000, by=MOST_PLAYED), chance)) == "bc"


def test_chosen_by_chance(by_artist, chance):
    tracks = by_artist("A" * 30)
    by = (SortKey(Expression("random", (("seed", "day"),))),)
    found = limit_tracks(tracks, Limit(count=5, by=by), chance)
    assert [track for track in tracks if track in found] == found
    assert {t.track_id for t in found} == set(
        sorted((t.track_id for t in tracks), key=lambda track_id: chance.key("day", track_id))[:5]
    )
