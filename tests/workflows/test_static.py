"""What can be said about the workflows without running them."""

import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from api_syncs.run_all import CHAIN
from utils import ROOT
from utils.job.declaration import Job

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
CALL = re.compile(r"python\s+-m\s+((?:api_syncs|db|playlists|reports)\.\w+)")  # of a job, which needs secrets
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# Which permissions a job may have; anything more needs a reason here.
PERMISSIONS = {"contents": "read"}

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
every_file = pytest.mark.parametrize("path", WORKFLOWS + ACTIONS, ids=lambda path: path.name)


def load(path: Path) -> dict:
    # YAML reads the key `on` as true.
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}


def steps(path: Path) -> list[dict]:
    document = load(path)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


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


def test_there_are_workflows_and_an_action() -> None:
    assert {path.name for path in WORKFLOWS} >= {"00_master_sync.yml", "track_plays.yml", "ci.yml"}
    assert [path.parent.name for path in ACTIONS] == ["setup"]


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
def test_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:-\s+)?uses:\s*(.+?)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(used) == sum("uses" in step for step in steps(path))
    for reference in used:
        if reference.startswith("$/"):
            assert (ROOT / reference.removeprefix("$/") / "action.yml").is_file()
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
    workflow = load(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        uses_checkout = any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"])
        assert job.get("permissions", {}) == (PERMISSIONS if uses_checkout else {})


@every_workflow
def test_jobs_have_an_end_and_a_fixed_machine(path: Path) -> None:
    for job in load(path)["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 120
        assert job["runs-on"] == "ubuntu-24.04"
        budget = float(job.get("env", {}).get("JOB_TIME_BUDGET_MINUTES", 0))
        scripts = sum(bool(CALL.search(step.get("run", ""))) for step in job["steps"])
        # The scripts end by themselves, with their checkpoints, before GitHub ends them.
        assert bool(budget) == bool(scripts)
        assert scripts * budget + 3 <= job["timeout-minutes"]


def test_concurrency_is_one_group_per_workflow() -> None:
    groups = [load(path)["concurrency"]["group"] for path in WORKFLOWS]
    assert len(set(groups)) == len(groups)


@every_workflow
def test_a_run_that_writes_is_not_cancelled_for_a_newer_one(path: Path) -> None:
    if any(CALL.search(step.get("run", "")) for step in steps(path)):
        assert load(path)["concurrency"]["cancel-in-progress"] is False


@every_workflow
def test_schedules_avoid_the_full_hour(path: Path) -> None:
    for entry in (load(path)["on"] or {}).get("schedule", []):
        minutes, *rest = entry["cron"].split()
        assert len(rest) == 4
        for minute in minutes.split(","):
            assert int(minute) % 10 not in (0, 5), entry["cron"]


def test_the_schedules() -> None:
    crons = {
        path.name: [entry["cron"] for entry in load(path)["on"].get("schedule", [])] for path in WORKFLOWS
    }
    assert crons["00_master_sync.yml"] == ["7 7 * * *"]
    assert crons["track_plays.yml"] == ["3,13,23,33,43,53 * * * *"]
    assert crons["update_dynamic_playlists.yml"] == ["7 10 * * *"]
    assert crons["ci.yml"] == []


def test_plays_can_be_tracked_from_outside() -> None:
    events = load(GITHUB / "workflows/track_plays.yml")["on"]
    assert events["repository_dispatch"] == {"types": ["track-plays"]}
    assert "workflow_dispatch" in events


@every_file
def test_nothing_is_pasted_into_a_shell(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", "")


@every_file
def test_python_gets_the_signals_of_a_cancelled_run(path: Path) -> None:
    for step in steps(path):
        script = step.get("run", "")
        if "python" in script:
            last = script.strip().splitlines()[-1]
            assert last.startswith("exec python -m "), script
            assert script.count("python") == 1


@every_workflow
def test_each_script_that_is_run_exists(path: Path) -> None:
    for step in steps(path):
        for module in CALL.findall(step.get("run", "")):
            assert find_spec(module) is not None
            assert isinstance(import_module(module).JOB, Job)


@every_workflow
def test_secrets_go_only_where_scripts_are_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"secrets\.(\w+)", text))
    if any(CALL.search(step.get("run", "")) for step in steps(path)):
        database = {"DATABASE_URL", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD"}
        assert named == database | {"SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"}
    else:
        assert named == set()
    assert "secrets: inherit" not in text
    assert "upload-artifact" not in text  # what the scripts make is personal


def test_the_checks_are_those_of_a_persons_machine() -> None:
    checks, passed = load(GITHUB / "workflows/ci.yml")["jobs"].values()
    assert [step["run"] for step in checks["steps"] if "run" in step] == ["exec bash .ci/run"]
    assert passed["needs"] == "checks"
    assert (ROOT / ".ci/run").is_file()
    assert {"push", "pull_request"} <= set(load(GITHUB / "workflows/ci.yml")["on"])


def test_every_setting_keeps_its_name() -> None:
    for path in WORKFLOWS:
        for job in load(path)["jobs"].values():
            for name, value in job.get("env", {}).items():
                source = re.fullmatch(r"\$\{\{ (?:secrets|vars)\.(\w+) \}\}", value)
                assert source is None or source[1] == name


def test_the_daily_chain_is_the_chain_of_run_all() -> None:
    scripts = [step for step in steps(GITHUB / "workflows/00_master_sync.yml") if "run" in step]
    assert [step["run"] for step in scripts] == [
        f"exec python -m {step.module}{' ${FORCE:+--force}' if step.can_be_forced else ''}" for step in CHAIN
    ]
    assert all(step["name"] for step in scripts)
    assert not any("continue-on-error" in step for step in scripts)
    ids = {planned.module: step.get("id") for planned, step in zip(CHAIN, scripts, strict=True)}
    for planned, step in zip(CHAIN, scripts, strict=True):
        needs = [f"steps.{ids[module]}.outcome == 'success'" for module in planned.needs]
        expected = f"${{{{ {' && '.join(['!cancelled()', *needs])} }}}}" if needs else None
        assert step.get("if") == expected, planned.module


def test_dependabot_sees_every_folder() -> None:
    updates = {entry["package-ecosystem"]: entry for entry in load(GITHUB / "dependabot.yml")["updates"]}
    assert set(updates) == {"github-actions", "pip"}
    folders = {"/", *(f"/{path.parent.relative_to(ROOT).as_posix()}" for path in ACTIONS)}
    assert set(updates["github-actions"]["directories"]) == folders
    for entry in updates.values():
        assert entry["schedule"]["interval"] == "weekly"
        assert entry["cooldown"]["default-days"] >= 7
        assert list(entry["groups"].values()) == [{"patterns": ["*"]}]


def test_the_checks_run_on_every_python_that_is_promised() -> None:
    promised = re.search(r"Python (3\.\d+) to (3\.\d+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert promised
    oldest, newest = (int(version.removeprefix("3.")) for version in promised.groups())
    checks = load(GITHUB / "workflows/ci.yml")["jobs"]["checks"]
    assert checks["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(oldest, newest + 1)]


def test_scripts_run_on_one_python_everywhere() -> None:
    setups = [
        step["with"]
        for path in WORKFLOWS + ACTIONS
        if path.name != "ci.yml"
        for step in steps(path)
        if step.get("uses", "").startswith("actions/setup-python@")
    ]
    assert setups
    assert all(each == setups[0] for each in setups)


@pytest.mark.parametrize("extra", ["", "requirements-dev.txt requirements-reports.txt"])
def test_the_setup_action_installs_what_it_is_told(tmp_path: Path, extra: str) -> None:
    """Its script, with a `python` that only says what it was asked to do."""
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    fake.chmod(0o755)
    (script,) = [step["run"] for step in steps(ACTIONS[0]) if "run" in step]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "EXTRA_REQUIREMENTS": extra},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    asked = done.stdout.split()
    assert asked[:3] == ["-m", "pip", "install"]
    assert "--no-compile" in asked
    files = [asked[place + 1] for place, word in enumerate(asked) if word == "-r"]
    assert files == ["requirements.txt", *extra.split()]
