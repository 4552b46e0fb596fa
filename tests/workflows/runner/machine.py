"""The runner that a job has: its folders, its environment, and what a script is started with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.runner.errors import WorkflowError
from tests.workflows.runner.masks import Masks
from tests.workflows.runner.processes import Patience, RunProcess

_SHELLS = {
    None: ["bash", "-e", "{0}"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail", "{0}"],
    "sh": ["sh", "-e", "{0}"],
    "python": ["python", "{0}"],
}
_FILES = ("output", "env", "path", "step_summary", "state")
# What of the `github` context a script finds as GITHUB_…; the token is not among it.
_NAMES = (
    "action_path actor actor_id api_url base_ref event_name event_path graphql_url head_ref job ref ref_name "
    "ref_protected ref_type repository repository_id repository_owner repository_owner_id retention_days run_attempt "
    "run_id run_number server_url sha triggering_actor workflow workflow_ref workflow_sha workspace"
)
_VARIABLES = frozenset(_NAMES.split())


@dataclass
class StepFolder:
    """Where a script stands, and the files that it may write to, by the ends of their variables' names."""

    path: Path
    files: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.path.mkdir(parents=True)
        self.files = {name: self.path / name for name in _FILES}
        for file in self.files.values():
            file.touch()

    @property
    def log(self) -> Path:
        return self.path / "log"

    def read(self, name: str) -> str:
        return (self.path / name).read_bytes().decode(errors="replace")  # with its line ends as they are


@dataclass
class Machine:
    """`base`: the environment below what the workflow sets; `github` and `runner`: contexts, and variables too."""

    workspace: Path
    folder: Path
    artifacts: Path
    base: dict[str, str]
    github: dict[str, Any]
    runner: dict[str, str]
    masks: Masks
    patience: Patience
    tracking_id: str
    run_process: RunProcess
    env: dict[str, str] = field(default_factory=dict)  # of the workflow, the job, and GITHUB_ENV
    path: list[str] = field(default_factory=list)  # GITHUB_PATH

    @property
    def home(self) -> Path:
        return Path(self.base["HOME"])

    def command(self, shell: str | None, script: Path) -> list[str]:
        command = _SHELLS.get(shell) or str(shell).split()
        if "{0}" not in command:
            raise WorkflowError(f"shell: {shell}")
        return [word.replace("{0}", str(script)) for word in command]

    def environment(self, env: Mapping[str, str], action: str, files: Mapping[str, Path]) -> dict[str, str]:
        """The variables of a script. What is the runner's own, a workflow cannot set."""
        own = {"GITHUB_ACTIONS": "true", "GITHUB_ACTION": action, "RUNNER_TRACKING_ID": self.tracking_id}
        own |= {f"GITHUB_{name.upper()}": str(file) for name, file in files.items()}
        own |= {f"RUNNER_{name.upper()}": value for name, value in self.runner.items()}
        given = {**self.base, **env, **self._variables(), **own}
        given["PATH"] = os.pathsep.join([*reversed(self.path), given["PATH"]])
        return given

    def _variables(self) -> dict[str, str]:
        return {
            f"GITHUB_{name.upper()}": str(value).lower() if isinstance(value, bool) else value
            for name, value in self.github.items()
            if name in _VARIABLES
        }

    def add_to_path(self, lines: str) -> None:
        for line in filter(None, lines.split("\n")):
            self.path = [*(each for each in self.path if each != line), line]
