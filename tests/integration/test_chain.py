"""`run_all`: the daily chain in one process, checklist S1-44, S4-2."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import pytest

from tests.clock import FakeClock
from utils.database.statements import statement

pytestmark = pytest.mark.once


def test_everything_in_one_go(make_world, mode):
    world = make_world(mode=mode, liked=130, albums=20, plays=60)
    world.extra["RUN_DOOR"] = "./run demo"
    process = world.call("-m", "api_syncs.run_all")
    assert world.asked(tokens=True).count("POST /api/token") == 1, "which serves all scripts"
    assert process.returncode == 0, process.stdout + process.stderr
    assert " · ./run demo status · ./run demo sql · " in process.stdout
    world.assert_library_equal()
    assert (world.folder / "site" / "index.html").exists()
    assert "together" in process.stdout


def test_the_page_that_a_chain_builds_shows_the_chain_before_and_none_as_running(make_world):
    world = make_world(liked=5)
    told = []
    for _ in range(2):
        assert world.call("-m", "api_syncs.run_all", "--force").returncode == 0
        said = json.loads((world.folder / "site" / "sync-status.json").read_text(encoding="utf-8"))
        assert said["running"] == []
        assert "running" not in (world.folder / "site" / "status.html").read_text(encoding="utf-8")
        told.append(said["scripts"].get("run_all"))
    assert told[0] is None
    [(begun,)] = world.rows("SELECT min(started_at) FROM sync_history WHERE job = 'run_all'")
    assert told[1]["last_status"] == "done"
    assert datetime.fromisoformat(told[1]["last_started_at"]) == begun.replace(microsecond=0)


def test_a_failing_step_does_not_stop_those_that_do_not_need_it(make_world):
    world = make_world(liked=130, albums=20, plays=60)
    world.extra["SPOTIFY_MARKET"] = "DE"
    world.sim.faults.add("status", match="/me/tracks", status=400, times=None)
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 1
    states = dict(world.rows("SELECT job, status FROM sync_history"))
    assert states.pop("sync_liked_tracks") == "failed"
    assert states.pop("run_all") == "failed"
    assert states.pop("check_track_availability") == "failed", "it reads the same pages"
    assert set(states.values()) == {"done"}


def test_a_consent_that_is_over_is_asked_about_once(make_world):
    world = make_world(liked=10)
    world.sim.revoke_consent()
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 3
    assert world.asked(tokens=True) == ["POST /api/token"]
    assert "Traceback" not in process.stdout + process.stderr


def test_an_app_that_spotify_does_not_know_is_refused_once(make_world):
    """A wrong secret: what asks only the database goes on, the rest is not run, and says why."""
    world = make_world(liked=10)
    world.extra["SPOTIFY_CLIENT_SECRET"] = "of-yesterday"
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 2
    assert world.asked(tokens=True) == ["POST /api/token"]
    said = process.stdout + process.stderr
    assert said.count("Spotify does not know this app") == 3, (
        "when it happens, below the table, and with how the chain has ended"
    )
    told = [
        line for line in process.stdout.splitlines() if line.endswith("track_plays was shut out by Spotify")
    ]
    assert len(told) == 1, "once, for all of them"
    assert told[0].startswith("sync_liked_tracks, sync_saved_albums, ")
    states = dict(world.rows("SELECT job, status FROM sync_history"))
    assert states.pop("track_plays") == states.pop("run_all") == "failed"
    assert set(states) == {"init_db", "materialized_views", "sync_images", "clean", "build_dashboard"}
    assert set(states.values()) == {"done"}


def test_without_a_network_one_script_tries_and_the_rest_that_needs_it_is_left_out(make_world):
    world = make_world(liked=10)
    assert world.call("-m", "api_syncs.run_all").returncode == 0
    world.extra["SPOTIFY_ACCOUNTS_URL"] = "http://127.0.0.1:9"
    process = world.call("-m", "api_syncs.run_all", "--force")
    assert process.returncode == 1
    told = [
        line for line in process.stdout.splitlines() if line.endswith("track_plays could not reach Spotify")
    ]
    assert len(told) == 1
    assert "Check this machine's connection" in process.stdout.rpartition("together")[2], (
        "the remedy, below the table"
    )


def test_the_first_chain_has_applied_the_migrations(make_world, empty_dsn):
    world = make_world(liked=1)
    world.dsn = empty_dsn
    assert world.call("-m", "api_syncs.run_all").returncode == 0
    [(count,)] = world.rows("SELECT count(*) FROM schema_migrations")
    assert world.rows("SELECT new_items, items_processed FROM sync_history WHERE job = 'init_db'") == [
        (count, count)
    ]


def test_a_listener_who_is_not_on_the_apps_list_is_asked_about_once(make_world):
    world = make_world(liked=10)
    world.sim.user_not_allowlisted = True
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 3
    assert world.asked(tokens=True) == ["POST /api/token", "GET /me"]
    assert "User Management" in process.stdout + process.stderr


@pytest.mark.parametrize("trouble", ["revoked", "wrong secret"])
def test_the_scripts_of_one_workflow_ask_once_as_well(make_world, tmp_path, trouble):
    """There each is a process of its own: what they know of each other stands in the run's report."""
    world = make_world(liked=10)
    if trouble == "revoked":
        world.sim.revoke_consent()
    else:
        world.extra["SPOTIFY_CLIENT_SECRET"] = "of-yesterday"
    world.extra["RUN_REPORT"] = str(tmp_path / "report.jsonl")
    ended = {
        name: world.run(f"api_syncs.{name}")
        for name in ("track_plays", "sync_playlists", "materialized_views")
    }
    assert [outcome.status for outcome in ended.values()] == ["failed", "skipped", "done"]
    assert ended["sync_playlists"].message == "track_plays was shut out by Spotify; nothing was asked"
    assert world.asked(tokens=True) == ["POST /api/token"]


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://no-such-host.invalid", "the host no-such-host.invalid is not known"),
        ("http://127.0.0.1:9", "Connection refused"),
    ],
)
def test_no_answer_from_the_network_is_told_apart_from_trouble_of_spotify(make_world, url, reason):
    world = make_world(liked=10)
    assert world.run("api_syncs.track_plays").status == "done"
    world.sim.faults.add("status", match="/me/tracks", times=None, status=503)
    of_spotify = world.run("api_syncs.sync_liked_tracks")
    assert "status 503" in of_spotify.message
    assert "the network" not in of_spotify.message
    assert "Spotify's" in of_spotify.remedy
    for name, path in (("SPOTIFY_API_URL", "/v1"), ("SPOTIFY_ACCOUNTS_URL", "")):
        world.extra = {name: url + path}
        of_network = world.run("api_syncs.sync_liked_tracks", clock=FakeClock(datetime.now(UTC)))
        assert of_network.exit_code == 1
        assert f"no answer from the network: {reason}" in of_network.message
        assert "connection to the internet" in of_network.remedy
        assert "status.spotify.dev" in of_network.remedy


def test_a_used_up_library_quota_lets_the_rest_go_on(make_world):
    world = make_world(liked=130, albums=20, plays=60)
    world.sim.faults.add("quota", match="/me/tracks", times=None)
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 0
    states = dict(world.rows("SELECT job, status FROM sync_history"))
    assert states["track_plays"] == "done"
    assert states["sync_liked_tracks"] == states["sync_saved_albums"] == "paused"
    assert states["materialized_views"] == states["build_dashboard"] == "done"


def test_a_missing_database_is_said_once(make_world):
    world = make_world(liked=10)
    world.extra["DATABASE_URL"] = "postgresql://me@127.0.0.1:9/none"
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 2
    assert (process.stdout + process.stderr).count("cannot be reached") == 1


def test_a_second_manual_run_is_refused_with_the_time_left(make_world):
    world = make_world(liked=10)
    assert world.call("-m", "api_syncs.run_all").returncode == 0
    world.sim.clear_requests()
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 0
    assert re.search(r"again in (60 min 0|59 min \d+) s", process.stdout)
    assert "--force" in process.stdout
    assert world.asked(tokens=True) == []
    assert world.call("-m", "db.settings", "set", "sync.manual_cooldown_minutes", "0").returncode == 0
    assert "together" in world.call("-m", "api_syncs.run_all").stdout


@pytest.mark.slow(5)
def test_a_run_of_one_listener_keeps_no_other_waiting(make_world):
    """Neither on the first day, when it is not known yet whose consent it is, nor later, nor while it runs."""
    mine = make_world(liked=10, plays=20)
    theirs = make_world(seed=2, liked=10, plays=20)
    theirs.extra["SPOTIFY_REFRESH_TOKEN"] = theirs.sim.new_consent()

    def run(world):
        output = world.call("-m", "api_syncs.run_all").stdout
        return "done" if "together" in output else "refused" if "again in" in output else output

    assert [run(world) for world in (mine, theirs)] == ["done"] * 2
    assert mine.rows("SELECT count(DISTINCT user_id) FROM daily_listening") == [(2,)]
    assert [run(world) for world in (mine, theirs)] == ["refused"] * 2
    mine.change("UPDATE job_controls SET last_success_at = last_success_at - interval '1 hour'")
    assert [run(mine), run(mine)] == ["done", "refused"]
    [(listener,)] = mine.rows("SELECT user_id FROM users WHERE spotify_id = 'listener1'")
    with closing(psycopg2.connect(mine.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement("jobs.run_lock"), {"lock": f"run_all:{listener}"})
        assert "already running" in mine.call("-m", "api_syncs.run_all", "--force").stdout
        assert [run(theirs), run(theirs)] == ["done", "refused"]
    owners = "SELECT user_id = '*', count(*) FROM sync_history WHERE job = 'run_all' AND status = 'done' GROUP BY 1 ORDER BY 1"
    assert mine.rows(owners) == [(False, 2), (True, 2)]
