"""The workflows from their first step to their last, against a simulated Spotify and a real database."""

import re
import threading
from importlib import import_module

import psycopg2.extensions
import pytest

from api_syncs.run_all import CHAIN
from tests.workflows.runner.runner import TOKEN

pytestmark = pytest.mark.slow(5)

MASTER = "00_master_sync.yml"
PLAYS = "track_plays.yml"
NAMES = [import_module(step.module).JOB.name for step in CHAIN]
# Loopback databases of the tests ask for no password, so any will do. It must not be seen anywhere all the same.
PASSWORD = "p4ssw0rd-of-the-database"


def settings(world, **changed: str | None) -> dict[str, dict[str, str]]:
    """What `Runner.run` needs: secrets as the listener has stored them; `None` takes one away."""
    dsn = psycopg2.extensions.make_dsn(world.dsn, password=PASSWORD)
    spotify = world.sim.environment()
    secrets = {
        "DATABASE_URL": dsn,
        **{name: spotify.pop(name) for name in list(spotify) if not name.endswith("_URL")},
        **changed,
    }
    machine = {"HOME": str(world.folder), "LANG": "C.UTF-8", "ENV_FILE": "", **spotify}
    return {
        "secrets": {name: value for name, value in secrets.items() if value is not None},
        "variables": {"TIME_ZONE": "Europe/Berlin", "SPOTIFY_MARKET": "DE"},
        "machine": {**machine, "DASHBOARD_DIR": str(world.folder / "site")},
    }


def scripts(result) -> list:
    return [step for step in result.steps if not step.uses]


def assert_nothing_is_given_away(result, secrets: dict[str, str]) -> None:
    """Not in what the steps wrote: that GitHub would mask it besides is not relied on."""
    kept = [path for path in result.artifacts.values() for path in path.rglob("*") if path.is_file()]
    said = "".join([result.output, result.summary, *(path.read_text(errors="replace") for path in kept)])
    for name in ("SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN", "DATABASE_URL"):
        if name in secrets:
            assert secrets[name] not in said
    assert PASSWORD not in said
    assert TOKEN not in said


def status(result, job: str) -> str:
    found = re.findall(rf"^\| {job} \| ([\w ]+) \|", result.summary, re.MULTILINE)
    assert len(found) == 1, f"{job} has {len(found)} rows in the summary"
    return found[0]


@pytest.fixture
def world(make_world):
    return make_world(liked=60, albums=5, plays=60)


def test_the_daily_chain_copies_everything(world, runner) -> None:
    given = settings(world)
    result = runner.run(MASTER, **given)

    assert [step.exit_code for step in scripts(result)] == [0] * len(CHAIN), result.output
    assert not result.is_red
    # The images' folder would go with the runner.
    assert {name for name in NAMES if status(result, name) != "done"} == {"sync_images"}
    world.assert_library_equal()
    assert world.rows("SELECT count(*) FROM plays") == [(50,)]
    assert world.rows("SELECT market, time_zone FROM users") == [("DE", "Europe/Berlin")]
    assert (world.folder / "site" / "index.html").is_file()
    assert_nothing_is_given_away(result, given["secrets"])


def test_the_steps_before_the_scripts_are_checkout_and_setup(world, runner) -> None:
    result = runner.run(PLAYS, **settings(world))
    checkout, setup, _ = result.steps
    assert [checkout.uses.partition("@")[0], setup.uses] == ["actions/checkout", "$/.github/actions/setup"]
    assert [step.outcome for step in setup.steps] == ["success", "success"]
    assert [step.exit_code for step in result.steps] == [None, None, 0]


def test_a_second_chain_within_the_cooldown_is_skipped_unless_forced(world, runner) -> None:
    for step in CHAIN:
        assert world.run(step.module).exit_code == 0
    again = runner.run(MASTER, **settings(world))
    assert not again.is_red
    assert status(again, "sync_liked_tracks") == "skipped"
    forced = runner.run(MASTER, **settings(world), inputs={"force": True})
    skipped = {import_module(step.module).JOB.name for step in CHAIN if not step.can_be_forced} | {
        "sync_images"
    }
    assert {name for name in NAMES if status(forced, name) != "done"} == skipped


def test_the_five_database_settings_work_as_well(world, runner) -> None:
    parts = psycopg2.extensions.parse_dsn(world.dsn)
    five = {
        "DB_HOST": parts["host"],
        "DB_PORT": parts.get("port", "5432"),
        "DB_NAME": parts["dbname"],
        "DB_USER": parts["user"],
        "DB_PASSWORD": PASSWORD,
    }
    given = settings(world, DATABASE_URL=None, **five)
    result = runner.run(PLAYS, **given)
    assert result.step("Plays").exit_code == 0, result.output
    assert world.rows("SELECT count(*) FROM plays") == [(50,)]
    assert_nothing_is_given_away(result, given["secrets"])


def test_a_revoked_consent_stops_what_asks_spotify_and_nothing_else(world, runner) -> None:
    world.sim.revoke_consent()
    given = settings(world)
    result = runner.run(MASTER, **given)

    codes = dict(zip(NAMES, [step.exit_code for step in scripts(result)], strict=True))
    asks_spotify = {
        import_module(step.module).JOB.name for step in CHAIN if import_module(step.module).JOB.groups
    }
    assert codes == {name: 3 if name in asks_spotify else 0 for name in NAMES}, result.output
    assert result.is_red
    assert status(result, "materialized_views") == "done"
    for step in scripts(result):
        assert ("::error::" in step.output) == (step.exit_code == 3)
    assert_nothing_is_given_away(result, given["secrets"])


@pytest.mark.parametrize(("workflow", "tries"), [(MASTER, ["init_db"]), (PLAYS, ["track_plays"])])
def test_without_a_database_the_runners_own_is_refused(world, runner, workflow, tries) -> None:
    given = settings(world, DATABASE_URL=None)
    result = runner.run(workflow, **given)

    ran = [step for step in scripts(result) if step.outcome != "skipped"]
    assert [step.exit_code for step in ran] == [2] * len(tries)
    assert len(scripts(result)) - len(ran) == (len(CHAIN) - 1 if workflow == MASTER else 0)
    assert result.is_red
    (line,) = [line for line in ran[0].output.splitlines() if line.startswith("::error::")]
    assert "DATABASE_URL is missing" in line
    assert "the embedded database is refused in GitHub Actions" in line
    assert world.asked(tokens=True) == []
    assert_nothing_is_given_away(result, given["secrets"])


def test_missing_spotify_secrets_are_all_named(world, runner) -> None:
    given = settings(world, SPOTIFY_CLIENT_SECRET=None, SPOTIFY_REFRESH_TOKEN=None)
    result = runner.run(MASTER, **given)

    assert result.step("Create or update the tables").exit_code == 0
    assert result.step("Views").exit_code == 0
    plays = result.step("Plays")
    assert plays.exit_code == 2
    assert "SPOTIFY_CLIENT_SECRET, SPOTIFY_REFRESH_TOKEN are missing" in plays.output
    assert_nothing_is_given_away(result, given["secrets"])


def test_a_step_that_fails_does_not_stop_those_that_dont_need_it(world, runner) -> None:
    """Without views, the two steps that read them are left out; the others had their turn."""
    world.change("DROP MATERIALIZED VIEW unified_tracks CASCADE")
    world.change("CREATE TABLE unified_tracks (in_the_way text)")
    result = runner.run(MASTER, **settings(world))

    outcomes = dict(zip(NAMES, [step.outcome for step in scripts(result)], strict=True))
    expected = dict.fromkeys(NAMES, "success")
    expected |= {
        "materialized_views": "failure",
        "update_dynamic_playlists": "skipped",
        "build_dashboard": "skipped",
    }
    assert outcomes == expected, result.output
    assert result.is_red
    world.assert_library_equal()


def test_a_cancelled_run_saves_its_checkpoint(make_world, runner) -> None:
    """GitHub sends SIGINT to a step's first process only: that is Python, which ends at its next batch."""
    world = make_world(liked=1000)
    given = settings(world)
    cancel = threading.Event()

    def notice(request):
        if request.path == "/me/tracks" and request.query.get("offset") == "250":
            cancel.set()
            world.sim.on_request = None

    world.sim.on_request = notice
    stopped = runner.run(MASTER, **given, cancel_when=cancel.is_set)
    step = stopped.step("Liked tracks")
    assert stopped.conclusion == step.outcome == "cancelled"
    assert step.exit_code == 0, step.output
    assert "stopped by SIGINT" in step.output
    later = stopped.steps[stopped.steps.index(step) + 1 :]
    assert {each.outcome for each in later} == {"skipped"}
    saved = len(world.liked())
    assert 0 < saved < 1000

    world.sim.clear_requests()
    result = runner.run(MASTER, **given)
    assert not result.is_red, result.output
    world.assert_library_equal()
    pages = [r for r in world.sim.requests if r.path == "/me/tracks" and "market" not in r.query]
    assert len(pages) <= (1000 - saved) / 50 + 2


LISTS = "update_dynamic_playlists.yml"


def test_smart_playlists_are_updated_by_a_workflow_of_their_own(world, runner) -> None:
    """Checklist S1-39: on its own schedule, by hand with a dry run, and with the plays of the morning."""
    for script in ("track_plays", "sync_liked_tracks", "materialized_views"):
        assert world.run(f"api_syncs.{script}").status == "done"
    given = settings(world)
    given["machine"]["PLAYLIST_DEFINITIONS"] = world.environment()["PLAYLIST_DEFINITIONS"]
    tried = runner.run(LISTS, **given, inputs={"dry_run": True})
    assert not tried.is_red, tried.output
    assert "never_played: would be created" in tried.output
    assert world.rows("SELECT count(*) FROM playlist_mappings") == [(0,)]
    result = runner.run(LISTS, **given)
    assert not result.is_red, result.output
    assert [step.name for step in scripts(result)] == ["Plays", "Views", "Smart playlists"]
    assert world.rows("SELECT slug, status FROM playlist_mappings") == [("never_played", "active")]
    assert_nothing_is_given_away(result, given["secrets"])
