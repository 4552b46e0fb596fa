"""The life of a job: gates, pauses, consent, settings, the running-lock, signals, history. Design: docs/architecture.md."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from api_syncs.liked_tracks import LIKED_TRACKS
from tests.clock import FakeClock
from tests.connections import PATIENCE_S
from utils import ROOT
from utils.errors import ExitCode, Status
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.run_report import read_report

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"


def assert_clean(process, world, *, code):
    """The exit code fits, nobody sees a traceback, and no secret is in any output or log row."""
    output = process.stdout + process.stderr
    assert process.returncode == code, output
    assert "Traceback" not in output
    secrets = [world.sim.client_secret, world.sim.refresh_token]
    stored = "".join(str(row) for row in world.rows("SELECT message, extra FROM logs"))
    stored += "".join(str(row) for row in world.rows("SELECT error_message FROM sync_history"))
    for secret in secrets:
        assert secret not in output
        assert secret not in stored
    return output


# Rate limits


def test_a_short_rate_limit_is_waited_out(make_world):
    world = make_world(liked=130, odd=False)
    world.sim.faults.add("rate_limit", match="/me/tracks", retry_after=1, times=1, after=1)
    outcome = world.run(LIKED)
    assert outcome.status == "done"
    world.assert_library_equal()
    assert world.rows("SELECT count(*) FROM sync_pauses") == [(0,)]


def test_a_used_up_quota_is_stored_and_the_next_start_asks_nothing(make_world):
    world = make_world(liked=230, odd=False, plays=60)
    world.sim.faults.add("quota", match="/me/tracks", after=2, times=None, retry_after=48925)
    process = world.call("-m", LIKED)
    output = assert_clean(process, world, code=0)
    assert "until 20" in output
    assert "UTC" in output
    assert "Play tracking goes on" in output
    assert "of 230" in output
    [(group, reason, hours)] = world.rows(
        "SELECT endpoint_group, reason, EXTRACT(epoch FROM until - hit_at) / 3600 FROM sync_pauses"
    )
    assert group == "library"
    assert "quota" in reason
    assert 13.5 < hours < 13.6
    assert world.rows("SELECT status, rate_limited FROM sync_history") == [("paused", True)]

    world.sim.clear_requests()
    process = world.call("-m", LIKED, "--force")
    output = assert_clean(process, world, code=0)
    assert "until" in output or "before" in output
    assert world.asked(tokens=True) == []

    assert world.run(PLAYS).status == "done"
    assert world.rows("SELECT count(*) FROM plays") == [(50,)]

    # the pause is over: it goes on from the checkpoint, without the pages it has
    world.sim.faults.clear()
    world.change("UPDATE sync_pauses SET until = now() - interval '1 second'")
    world.sim.clear_requests()
    assert world.run(LIKED).status == "done"
    offsets = sorted(
        int(request.query["offset"]) for request in world.sim.requests if request.path == "/me/tracks"
    )
    assert offsets
    assert offsets[0] >= 50
    world.assert_library_equal()
    assert world.rows("SELECT count(*) FROM sync_pauses") == [(0,)]


def test_a_pause_of_the_plays_stops_play_tracking_only(make_world):
    world = make_world(liked=60, plays=60)
    world.sim.faults.add("quota", match="recently-played", times=None)
    assert world.run(PLAYS).status == "paused"
    assert world.run(LIKED).status == "done"
    world.sim.clear_requests()
    assert world.run(PLAYS).status == "paused"
    assert world.asked(tokens=True) == []


def test_a_long_rate_limit_of_the_window_holds_its_group_back(make_world):
    world = make_world(liked=60)
    world.sim.faults.add("rate_limit", match="/me/tracks", times=None, retry_after=3600)
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == ("paused", 0)
    assert world.rows("SELECT count(*) FROM sync_pauses WHERE until > now() + interval '50 minutes'") == [
        (1,)
    ]


def test_a_real_rate_window_is_kept(make_world):
    world = make_world(liked=430, odd=False)
    world.sim.rate_window(limit=6, seconds=1)
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()


# Spotify in trouble


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 502, "body": "html"}),
        ("status", {"status": 503, "body": "empty"}),
        ("reset", {}),
        ("truncated", {}),
        ("empty", {}),
        ("invalid_json", {}),
        ("status", {"status": 401}),
    ],
)
def test_one_bad_answer_is_asked_again(make_world, kind, options):
    world = make_world(liked=130, odd=False)
    world.sim.faults.add(kind, match="/me/tracks", times=1, after=1, **options)
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()


def test_an_expired_access_token_is_renewed_once(make_world):
    world = make_world(liked=330, odd=False)
    seen = []

    def expire(request):
        if request.path == "/me/tracks":
            seen.append(request)
            if len(seen) == 2:
                world.sim.expire_access_tokens()

    world.sim.on_request = expire
    assert world.run(LIKED).status == "done"
    assert world.asked(tokens=True).count("POST /api/token") == 2
    world.assert_library_equal()


def test_a_replaced_refresh_token_is_kept_and_used(make_world):
    world = make_world(liked=60)
    token = world.sim.refresh_token
    world.sim.rotate_refresh_tokens = True
    assert world.run(LIKED).status == "done"
    world.sim.rotate_refresh_tokens = False
    assert world.sim.refresh_token != token
    world.extra["SPOTIFY_REFRESH_TOKEN"] = token  # the secret at GitHub is still the old one
    [(sealed,)] = world.rows("SELECT refresh_token_encrypted FROM users")
    assert sealed
    assert world.sim.refresh_token not in sealed
    assert world.run(LIKED).status == "done"


@pytest.mark.usefixtures("quick_retries")
def test_a_refresh_token_replaced_in_the_first_run_is_kept_although_that_fails(make_world):
    """Spotify has replaced it before it could say who the listener is."""
    world = make_world(liked=60)
    token = world.sim.refresh_token
    world.sim.rotate_refresh_tokens = True
    world.sim.faults.add("status", match="/me", times=None, status=503)
    assert world.run(LIKED).status == "failed"
    world.sim.faults.clear()
    world.sim.rotate_refresh_tokens = False
    assert world.sim.refresh_token != token
    world.extra["SPOTIFY_REFRESH_TOKEN"] = token
    for _ in range(2):
        assert world.run(LIKED).status == "done"
    assert world.rows("SELECT count(*) FROM unclaimed_tokens") == [(0,)]
    assert world.sim.refresh_token not in str(world.rows("SELECT refresh_token_encrypted FROM users"))


def test_five_failed_runs_open_the_circuit(make_world):
    world = make_world(liked=60)
    assert world.run(LIKED).status == "done"
    world.sim.faults.add("status", match="/me/tracks", times=None, status=404)
    for _ in range(5):
        outcome = world.run(LIKED)
        assert (outcome.status, outcome.exit_code) == ("failed", 1)
    world.sim.clear_requests()
    outcome = world.run(LIKED, force=False)
    assert (outcome.status, outcome.exit_code) == ("paused", 0)
    assert "held back until" in outcome.message
    assert world.asked(tokens=True) == []
    world.sim.faults.clear()
    assert world.run(LIKED).status == "done"  # --force tries, and a success closes the circuit
    assert world.rows(
        "SELECT consecutive_failures, circuit_open_until FROM job_controls WHERE job = 'sync_liked_tracks'"
    ) == [(0, None)]


@pytest.mark.parametrize("trouble", ["wrong secret", "no network", "no such database"])
def test_what_a_person_mends_holds_nothing_back(make_world, trouble):
    """After seven vain tries the eighth, with the secret that is right, does not have to wait for an hour."""
    world = make_world(liked=5)
    assert world.run(LIKED).status == "done"
    wrong = {
        "wrong secret": {"SPOTIFY_CLIENT_SECRET": "of-yesterday"},
        "no network": {"SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:9"},
        "no such database": {"DATABASE_URL": "postgresql://me@127.0.0.1:9/none"},
    }[trouble]
    clock = FakeClock(datetime.now(UTC) + timedelta(hours=2))  # the cooldown is over
    for _ in range(7):
        world.extra.update(wrong)
        assert world.run(LIKED, force=False, clock=clock).status == "failed"
    for name in wrong:
        del world.extra[name]
    assert world.run(LIKED, force=False, clock=clock).status == "done"


# Consent, settings, database: one clear message each


def test_a_revoked_consent(make_world):
    world = make_world(liked=60)
    assert world.run(LIKED).status == "done"
    world.sim.revoke_consent()
    output = assert_clean(world.call("-m", LIKED, "--force"), world, code=3)
    assert "revoked" in output
    assert "./run login" in output
    assert world.asked(tokens=True)[-1] == "POST /api/token"
    assert world.rows("SELECT auth_status FROM users") == [("revoked",)]


def test_a_consent_after_six_months(make_world):
    world = make_world(liked=60)
    assert world.run(LIKED).status == "done"
    world.sim.expire_consent()
    output = assert_clean(world.call("-m", LIKED, "--force"), world, code=3)
    assert "six months" in output
    assert world.rows("SELECT auth_status FROM users") == [("expired",)]


def test_the_last_days_of_a_consent_are_said(make_world):
    world = make_world(liked=60)
    assert world.run(LIKED).consent_warning() == ""
    world.change("UPDATE users SET authorized_at = now() - interval '170 days'")
    outcome = world.run(LIKED)
    assert 5 < outcome.consent_days_left < 30
    assert "./run login" in outcome.consent_warning()


def test_a_consent_that_was_renewed_by_hand_counts_from_now_where_its_date_was_left_behind(make_world):
    """The secret was replaced, and the variable still tells of the old one."""
    world = make_world(liked=60)
    old = (datetime.now(UTC) - timedelta(days=170)).replace(microsecond=0)
    world.extra["SPOTIFY_AUTHORIZED_AT"] = old.isoformat()
    assert world.run(LIKED).consent_days_left < 30
    world.extra["SPOTIFY_REFRESH_TOKEN"] = world.sim.new_consent()
    assert world.run(LIKED).consent_days_left > 150
    world.extra["SPOTIFY_AUTHORIZED_AT"] = (old - timedelta(days=100)).isoformat()
    world.extra["SPOTIFY_REFRESH_TOKEN"] = world.sim.new_consent()
    assert world.run(LIKED).consent_days_left > 150


@pytest.mark.parametrize(
    ("attribute", "status", "words"),
    [
        ("user_not_allowlisted", "not_allowlisted", "User Management"),
        ("premium_lapsed", "premium_lapsed", "Premium"),
    ],
)
def test_what_the_apps_owner_has_to_mend(make_world, attribute, status, words):
    world = make_world(liked=60)
    assert world.run(LIKED).status == "done"
    setattr(world.sim, attribute, True)
    output = assert_clean(world.call("-m", LIKED, "--force"), world, code=3)
    assert words in output
    assert world.rows("SELECT auth_status FROM users") == [(status,)]


def test_wrong_app_credentials(make_world):
    world = make_world(liked=60)
    world.extra["SPOTIFY_CLIENT_SECRET"] = "not-the-secret"
    output = assert_clean(world.call("-m", LIKED), world, code=2)
    assert "SPOTIFY_CLIENT_SECRET" in output


def test_missing_settings_are_named_all_at_once(make_world):
    world = make_world()
    world.extra.update(
        SPOTIFY_CLIENT_ID="", SPOTIFY_REFRESH_TOKEN=" ", TIME_ZONE="Mars/Olympus", SPOTIFY_MARKET="Germany"
    )
    output = assert_clean(world.call("-m", LIKED), world, code=2)
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_REFRESH_TOKEN", "TIME_ZONE", "SPOTIFY_MARKET", "./run login"):
        assert name in output
    assert world.asked(tokens=True) == []


def test_an_unreachable_database(make_world):
    world = make_world()
    url = "postgresql://listener:very-secret-word@127.0.0.1:9/mirror"
    world.extra["DATABASE_URL"] = url
    process = world.call("-m", LIKED)
    output = process.stdout + process.stderr
    assert process.returncode == 2
    assert "127.0.0.1" in output
    assert "DATABASE_URL" in output
    assert "Traceback" not in output
    assert "very-secret-word" not in output
    assert world.asked(tokens=True) == []


def test_the_embedded_database_is_refused_in_github_actions(make_world):
    world = make_world()
    world.extra.update(DATABASE_URL="", GITHUB_ACTIONS="true")
    output = assert_clean(world.call("-m", LIKED), _AlwaysEmpty(world), code=2)
    assert "::error::" in output
    assert "DATABASE_URL" in output


class _AlwaysEmpty:
    """A world whose database the script could not find."""

    def __init__(self, world):
        self.sim = world.sim

    def rows(self, *_):
        return []


def test_a_schema_ahead_of_the_code_is_refused(make_world):
    world = make_world()
    world.change(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (999, '0999_future.sql', '')"
    )
    output = assert_clean(world.call("-m", LIKED), world, code=2)
    assert "git pull" in output


def test_a_schema_behind_the_code_is_brought_up_to_date(make_world, empty_dsn):
    world = make_world(liked=60)
    world.dsn = empty_dsn
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()


# Gates


def test_a_manual_start_on_github_waits_for_an_hour(make_world):
    """S4-2: refused with the time left, unless forced. A schedule is not held up, and plays are always looked for."""
    world = make_world(liked=5, plays=5)
    clock = FakeClock(datetime.now(UTC))
    likes, plays = (import_module(f"api_syncs.{name}").JOB for name in ("sync_liked_tracks", "track_plays"))

    def start(job, **options):
        with world.settings():
            return run_job(job, Options(**options), clock)

    assert start(likes, is_manual=True).status is Status.DONE
    clock.pass_time(minutes=20)
    refused = start(likes, is_manual=True)
    assert (refused.status, refused.exit_code) == (Status.SKIPPED, ExitCode.OK)
    assert "again in 39 min" in refused.message or "again in 40 min" in refused.message
    assert start(likes, is_manual=True, force=True).status is Status.DONE
    clock.pass_time(minutes=20)
    assert start(likes).status is Status.DONE
    assert [start(plays, is_manual=True).status for _ in range(2)] == [Status.DONE] * 2


def test_a_cooldown_is_kept_and_says_how_long(make_world):
    world = make_world(liked=60)
    assert world.run(LIKED, force=False).status == "done"
    world.sim.clear_requests()
    outcome = world.run(LIKED, force=False)
    assert (outcome.status, outcome.exit_code) == ("skipped", 0)
    assert "min" in outcome.message
    assert world.asked(tokens=True) == []


@pytest.mark.parametrize("key", ["spotify.auto_sync_enabled", "spotify.auto_sync_liked_songs"])
def test_a_switched_off_job_does_nothing(make_world, key):
    world = make_world(liked=60)
    world.run(PLAYS)
    world.change("INSERT INTO app_settings (user_id, key, value) SELECT user_id, %s, 'false' FROM users", key)
    world.sim.clear_requests()
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == ("skipped", 0)
    assert key in outcome.message
    assert world.asked(tokens=True) == []


@pytest.mark.parametrize("job", ["sync_liked_tracks", "*"])
def test_a_job_paused_by_the_user_does_nothing(make_world, job):
    world = make_world(liked=60)
    world.run(PLAYS)
    world.change(
        "INSERT INTO job_controls (user_id, job, is_paused) SELECT user_id, %s, true FROM users", job
    )
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == ("paused", 0)
    assert world.liked() == {}


@contextmanager
def held(world):
    """Start the quick script, and keep it waiting for its second page while the body runs."""
    asked, go_on = threading.Event(), threading.Event()

    def hold(request):
        if request.path == "/me/tracks" and request.query.get("offset") == "50":
            asked.set()
            go_on.wait(PATIENCE_S)

    world.sim.on_request = hold
    process = world.start("-m", LIKED)
    try:
        assert asked.wait(PATIENCE_S)
        yield process
    finally:
        world.sim.on_request = None
        go_on.set()


@pytest.mark.parametrize("other", [LIKED, "api_syncs.sync_liked_tracks_full"])
def test_two_copies_at_once_from_two_machines(make_world, tmp_path, other):
    """The lock is in the database: different temporary folders make no difference (case 40)."""
    world = make_world(liked=130, odd=False)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    world.extra.update(TMPDIR=str(tmp_path / "one"), HOME=str(tmp_path / "one"))
    with held(world) as first:
        world.extra.update(TMPDIR=str(tmp_path / "two"), HOME=str(tmp_path / "two"))
        second = world.call("-m", other)
    out, err = first.communicate(timeout=PATIENCE_S)
    assert (first.returncode, second.returncode) == (0, 0), err + second.stderr
    assert "already running" in second.stdout
    assert "130 new" in out
    world.assert_library_equal()
    assert sorted(row[0] for row in world.rows("SELECT status FROM sync_history")) == ["done", "skipped"]


# Signals and budgets


def at_sixth_page(world, do):
    """Do something when the sixth page is asked for: the first one is committed then, and the last is far."""

    def hook(request):
        if request.path == "/me/tracks" and request.query.get("offset") == "250":
            do()

    world.sim.on_request = hook


@pytest.mark.parametrize(
    ("number", "name", "code"), [(signal.SIGINT, "Ctrl-C (SIGINT)", 130), (signal.SIGTERM, "SIGTERM", 0)]
)
def test_a_signal_stops_at_the_next_batch_and_the_next_run_goes_on(make_world, number, name, code):
    world = make_world(liked=430, odd=False)
    process = world.start("-m", LIKED)
    at_sixth_page(world, lambda: os.kill(process.pid, number))
    out, err = process.communicate(timeout=PATIENCE_S)
    world.sim.on_request = None
    assert process.returncode == code, err
    assert f"stopped by {name}" in out
    assert "the next run goes on from there" in out
    have = len(world.liked())
    assert 0 < have < 430
    world.sim.clear_requests()
    assert world.run(LIKED).status == "done"
    assert (
        min(int(request.query["offset"]) for request in world.sim.requests if request.path == "/me/tracks")
        == have
    )
    world.assert_library_equal()


def test_a_signal_cuts_a_wait_short(make_world):
    world = make_world(liked=60)
    world.sim.faults.add("rate_limit", match="/me/tracks", times=None, retry_after=50)
    process = world.start("-m", LIKED)
    said = iter(process.stdout.readline, "")
    assert any("50 s" in line for line in said), "it says how long it waits"
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert world.asked().count("GET /me/tracks") == 1, "after the wait it would have asked again"


def test_the_time_budget_stops_at_a_batch_boundary(make_world):
    world = make_world(liked=430, odd=False, latency_ms=120)
    world.extra["JOB_TIME_BUDGET_MINUTES"] = "0.005"  # 0.3 s
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == ("stopped", 0)
    assert "time budget" in outcome.message
    world.extra.clear()
    assert world.run(LIKED).status == "done"
    world.assert_library_equal()


# Reports


def test_history_logs_and_the_report(make_world, tmp_path):
    world = make_world(liked=130, odd=False)
    report = tmp_path / "report.jsonl"
    world.extra.update(RUN_REPORT=str(report), GITHUB_ACTIONS="true")
    assert world.run(LIKED).status == "done"
    assert world.rows(
        "SELECT job, status, batch_number > 0, items_processed, new_items, requests, finished_at IS NOT NULL FROM sync_history"
    ) == [("sync_liked_tracks", "done", True, 130, 130, 4, True)]
    assert (
        world.rows("SELECT count(*) FROM logs WHERE source = 'sync_liked_tracks' AND run_id IS NOT NULL")[0][
            0
        ]
        > 0
    )
    [line] = read_report(report)
    assert (line["job"], line["status"], line["read"], line["new"], line["requests"]) == (
        "sync_liked_tracks",
        "done",
        130,
        130,
        4,
    )


@pytest.mark.parametrize(
    ("event", "ref", "noted"),
    [
        ("schedule", "me/mirror/.github/workflows/track_plays.yml@refs/heads/main", "track_plays.yml"),
        ("workflow_dispatch", "me/mirror/.github/workflows/track_plays.yml@refs/heads/main", None),
        ("schedule", "", None),
    ],
)
def test_a_run_knows_which_schedule_has_started_it(make_world, event, ref, noted):
    world = make_world(liked=5)
    world.extra.update(GITHUB_EVENT_NAME=event, GITHUB_WORKFLOW_REF=ref)
    assert world.run(LIKED).status == "done"
    world.extra.update(SPOTIFY_CLIENT_SECRET="")
    assert world.run(PLAYS).status == "failed"
    assert world.rows("SELECT DISTINCT workflow FROM sync_history") == [(noted,)]


def test_a_run_and_its_lines_are_the_listeners_once_known(make_world):
    """Else nobody's: of a run that ends before it is known whose it is, and of a job that belongs to no listener."""
    world = make_world(liked=60)
    world.sim.faults.add("status", match="/me", times=None, status=404)
    assert world.run(LIKED).status == "failed"
    world.sim.faults.clear()
    assert world.rows("SELECT user_id FROM users") == []
    for script in (LIKED, "api_syncs.materialized_views"):
        assert world.run(script).status == "done"
    [(listener,)] = world.rows("SELECT user_id FROM users")
    owners = [("materialized_views", "*"), ("sync_liked_tracks", "*"), ("sync_liked_tracks", listener)]
    assert world.rows("SELECT job, user_id FROM sync_history ORDER BY 1, 2") == owners
    assert world.rows("SELECT DISTINCT source, user_id FROM logs ORDER BY 1, 2") == owners
    stray = "SELECT count(*) FROM logs LEFT JOIN sync_history USING (user_id, run_id) WHERE job IS NULL"
    assert world.rows(stray) == [(0,)]


def test_a_killed_run_is_marked_by_the_next(make_world):
    world = make_world(liked=430, odd=False)
    process = world.start("-m", LIKED)
    at_sixth_page(world, lambda: world.kill(process))
    process.communicate(timeout=PATIENCE_S)
    world.sim.on_request = None
    assert world.run(LIKED).status == "done"
    assert sorted(row[0] for row in world.rows("SELECT status FROM sync_history")) == ["done", "killed"]


def test_no_names_in_any_output(make_world):
    world = make_world(liked=130, albums=60, plays=60)
    output = ""
    for module in (PLAYS, LIKED, "api_syncs.sync_saved_albums", "api_syncs.materialized_views"):
        process = world.call("-m", module, "--verbose")
        output += process.stdout + process.stderr
    with world.sim.edit() as library:
        names = {track.name for track in library.tracks.values()} | {
            artist.name for artist in library.artists.values()
        }
        names |= {library.user.display_name}
    assert [name for name in names if name and len(name) > 8 and name in output] == []


# Bad items


@pytest.fixture
def mangled(monkeypatch):
    """`mangled(track_ids)`: from now on these arrive without their id."""

    def start(track_ids):
        broken = dataclasses.replace(LIKED_TRACKS, parse=_without_ids(set(track_ids)))
        monkeypatch.setattr("api_syncs.sync_liked_tracks_full.LIKED_TRACKS", broken)

    return start


def _without_ids(track_ids):
    def parse(track):
        return LIKED_TRACKS.parse({**track, "id": None} if track["id"] in track_ids else track)

    return parse


def test_a_bad_item_is_skipped_and_never_taken_for_removed(make_world, mangled):
    world = make_world(liked=130, odd=False)
    assert world.run(LIKED).status == "done"
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
    mangled(ids[70:72])
    outcome = world.run("api_syncs.sync_liked_tracks_full")
    assert (outcome.status, outcome.tally.bad_items, outcome.tally.removed_items) == ("done", 2, 0)
    world.assert_library_equal()
    warnings = [row[0] for row in world.rows("SELECT message FROM logs WHERE level = 'WARNING'")]
    assert sum(ids[70] in text for text in warnings) == 1


def test_more_than_five_percent_bad_items_fail_the_run_and_remove_nothing(make_world, mangled):
    world = make_world(liked=130, odd=False)
    assert world.run(LIKED).status == "done"
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
        library.unlike(ids[100])
    mangled(ids[20:28])
    outcome = world.run("api_syncs.sync_liked_tracks_full")
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert "8 of 129" in outcome.message
    assert set(world.liked()) == set(ids)


def test_a_pass_with_too_many_bad_items_stays_failed_until_they_are_gone(make_world, mangled):
    """The next run begins the pass anew; it does not go on to the removals."""
    world = make_world(liked=130, odd=False)
    assert world.run(LIKED).status == "done"
    with world.sim.edit() as library:
        ids = list(library.liked_rows())
        library.unlike(ids[100])
    mangled(ids[20:28])
    for _ in range(3):
        assert world.run("api_syncs.sync_liked_tracks_full").status == "failed"
    assert set(world.liked()) == set(ids)
    assert world.rows("SELECT status FROM sync_state WHERE phase = 'incremental'") == [("failed",)]
    mangled([])
    assert world.run("api_syncs.sync_liked_tracks_full").status == "done"
    world.assert_library_equal()


def test_a_script_leaves_with_its_exit_code_what_it_said_and_what_was_to_be_called_at_the_end():
    code = "import atexit; from utils.job.lifecycle import leave; atexit.register(print, 'called'); print('said'); leave(3)"
    left = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (left.returncode, left.stdout.split(), left.stderr) == (3, ["said", "called"], "")
