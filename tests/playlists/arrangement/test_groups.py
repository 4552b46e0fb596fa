"""Groups: caps, round robin, and groups drawn by chance."""

from collections import Counter
from dataclasses import replace

import pytest

from playlists.arrangement.groups import (
    album_or_itself,
    artist_or_itself,
    at_most,
    group_of,
    main_artist,
    random_group,
    round_robin,
)
from playlists.arrangement.track import Track
from playlists.language.model import RandomGroup


@pytest.mark.parametrize(
    ("release_date", "year", "decade"),
    [
        ("1981", "1981", "1980"),
        ("1981-12", "1981", "1980"),
        ("1989-12-31", "1989", "1980"),
        ("1990-01-01", "1990", "1990"),
        ("2000", "2000", "2000"),
        ("0000", None, None),
        ("0000-01-01", None, None),
        ("", None, None),
        (None, None, None),
        ("198", None, None),
        ("19811", None, None),
        ("1981-1", None, None),
        ("1981-12-15T00:00", None, None),
        ("\u0661\u0669\u0668\u0661", None, None),
        ("soon", None, None),
        ("1981\n", None, None),
    ],
)
def test_years_and_decades(release_date, year, decade):
    track = Track("a", release_date=release_date)
    assert group_of(track, "year") == year
    assert group_of(track, "decade") == decade


def test_artist_album_and_genre():
    track = Track(
        "a", artist_ids=("x", "y"), artists=("X", "Y"), album_id="m", genres=("soul", "jazz", "pop")
    )
    assert [group_of(track, by) for by in ("artist", "album", "genre")] == ["x", "m", "jazz"]
    assert [group_of(Track("a"), by) for by in ("artist", "album", "genre")] == [None, None, None]
    assert main_artist(Track("a", artists=("X", "Y"))) == "X"
    assert main_artist(Track("a", artist_ids=("",), artists=("",))) is None


@pytest.mark.parametrize(
    ("count", "places"), [(1, [0, 1, 3, 5, 6]), (2, [0, 1, 2, 3, 4, 5, 6]), (9, list(range(9)))]
)
def test_at_most_so_many_of_an_artist(by_artist, count, places):
    tracks = by_artist("ABAC" + "B..AA")
    assert at_most(tracks, count, artist_or_itself) == [tracks[place] for place in places]


def test_at_most_so_many_of_an_album():
    albums = ["m", None, "m", "n", None, "m"]
    tracks = [Track(str(number), album_id=album) for number, album in enumerate(albums)]
    assert at_most(tracks, 1, album_or_itself) == [tracks[place] for place in (0, 1, 3, 4)]
    assert at_most(tracks, 2, album_or_itself) == tracks[:5]


def test_a_guest_does_not_count_for_the_cap():
    tracks = [
        Track("a", artist_ids=("x", "y")),
        Track("b", artist_ids=("y", "x")),
        Track("c", artist_ids=("y",)),
    ]
    assert at_most(tracks, 1, artist_or_itself) == tracks[:2]


@pytest.mark.parametrize(
    ("artists", "order"),
    [
        ("", []),
        ("A", [0]),
        ("AAAB", [0, 3, 1, 2]),
        ("BAACAB", [0, 1, 3, 5, 2, 4]),
        ("A.A.B", [0, 1, 4, 2, 3]),  # tracks without artist are a group
    ],
)
def test_round_robin(by_artist, artists, order):
    tracks = by_artist(artists)
    assert round_robin(tracks, "artist") == [tracks[place] for place in order]


def test_round_robin_of_every_grouping():
    tracks = [
        Track("a", album_id="m", release_date="1981", genres=("pop",)),
        Track("b", album_id="m", release_date="1981-05", genres=("pop", "rock")),
        Track("c", album_id="n", release_date="1985", genres=("rock",)),
        Track("d", album_id="n", release_date="1999", genres=("jazz", "rock")),
    ]
    orders = {by: round_robin(tracks, by) for by in ("album", "genre", "year", "decade")}
    assert {by: "".join(t.track_id for t in order) for by, order in orders.items()} == {
        "album": "acbd",
        "genre": "acdb",
        "year": "acdb",
        "decade": "adbc",
    }


def drawn(tracks, chance, **wish):
    return [track.artist_ids[0] for track in random_group(tracks, RandomGroup("artist", **wish), chance)]


def test_a_group_drawn_by_chance_keeps_its_order(by_artist, chance):
    tracks = by_artist("ABCABCA")
    seen = Counter()
    for run in range(60):
        found = random_group(tracks, RandomGroup("artist"), replace(chance, run_id=f"run-{run}"))
        assert found == [track for track in tracks if track.artist_ids == found[0].artist_ids]
        seen[found[0].artist_ids[0]] += 1
    assert set(seen) == set("ABC")
    assert min(seen.values()) >= 8  # of 20 expected


def test_the_same_seed_draws_the_same(by_artist, chance):
    tracks = by_artist("ABCDEFGH")
    first = drawn(tracks, chance, seed="day", count=3)
    assert drawn(tracks, replace(chance, run_id="run-2"), seed="day", count=3) == first
    assert drawn(tracks[::-1], chance, seed="day", count=3) == first[::-1]
    assert len(first) == 3


def test_only_groups_that_are_large_enough(by_artist, chance):
    tracks = by_artist("ABBCCC...")
    assert drawn(tracks, chance, min_tracks=3) == ["C"] * 3
    assert sorted(drawn(tracks, chance, min_tracks=2, count=5)) == list("BBCCC")
    assert drawn(tracks, chance, min_tracks=4) == []
    assert drawn([], chance) == []
