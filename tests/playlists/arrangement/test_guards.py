"""What stops an update that looks wrong."""

import pytest

from playlists.arrangement.modes import guard_objection
from playlists.language.model import EVERYTHING, Arrangement, Definition, Guard


def definition(min_tracks=0, **guard):
    return Definition(
        slug="mix",
        name="Mix",
        description="",
        source="library",
        match=EVERYTHING,
        arrangement=Arrangement(),
        min_tracks=min_tracks,
        guard=Guard(**guard),
    )


@pytest.mark.parametrize(("old", "removed", "new"), [(0, 0, 0), (10, 10, 0), (10, 10, 5), (0, 0, 9)])
def test_without_guards_nothing_is_stopped(old, removed, new):
    assert guard_objection(definition(), old, removed, new) is None


@pytest.mark.parametrize(
    ("old", "removed", "new", "stops"),
    [(10, 10, 0, True), (10, 9, 1, False), (0, 0, 1, False), (0, 0, 0, True)],
)
def test_never_empty(old, removed, new, stops):
    reason = guard_objection(definition(never_empty=True), old, removed, new)
    assert (reason is not None) == stops
    assert not stops or "never_empty" in reason


@pytest.mark.parametrize(("new", "stops"), [(0, True), (1_199, True), (1_200, False), (1_201, False)])
def test_min_tracks(new, stops):
    reason = guard_objection(definition(min_tracks=1_200), 50, 0, new)
    assert (reason is not None) == stops
    assert (
        not stops
        or f"Only {new:,} track{' is' if new == 1 else 's are'} selected, and min_tracks asks for 1,200"
        in reason
    )


@pytest.mark.parametrize(
    ("most", "old", "removed", "stops"),
    [
        (50, 10, 5, False),
        (50, 10, 6, True),
        (0, 10, 0, False),
        (0, 10, 1, True),
        (100, 10, 10, False),
        (33.3, 1000, 333, False),
        (33.3, 1000, 334, True),
        (50, 0, 0, False),
    ],
)
def test_max_removed_percent(most, old, removed, stops):
    reason = guard_objection(definition(max_removed_percent=most), old, removed, 10)
    assert (reason is not None) == stops
    assert not stops or f"{removed:,} of {old:,} tracks would go" in reason
    assert not stops or f"max_removed_percent, {most:g}" in reason


def test_every_reason_says_what_to_do():
    for made in (
        definition(never_empty=True),
        definition(min_tracks=3),
        definition(max_removed_percent=5),
    ):
        reason = guard_objection(made, 10, 10, 0)
        assert reason is not None
        assert reason.count(". ") >= 1
