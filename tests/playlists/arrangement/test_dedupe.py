"""Which of several tracks that are the same stays, and what is never the same."""

import random
from datetime import timedelta
from itertools import permutations

import pytest

from playlists.arrangement.dedupe import dedupe, tell_repeats
from playlists.arrangement.track import Track
from utils.plays.recording import recording_title

SONG = Track("a", name="Song", artist_ids=("x",), duration_ms=180_000, isrc="ISRC1")


def variant(track_id, **changes):
    return SONG._replace(track_id=track_id, **changes)


def test_the_same_id_stays_once_where_it_came_first(ids):
    tracks = [variant(track_id) for track_id in "abacb"]
    assert ids(dedupe(tracks, "id")) == "abc"
    for how in ("recording", "title_artist"):
        assert ids(dedupe([SONG, SONG], how)) == "a"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Another title", "duration_ms": 1, "artist_ids": ("y",)},
        {"isrc": None},
        {"isrc": None, "name": "SONG"},
        {"isrc": None, "duration_ms": 181_000},
        {"isrc": None, "duration_ms": 179_000},
        {"isrc": None, "artist_ids": ("x", "y")},
    ],
)
def test_the_same_recording(ids, changes):
    assert ids(dedupe([SONG, variant("b", **changes)], "recording")) == "a"


@pytest.mark.parametrize(
    "changes",
    [
        {"isrc": "ISRC2"},
        {"isrc": None, "name": "Song - Live"},
        {"isrc": None, "name": "Song (Acoustic)"},
        {"isrc": None, "name": "Song - X Remix"},
        {"isrc": None, "name": "Song - Remastered 2011"},
        {"isrc": None, "duration_ms": 181_001},
        {"isrc": None, "duration_ms": 178_999},
        {"isrc": None, "duration_ms": None},
        {"isrc": None, "artist_ids": ("y", "x")},
        {"isrc": None, "artist_ids": ()},
        {"isrc": None, "name": None},
        {"isrc": "", "name": None},
    ],
)
def test_another_recording(ids, changes):
    assert ids(dedupe([SONG, variant("b", **changes)], "recording")) == "ab"


def test_tracks_of_which_nothing_is_known_are_all_different(ids):
    tracks = [Track(track_id) for track_id in "abc"]
    for how in ("id", "recording", "title_artist"):
        assert ids(dedupe(tracks, how)) == "abc"


@pytest.mark.parametrize(
    ("name", "is_same"),
    [
        ("Song - Remastered 2011", True),
        ("Song (feat. Y)", True),
        ("song", True),
        ("Song - Live", False),
        ("Song (Acoustic)", False),
        ("Song - Y Remix", False),
        ("Song - Demo", False),
        ("Song 2", False),
    ],
)
def test_the_same_title_and_artist(ids, name, is_same):
    other = variant("b", name=name, isrc="ISRC2", duration_ms=200_000)
    assert ids(dedupe([SONG, other], "title_artist")) == ("a" if is_same else "ab")
    assert ids(dedupe([SONG, other._replace(artist_ids=("y",))], "title_artist")) == "ab"


def test_the_best_one_stays_in_its_own_place(day_1, ids):
    other = variant("o", isrc="ISRC9", name="Between")
    worst_to_best = [
        variant("f", is_playable=False, added_at=day_1),
        variant("e", is_playable=None),
        variant("d", is_playable=True),
        variant("c", is_playable=None, added_at=day_1 + timedelta(1)),
        variant("b", is_playable=True, added_at=day_1),
        variant("a", is_playable=None, added_at=day_1),
    ]
    for how in ("recording", "title_artist"):
        for first in range(len(worst_to_best)):
            rest = worst_to_best[first:]
            best = rest[-1].track_id
            assert ids(dedupe([other, *rest], how)) == f"o{best}"
            assert ids(dedupe([*rest, other], how)) == f"{best}o"


def is_same(one, other):
    """The rule of same_recordings, word by word."""
    if one.isrc is not None and other.isrc is not None:
        return one.isrc == other.isrc
    return (
        recording_title(one.name) == recording_title(other.name)
        and one.artist_ids[0] == other.artist_ids[0]
        and abs(one.duration_ms - other.duration_ms) <= 1000
    )


@pytest.mark.parametrize("seed", range(40))
def test_none_that_stay_are_the_same_and_each_that_goes_has_a_better_one(day_1, seed):
    luck = random.Random(seed)
    tracks = [
        Track(
            f"t{number:02}",
            name=luck.choice(["Song", "song ", "Song - Live"]).strip(),
            artist_ids=(luck.choice("xy"),),
            duration_ms=180_000 + 400 * luck.randrange(8),
            isrc=luck.choice([None, None, "I1", "I2", "I3"]),
            is_playable=luck.choice([None, True, False]),
            added_at=luck.choice([None, day_1, day_1 + timedelta(1)]),
        )
        for number in range(30)
    ]

    def preference(track):
        return track.is_playable is False, track.added_at is None, track.added_at or day_1, track.track_id

    kept = dedupe(tracks, "recording")
    assert [track for track in tracks if track in kept] == kept
    assert not any(is_same(one, other) for one, other in permutations(kept, 2))
    for gone in (track for track in tracks if track not in kept):
        assert any(is_same(gone, track) and preference(track) < preference(gone) for track in kept)
    luck.shuffle(tracks)
    assert {t.track_id for t in dedupe(tracks, "recording")} == {t.track_id for t in kept}
    assert dedupe(kept, "recording") == kept


def test_of_merged_tracks_one_stays_whatever_else_they_have_in_common(ids):
    unlike = {"name": "Another", "artist_ids": ("y",), "isrc": "ISRC2", "merged_with": frozenset("a")}
    one = SONG._replace(merged_with=frozenset("b"))
    assert ids(dedupe([variant("b", **unlike), one], "recording")) == "a"
    assert ids(dedupe([variant("b", **unlike), variant("c", isrc="ISRC3")], "recording")) == "bc"


@pytest.mark.parametrize("seed", range(20))
def test_tracks_that_have_nothing_in_common_need_not_be_looked_at(seed):
    """Which stay is what a look at each of them says, the best first."""
    luck = random.Random(seed)
    tracks = [
        Track(
            f"t{number:02}",
            name=luck.choice([None, "Song", "SONG", f"Song {number}"]),
            artist_ids=luck.choice([(), ("x",), ("y",)]),
            duration_ms=luck.choice([None, 180_000, 180_900]),
            isrc=luck.choice([None, "", "I1", f"I{number}"]),
            merged_with=frozenset(
                luck.sample([f"t{other:02}" for other in range(30)], luck.choice([0, 0, 2]))
            ),
        )
        for number in range(30)
    ]
    is_repeat = tell_repeats("recording")
    assert dedupe(tracks, "recording") == [track for track in tracks if not is_repeat(track)]


def test_nothing_stays_nothing():
    for how in ("id", "recording", "title_artist"):
        assert dedupe([], how) == []
