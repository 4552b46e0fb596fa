"""Weeks of GitHub's scheduler, as promised and as it is: what is lost or stops is said, and what helps helps."""

import pytest

from benchmarks.github_month import REGIMES, SetClock, simulate

pytestmark = [pytest.mark.slow(8), pytest.mark.once]


def spend(make_world, regime: str, days: int, seed: int):
    clock = SetClock()
    world = make_world(liked=200, clock=clock.now)
    with world.settings():
        return simulate(world.sim, world.dsn, REGIMES[regime], clock, days=days, seed=seed)


@pytest.mark.search("seed", [2], range(1, 40))
def test_as_reported_what_is_lost_is_said(make_world, seed: int) -> None:
    """Runs are hours apart, and a long day at a desk is more than Spotify remembers: no play goes without a word."""
    month = spend(make_world, "as reported", 7, seed)
    assert month.planned > 1000
    assert month.started < month.planned / 8
    assert month.heard > 200
    assert month.lost > 0 or seed != 2, "else these weeks would show nothing"
    assert month.unsaid == 0
    assert month.stored + month.lost == month.heard
    assert bool(month.gaps) == bool(month.lost)
    assert month.kept < 0.2, "and the look at the schedules says how few were kept"
    assert month.stopped == {}


@pytest.mark.search(
    "regime",
    ["one run goes on looking", "started from outside too"],
    ["as promised", "one run goes on looking", "started from outside too"],
)
@pytest.mark.search("days", [2], [30])
def test_with_help_nothing_is_lost(make_world, regime: str, days: int) -> None:
    """The second day is the long one."""
    month = spend(make_world, regime, days, 1)
    assert month.heard > 100
    assert (month.lost, month.gaps) == (0, 0)
    assert month.kept > 0.95
    assert month.stopped == {}


def test_schedules_that_have_stopped_are_noticed(make_world) -> None:
    """Within two days of a daily one, whose runs are a day apart; plays go on, since something else starts them."""
    month = spend(make_world, "switched off by GitHub", 5, 1)
    assert month.lost == 0
    assert {"00_master_sync.yml", "incremental_sync.yml", "update_dynamic_playlists.yml"} <= set(
        month.stopped
    )
    assert all(2 <= day <= 4 for day in month.stopped.values())
    assert "track_plays.yml" not in month.stopped
