"""The workflows from their first step to their last, against a simulated Spotify and a real database."""

import json
import re
import shutil
import subprocess
import threading
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import psycopg2.extensions
import pytest

from api_syncs.chain import CHAIN
from tests.workflows import in_process
from tests.workflows.conftest import PYTHON
from tests.workflows.runner import processes
from tests.workflows.runner.runner import TOKEN, Runner
from tests.workflows.runner.yaml_files import load
from utils import ROOT
from utils.github.schedules import WORKFLOWS, schedules

pytestmark = [pytest.mark.slow(1), pytest.mark.once]

MASTER = "00_master_sync.yml"
PLAYS = "track_plays.yml"
LISTS = "update_dynamic_playlists.yml"
NAMES = [import_module(step.module).JOB.name for step in CHAIN]
# Loopback databases of the tests ask for no password, so any will do. It must not be seen anywhere all the same.
PASSWORD = "p4ssw0rd-of-the-database"
CALLERS = {
    path.name: load(path, anchors=True)
    for path in sorted(WORKFLOWS.glob("*.yml"))
    if "run_scripts.yml" in path.read_text(encoding="utf-8").partition("jobs:")[2]
}
ASKED = {  # what a person has to fill in
    "generate_playlist.yml": {"slug": "never_played"},
    "playlist_sync.yml": {"slug": "never_played"},
}


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
    machine["PLAYLIST_DEFINITIONS"] = world.environment()["PLAYLIST_DEFINITIONS"]
    return {
        "secrets": {name: value for name, value in secrets.items() if value is not None},
        "variables": {"TIME_ZONE": "Europe/Berlin", "SPOTIFY_MARKET": "DE", "SCHEDULES": "on"},
        "machine": {**machine, "DASHBOARD_DIR": str(world.folder / "site"), "SHARE_DIR": str(world.folder)},
    }


def on_schedule(file: str) -> dict[str, str]:
    """The event of a workflow's default cron line; of one that is off by default, its first."""
    (schedule,) = [each for each in schedules() if each.file == file]
    return {"event": "schedule", "cron": schedule.default or schedule.crons[0]}


def codes(result) -> dict[str, int]:
    """The exit codes of the scripts that were run, by their names; the summary is none of them."""
    return {
        step.id: step.exit_code
        for step in result.steps
        if step.id and not step.uses and step.outcome != "skipped"
    }


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
    found = re.findall(rf"^\| `{job}` \| ([^|]+) \|", result.summary, re.MULTILINE)
    assert len(found) == 1, f"{job} has {len(found)} rows in the summary"
    return found[0].replace("\\", "")


@cache
def files_of_repository() -> list[str]:
    """What a run can need: no tests."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in files if not name.startswith("tests/") and (ROOT / name).is_file()]


def copy_of_repository(root: Path) -> Path:
    """Its files as they are now, with the packages of this one."""
    for name in files_of_repository():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    (root / ".local").symlink_to(ROOT / ".local")
    return root


@pytest.fixture
def world(make_world):
    return make_world(liked=60, albums=5, plays=60)


# All of them


def assert_all_is_done(result) -> None:
    """Each script that was run; the images' folder would go with the machine."""
    assert result.conclusion == "success", result.output
    assert set(codes(result).values()) == {0}
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", result.summary, re.MULTILINE))
    assert {name: said for name, said in rows.items() if said != "done"} == (
        {"sync_images": "skipped"} if "sync_images" in rows else {}
    )


# The daily chain's starts, which take as long as those of all others, have tests of their own.
@pytest.mark.parametrize(
    "file",
    [file for file, workflow in CALLERS.items() if "workflow_dispatch" in workflow["on"] and file != MASTER],
)
def test_a_manual_start_goes_green(world, runner, github, file: str) -> None:
    given = {**settings(world), "github": {"api_url": github.api_url}}
    world.change("INSERT INTO users (user_id, spotify_id, is_active) VALUES ('nobody', 'nobody', false)")
    if file != "init_db.yml":  # somebody is there whose settings and counts can be looked at
        assert world.run("api_syncs.track_plays").exit_code == 0
    result = runner.run(file, **given, inputs=ASKED.get(file))
    assert_all_is_done(result)
    assert_nothing_is_given_away(result, given["secrets"])


@pytest.mark.parametrize("file", [each.file for each in schedules() if each.file != MASTER])
def test_a_scheduled_start_goes_green_where_it_was_chosen(world, runner, github, file: str) -> None:
    given = {**settings(world), "github": {"api_url": github.api_url}}
    (schedule,) = [each for each in schedules() if each.file == file]
    given["variables"][schedule.variable] = schedule.crons[-1]
    result = runner.run(file, **given, event="schedule", cron=schedule.crons[-1])
    assert result.conclusion == "success", result.output
    assert list(codes(result))[: len(schedule.scripts)] == list(schedule.scripts)
    assert_nothing_is_given_away(result, given["secrets"])


@pytest.mark.parametrize("file", [each.file for each in schedules()])
def test_forks_and_cron_lines_that_were_not_chosen_are_quiet(world, runner, file: str) -> None:
    given = settings(world)
    given["variables"].pop("SCHEDULES")
    fork = runner.run(file, **given, **on_schedule(file))
    (schedule,) = [each for each in schedules() if each.file == file]
    given["variables"] |= {"SCHEDULES": "on", schedule.variable: "off"}
    off = [runner.run(file, **given, event="schedule", cron=cron) for cron in schedule.crons]
    for result in (fork, *off):
        assert result.conclusion == "skipped"
        assert result.steps == []
    assert world.asked(tokens=True) == []


def test_what_was_not_chosen_takes_nobodys_place_in_the_queue(world, runner) -> None:
    """GitHub keeps one waiting run per group, and drops the older one."""
    given = settings(world)
    wanted = runner.run(LISTS, **given, **on_schedule(LISTS)).concurrency
    unwanted = runner.run(LISTS, **given, event="schedule", cron="7 22 * * *").concurrency
    by_hand = runner.run(LISTS, **given).concurrency
    groups = {each.group for each in (wanted, unwanted, by_hand)}
    assert len(groups) == 3
    assert wanted.group == "update-dynamic-playlists-schedule"
    assert not any(each.cancel_in_progress for each in (wanted, unwanted, by_hand))


GOOD = {  # all else that a person fills in, where one input is hostile
    "control.yml": {"action": "pause", "job": "sync_liked_tracks", "entity": "", "user": ""},
    "generate_playlist.yml": {"slug": "never_played", "playlist": "", "user": ""},
    "playlist_sync.yml": {"slug": "never_played", "user": ""},
    "settings.yml": {"action": "set", "key": "spotify.download_images", "value": "false", "user": ""},
    PLAYS: {"poll_minutes": "", "user": ""},
    MASTER: {"user": ""},
    "01_sync_albums.yml": {"user": ""},
}
HOSTILE = (
    "$(touch {marker})`touch {marker}`\";touch {marker};'\n::error::x\n| a <b> ${{{{ secrets.DATABASE_URL }}}} "
    "&& touch {marker} #"
)


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, good in GOOD.items() for name in good])
def test_hostile_inputs_are_text(world, runner, file: str, name: str) -> None:
    """Whatever stands in the texts that a person, or a program with a token, can fill in: no command, no option, no success.

    What all workflows share is tried with three of them; that they share it is what test_static.py looks at.
    """
    given = settings(world)
    assert world.run("api_syncs.track_plays").exit_code == 0
    marker = world.folder / "marker"
    # By hand there is a list of actions to choose from; a workflow of one's own can say anything.
    start = caller(runner, file) if name == "action" else partial(runner.run, file)
    for text in (HOSTILE, "--help"):
        result = start(**given, inputs={**GOOD[file], name: text.format(marker=marker)})
        assert not marker.exists()
        assert result.is_red, result.output
        own = list(codes(result))[-1]
        assert codes(result)[own] != 0
        assert world.rows(
            "SELECT (SELECT count(*) FROM app_settings), (SELECT count(*) FROM job_controls WHERE is_paused)"
        ) == [(0, 0)]
        assert not any(line.startswith("::error::x") for line in result.output.splitlines())
        assert_nothing_is_given_away(result, given["secrets"])


CALLER = """
name: of one's own
on:
  schedule: [{{cron: "1 1 * * *"}}]
  workflow_dispatch:
permissions: {{}}
jobs:
  call:
    permissions: {{contents: read, pages: write, id-token: write}}
    uses: $/.github/workflows/{file}
    secrets: inherit
    with: {inputs}
"""


def caller(runner, file: str):
    """`start(inputs=…, event=…, …)`: call a workflow from one of a person's own, in a copy of this repository."""
    root = copy_of_repository(runner.folder.parent / f"caller of {file}")
    own = Runner(
        runner.folder.parent / f"runner of the caller of {file}",
        root,
        commands={"python3": PYTHON},
        run_process=in_process.run,
    )

    def start(*, inputs: dict, event: str = "workflow_dispatch", **given):
        workflow = root / ".github" / "workflows" / "own.yml"
        filled_in = json.dumps(inputs).replace("${{", "{{")  # which GitHub itself would fill in here
        workflow.write_text(CALLER.format(file=file, inputs=filled_in), encoding="utf-8")
        return own.run("own.yml", event, **given, cron="1 1 * * *" if event == "schedule" else None)

    return start


@pytest.mark.parametrize("file", [PLAYS, "incremental_sync.yml", "build_dashboard.yml"])
def test_a_workflow_of_ones_own_can_call_them_by_its_own_schedule(world, runner, file: str) -> None:
    """It is no schedule of ours: nothing is left out because of its cron line, and no summary fails for it."""
    assert world.run("api_syncs.track_plays").exit_code == 0
    result = caller(runner, file)(inputs={}, event="schedule", **settings(world))
    assert result.conclusion == "success", result.output
    assert set(codes(result).values()) == {0}
    assert codes(result)


def test_a_hostile_event_from_outside_is_text(world, real_runner) -> None:
    given = settings(world)
    marker = world.folder / "marker"
    payload = {"poll_minutes": HOSTILE.format(marker=marker), "user": HOSTILE.format(marker=marker)}
    result = real_runner.run(
        PLAYS, **given, event="repository_dispatch", event_type="track-plays", client_payload=payload
    )
    assert not result.is_red, result.output
    assert not marker.exists()
    assert world.rows("SELECT count(*) FROM plays") == [(50,)]


# The daily chain


def test_the_daily_chain_copies_everything(world, real_runner) -> None:
    given = settings(world)
    (schedule,) = [each for each in schedules() if each.file == MASTER]
    given["variables"][schedule.variable] = schedule.crons[-1]
    result = real_runner.run(MASTER, **given, event="schedule", cron=schedule.crons[-1])

    assert codes(result) == dict.fromkeys(NAMES, 0), result.output
    assert_all_is_done(result)
    assert {name for name in NAMES if status(result, name) != "done"} == {"sync_images"}
    assert result.summary.count("| --- |") == 1
    world.assert_library_equal()
    assert world.rows("SELECT count(*) FROM plays") == [(50,)]
    assert world.rows("SELECT market, time_zone FROM users") == [("DE", "Europe/Berlin")]
    assert (world.folder / "site" / "index.html").is_file()
    assert_nothing_is_given_away(result, given["secrets"])


def test_the_steps_before_the_scripts_are_checkout_and_setup(world, runner) -> None:
    result = runner.run(PLAYS, **settings(world))
    checkout, setup, *_ = result.steps
    assert [checkout.uses.partition("@")[0], setup.uses] == ["actions/checkout", "$/.github/actions/setup"]
    assert [step.outcome for step in setup.steps] == ["success"] * 3
    assert codes(result) == {"track_plays": 0}


def test_a_second_chain_within_the_hour_is_refused_with_the_time_left_unless_forced(world, runner) -> None:
    """S4-2."""
    world.change("INSERT INTO users (user_id, spotify_id, is_active) VALUES ('nobody', 'nobody', false)")
    given = settings(world)
    first = runner.run(MASTER, **given)
    assert_all_is_done(first)
    assert_nothing_is_given_away(first, given["secrets"])
    again = runner.run(MASTER, **given)
    assert not again.is_red
    assert status(again, "sync_liked_tracks") == "skipped"
    assert re.search(r"done a moment ago; again in 5\d min", again.output)
    forced = runner.run(MASTER, **given, inputs={"force": True})
    skipped = {import_module(step.module).JOB.name for step in CHAIN if not step.can_be_forced}
    assert {name for name in NAMES if status(forced, name) != "done"} == skipped | {"sync_images"}


def test_what_is_forced_alone_asks_everything_again(world, runner) -> None:
    """Within the chain that would be too much."""
    file, given = "04_check_track_availability.yml", settings(world)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    first, quiet = runner.run(file, **given), runner.run(file, **given)
    forced = runner.run(file, **given, inputs={"force": True})
    assert [status(result, "check_track_availability") for result in (first, quiet, forced)] == [
        "done",
        "skipped",
        "done",
    ]


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
    assert codes(result) == {"track_plays": 0}, result.output
    assert world.rows("SELECT count(*) FROM plays") == [(50,)]
    assert_nothing_is_given_away(result, given["secrets"])


def test_the_secrets_may_stand_in_an_environment(world, runner) -> None:
    given = settings(world)
    given["variables"]["SECRETS_ENVIRONMENT"] = "home"
    environments = {"home": {"secrets": given["secrets"], "variables": {}}}
    result = runner.run(PLAYS, **{**given, "secrets": {}}, environments=environments)
    assert codes(result) == {"track_plays": 0}, result.output
    assert result.job("run/scripts").environment == "home"
    assert_nothing_is_given_away(result, given["secrets"])


# What fails


def test_a_revoked_consent_stops_what_asks_spotify_and_nothing_else(world, runner) -> None:
    world.sim.revoke_consent()
    given = settings(world)
    result = runner.run(MASTER, **given)

    asks_spotify = [
        import_module(step.module).JOB.name for step in CHAIN if import_module(step.module).JOB.groups
    ]
    first, *others = asks_spotify
    assert codes(result) == {name: 3 if name == first else 0 for name in NAMES}, result.output
    assert world.asked(tokens=True) == ["POST /api/token"], "one refusal is enough for all"
    assert result.is_red
    assert status(result, "materialized_views") == "done"
    assert {status(result, name) for name in others} == {"skipped"}
    for name in codes(result):
        assert ("::error::" in result.step(name).output) == (name == first)
    assert "./run login" in result.summary.replace("\\", "")
    assert_nothing_is_given_away(result, given["secrets"])


@pytest.mark.parametrize(("workflow", "tries"), [(MASTER, "init_db"), (PLAYS, "track_plays")])
def test_without_a_database_the_runners_own_is_refused(world, runner, workflow, tries) -> None:
    given = settings(world, DATABASE_URL=None)
    result = runner.run(workflow, **given)

    assert codes(result) == {tries: 2}
    assert result.is_red
    (line,) = [line for line in result.step(tries).output.splitlines() if line.startswith("::error::")]
    assert "DATABASE_URL is missing" in line
    assert "the embedded database is refused in GitHub Actions" in line
    assert "DATABASE_URL is missing" in result.summary.replace("\\", "")
    assert world.asked(tokens=True) == []
    assert_nothing_is_given_away(result, given["secrets"])


def test_missing_spotify_secrets_are_all_named(world, runner) -> None:
    given = settings(world, SPOTIFY_CLIENT_SECRET=None, SPOTIFY_REFRESH_TOKEN=None)
    result = runner.run(MASTER, **given)

    assert codes(result)["init_db"] == codes(result)["materialized_views"] == 0
    plays = result.step("Plays")
    assert plays.exit_code == 2
    assert "SPOTIFY_CLIENT_SECRET, SPOTIFY_REFRESH_TOKEN are missing" in plays.output
    assert_nothing_is_given_away(result, given["secrets"])


def test_a_step_that_fails_does_not_stop_those_that_dont_need_it(world, runner) -> None:
    """Without views, the two steps that read them are left out; the others had their turn."""
    world.change("DROP MATERIALIZED VIEW unified_tracks CASCADE")
    world.change("CREATE TABLE unified_tracks (in_the_way text)")
    result = runner.run(MASTER, **settings(world))

    outcomes = {name: result.step(name).outcome for name in NAMES}
    expected = dict.fromkeys(NAMES, "success")
    expected |= {
        "materialized_views": "failure",
        "update_dynamic_playlists": "skipped",
        "build_dashboard": "skipped",
    }
    assert outcomes == expected, result.output
    assert result.is_red
    for name in ("update_dynamic_playlists", "build_dashboard"):
        assert status(result, name) == "not run: materialized_views failed"
    world.assert_library_equal()


@pytest.fixture(scope="module")
def unequipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository with a Python that each test writes for itself."""
    root = copy_of_repository(tmp_path_factory.mktemp("unequipped"))
    (root / ".local").unlink()
    (root / ".local" / "venv" / "bin").mkdir(parents=True)
    return root


@pytest.mark.parametrize("failing", NAMES)
def test_whichever_script_fails_the_others_have_their_turn_but_those_that_need_it(
    tmp_path, unequipped, failing: str
) -> None:
    """Each script of the chain once: here only its step counts, so Python is one that fails for one module."""
    root = unequipped
    python = root / ".local" / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/bash\n[[ "$2" != *.{failing} ]]\n', encoding="utf-8")
    python.chmod(0o755)
    result = Runner(tmp_path / "runner", root).run(MASTER, secrets={}, variables={})
    needs = {step.module: set(step.needs) for step in CHAIN}
    lost = {step.module for step in CHAIN if step.module.endswith(f".{failing}")}
    for step in CHAIN:
        if step.needs and lost & {*step.needs, *(each for need in step.needs for each in needs[need])}:
            lost.add(step.module)
    expected = {
        name: "failure" if name == failing else "skipped" if step.module in lost else "success"
        for name, step in zip(NAMES, CHAIN, strict=True)
    }
    assert {name: result.step(name).outcome for name in NAMES} == expected
    assert result.is_red


def test_a_set_up_that_fails_runs_nothing(world, tmp_path) -> None:
    root = copy_of_repository(tmp_path / "checkout")
    (root / ".local").unlink()
    result = Runner(tmp_path / "runner", root, commands={"python3": "exit 1"}).run(MASTER, **settings(world))
    assert result.is_red
    assert codes(result) == {}
    assert "No script was run" in result.summary
    assert world.asked(tokens=True) == []


def test_a_cancelled_run_saves_its_checkpoint(make_world, runner) -> None:
    """GitHub sends SIGINT to a step's first process only: that is Python, which ends at its next batch."""
    world = make_world(liked=500, albums=0)
    given = settings(world)
    cancel = threading.Event()

    def notice(request):
        if request.path == "/me/tracks" and request.query.get("offset") == "250":
            cancel.set()
            world.sim.on_request = None

    world.sim.on_request = notice
    stopped = runner.run(MASTER, **given, **on_schedule(MASTER), cancel_when=cancel.is_set)
    step = stopped.step("Liked tracks")
    assert stopped.conclusion == step.outcome == "cancelled"
    assert step.exit_code == 130, step.output
    assert "stopped by Ctrl-C (SIGINT)" in step.output
    assert list(codes(stopped)) == ["init_db", "track_plays", "sync_liked_tracks"]
    assert status(stopped, "sync_saved_albums") == "not run: the run was cancelled"
    saved = len(world.liked())
    assert 0 < saved < 500

    world.sim.clear_requests()
    result = runner.run("03a_sync_liked_tracks.yml", **given)
    assert not result.is_red, result.output
    with world.sim.edit() as library:
        assert world.liked() == library.liked_rows()
    pages = [r for r in world.sim.requests if r.path == "/me/tracks" and "market" not in r.query]
    assert len(pages) <= (500 - saved) / 50 + 2


# Single ones


def test_smart_playlists_are_updated_by_a_workflow_of_their_own(world, runner) -> None:
    """Checklist S1-39: on its own schedule, by hand with a dry run, and with the plays of the morning."""
    for script in ("track_plays", "sync_liked_tracks", "materialized_views"):
        assert world.run(f"api_syncs.{script}").status == "done"
    given = settings(world)
    tried = runner.run(LISTS, **given, inputs={"dry_run": True})
    assert not tried.is_red, tried.output
    assert "never_played: would be created" in tried.output
    assert world.rows("SELECT count(*) FROM playlist_mappings") == [(0,)]
    result = runner.run(LISTS, **given, **on_schedule(LISTS))
    assert not result.is_red, result.output
    assert list(codes(result)) == ["track_plays", "materialized_views", "update_dynamic_playlists"]
    assert world.rows("SELECT slug, status FROM playlist_mappings") == [("never_played", "active")]
    assert_nothing_is_given_away(result, given["secrets"])


def test_a_setting_is_changed_by_hand(world, runner) -> None:
    assert world.run("api_syncs.track_plays").exit_code == 0
    changed = {"action": "set", "key": "spotify.download_images", "value": "false"}
    assert not runner.run("settings.yml", **settings(world), inputs=changed).is_red
    result = runner.run("settings.yml", **settings(world), inputs={"action": "get", "key": "download_images"})
    assert "<pre>false</pre>" in result.summary
    wrong = runner.run("settings.yml", **settings(world), inputs={**changed, "value": "maybe"})
    assert wrong.is_red
    assert "maybe" in wrong.summary


def test_a_job_is_paused_and_resumed_by_hand(world, runner) -> None:
    """S2-26."""
    assert world.run("api_syncs.track_plays").exit_code == 0
    given = settings(world)
    assert not runner.run(
        "control.yml", **given, inputs={"action": "pause", "job": "sync_liked_tracks"}
    ).is_red
    paused = runner.run("03a_sync_liked_tracks.yml", **given)
    assert status(paused, "sync_liked_tracks") == "paused"
    assert not runner.run(
        "control.yml", **given, inputs={"action": "resume", "job": "sync_liked_tracks"}
    ).is_red
    resumed = runner.run("03a_sync_liked_tracks.yml", **given)
    assert status(resumed, "sync_liked_tracks") == "done"
    cancelled = runner.run("control.yml", **given, inputs={"action": "cancel"})
    assert "nothing is running" in cancelled.summary
    reset = runner.run("control.yml", **given, inputs={"action": "reset", "entity": "liked_tracks"})
    assert "reads liked_tracks again" in reset.summary
    shown = runner.run("control.yml", **given)
    assert "paused            nothing" in shown.summary
    [(user_id,)] = world.rows("SELECT user_id FROM users")
    assert user_id not in shown.output + shown.summary


@pytest.mark.parametrize("word", ["off", "0", "9999"])
def test_a_play_run_takes_words_for_the_minutes(world, runner, word: str) -> None:
    """As the other variables do: a wrong one must not cost plays."""
    given = settings(world)
    given["variables"]["PLAYS_POLL_MINUTES"] = word
    stored = lambda: world.rows("SELECT count(*) FROM plays") == [(50,)]  # noqa: E731 - two words
    result = runner.run(PLAYS, **given, **on_schedule(PLAYS), cancel_when=lambda: word == "9999" and stored())
    assert stored(), result.output
    assert result.conclusion == ("cancelled" if word == "9999" else "success")


def test_a_play_run_is_short_and_cheap_and_one_that_goes_on_looking_may_take_its_time(world, runner) -> None:
    given = settings(world)
    short = runner.run(PLAYS, **given, **on_schedule(PLAYS)).job("run/scripts")
    assert (short.runs_on, short.timeout_minutes) == ("ubuntu-slim", 8)
    given["variables"]["PLAYS_POLL_MINUTES"] = "1"
    long = runner.run(PLAYS, **given, **on_schedule(PLAYS))
    job = long.job("run/scripts")
    assert (job.runs_on, job.timeout_minutes) == ("ubuntu-24.04", 355)
    assert codes(long) == {"track_plays": 0}, long.output


# The dashboard


@pytest.fixture
def copy(tmp_path: Path) -> Runner:
    """A runner of a copy of this repository: what a run builds there is nobody's dashboard."""
    root = copy_of_repository(tmp_path / "checkout")
    return Runner(tmp_path / "runner", root, commands={"python3": PYTHON}, run_process=in_process.run)


@pytest.mark.parametrize(
    ("private", "variables", "named", "kept"),
    [
        (True, {}, "overview", set()),
        (True, {"DASHBOARD": "artifact"}, "", {"dashboard", "month"}),
        (False, {"DASHBOARD": "artifact"}, "overview", set()),
        (False, {"DASHBOARD": "artifact", "DASHBOARD_IS_PUBLIC": "yes"}, "overview", {"dashboard"}),
        (False, {"DASHBOARD": "artifact", "DASHBOARD_IS_PUBLIC": "yes"}, "", set()),
        (True, {"DASHBOARD": "pages"}, "overview", set()),
        (True, {"DASHBOARD": "pages", "DASHBOARD_IS_PUBLIC": "yes"}, "overview", {"github-pages"}),
    ],
)
def test_the_dashboard_goes_where_the_owner_wants_it_and_nowhere_else(
    world, copy, private, variables, named, kept
) -> None:
    given = settings(world)
    del given["machine"]["DASHBOARD_DIR"], given["machine"]["SHARE_DIR"]
    if kept == {"dashboard", "month"}:
        copy.run_process = processes.run
    else:  # scripts in this process are those of this repository, and so is the folder that they would take
        given["machine"]["DASHBOARD_DIR"] = str(copy.root / "site")
    given["variables"] |= variables
    assert world.run("api_syncs.track_plays").exit_code == 0
    assert world.call("-m", "db.settings", "set", "reports.public_sections", named).returncode == 0
    result = copy.run("build_dashboard.yml", **given, private=private)
    assert not result.is_red, result.output
    assert set(result.artifacts) == kept
    kept_there = dict(result.artifacts)
    picture = kept_there.pop("month", None)
    assert picture is None or [each.suffix for each in picture.iterdir()] == [".png"]
    for folder in kept_there.values():
        assert (folder / "index.html").is_file()
        # Strangers get the edition for them.
        assert (folder / "status.html").exists() == ("DASHBOARD_IS_PUBLIC" not in variables)
    wants = named or not variables.get("DASHBOARD_IS_PUBLIC")
    assert ("nothing is public" in result.output) != bool(wants)
    said = result.summary.replace("\\", "")
    assert ("can be read by anyone" in said) == (
        bool(variables)
        and ("DASHBOARD_IS_PUBLIC" in variables or not private or variables["DASHBOARD"] == "pages")
    )
    published = [job for job in result.jobs.values() if job.environment == "github-pages"]
    assert bool(published) == (kept == {"github-pages"})
    for job in published:
        assert job.environment_url == "https://listener.github.io/mirror/"
        assert job.secrets == frozenset()
    assert_nothing_is_given_away(result, given["secrets"])


# The backup


@pytest.mark.parametrize("private", [True, False])
def test_a_backup_is_kept_encrypted_or_not_at_all(world, copy, private: bool) -> None:
    key = "k3y-of-the-backups"
    assert world.run("api_syncs.sync_liked_tracks").exit_code == 0
    without = copy.run("backup.yml", **settings(world), private=private)
    assert without.conclusion == "success", without.output
    assert without.artifacts == {}
    assert "No backup was kept: there is no secret BACKUP_KEY" in without.summary
    given = settings(world, BACKUP_KEY=key)
    result = copy.run("backup.yml", **given, **on_schedule("backup.yml"), private=private)
    assert codes(result) == {"track_plays": 0, "backup": 0}, result.output
    assert set(result.artifacts) == {"backup"}
    (file,) = result.artifacts["backup"].iterdir()
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert "among them 50 plays" in result.summary
    assert key not in result.output + result.summary
    assert_nothing_is_given_away(result, given["secrets"])
