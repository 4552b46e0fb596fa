"""What Spotify has been seen to answer, and what a listener's database must not make of it."""

import subprocess
import sys
from inspect import stack
from pathlib import Path

import psycopg2
import pytest

from tests.clock import FakeClock
from utils.errors import ExitCode, Status

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
FULL = "api_syncs.sync_liked_tracks_full"
ALBUMS = "api_syncs.sync_saved_albums"
PLAYS = "api_syncs.track_plays"
ABOUT_ME = r"GET /me/?(\?|$)"
ME = {"id": "listener-name", "display_name": "L", "country": "DE", "product": "premium", "type": "user"}


# Numbers


def test_integers_that_come_as_floats_are_integers(make_world):
    world = make_world(liked=130, albums=60, plays=30, odd=False)
    for script in (PLAYS, LIKED, ALBUMS):
        assert world.run(script).status == Status.DONE
    sql = (
        "SELECT track_id, duration_ms, disc_number, track_number FROM tracks "
        "UNION ALL SELECT album_id, total_tracks, 0, 0 FROM albums ORDER BY 1, 2"
    )
    before = world.rows(sql)
    assert None not in {value for row in before for value in row}
    world.change("UPDATE tracks SET duration_ms = 1, disc_number = 9, track_number = 9")
    world.change("DELETE FROM plays")  # a look that finds nothing new says nothing of the tracks either
    world.sim.faults.add("floats", match="GET ", times=None)
    for script in (PLAYS, FULL, ALBUMS, "api_syncs.sync_album_tracks"):
        assert world.run(script).status == Status.DONE
    world.change("UPDATE sync_state SET cursor = cursor - 'last_full_at'")
    assert world.run(ALBUMS).status == Status.DONE
    assert world.rows(sql) == before


# The feed


def test_a_feed_that_is_shorter_than_fifty_shows_gaps_all_the_same(make_world):
    """43 plays, and nothing older to be had: what lies between the last known one and these may be lost."""
    world = make_world(plays=100, odd=False)
    with world.sim.edit() as library:
        library.remembered_plays = 43
    assert world.run(PLAYS).status == Status.DONE
    gaps = "SELECT gap_start, gap_end FROM play_gaps"
    assert world.rows(gaps) == [], "none on the first run ever"
    newest, oldest = world.rows("SELECT max(played_at), min(played_at) FROM plays")[0]
    world.change("DELETE FROM plays")
    assert world.run(PLAYS).status == Status.DONE
    assert world.rows(gaps) == []
    [(user_id,)] = world.rows("SELECT user_id FROM users")
    world.change("DELETE FROM plays")
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) VALUES (%s, %s - interval '1 day', 'k', 'api')",
        user_id,
        oldest,
    )
    assert world.run(PLAYS).status == Status.DONE
    [(start, end)] = world.rows(gaps)
    assert (end, (end - start).days) == (oldest, 1)
    assert newest > end


# Removals


@pytest.mark.parametrize("answer", [None, 0, "false", {}], ids=repr)
def test_only_false_confirms_that_something_is_gone(make_world, answer):
    world = make_world(liked=130, odd=False)
    assert world.run(LIKED).status == Status.DONE
    with world.sim.edit() as library:
        library.unlike(next(iter(library.liked_rows())))
    world.sim.faults.add("status", match="/me/library/contains", status=200, json=[answer], times=None)
    outcome = world.run(FULL)
    assert (outcome.status, outcome.exit_code) == (Status.FAILED, ExitCode.FAILED)
    assert len(world.liked()) == 130
    assert world.rows("SELECT count(*) FROM library_events WHERE event = 'unliked'") == [(0,)]


def test_a_page_that_comes_empty_in_the_middle_removes_nothing(make_world):
    world = make_world(liked=230, odd=False)
    assert world.run(LIKED).status == Status.DONE
    empty = {"items": [], "total": 230, "next": "http://127.0.0.1/next", "offset": 100, "limit": 50}
    world.sim.faults.add("status", match="/me/tracks.*offset=100", status=200, json=empty, times=1)
    world.sim.clear_requests()
    assert world.run(FULL).status == Status.DONE
    assert len(world.liked()) == 230
    assert not [call for call in world.asked() if "contains" in call], "nothing is even asked about"
    assert "180 of 230 entries" in " ".join(row[0] for row in world.rows("SELECT message FROM logs"))
    world.assert_library_equal()


# Who it is


def test_a_listener_whose_account_id_is_only_learnt_later_stays_one(make_world):
    world = make_world(liked=60, plays=20, odd=False)
    world.sim.faults.add("status", match=ABOUT_ME, status=200, json=ME, times=1)
    assert world.run(PLAYS).status == Status.DONE
    assert world.rows("SELECT user_id, account_id FROM users") == [("listener-name", None)]
    world.sim.new_consent()
    world.sim.faults.add("status", match=ABOUT_ME, status=200, json={**ME, "account_id": "acc1"}, times=1)
    assert world.run(PLAYS).status == Status.DONE
    assert world.rows("SELECT user_id, account_id, spotify_id FROM users") == [
        ("listener-name", "acc1", "listener-name")
    ]
    world.sim.new_consent()
    renamed = {**ME, "id": "another-name", "account_id": "acc1"}
    world.sim.faults.add("status", match=ABOUT_ME, status=200, json=renamed, times=1)
    assert world.run(PLAYS).status == Status.DONE
    assert world.rows("SELECT user_id, account_id, spotify_id FROM users") == [
        ("listener-name", "acc1", "another-name")
    ]
    assert world.rows("SELECT count(DISTINCT user_id), count(*) FROM plays") == [(1, 20)]


def test_an_account_id_that_comes_and_goes_is_one_listener(make_world):
    world = make_world(liked=60, plays=20, odd=False)
    for hides in (True, False, True, False):
        with world.sim.edit() as library:
            library.hides_account_id = hides
        world.sim.new_consent()
        assert world.run(PLAYS).status == Status.DONE
    with world.sim.edit() as library:
        user = library.user
    assert world.rows("SELECT user_id, account_id, spotify_id FROM users") == [
        (user.id, user.account_id, user.id)
    ]
    assert world.rows("SELECT count(DISTINCT user_id), count(*) FROM plays") == [(1, 20)]


@pytest.mark.parametrize("key", ["id", "account_id"])
@pytest.mark.parametrize("odd", [5, {}, ["a"], "", True, "a\x00b", "a" * 10_000])
def test_an_id_that_cannot_be_one_is_an_error(make_world, odd, key):
    world = make_world(plays=20)
    world.sim.faults.add("status", match=ABOUT_ME, status=200, json={**ME, key: odd}, times=1)
    assert world.run(PLAYS).status == Status.FAILED
    assert world.rows("SELECT count(*) FROM users") == [(0,)]


# The end of a run


def test_what_a_run_has_learnt_is_stored_although_its_connections_are_lost(make_world):
    world = make_world(liked=230, odd=False)
    assert world.run(PLAYS).status == Status.DONE

    def lose(request):
        if request.path == "/me/tracks":
            world.change(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    world.sim.on_request = lose
    world.sim.faults.add("quota", match="/me/tracks", times=None, retry_after=40_000)
    outcome = world.run(LIKED)
    world.sim.on_request = None
    assert outcome.status == Status.PAUSED
    assert world.rows("SELECT endpoint_group FROM sync_pauses") == [("library",)]
    assert world.rows("SELECT status FROM sync_history WHERE job = 'sync_liked_tracks'") == [("paused",)]


def test_connections_lost_between_two_batches_are_made_again(make_world):
    world = make_world(liked=230, odd=False)
    assert world.run(PLAYS).status == Status.DONE

    def lose(request):
        if request.path == "/me/tracks" and request.query.get("offset") == "150":
            world.change(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    world.sim.on_request = lose
    assert world.run(LIKED).status == Status.DONE
    world.sim.on_request = None
    world.assert_library_equal()
    assert world.rows("SELECT status FROM sync_history WHERE job = 'sync_liked_tracks'") == [("done",)]


def test_what_the_database_refuses_is_a_failure(make_world):
    world = make_world(liked=60, odd=False)
    assert world.run(PLAYS).status == Status.DONE
    world.change("ALTER TABLE liked_tracks RENAME TO was_liked_tracks")
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == (Status.FAILED, ExitCode.FAILED)
    assert "the database refused" in outcome.message
    assert world.rows("SELECT consecutive_failures FROM job_controls WHERE job = 'sync_liked_tracks'") == [
        (1,)
    ]


def test_a_report_that_cannot_be_written_does_not_break_the_end(make_world, tmp_path, capsys):
    world = make_world(plays=5)
    world.extra["RUN_REPORT"] = str(tmp_path)  # a folder
    outcome = world.run(PLAYS)
    assert (outcome.status, outcome.exit_code) == (Status.DONE, ExitCode.OK)
    assert "the report of this run could not be written" in capsys.readouterr().out
    assert world.rows("SELECT status FROM sync_history") == [("done",)]


def test_a_read_only_database_is_said_in_one_line(make_world, capsys):
    world = make_world(liked=60, odd=False)
    assert world.run(PLAYS).status == Status.DONE
    name = world.rows("SELECT current_database()")[0][0]
    world.change(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == (Status.FAILED, ExitCode.SETTINGS)
    assert "the database is read-only" in outcome.message
    assert "provider" in outcome.remedy
    assert "Traceback" not in capsys.readouterr().err
    assert world.rows("SELECT count(*) FROM liked_tracks") == [(0,)]


def test_log_lines_that_cannot_be_stored_do_not_break_the_end(make_world, capsys):
    world = make_world(plays=5)
    world.change("ALTER TABLE logs RENAME TO was_logs")
    outcome = world.run(PLAYS)
    assert (outcome.status, outcome.exit_code) == (Status.DONE, ExitCode.OK)
    assert "the log lines of this run could not be stored" in capsys.readouterr().err
    assert world.rows("SELECT status FROM sync_history") == [("done",)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no such file")
def test_a_disk_that_is_full_behind_the_output_does_not_break_the_end(make_world):
    world = make_world(plays=5)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", PLAYS],
            env=world.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert world.rows("SELECT status FROM sync_history") == [("done",)]


def test_a_consent_that_should_have_ended_is_not_said_to_end_in_no_days(make_world):
    world = make_world(plays=5)
    assert world.run(PLAYS).consent_warning() == ""
    world.change("UPDATE users SET authorized_at = now() - interval '205 days'")
    outcome = world.run(PLAYS)
    assert outcome.consent_days_left < 0
    assert "should have ended" in outcome.consent_warning()
    assert "./run login" in outcome.consent_warning()


# A limit that is not explained


def test_an_unexplained_limit_is_counted_once_for_all_threads(make_world):
    """429 without Retry-After: after a handful of waits it is a pause, however many requests were under way."""
    world = make_world(liked=430, odd=False)
    clock = FakeClock()
    assert world.run(PLAYS, clock=clock).status == Status.DONE
    world.sim.faults.add("status", match="/me/tracks", status=429, times=None, after=1)
    world.sim.clear_requests()
    assert world.run(LIKED, clock=clock).status == Status.PAUSED
    assert len(world.asked()) <= 1 + 4 * 6


# Tools


@pytest.mark.parametrize(
    "command",
    [("db.settings", "list"), ("reports.db_stats",), ("playlists", "list")],
    ids=lambda each: each[0],
)
@pytest.mark.parametrize("trouble", ["lost", "refused"])
def test_tools_say_what_the_database_says(make_world, command, trouble, monkeypatch):
    world = make_world(plays=5)
    assert world.run(PLAYS).status == Status.DONE
    if trouble == "refused":
        world.change("ALTER TABLE users RENAME TO was_users")
        world.change("ALTER TABLE artists RENAME TO was_artists")
    connect = psycopg2.connect

    class Lost(psycopg2.extensions.connection):
        """Lost after the schema has been looked at."""

        def cursor(self, *arguments, **options):
            if "migrate" not in stack()[1].filename:
                raise psycopg2.OperationalError(
                    "server closed the connection unexpectedly\n\tThis probably means"
                )
            return super().cursor(*arguments, **options)

    with monkeypatch.context() as patch:
        if trouble == "lost":
            patch.setattr(psycopg2, "connect", lambda *a, **k: connect(*a, connection_factory=Lost, **k))
        process = world.call("-m", *command)
    assert process.returncode == ExitCode.SETTINGS
    assert "Traceback" not in process.stdout + process.stderr
    assert "the database refused or went away" in process.stderr
