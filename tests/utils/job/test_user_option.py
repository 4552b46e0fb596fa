"""`--user`: a run that is only for one listener, and what it does where that cannot be."""

from importlib import import_module

import pytest

from utils.errors import ExitCode
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"
VIEWS = "api_syncs.materialized_views"
# What arrives from a form. None of it is a listener, none of it may be an option, or be carried out.
HOSTILE = (
    "--help",
    "--",
    "-x",
    "--force",
    "; rm -rf /",
    "$(id)",
    "`id`",
    "two\nlines",
    "\n::error::x",
    "\0",
    "nul\0",
    "%s",
    "' OR true --",
    "\udcff",
    "é" * 10_000,
)


@pytest.fixture
def world(make_world):
    """A world of which the listener is known, and another one, whose consent is elsewhere."""
    world = make_world(liked=10, plays=20)
    assert world.run(PLAYS).exit_code == ExitCode.OK
    world.change("INSERT INTO users (user_id, spotify_id) VALUES ('other-id', 'other-name')")
    world.sim.clear_requests()
    return world


@pytest.fixture
def known(world):
    """(user_id, spotify_id) of the listener whose consent the environment has."""
    [found] = world.rows("SELECT user_id, spotify_id FROM users WHERE user_id <> 'other-id'")
    assert found[0] != found[1]
    return found


def run(world, module, user):
    with world.settings():
        return run_job(import_module(module).JOB, Options(force=True, user=user))


# Jobs that talk to Spotify


@pytest.mark.parametrize("name", [0, 1], ids=["user_id", "spotify_id"])
def test_the_listener_whose_consent_it_is_may_be_named(world, known, name):
    assert run(world, LIKED, known[name]).status == "done"
    assert len(world.liked()) == 10


@pytest.mark.parametrize("named", ["other-id", "other-name", "nobody"])
def test_another_listeners_consent_is_not_used(world, known, named):
    """It says what to do, and not who the other one is: logs can be public. Spotify is not asked, no circuit notices."""
    process = world.call("-m", LIKED, "--user", named)
    assert process.returncode == ExitCode.SETTINGS
    for text in (named, "SPOTIFY_REFRESH_TOKEN", "--user"):
        assert text in process.stderr
    assert known[0] not in process.stderr
    assert world.asked(tokens=True) == []
    assert world.liked() == {}
    failed = world.rows("SELECT user_id FROM job_controls WHERE consecutive_failures > 0")
    assert failed == [("*",)]


def test_of_a_new_consent_only_its_listener_is_asked_for(make_world):
    world = make_world(liked=10)
    process = world.call("-m", LIKED, "--user", "somebody")
    assert process.returncode == ExitCode.SETTINGS
    assert "somebody" in process.stderr
    assert world.asked(tokens=True) == ["POST /api/token", "GET /me"]
    assert world.rows("SELECT user_id FROM users") == []


@pytest.mark.parametrize("key", ["account_id", "id"])
def test_a_new_consent_may_be_the_right_one(make_world, key):
    world = make_world(liked=10)
    with world.sim.edit() as library:
        named = getattr(library.user, key)
    assert run(world, LIKED, named).status == "done"
    assert len(world.liked()) == 10


@pytest.mark.parametrize("user", ["--user=", "--user= "])
def test_empty_is_not_given(world, user):
    """As the inputs of a workflow arrive."""
    assert world.call("-m", LIKED, user).returncode == ExitCode.OK
    assert world.call("-m", VIEWS, user).returncode == ExitCode.OK
    assert len(world.liked()) == 10


@pytest.mark.parametrize("user", HOSTILE, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("module", [LIKED, VIEWS])
def test_what_is_no_listener_is_data(world, module, user):
    process = world.call("-m", module, f"--user={user}")
    said = process.stdout + process.stderr
    assert process.returncode == ExitCode.SETTINGS, said
    assert "Traceback" not in said
    assert not [line for line in said.splitlines() if line.startswith(("::", "two", "lines"))]
    assert world.asked(tokens=True) == []


# Jobs that ask only the database


def test_chores_are_those_of_the_listener_who_is_named(world, known):
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) SELECT 'other-id', played_at, item_key, source FROM plays"
    )
    world.change("INSERT INTO played_tracks SELECT 'other-id', track_id FROM played_tracks")
    assert run(world, VIEWS, "other-name").status == "done"
    assert world.rows("SELECT DISTINCT user_id FROM daily_listening") == [("other-id",)]
    assert run(world, VIEWS, known[1]).status == "done"
    assert world.rows("SELECT count(DISTINCT user_id) FROM daily_listening") == [(2,)]


def test_the_settings_are_those_of_the_listener_who_is_named(world, known):
    world.change(
        "INSERT INTO app_settings (user_id, key, value) VALUES ('other-id', 'spotify.download_images', 'false')"
    )
    assert run(world, "api_syncs.sync_images", "other-id").status == "skipped"
    assert run(world, "api_syncs.sync_images", known[0]).status == "done"


def test_the_dashboard_shows_the_listener_who_is_named(world):
    world.change("UPDATE users SET display_name = 'Somebody Else' WHERE user_id = 'other-id'")
    page = world.folder / "site" / "index.html"
    assert run(world, "reports.build_dashboard", "").status == "done"
    assert "Somebody Else" not in page.read_text()
    assert run(world, "reports.build_dashboard", "other-name").status == "done"
    assert "Somebody Else" in page.read_text()


@pytest.mark.parametrize("module", [VIEWS, "db.clean", "db.init_db", "reports.build_dashboard"])
def test_an_unknown_listener_has_no_chores(world, module):
    outcome = run(world, module, "nobody")
    assert outcome.exit_code == ExitCode.SETTINGS
    assert "'nobody'" in outcome.message


def test_before_the_first_run_nobody_can_be_named(make_world):
    outcome = run(make_world(), VIEWS, "somebody")
    assert outcome.exit_code == ExitCode.SETTINGS
    assert "no listener in the database yet" in outcome.message


def test_two_listeners_whose_names_were_swapped_are_told_by_their_user_id(world):
    world.change("INSERT INTO users (user_id, spotify_id) VALUES ('other-name', 'third')")
    assert (
        world.call("-m", "db.settings", "--user=other-name", "set", "download_images", "off").returncode == 0
    )
    assert world.rows("SELECT user_id FROM app_settings") == [("other-name",)]


# The chain


def test_the_chain_passes_it_on(world, known):
    """Another's: the steps that talk to Spotify refuse, those that ask the database do that listener's chores."""
    process = world.call("-m", "api_syncs.run_all", "--user", "other-id")
    assert process.returncode == ExitCode.SETTINGS
    assert world.asked(tokens=True) == []
    states = dict(world.rows("SELECT job, status FROM sync_history WHERE job <> 'track_plays'"))
    assert states["sync_liked_tracks"] == states["update_dynamic_playlists"] == "failed"
    assert states["materialized_views"] == states["clean"] == "done"
    assert world.call("-m", "api_syncs.run_all", "--force", "--user", known[1]).returncode == ExitCode.OK
    assert len(world.liked()) == 10


@pytest.mark.parametrize("command", ["list", "preview"])
def test_playlists_are_those_of_the_listener_who_is_named(world, command):
    world.run(VIEWS)
    slug = ["never_played"] if command == "preview" else []
    for arguments in ([command, *slug, "--user", "other-id"], ["--user", "other-id", command, *slug]):
        assert world.call("-m", "playlists", *arguments).returncode == ExitCode.OK
    unknown = world.call("-m", "playlists", command, *slug, "--user", "nobody")
    assert unknown.returncode == ExitCode.SETTINGS
    assert "'nobody'" in unknown.stderr
