"""One process that looks again and again: where starting it often cannot be relied on."""

import argparse
import os
import signal
from datetime import timedelta

import pytest

from api_syncs.track_plays import JOB
from tests.clock import START, FakeClock
from tests.connections import PATIENCE_S
from utils.errors import ExitCode, Status
from utils.job.declaration import Options
from utils.job.polling import minutes, poll

pytestmark = pytest.mark.once


@pytest.fixture
def world(make_world):
    return make_world(liked=5, plays=5, now=START - timedelta(days=2))


def runs(world) -> list[str]:
    return [
        status for (status,) in world.rows("SELECT status FROM sync_history ORDER BY started_at, finished_at")
    ]


def test_it_looks_every_ten_minutes_and_loses_nothing(make_world) -> None:
    """Between two looks forty songs are heard: of a hundred and sixty, a single look would have seen fifty."""
    clock = FakeClock()
    world = make_world(liked=60, plays=5, now=START - timedelta(days=2))
    seen = set()

    def listen(request) -> None:
        if request.path == "/me/player/recently-played":
            with world.sim.edit() as library:
                for track_id in list(library.liked_rows())[:40]:
                    library.play(track_id)
                seen.update(library.play_rows())

    world.sim.on_request = listen
    with world.settings():
        outcome = poll(JOB, Options(), 30, 10, clock)
    world.sim.on_request = None
    assert outcome.status is Status.DONE
    assert runs(world) == ["done"] * 4
    assert len(seen) > 4 * 40
    assert set(world.rows("SELECT played_at, track_of(item_key) FROM plays")) == seen
    assert world.rows("SELECT count(*) FROM play_gaps") == [(0,)]


def test_a_failed_look_is_made_up_for_by_the_next(world) -> None:
    world.sim.faults.add("status", match="recently-played", status=400)
    with world.settings():
        outcome = poll(JOB, Options(), 10, 10, FakeClock())
    assert outcome.exit_code is ExitCode.OK
    assert runs(world) == ["failed", "done"]


def test_where_the_last_look_fails_so_does_the_whole(world) -> None:
    world.sim.faults.add("status", match="recently-played", status=400, after=1)
    with world.settings():
        assert poll(JOB, Options(), 10, 10, FakeClock()).exit_code is ExitCode.FAILED
    assert runs(world) == ["done", "failed"]


def test_a_database_that_is_away_for_a_while_does_not_end_it(world) -> None:
    """Free hosted ones pause. Where it was never there, the settings are wrong, and looking again helps nobody."""
    clock, away = FakeClock(), {"DATABASE_URL": "postgresql://me:none@127.0.0.1:9/none?sslmode=disable"}
    here = dict(world.extra)

    def break_off(seconds: float) -> bool:
        world.extra.clear()
        world.extra.update(away if len(clock.slept) == 0 else here)
        for name, value in {"DATABASE_URL": world.dsn, **world.extra}.items():
            os.environ[name] = value
        return FakeClock.sleep(clock, seconds)

    clock.sleep = break_off
    with world.settings():
        assert poll(JOB, Options(), 20, 10, clock).exit_code is ExitCode.OK
    assert len(clock.slept) == 2
    assert runs(world) == ["done", "done"], "the one between could not leave a row"
    lost = FakeClock()
    world.extra.update(away)
    with world.settings():
        assert poll(JOB, Options(), 20, 10, lost).exit_code is ExitCode.SETTINGS
    assert lost.slept == []


def test_a_consent_that_is_over_ends_it_at_once(world) -> None:
    world.sim.revoke_consent()
    clock = FakeClock()
    with world.settings():
        assert poll(JOB, Options(), 300, 10, clock).exit_code is ExitCode.CONSENT
    assert clock.slept == []


def test_a_signal_ends_the_wait(world) -> None:
    """GitHub's cancel button, five minutes after the last look."""
    process = world.start("-m", "api_syncs.track_plays", "--poll-minutes", "300")
    for line in process.stdout:
        if "done:" in line:
            break
    process.send_signal(signal.SIGINT)
    said, complaints = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said + complaints
    assert complaints == ""
    assert runs(world) == ["done"]


@pytest.mark.parametrize("text", ["-1", "1.5", "", "ten", "\u0661\u0660", "10; true"])
def test_minutes_that_cannot_be(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        minutes(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("340", 340),
        ("340 ", 340),
        ("341", 340),
        ("99999999999", 340),
        ("0", 0),
        ("off", 0),
        ("OFF", 0),
    ],
)
def test_minutes_that_can_be(text: str, number: int) -> None:
    """What is more than GitHub allows is as much as it allows; off is what the other variables take."""
    assert minutes(text) == number
