"""The clock of a whole process, set from outside: months through the real scripts, started as anybody starts them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.clock import FakeClock
from tests.connections import PATIENCE_S

pytestmark = pytest.mark.once
CHAIN = "api_syncs.run_all"
LIKED = "api_syncs.sync_liked_tracks"
BEGIN = datetime(2026, 1, 10, 7, 7, tzinfo=UTC)


def start(world, moment, *command):
    """Run a script as a process that begins at that moment; its exit code, and what it said."""
    world.extra["SIMULATED_NOW"] = moment.isoformat()
    with world.start("-m", *command) as process:
        output = "".join(process.communicate(timeout=PATIENCE_S))
    return process.returncode, output


@pytest.mark.slow(20)
def test_half_a_year_passes_through_the_real_chain(make_world):
    clock = FakeClock(BEGIN)
    world = make_world(liked=60, albums=5, odd=False, clock=clock)
    for days in (0, 1, 8, 160):
        clock.moment = BEGIN + timedelta(days=days)
        with world.sim.edit() as library:
            library.like(library.new_track())
        code, output = start(world, clock.moment, CHAIN)
        assert code == 0, output
        assert ("the consent ends in" in output) == (days == 160)
    world.assert_library_equal()
    began = world.rows("SELECT started_at FROM sync_history WHERE job = 'run_all' ORDER BY started_at")
    assert [(moment - BEGIN).days for (moment,) in began] == [0, 1, 8, 160]
    latest = clock.moment + timedelta(hours=1)
    for table, column in (("logs", "logged_at"), ("sync_state", "last_updated_at"), ("api_calls", "last_at")):
        (span,) = world.rows(f"SELECT min({column}), max({column}) FROM {table}")
        assert BEGIN <= span[0] <= span[1] <= latest, table
    assert len(world.rows("SELECT DISTINCT captured_on FROM top_items")) == 4, "one each day"


def test_a_cooldown_passes_with_the_simulated_time(make_world):
    world = make_world(liked=10, odd=False)
    now = datetime.now(UTC).replace(microsecond=0)
    said = [start(world, now + timedelta(minutes=minutes), LIKED)[1] for minutes in (0, 5, 15)]
    assert ["done a moment ago" in each for each in said] == [False, True, False]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"SPOTIFY_API_URL": "https://api.spotify.com/v1"}, "names no simulated Spotify on this machine"),
        ({"SPOTIFY_API_URL": ""}, "names no simulated Spotify on this machine"),
        ({"SIMULATED_NOW": "yesterday"}, "is 'yesterday', not a moment with its zone"),
        ({"SIMULATED_NOW": "2026-11-21T12:00:00"}, "not a moment with its zone"),
    ],
)
@pytest.mark.parametrize("command", [LIKED, "reports.sync_status", "db.control"])
def test_it_is_refused_where_spotify_is_not_simulated(make_world, settings, why, command):
    world = make_world(liked=10)
    world.extra.update({"SIMULATED_NOW": BEGIN.isoformat(), **settings})
    ended = world.call("-m", command)
    assert ended.returncode == 2
    assert why in ended.stdout + ended.stderr
    assert world.asked(tokens=True) == []


def test_it_is_not_taken_from_the_settings_file(make_world, tmp_path):
    world = make_world(liked=10)
    (tmp_path / "env").write_text(f"SIMULATED_NOW={BEGIN.isoformat()}\n", encoding="utf-8")
    world.extra["ENV_FILE"] = str(tmp_path / "env")
    ended = world.call("-m", LIKED)
    assert ended.returncode == 2
    assert "SIMULATED_NOW stands in the settings file" in ended.stdout + ended.stderr
