"""A script of the chain that does not go well any more is told of by what runs next."""

import json
from datetime import timedelta

import pytest

from tests.clock import FakeClock

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"
VIEWS = "api_syncs.materialized_views"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def world(make_world, clock):
    world = make_world(liked=10, clock=clock)
    for module in (PLAYS, LIKED, VIEWS):
        assert world.run(module, clock=clock).status == "done"
    return world


def warned(world, clock, module=PLAYS):
    """What that script warns of when it runs now."""
    world.change("DELETE FROM logs")
    assert world.run(module, clock=clock).exit_code == 0
    return [
        message
        for (message,) in world.rows("SELECT message FROM logs WHERE level = 'WARNING' ORDER BY line_number")
    ]


def test_it_is_said_after_twice_the_period_of_each_that_is(world, clock):
    clock.pass_time(hours=47)
    assert warned(world, clock) == []
    clock.pass_time(hours=2)
    assert [each.split(":")[0] for each in warned(world, clock)] == [
        "sync_liked_tracks has not gone well since 2026-11-21 12",
        "materialized_views has not gone well since 2026-11-21 12",
    ], "in the chain's order; what never ran is not missed"
    world.run(LIKED, clock=clock)
    assert [each.split()[0] for each in warned(world, clock)] == ["materialized_views"]


def test_one_that_fails_every_day_is_overdue_and_one_that_is_left_out_is_not(world, clock):
    clock.pass_time(hours=49)
    world.change(
        "UPDATE sync_history SET status = 'failed', started_at = started_at + interval '2 days' WHERE job = 'sync_liked_tracks'"
    )
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
        "SELECT user_id, gen_random_uuid(), job, started_at - interval '2 days', 'done' FROM sync_history WHERE status = 'failed'"
    )
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
        "VALUES ('*', gen_random_uuid(), 'materialized_views', %s, 'skipped')",
        clock.now() - timedelta(hours=1),
    )
    assert [each.split()[0] for each in warned(world, clock)] == ["sync_liked_tracks"]


def test_what_is_paused_is_not_missed(world, clock):
    clock.pass_time(days=3)
    world.change("UPDATE job_controls SET is_paused = true WHERE job <> 'track_plays'")
    assert warned(world, clock) == []


def test_in_a_workflow_it_is_said_once_and_not_of_what_is_still_to_come(world, clock, tmp_path):
    clock.pass_time(days=3)
    world.extra.update(
        RUN_REPORT=str(tmp_path / "report.jsonl"), SCRIPTS=json.dumps(["track_plays", "sync_liked_tracks"])
    )
    assert [each.split()[0] for each in warned(world, clock)] == ["materialized_views"]
    assert warned(world, clock, LIKED) == []


def test_a_chain_says_it_at_its_end_alone(world, clock):
    clock.pass_time(days=3)
    assert not [each for each in warned(world, clock, "api_syncs.run_all") if "has not gone well" in each]
