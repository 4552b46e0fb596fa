"""What can be said about the workflows without running them."""

import ast
import itertools
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from api_syncs.chain import CHAIN
from utils import ROOT
from utils.github.schedules import schedules
from utils.job.declaration import Job

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
CALL = re.compile(r"python -m ((?:api_syncs|db|playlists|reports)\.\w+)")  # of a script
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
RUN_SCRIPTS = GITHUB / "workflows" / "run_scripts.yml"
CALLS_IT = "$/.github/workflows/run_scripts.yml"
READ = {"contents": "read"}
PUBLISH = {"pages": "write", "id-token": "write"}
# Which permissions a job may have; anything more needs a reason here.
PERMISSIONS = {
    ("watch.yml", "tell"): {**READ, "actions": "write", "issues": "write"},  # and it has no secret
    ("publish_dashboard.yml", "deploy"): PUBLISH,
    ("00_master_sync.yml", "publish"): PUBLISH,
    ("build_dashboard.yml", "publish"): PUBLISH,
    ("ci.yml", "passed"): {},
}
# What is started by other means: the chain in one process, the commands that only look, and what is for a terminal of
# one's own, since the logs of a public repository can be read by anyone, or what it reads lies on one's own disk.
NO_STEP = {
    *("api_syncs.run_all", "api_syncs.library", "reports.run_summary", "reports.tell_github", "db.sql"),
    *(
        "db.import_streaming_history",
        "db.plays",
        "db.restore",
        "reports.doctor",
        "reports.export",
        "reports.logs",
        "reports.stats",
        "reports.together",
        "db.users",
    ),
}
SECRETS = {
    *("DATABASE_URL", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "BACKUP_KEY"),
    "TOKEN_ENCRYPTION_KEY",
    *("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"),
}

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
every_file = pytest.mark.parametrize("path", WORKFLOWS + ACTIONS, ids=lambda path: path.name)


def load(path: Path) -> dict:
    # YAML reads the key `on` as true.
    document = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {"on" if key is True else key: value for key, value in document.items()}


def jobs(path: Path) -> dict[str, dict]:
    return load(path).get("jobs", {})


def steps(path: Path) -> list[dict]:
    document = load(path)
    listed = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in listed for step in job.get("steps", [])]


def events(path: Path) -> dict:
    named = load(path)["on"]
    return {name: options or {} for name, options in named.items()}


CALLERS = [path for path in WORKFLOWS if any(job.get("uses") == CALLS_IT for job in jobs(path).values())]
SCRIPT_STEPS = {
    step["id"]: step for step in steps(RUN_SCRIPTS) if CALL.search(step.get("run", "")) and "id" in step
}
every_caller = pytest.mark.parametrize("path", CALLERS, ids=lambda path: path.name)


def scripts_of(path: Path) -> list[str]:
    (job,) = [job for job in jobs(path).values() if job.get("uses") == CALLS_IT]
    return yaml.safe_load(job["with"]["scripts"])


def module_of(step: dict) -> str:
    (module,) = set(CALL.findall(step["run"]))
    return module


def product_scripts() -> set[str]:
    """Every module of the product that can be started."""
    return {
        f"{path.parent.name}.{path.stem}"
        for folder in ("db", "api_syncs", "playlists", "reports")
        for path in (ROOT / folder).glob("*.py")
        if path.stem != "__main__" and '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }


def call(tool: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(Path(sys.executable).parent / tool), *map(str, arguments)],
        cwd=ROOT,
        # A proxy that nobody answers: a tool that wants the network fails here, not on an offline machine only.
        env={**os.environ, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# The files


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", ACTIONS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
    ],
)
def test_files_follow_their_schema(schema: str, files: list[Path]) -> None:
    done = call("check-jsonschema", "--builtin-schema", schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    done = call("zizmor", "--offline", "--no-progress", "--color=never", "--persona=pedantic", GITHUB)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout
    audited = done.stdout + done.stderr
    for path in [*WORKFLOWS, *ACTIONS, GITHUB / "dependabot.yml"]:
        assert path.name in audited


@every_file
def test_shellcheck_finds_nothing_in_its_scripts(path: Path) -> None:
    for step in steps(path):
        if "run" in step:
            assert shellcheck("-", given=step["run"]) == "", step.get("name")


def test_shellcheck_finds_nothing_in_the_scripts_of_the_shell() -> None:
    assert (
        shellcheck(
            *(ROOT / name for name in ("run", ".ci/run", ".ci/install-postgresql", "recipes/trigger.sh"))
        )
        == ""
    )


def shellcheck(*arguments: object, given: str | None = None) -> str:
    """What it finds, in files or in the text that is given."""
    program = [str(Path(sys.executable).parent / "shellcheck"), "--shell=bash", *map(str, arguments)]
    return subprocess.run(program, input=given, capture_output=True, text=True, check=False).stdout


def test_what_zizmor_is_told_to_leave_out_is_explained() -> None:
    """One rule for all files, and one line; each with its reason above it."""
    settings = (GITHUB / "zizmor.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(settings) == {"rules": {"secrets-inherit": {"disable": True}}}
    assert "# run_scripts.yml alone names the secrets" in settings
    for path in WORKFLOWS + ACTIONS:
        lines = path.read_text(encoding="utf-8").splitlines()
        for above, line in itertools.pairwise(lines):
            assert "zizmor: ignore" not in line or above.strip().startswith("#"), line


@every_file
def test_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:-\s+)?uses:\s*(.+?)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(used) == sum("uses" in each for each in [*steps(path), *jobs(path).values()])
    for reference in used:
        if reference.startswith("$/"):
            here = ROOT / reference.removeprefix("$/")
            assert here.is_file() if here.suffix == ".yml" else (here / "action.yml").is_file()
        else:
            assert PINNED.match(reference), reference


def test_an_action_has_one_version_everywhere() -> None:
    references = {step["uses"] for path in WORKFLOWS + ACTIONS for step in steps(path) if "uses" in step}
    names = [reference.partition("@")[0] for reference in references]
    assert len(names) == len(set(names))


@every_file
def test_checkout_leaves_no_token_behind(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@every_workflow
def test_permissions_are_the_least(path: Path) -> None:
    assert load(path)["permissions"] == {}
    for name, job in jobs(path).items():
        assert job.get("permissions", {}) == PERMISSIONS.get((path.name, name), READ), name


@every_workflow
def test_jobs_have_an_end_and_a_fixed_machine(path: Path) -> None:
    for job in jobs(path).values():
        if "uses" in job:
            continue
        timeout, machine = job["timeout-minutes"], job["runs-on"]
        if path == RUN_SCRIPTS:
            assert (timeout, machine) == ("${{ inputs.timeout_minutes }}", "${{ inputs.runner }}")
        else:
            assert machine in ("ubuntu-24.04", "ubuntu-slim")
            assert 0 < timeout <= (15 if machine == "ubuntu-slim" else 120)


def test_concurrency_is_one_group_per_workflow() -> None:
    groups = [load(path)["concurrency"]["group"] for path in WORKFLOWS if "concurrency" in load(path)]
    assert len(set(groups)) == len(groups) == len(WORKFLOWS) - 1
    assert "concurrency" not in load(RUN_SCRIPTS)  # its callers have theirs


@every_file
def test_nothing_is_pasted_into_a_shell(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", "")


@every_file
def test_python_gets_the_signals_of_a_cancelled_run(path: Path) -> None:
    for step in steps(path):
        for line in step.get("run", "").splitlines():
            if "python" in line and path not in ACTIONS:
                assert re.search(r"(^|\) )exec python -m ", line.strip()), line


def test_the_checks_are_those_of_a_persons_machine() -> None:
    checks, passed = jobs(GITHUB / "workflows/ci.yml").values()
    assert [step["run"] for step in checks["steps"] if "run" in step] == ["exec bash .ci/run"]
    assert passed["needs"] == "checks"
    assert (ROOT / ".ci/run").is_file()
    assert {"push", "pull_request"} <= set(load(GITHUB / "workflows/ci.yml")["on"])


# The one that knows the secrets


def test_one_workflow_alone_knows_the_secrets() -> None:
    for path in WORKFLOWS + ACTIONS:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"secrets\.(\w+)", text))
        assert named == (SECRETS if path == RUN_SCRIPTS else set()), path.name
        assert ("secrets: inherit" in text) == (path in CALLERS)


def test_only_the_steps_that_run_scripts_get_the_secrets() -> None:
    (job,) = jobs(RUN_SCRIPTS).values()
    assert "env" not in job
    assert "env" not in load(RUN_SCRIPTS)
    for step in job["steps"]:
        assert ("env" in step) == bool(CALL.search(step.get("run", ""))), step
        if "env" in step:
            assert set(SECRETS) <= set(step["env"])


def test_every_setting_keeps_its_name() -> None:
    for step in SCRIPT_STEPS.values():
        for name, value in step["env"].items():
            source = re.fullmatch(r"\$\{\{ (?:secrets|vars)\.(\w+) \}\}", value)
            assert source is None or source[1] == name


def test_every_script_is_a_step_and_every_step_a_script() -> None:
    assert {module_of(step) for step in SCRIPT_STEPS.values()} == product_scripts() - NO_STEP
    for name, step in SCRIPT_STEPS.items():
        assert module_of(step).rpartition(".")[2] == name
        assert find_spec(module_of(step)) is not None
        assert f"contains(fromJSON(inputs.scripts), '{name}')" in step["if"]


def test_the_chain_is_that_of_run_all() -> None:
    """Order, what needs what, and how far forcing reaches."""
    names = [step.module.rpartition(".")[2] for step in CHAIN]
    assert list(SCRIPT_STEPS)[: len(CHAIN)] == names
    assert scripts_of(GITHUB / "workflows/00_master_sync.yml") == names
    needs = {step.module: set(step.needs) for step in CHAIN}
    for planned, name in zip(CHAIN, names, strict=True):
        all_needs = {*planned.needs, *(further for need in planned.needs for further in needs[need])}
        asked = re.findall(r"steps\.(\w+)\.outcome != 'failure'", SCRIPT_STEPS[name]["if"])
        assert set(asked) == {need.rpartition(".")[2] for need in all_needs}
        force = "FORCE" if planned.can_be_forced else "FORCE_ALL"
        assert f"${{{force}:+--force}}" in SCRIPT_STEPS[name]["run"]
    assert not any("continue-on-error" in step for step in steps(RUN_SCRIPTS))
    assert "force_all" not in next(iter(jobs(GITHUB / "workflows/00_master_sync.yml").values()))["with"]


@pytest.mark.parametrize("name", SCRIPT_STEPS)
def test_a_step_is_run_where_it_is_asked_for_and_set_up(name: str) -> None:
    condition = SCRIPT_STEPS[name]["if"]
    assert condition.startswith("${{ !cancelled() && steps.setup.outcome == 'success' && contains(")


OPTION = r' \$\{([A-Z_]+):\+--[a-z-]+(="\$\1")?\}'  # ${FORCE:+--force}, ${LISTENER:+--user="$LISTENER"}


@pytest.mark.parametrize("name", SCRIPT_STEPS)
def test_what_a_person_filled_in_reaches_a_script_as_one_word(name: str) -> None:
    """Quoted, and never an option; what has no listener takes no --user."""
    script = " ".join(SCRIPT_STEPS[name]["run"].split())
    if name in ("settings", "playlist_sync"):  # these two have lines of their own
        assert (
            re.findall(r'(?<!")\$[A-Z]\w*', script)
            == {
                "settings": ["$SETTING_ACTION"],  # of a case, which splits nothing
                "playlist_sync": ["$SLUG"],  # several names; `set -f` keeps the shell from filling in files
            }[name]
        )
        assert name == "settings" or script.startswith("set -f # ")
        return
    arguments = re.sub(OPTION, "", script)
    assert re.fullmatch(
        r'exec python -m [\w.]+( month --overwrite --into "\$\{SHARE_DIR:-\.\}")?( -- "\$(SLUG|CONTROL_ACTION)")?',
        arguments,
    ), arguments
    assert ("--user" in script) == (
        name not in ("db_stats", "backup", "sync_all_users")
    )  # which are of all listeners


def test_every_run_ends_with_a_summary() -> None:
    """What is said stands there before anything is shown to others."""
    summary, failed, *uploads = steps(RUN_SCRIPTS)[-6:]
    assert summary["run"] == "exec python -m reports.run_summary"
    assert summary["if"] == "${{ always() && steps.setup.outcome == 'success' }}"
    assert failed["if"] == "${{ always() && steps.setup.outcome != 'success' }}"
    assert '>>"$GITHUB_STEP_SUMMARY"' in failed["run"]
    assert all("upload" in step["uses"] for step in uploads)


def test_the_dashboard_is_shown_only_where_it_was_asked_for() -> None:
    """A second yes where strangers could see it: an artifact of a public repository, and any page."""
    uploads = [step for step in steps(RUN_SCRIPTS) if "upload" in step.get("uses", "")]
    backup, artifact, picture, pages = uploads
    assert backup["with"]["path"] == "backup-*.zip.age"
    second_yes = "vars.DASHBOARD_IS_PUBLIC == 'yes'"
    assert "vars.DASHBOARD == 'artifact'" in artifact["if"]
    assert "(github.event.repository.private == true && hashFiles('site/index.html') != ''" in artifact["if"]
    assert f"|| {second_yes} && hashFiles('site-public/index.html') != '')" in artifact["if"]
    assert (
        artifact["with"]["path"]
        == "${{ github.event.repository.private == true && 'site' || 'site-public' }}"
    )
    assert "vars.DASHBOARD == 'artifact'" in picture["if"]
    assert picture["if"].endswith("&& github.event.repository.private == true }}")
    assert "vars.DASHBOARD == 'pages'" in pages["if"]
    assert pages["if"].endswith(f"&& {second_yes} }}}}")
    assert "hashFiles('site-public/index.html') != ''" in pages["if"]
    assert pages["with"]["path"] == "site-public"
    for path in WORKFLOWS:
        if path != RUN_SCRIPTS:
            assert "upload" not in path.read_text(encoding="utf-8")


# Its callers


def test_every_script_has_its_workflow() -> None:
    own = {name for path in CALLERS for name in scripts_of(path)[-1:]}
    assert {module_of(SCRIPT_STEPS[name]) for name in own} == product_scripts() - NO_STEP


def test_the_names_of_the_checklist() -> None:
    """S1-30 to S1-39."""
    expected = {
        "00_master_sync.yml": "build_dashboard",
        "01_sync_albums.yml": "sync_saved_albums",
        "02_sync_album_tracks.yml": "sync_album_tracks",
        "03a_sync_liked_tracks.yml": "sync_liked_tracks",
        "03b_sync_liked_tracks_full.yml": "sync_liked_tracks_full",
        "04_check_track_availability.yml": "check_track_availability",
        "05_sync_exclusions.yml": "sync_exclusions",
        "06_build_unified_tracks.yml": "materialized_views",
        "track_plays.yml": "track_plays",
        "update_dynamic_playlists.yml": "update_dynamic_playlists",
    }
    for file, script in expected.items():
        assert scripts_of(GITHUB / "workflows" / file)[-1] == script


SELDOM = {"7,37 * * * *": "track_plays_half_hourly.yml", "23 * * * *": "track_plays_hourly.yml"}


def test_plays_less_often_have_workflows_of_their_own() -> None:
    """Lines that were not chosen would use up the starts that GitHub gives a workflow."""
    (plays,) = [each for each in schedules() if each.file == "track_plays.yml"]
    for cron, file in SELDOM.items():
        (seldom,) = [each for each in schedules() if each.file == file]
        assert (seldom.crons, seldom.chosen({}), seldom.variable) == ((cron,), None, plays.variable)
        assert seldom.chosen({plays.variable: cron}) == cron
        assert plays.chosen({plays.variable: cron}) is None
    assert len(plays.crons) == 1


def test_the_schedules() -> None:
    """What a repository starts that has switched them on and chosen nothing."""
    assert {each.file: each.chosen({}) for each in schedules() if each.crons[0] not in SELDOM} == {
        "00_master_sync.yml": "7 7 * * *",
        "backup.yml": "27 5 * * 0",
        "06_build_unified_tracks.yml": None,
        "incremental_sync.yml": "37 */6 * * *",
        "sync_all_users.yml": None,
        "track_plays.yml": "3,13,23,33,43,53 * * * *",
        "update_dynamic_playlists.yml": "7 10 * * *",
        "watch.yml": "17 8 * * *",
    }
    scheduled = [path.name for path in WORKFLOWS if "schedule" in events(path)]
    assert scheduled == [each.file for each in schedules()]


@pytest.mark.parametrize("schedule", schedules(), ids=lambda schedule: schedule.file)
def test_schedules_avoid_the_full_hour(schedule) -> None:
    for cron in schedule.crons:
        minutes, *rest = cron.split()
        assert len(rest) == 4
        for minute in minutes.split(","):
            assert int(minute) % 10 not in (0, 5), cron


@pytest.mark.parametrize("schedule", schedules(), ids=lambda schedule: schedule.file)
def test_a_schedule_is_quiet_in_forks_and_can_be_chosen(schedule) -> None:
    path = GITHUB / "workflows" / schedule.file
    job = next(iter(jobs(path).values()))
    wanted = (
        f"(vars.{schedule.variable} || '{schedule.default}')"
        if schedule.default
        else f"vars.{schedule.variable}"
    )
    only_scheduled = schedule.file in (*SELDOM.values(), "watch.yml")
    called = "" if only_scheduled else f"!contains(github.workflow_ref, '/{schedule.file}@') || "
    assert job["if"] == (
        f"${{{{ github.event_name != 'schedule' || {called}"
        f"(vars.SCHEDULES == 'on' && github.event.schedule == {wanted}) }}}}"
    )
    assert schedule.default is None or schedule.default in schedule.crons
    group = load(path)["concurrency"]["group"]
    if len(schedule.crons) > 1:  # what was not chosen takes nobody's place in the queue
        assert f"github.event.schedule != {wanted} && github.run_id || github.event_name" in group
    assert f"{schedule.variable}: ${{{{ vars.{schedule.variable} }}}}" in RUN_SCRIPTS.read_text(
        encoding="utf-8"
    )


@every_caller
def test_a_run_that_writes_is_not_cancelled_for_a_newer_one(path: Path) -> None:
    concurrency = load(path)["concurrency"]
    assert concurrency["cancel-in-progress"] is False
    # What waits was asked for by somebody, each in another way; a schedule's newer run does what the older one would.
    assert (concurrency.get("queue") == "max") == ("schedule" not in events(path))


@every_caller
def test_it_can_be_started_by_hand_and_from_a_workflow(path: Path) -> None:
    on = events(path)
    if path.name in SELDOM.values():
        return  # another schedule of track_plays.yml
    assert "workflow_dispatch" in on
    if path.name == "watch.yml":
        return
    assert "workflow_call" in on
    by_hand, called = (on[name].get("inputs", {}) for name in ("workflow_dispatch", "workflow_call"))
    assert list(by_hand) == list(called)
    for name, options in by_hand.items():
        assert options["type"] in ("boolean", "string", "choice")
        assert options["description"]
        assert options.get("required") or "default" in options, name


@every_caller
def test_every_input_is_handed_on(path: Path) -> None:
    (job,) = [job for job in jobs(path).values() if job.get("uses") == CALLS_IT]
    handed_on = set(re.findall(r"inputs\.(\w+)", str(job["with"])))
    assert handed_on == set(events(path).get("workflow_dispatch", {}).get("inputs", {}))
    taken = events(RUN_SCRIPTS)["workflow_call"]["inputs"]
    assert set(job["with"]) <= set(taken)
    for name, options in taken.items():
        if options["type"] == "boolean" and name in job["with"]:
            # A schedule has no inputs, and nothing is no boolean.
            assert re.fullmatch(r"\$\{\{ inputs\.\w+ \|\| false \}\}", job["with"][name])


@every_caller
def test_scripts_end_by_themselves_before_github_ends_them(path: Path) -> None:
    (job,) = [job for job in jobs(path).values() if job.get("uses") == CALLS_IT]
    given = job["with"]
    timeout, budget = given["timeout_minutes"], given.get("time_budget_minutes", 5)
    needed = len(given_scripts := scripts_of(path)) * budget + 3
    slim = given.get("runner") == "ubuntu-slim"
    if isinstance(timeout, str):  # of a play run that goes on looking
        assert given_scripts == ["track_plays"]
        long, short = map(int, re.findall(r"\b(\d+)\b(?!\.)", timeout.partition("&&")[2]))
        assert short >= needed
        assert 340 + needed <= long <= 360
        assert given["runner"].endswith("&& 'ubuntu-24.04' || 'ubuntu-slim' }}")
    else:
        assert needed <= timeout <= (15 if slim else 120)


@every_caller
def test_what_asks_spotify_looks_for_plays_as_well(path: Path) -> None:
    """Plays cannot be fetched later: no run that is paid for anyway goes by without a look."""
    names = scripts_of(path)
    asks = {
        name
        for name in names
        if isinstance(job := getattr(import_module(module_of(SCRIPT_STEPS[name])), "JOB", None), Job)
        and job.groups
    }
    if asks - {"sync_images", "generate_playlist"}:
        assert "track_plays" in names[:2], names


def test_runs_can_be_started_from_outside() -> None:
    for file, name in (("track_plays.yml", "track-plays"), ("00_master_sync.yml", "master-sync")):
        on = events(GITHUB / "workflows" / file)
        assert on["repository_dispatch"] == {"types": [name]}
        assert "workflow_dispatch" in on


def test_who_may_write_on_github_has_no_secret() -> None:
    look, tell = jobs(GITHUB / "workflows/watch.yml").values()
    assert look["permissions"] == READ
    assert look["secrets"] == "inherit"
    assert "secrets" not in str(tell)
    assert tell["needs"] == "look"
    assert tell["if"] == "${{ !cancelled() && needs.look.result != 'skipped' }}"


# The rest


def test_dependabot_sees_every_folder() -> None:
    updates = {entry["package-ecosystem"]: entry for entry in load(GITHUB / "dependabot.yml")["updates"]}
    assert set(updates) == {"github-actions", "pip", "docker"}
    assert updates["docker"]["directory"] == "/recipes"
    folders = {"/", *(f"/{path.parent.relative_to(ROOT).as_posix()}" for path in ACTIONS)}
    assert set(updates["github-actions"]["directories"]) == folders
    for entry in updates.values():
        assert entry["schedule"]["interval"] == "weekly"
        assert entry["cooldown"]["default-days"] >= 7
        assert list(entry["groups"].values()) == [{"patterns": ["*"]}]


def promised(what: str, text: str) -> list[str]:
    """The versions of a promise such as "Python 3.11 to 3.14"."""
    found = re.search(rf"{what} (?:(\d+)\.)?(\d+) to (?:\1\.)?(\d+)", text)
    assert found
    prefix = f"{found[1]}." if found[1] else ""
    return [f"{prefix}{number}" for number in range(int(found[2]), int(found[3]) + 1)]


@pytest.mark.parametrize(("what", "key"), [("Python", "python"), ("PostgreSQL", "postgresql")])
def test_the_checks_run_once_on_every_version_that_is_promised(what: str, key: str) -> None:
    checks = jobs(GITHUB / "workflows/ci.yml")["checks"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [pair[key] for pair in checks["strategy"]["matrix"]["include"]] == promised(what, readme)


def test_the_checks_take_their_postgresql_from_the_matrix_and_have_one_gate() -> None:
    checks, passed = jobs(GITHUB / "workflows/ci.yml").values()
    (step,) = [step for step in checks["steps"] if "run" in step]
    assert step["env"] == {"POSTGRESQL_VERSION": "${{ matrix.postgresql }}"}
    assert checks["strategy"]["fail-fast"] is False
    assert "continue-on-error" not in str(checks)
    assert passed["runs-on"] == "ubuntu-slim"
    wanted = "github.event.repository.private != true || vars.CI == 'on'"
    assert (checks["if"], passed["if"]) == (f"${{{{ {wanted} }}}}", f"${{{{ always() && ({wanted}) }}}}")
    (gate,) = passed["steps"]
    assert (gate["run"], gate["env"]) == (
        'exec test "$RESULT" = success',
        {"RESULT": "${{ needs.checks.result }}"},
    )


def test_what_the_checks_download_is_kept_until_the_requirements_change() -> None:
    checks = jobs(GITHUB / "workflows/ci.yml")["checks"]
    (python,) = [step for step in checks["steps"] if step.get("uses", "").startswith("actions/setup-python@")]
    assert python["with"]["cache"] == "pip"
    assert python["with"]["cache-dependency-path"].split() == ["requirements*.txt", "pyproject.toml"]


# Each is in the documentation


def test_every_workflow_has_its_line_in_the_documentation() -> None:
    """docs/operations.md: file, when it runs, what it does."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+\.yml)` \| ([^|]*) \|", text, re.MULTILINE))
    assert set(rows) == {path.name for path in WORKFLOWS}
    for each in schedules():
        assert (each.default or "off") in rows[each.file], each.file
        for cron in each.crons:
            assert f"`{cron}`" in text, cron


def test_every_variable_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    used = {
        name for path in WORKFLOWS for name in re.findall(r"vars\.(\w+)", path.read_text(encoding="utf-8"))
    }
    for name in used:
        assert f"`{name}`" in text, name


def test_what_is_read_of_the_schedules_is_no_second_copy() -> None:
    """utils/github/schedules.py holds no cron line of its own."""
    tree = ast.parse((ROOT / "utils/github/schedules.py").read_text(encoding="utf-8"))
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not any(re.search(r"\* \* \*", text) for text in texts)


# The set-up


@pytest.fixture
def fake_python(tmp_path: Path) -> Path:
    """A `python3` that makes a virtual environment whose python notes what it is asked, and has the packages once pip ran."""
    log = tmp_path / "log"
    inside = tmp_path / "inside"
    inside.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >>{log}\n'
        f"case $1 in -c) test -e {tmp_path}/installed ;; -m) touch {tmp_path}/installed ;; esac\n",
        encoding="utf-8",
    )
    outside = tmp_path / "bin" / "python3"
    outside.parent.mkdir()
    outside.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >>{log}\nmkdir -p .local/venv/bin\ncp {inside} .local/venv/bin/python\n',
        encoding="utf-8",
    )
    for program in (inside, outside):
        program.chmod(0o755)
    return outside.parent


def set_up(folder: Path, fake: Path, extra: str) -> list[str]:
    """Run the action's last script; what was asked of python since the last time."""
    folder.mkdir(exist_ok=True)
    log = fake.parent / "log"
    log.write_text("", encoding="utf-8")
    path_file = folder / "path"
    path_file.write_text("", encoding="utf-8")
    script = steps(ACTIONS[0])[-1]["run"]
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={
            "PATH": f"{fake}:{os.environ['PATH']}",
            "EXTRA_REQUIREMENTS": extra,
            "GITHUB_PATH": str(path_file),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert path_file.read_text(encoding="utf-8") == f"{folder}/.local/venv/bin\n"
    return log.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("extra", ["", "requirements-dev.txt requirements-reports.txt"])
def test_the_setup_action_installs_once_what_it_is_told(
    tmp_path: Path, fake_python: Path, extra: str
) -> None:
    asked = set_up(tmp_path / "checkout", fake_python, extra)
    assert asked[0] == "-m venv --clear .local/venv"
    installed = " -r ".join(["requirements.txt", *extra.split()])
    assert asked[-1].startswith("-m pip install ")
    assert asked[-1].endswith(f"-r {installed}")
    assert "--no-compile" not in asked[-1]  # what is kept in the cache is ready to run
    assert set_up(tmp_path / "checkout", fake_python, extra) == ["-c import psycopg2, requests, yaml"]


def test_packages_from_the_cache_that_do_not_fit_are_installed_anew(
    tmp_path: Path, fake_python: Path
) -> None:
    set_up(tmp_path / "checkout", fake_python, "")
    (tmp_path / "installed").unlink()
    assert "-m venv --clear .local/venv" in set_up(tmp_path / "checkout", fake_python, "")


def test_the_cache_is_of_these_requirements_and_this_python() -> None:
    (cache,) = [step for step in steps(ACTIONS[0]) if step.get("uses", "").startswith("actions/cache@")]
    assert cache["with"]["path"] == ".local/venv"
    for part in (
        "hashFiles('requirements*.txt', 'pyproject.toml')",
        "steps.python.outputs.version",
        "runner.arch",
    ):
        assert part in cache["with"]["key"]
