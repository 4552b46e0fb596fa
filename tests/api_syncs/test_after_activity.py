"""A look for plays that finds something new copies what has changed in the library, where that is wanted. Checklist S2-34."""

import json
import re

import pytest

from api_syncs.chain import INCREMENTAL
from tests.conftest import ROOT

pytestmark = pytest.mark.once
PLAYS = "api_syncs.track_plays"


@pytest.fixture
def world(make_world):
    """Everything incremental was copied a while ago."""
    world = make_world(liked=10, plays=5, odd=False)
    assert world.run(PLAYS).status == "done"
    for module in INCREMENTAL:
        assert world.run(module).exit_code == 0
    world.change("UPDATE job_controls SET last_success_at = last_success_at - interval '1 hour'")
    return world


def wanted(world):
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'sync.after_activity', 'true' FROM users"
    )


def ran(world):
    """The scripts that a look starts."""
    world.change("DELETE FROM sync_history")
    process = world.call("-m", PLAYS)
    assert process.returncode == 0, process.stdout + process.stderr
    return [
        job
        for (job,) in world.rows("SELECT job FROM sync_history ORDER BY started_at")
        if job != "track_plays"
    ]


def play_something_new(world):
    with world.sim.edit() as library:
        track_id = library.new_track()
        library.like(track_id)
        library.play(track_id)


NAMES = [module.rpartition(".")[2] for module in INCREMENTAL]


def test_it_is_off(world):
    play_something_new(world)
    assert ran(world) == []


def test_a_play_of_a_track_never_met_copies_the_library(world):
    wanted(world)
    assert ran(world) == [], "nothing new"
    play_something_new(world)
    assert ran(world) == NAMES
    world.assert_library_equal()
    assert ran(world) == [], "that play is known now"


def test_cooldowns_hold(world):
    wanted(world)
    world.change("UPDATE job_controls SET last_success_at = now() WHERE job = 'sync_liked_tracks'")
    play_something_new(world)
    ran(world)
    assert world.rows("SELECT status FROM sync_history WHERE job = 'sync_liked_tracks'") == [("skipped",)]


def test_known_tracks_alone_are_no_news(world):
    wanted(world)
    with world.sim.edit() as library:
        library.play(next(iter(library.liked_rows())))
    assert ran(world) == []


def test_what_was_not_copied_for_six_hours_is_due(world):
    wanted(world)
    world.change("UPDATE job_controls SET last_success_at = now() - interval '7 hours'")
    assert ran(world) == NAMES


def test_a_failure_of_what_it_starts_is_its_own(world):
    wanted(world)
    play_something_new(world)
    world.sim.faults.add("status", match="/me/tracks", status=400, times=None)
    process = world.call("-m", PLAYS)
    assert process.returncode == 1
    assert world.rows(
        "SELECT status FROM sync_history WHERE job = 'track_plays' ORDER BY started_at DESC LIMIT 1"
    ) == [("done",)]


def test_the_scripts_are_those_of_the_incremental_workflow():
    text = (ROOT / ".github/workflows/incremental_sync.yml").read_text(encoding="utf-8")
    [scripts] = re.findall(r"scripts: >-\n(.*?\])", text, re.DOTALL)
    assert json.loads(scripts) == ["track_plays", *NAMES]
