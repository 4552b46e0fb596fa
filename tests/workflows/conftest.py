"""A GitHub Actions runner: of the project's own workflows, and of small ones that tests write."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from simulator.github import GitHubSimulator
from tests.workflows import in_process
from tests.workflows.runner.processes import Patience
from tests.workflows.runner.runner import TOKEN, Runner
from utils import ROOT
from utils.github.schedules import schedules

# The packages are there, under .local/venv, as if from the cache. Nothing is installed here; all else Python does for real.
PYTHON = '[ "$1 $2" = "-m venv" ] && { echo "run ./run setup first" >&2; exit 1; }\nexec "$REAL" "$@"'


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner of this repository, with a folder of its own; the scripts of its steps run in this process."""
    return Runner(tmp_path / "runner", ROOT, commands={"python3": PYTHON}, run_process=in_process.run)


@pytest.fixture
def real_runner(tmp_path: Path) -> Runner:
    """Likewise, but each script is a process of its own, as on GitHub."""
    return Runner(tmp_path / "real-runner", ROOT, commands={"python3": PYTHON})


@pytest.fixture
def github() -> Iterator[GitHubSimulator]:
    """The REST API that a job of this repository is to ask (`api_url`); its token has the permissions of watch.yml's."""
    with GitHubSimulator("listener/mirror") as simulator:
        simulator.tokens = {TOKEN: {"contents": "read", "actions": "write", "issues": "write"}}
        simulator.add_workflows(*(schedule.file for schedule in schedules()))
        yield simulator
    assert simulator.errors == []


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Runner]:
    """`repository({path: text, …})`: a runner of a repository with these workflows (`x.yml`) and other files."""
    numbers = count(1)

    def make(files: dict[str, str], **patience: float) -> Runner:
        for name, text in files.items():
            path = tmp_path / "repository" / (name if "/" in name else f".github/workflows/{name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Runner(
            tmp_path / f"runner-{next(numbers)}", tmp_path / "repository", patience=Patience(**patience)
        )

    return make
