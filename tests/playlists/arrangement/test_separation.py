"""Artists kept apart: compared with every permutation of small lists."""

from collections import Counter
from itertools import combinations_with_replacement, pairwise, permutations, product

import pytest

from playlists.arrangement import separation
from playlists.arrangement.groups import artist_or_itself
from playlists.arrangement.separation import separate_artists
from playlists.language.model import Separation

DISTANCES = (1, 2, 3, 5)


def between(artists):
    """The fewest other tracks between two of the same artist; as many as there are where none comes twice."""
    places = enumerate(artists)
    last, fewest = {}, len(artists)
    for place, artist in places:
        if artist in last:
            fewest = min(fewest, place - last[artist] - 1)
        last[artist] = place
    return fewest


def first_possible(artists, distance):
    """The first of all permutations, by places in the order given, that keeps artists apart; None: there is none."""

    def extend(taken):
        if len(taken) == len(artists):
            return taken
        near = {artists[index] for index in taken[max(len(taken) - distance, 0) :]}
        tried = set()
        for index, artist in enumerate(artists):
            if index not in taken and artist not in near and artist not in tried:
                tried.add(artist)  # a later track of the same artist would do no better
                found = extend((*taken, index))
                if found is not None:
                    return found
        return None

    return extend(())


def distinct_lists(longest):
    """Every list up to a length, but for the names of artists."""

    def grow(artists):
        yield artists
        if len(artists) < longest:
            for artist in "ABCDEFGH"[: len(set(artists)) + 1]:
                yield from grow(artists + artist)

    return [artists for artists in grow("") if artists]


def places(tracks, arranged):
    return [tracks.index(track) for track in arranged]


@pytest.mark.parametrize("distance", DISTANCES)
def test_it_is_possible_exactly_when_a_permutation_is_and_then_the_first_of_these(by_artist, distance):
    possible = impossible = 0
    for artists in distinct_lists(7):
        tracks = by_artist(artists)
        expected = first_possible(artists, distance)
        for otherwise in ("reorder", "drop"):
            arranged = places(tracks, separate_artists(tracks, Separation(distance, otherwise)))
            if expected is not None:
                assert arranged == list(expected), artists
                possible += 1
            else:
                assert len(arranged) < len(tracks) or otherwise == "reorder", artists
                impossible += 1
    assert possible >= 10
    assert impossible >= 100


def test_the_search_that_this_is_compared_with_finds_what_all_permutations_have():
    for artists in distinct_lists(5):
        for distance in DISTANCES:
            orders = permutations(range(len(artists)))
            valid = (
                o for o in orders if between([artists[index] for index in o]) >= min(distance, len(artists))
            )
            assert first_possible(artists, distance) == next(valid, None), artists


def counts_up_to(tracks):
    """How many tracks each artist has, for all lists up to a length, but for their order."""
    for artists in range(1, 6):
        for counts in combinations_with_replacement(range(1, 7), artists):
            if sum(counts) <= tracks:
                yield counts


@pytest.mark.parametrize("distance", DISTANCES)
def test_as_few_as_possible_are_left_out(by_artist, distance):
    checked = 0
    for counts in counts_up_to(8):
        artists = "".join(artist * count for artist, count in zip("ABCDE", counts, strict=False))
        kept = separate_artists(by_artist(artists), Separation(distance, "drop"))
        assert between([track.artist_ids[0] for track in kept]) >= min(distance, len(kept))
        smaller = product(*(range(count + 1) for count in counts))
        most = max(
            sum(some)
            for some in smaller
            if first_possible(
                "".join(artist * count for artist, count in zip("ABCDE", some, strict=False)), distance
            )
            is not None
        )
        assert len(kept) == most, artists
        checked += 1
    assert checked > 40


def test_the_last_tracks_of_an_artist_are_left_out(by_artist):
    tracks = by_artist("AABAACA")
    assert places(tracks, separate_artists(tracks, Separation(1, "drop"))) == [0, 2, 1, 5, 3]


@pytest.mark.parametrize("distance", DISTANCES)
def test_where_it_is_impossible_all_stay_as_far_apart_as_can_be(by_artist, distance):
    checked = Counter()
    for artists in distinct_lists(7):
        if first_possible(artists, distance) is not None:
            continue
        tracks = by_artist(artists)
        arranged = separate_artists(tracks, Separation(distance))
        assert sorted(places(tracks, arranged)) == list(range(len(tracks)))
        farthest = max(less for less in range(distance) if first_possible(artists, less) is not None)
        order = [track.artist_ids[0] for track in arranged]
        assert between(order) == farthest, artists
        checked[farthest] += 1
        if farthest == 0:  # one artist has more than half: together as rarely as can be, and at the end
            most = max(Counter(artists).values())
            together = [place for place, pair in enumerate(pairwise(order)) if len(set(pair)) == 1]
            surplus = most - (len(artists) - most) - 1
            assert together == list(range(len(artists) - 1 - surplus, len(artists) - 1)), artists
    assert checked[0] > 10


def test_artists_that_can_be_farther_apart_are(by_artist):
    """A has half of the list, and can be one apart only; B and C come three apart all the same."""
    order = [track.artist_ids[0] for track in separate_artists(by_artist("AAAAAABBCCDE"), Separation(3))]
    assert "".join(order) == "ABCADABACAEA"
    for artist in "BC":
        first, second = (place for place, other in enumerate(order) if other == artist)
        assert second - first - 1 >= 3


def test_tracks_of_an_artist_stay_in_order_and_an_order_that_fits_stays(by_artist):
    tracks = by_artist("AABBCCABC" * 3)
    arranged = separate_artists(tracks, Separation(2))
    for artist in "ABC":
        of_artist = [track for track in arranged if track.artist_ids == (artist,)]
        assert of_artist == [track for track in tracks if track.artist_ids == (artist,)]
    assert separate_artists(arranged, Separation(2)) == arranged


def test_tracks_without_artist_are_never_too_close(by_artist):
    tracks = by_artist("A..A..")
    assert separate_artists(tracks, Separation(2)) == tracks
    assert separate_artists(by_artist("...."), Separation(9)) == by_artist("....")


@pytest.mark.parametrize("otherwise", ["reorder", "drop"])
def test_arranging_again_changes_nothing(by_artist, otherwise):
    for artists in distinct_lists(6):
        for distance in (1, 2, 3):
            once = separate_artists(by_artist(artists), Separation(distance, otherwise))
            if otherwise == "drop" or first_possible(artists, distance) is not None:
                assert separate_artists(once, Separation(distance, otherwise)) == once, artists


def test_small_and_extreme_lists(by_artist):
    for otherwise in ("reorder", "drop"):
        assert separate_artists([], Separation(3, otherwise)) == []
        assert separate_artists(by_artist("A"), Separation(3, otherwise)) == by_artist("A")
        assert separate_artists(by_artist("AB"), Separation(10_000, otherwise)) == by_artist("AB")
    assert separate_artists(by_artist("AAA"), Separation(10_000)) == by_artist("AAA")
    assert separate_artists(by_artist("AAA"), Separation(2, "drop")) == by_artist("AAA")[:1]


@pytest.mark.parametrize("distance", [1, 5, 50, 5_000])
@pytest.mark.parametrize(
    "artist_of",
    [
        lambda number: f"artist {number % 300}",
        lambda number: f"artist {number // 40}",
        lambda number: f"artist {(number * number) % 997}",
        lambda number: "crowd" if number % 3 else f"artist {number}",
        lambda number: f"artist {number.bit_length()}",
    ],
    ids=["evenly", "in runs", "unevenly", "one with most", "doubling"],
)
def test_the_work_grows_with_the_list_and_not_faster(by_artist, monkeypatch, distance, artist_of):
    """Counted: each track goes into each of two heaps at most once, and comes out of each at most once."""
    tracks = by_artist([artist_of(number) for number in range(20_000)])
    calls = Counter()
    for name in ("heappush", "heappop"):
        original = getattr(separation, name)

        def counting(*arguments, name=name, original=original):
            calls[name] += 1
            return original(*arguments)

        monkeypatch.setattr(separation, name, counting)
    for otherwise in ("reorder", "drop"):
        calls.clear()
        arranged = separate_artists(tracks, Separation(distance, otherwise))
        assert calls["heappush"] <= 2 * len(tracks)
        assert calls["heappop"] <= 2 * len(tracks)
        ids = [track.track_id for track in arranged]
        assert len(set(ids)) == len(ids)
        assert otherwise == "drop" or len(ids) == len(tracks)
        if otherwise == "drop":
            assert between([artist_or_itself(track) for track in arranged]) >= min(distance, len(arranged))
