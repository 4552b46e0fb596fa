"""`run_all`: the daily chain in one process, checklist S1-44, S4-2."""

import re
from contextlib import closing

import psycopg2
import pytest

from utils.database.statements import statement


def test_everything_in_one_go(make_world, mode):
    world = make_world(mode=mode, liked=130, albums=20, plays=60)
    process = world.call("-m", "api_syncs.run_all")
    assert process.returncode == 0, process.stdout + process.stderr
    world.assert_library_equal()
    assert (world.folder / "site" / "index.html").exists()
    assert "together" in process.stdout


def test_the_page_that_a_chain_builds_shows_the_chain_before_and_none_as_running(make_world):
    world = make_world(liked=5)
    rows = []
    for _ in range(2):
        assert world.call("-m", "api_syncs.run_all", "--force").returncode == 0
        page = (world.folder / "site" / "index.html").read_text(encoding="utf-8")
        assert "running" not in re.findall(r'class="status[^>]*>([^<]*)<', page)
        rows.append(re.findall(r">run_all</th>.*?</tr>", page, re.DOTALL))
    assert rows[0] == []
    [row] = rows[1]
    [(new, requests)] = world.rows(
        "SELECT new_items, requests FROM sync_history WHERE job = 'run_all' ORDER BY started_at LIMIT 1"
    )
    assert f'data-label="New">{new:,}<' in row
    assert f'data-label="Requests">{requests:,}<' in row


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
