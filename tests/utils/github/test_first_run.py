"""The first run: found by its id, waited for, left by Ctrl-C, and not started twice."""

import io
import os
import subprocess
import sys

import pytest

from simulator.gh import GREEN, QUEUED, RUNNING, FakeGh, repository
from tests.utils.github.conftest import ENVIRON, HIDDEN, Setup
from utils import ROOT
from utils.clock import Clock
from utils.github import first_run
from utils.github.gh import Gh
from utils.github.repository import Repository


def run(number: int, event: str = "workflow_dispatch", conclusion: str = "success") -> dict[str, object]:
    return {
        "databaseId": number,
        "event": event,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "url": f"https://github.com/me/mirror/actions/runs/{number}",
        "jobs": [],
    }


def test_a_run_that_github_shows_late_is_found(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(runs=[run(2000, conclusion="failure")]))
    with gh.edit() as state:
        state["hidden"] = 3
    ended = setup()
    assert ended.error is None, ended.text
    assert "first run: started, https://github.com/me/mirror/actions/runs/2001" in ended.text
    assert ended.clock.slept.count(3.0) == 3


def test_a_run_that_never_shows(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["lost_dispatch"] = True
    ended = setup()
    assert ended.exit_code == 1
    assert "https://github.com/me/mirror/actions/workflows/00_master_sync.yml" in ended.text
    assert gh.state["dispatched"] == 1


def test_a_run_under_way_is_waited_for_instead_of_another(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(runs=[run(2000), run(2001, conclusion="")]))
    ended = setup()
    assert ended.error is None, ended.text
    assert gh.state["dispatched"] == 0
    assert "under way already" in ended.text


def test_a_run_that_was_skipped_says_nothing(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(runs=[run(2000, conclusion="failure"), run(2001, "schedule", "skipped")]))
    assert setup().exit_code == 0
    assert gh.state["dispatched"] == 1


def test_another_run_can_be_wanted(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(runs=[run(2000)]))
    setup()
    assert gh.state["dispatched"] == 0
    assert setup(start=True).exit_code == 0
    assert gh.state["dispatched"] == 1


def test_nobody_has_to_wait(setup: Setup, gh: FakeGh) -> None:
    ended = setup(wait=False)
    assert ended.error is None, ended.text
    assert gh.mirror["runs"][0]["status"] == "queued"
    assert not any(call.startswith("run view") for call in gh.calls())


def test_silence_while_waiting_is_borne_for_a_while(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["failing"] = {"run view": "HTTP 502: Bad Gateway"}
    ended = setup()
    assert ended.exit_code == 1
    assert "no longer says how the run goes: HTTP 502" in ended.text
    assert "https://github.com/me/mirror/actions/runs/1001" in ended.text
    assert ended.clock.slept.count(10.0) == 5


@pytest.mark.parametrize("conclusion", ["cancelled", "timed_out", "startup_failure", "action_required"])
def test_every_end_that_is_not_success_is_red(setup: Setup, gh: FakeGh, conclusion: str) -> None:
    with gh.edit() as state:
        state["course"] = [{"status": "completed", "conclusion": conclusion, "jobs": []}]
    ended = setup()
    assert ended.exit_code == 1
    assert f"`{conclusion}`" in ended.text


def test_a_run_that_waits_for_an_approval_says_so(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["course"] = [{"status": "waiting"}, {"status": "waiting"}, GREEN]
    ended = setup()
    assert (
        ended.text.count("waits for somebody's approval: https://github.com/me/mirror/actions/runs/1001") == 1
    )


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_is_one_line(gh: FakeGh, clock: Clock) -> None:
    gh.be(repository(runs=[run(2000, conclusion="")]))
    with gh.edit() as state:
        state["course"] = [QUEUED, RUNNING, GREEN]
    it = Repository("me/mirror", is_public=False, is_fork=False, has_issues=True, branch="main")
    cli = Gh(str(gh.folder / "gh"), lambda _: None)
    (found,) = first_run.runs(cli, it)
    screen = Screen()
    first_run.wait_for(cli, it, found, clock, screen)
    assert "\n" not in screen.getvalue()
    assert screen.getvalue().endswith("first run: 1 of 3 steps, Plays (0:10)\r\x1b[K")


@pytest.fixture
def command(gh: FakeGh, tmp_path: object) -> dict[str, str]:
    """The environment of a child that runs the command as a person does."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**passed_on, **ENVIRON, "ENV_FILE": ""}


def start(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "utils.github", *options],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("at", ["run view", "secret set SPOTIFY_CLIENT_SECRET"])
def test_ctrl_c_ends_it_quietly(gh: FakeGh, command: dict[str, str], at: str) -> None:
    with gh.edit() as state:
        state["interrupt_at"] = at
        state["course"] = []
    ended = start(command, "me/mirror", "--yes", "--no-check")
    assert ended.returncode == 130
    assert ended.stderr == "\nsetup-github: stopped by Ctrl-C (SIGINT)\n"
    if at == "run view":
        assert ended.stdout.endswith(
            "The run goes on without you: https://github.com/me/mirror/actions/runs/1001\n"
        )
    for hidden in HIDDEN:
        assert hidden not in ended.stdout
    # The next one goes on where this one has ended.
    with gh.edit() as state:
        state["course"] = [GREEN]
    again = start(command, "me/mirror", "--yes", "--no-check")
    assert again.returncode == 0, again.stdout + again.stderr
    assert gh.state["dispatched"] == 1


def test_what_is_pasted_by_mistake_is_not_repeated(command: dict[str, str]) -> None:
    ended = start(command, "me/mirror", "ghp_0123456789", "--tokn=ghp_0123456789")
    assert ended.returncode == 2
    assert "ghp_" not in ended.stdout + ended.stderr


def test_nobody_to_ask(gh: FakeGh, command: dict[str, str]) -> None:
    ended = start(command, "me/mirror", "--no-check")
    assert ended.returncode == 2
    assert "There is nobody to ask. \nUse --yes" in ended.stderr.replace(".\n", ". \n", 1)
    assert not any(call.startswith("secret set") for call in gh.calls())
