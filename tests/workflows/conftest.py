"""A GitHub Actions runner small enough to read: it runs a job's `run:` steps, and lists its `uses:` steps."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from utils import ROOT

_STATUS = ("always()", "cancelled()", "failure()", "success()")


class Context(dict):
    """`secrets.NAME`: what is not there is empty, as on GitHub."""

    def __getattr__(self, name: str) -> object:
        value = self.get(name, "")
        return Context(value) if isinstance(value, dict) else value


@dataclass
class StepResult:
    """How a step ended. `outcome`: success, failure or skipped; `exit_code`: None where nothing was run."""

    name: str
    outcome: str
    exit_code: int | None = None
    output: str = ""
    summary: str = ""


@dataclass
class JobResult:
    """How a job ended."""

    steps: list[StepResult] = field(default_factory=list)

    @property
    def is_red(self) -> bool:
        return any(step.outcome == "failure" for step in self.steps)

    @property
    def summary(self) -> str:
        return "".join(step.summary for step in self.steps)

    @property
    def output(self) -> str:
        return "".join(step.output for step in self.steps)

    def step(self, name: str) -> StepResult:
        return next(step for step in self.steps if step.name == name)


class Runner:
    """Runs jobs in the repository. `machine` is added to the environment, below what the workflow sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        workflow: str,
        *,
        machine: dict[str, str],
        secrets: dict[str, str],
        variables: dict[str, str] | None = None,
        inputs: dict[str, object] | None = None,
    ) -> JobResult:
        """Run the only job of a workflow."""
        document = yaml.safe_load((ROOT / ".github/workflows" / workflow).read_text(encoding="utf-8"))
        (job,) = document["jobs"].values()
        contexts = {"secrets": secrets, "vars": variables or {}, "inputs": inputs or {}, "steps": {}}
        result = JobResult()
        for number, step in enumerate(job["steps"]):
            name = step.get("name", step.get("uses"))
            given = {**document.get("env", {}), **job.get("env", {}), **step.get("env", {})}
            env = {**machine, **{key: fill(str(value), contexts, result) for key, value in given.items()}}
            if not is_wanted(str(step.get("if", "success()")), contexts, result):
                ended = StepResult(name, "skipped")
            elif "uses" in step:
                ended = StepResult(name, "success")
            else:
                ended = self._execute(name, step["run"], env, self.folder / f"step-{number}")
            result.steps.append(ended)
            if "id" in step:
                contexts["steps"][step["id"]] = {"outcome": ended.outcome}
        return result

    def _execute(self, name: str, script: str, env: dict[str, str], folder: Path) -> StepResult:
        with self.start(script, env, folder) as process:
            output, _ = process.communicate()
        code = process.returncode
        summary = (folder / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
        return StepResult(name, "failure" if code else "success", code, output, summary)

    def start(self, script: str, env: dict[str, str], folder: Path) -> "subprocess.Popen[str]":
        """Start a step's script as GitHub does, stdout and stderr in one."""
        folder.mkdir(parents=True)
        files = {name: folder / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV")}
        for file in files.values():
            file.touch()
        (folder / "script.sh").write_text(script, encoding="utf-8")
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.Popen(
            ["bash", "-e", str(folder / "script.sh")],
            env={
                "GITHUB_ACTIONS": "true",
                "CI": "true",
                "PATH": path,
                **{k: str(v) for k, v in files.items()},
                **env,
            },
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


def evaluate(expression: str, contexts: dict[str, dict], result: JobResult) -> object:
    """The value of an expression of the forms that our workflows use; Python's `and` and `or` mean the same."""
    python = re.sub(r"!(?!=)", " not ", expression).replace("&&", " and ").replace("||", " or ")
    names = {
        **{name: Context(values) for name, values in contexts.items()},
        "always": lambda: True,
        "cancelled": lambda: False,
        "failure": lambda: result.is_red,
        "success": lambda: not result.is_red,
    }
    return eval(python.strip(), {"__builtins__": {}}, names)


def fill(text: str, contexts: dict[str, dict], result: JobResult) -> str:
    """The text with its `${{ … }}` replaced by their values."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(evaluate(found[1], contexts, result)), text)


def is_wanted(condition: str, contexts: dict[str, dict], result: JobResult) -> bool:
    """Whether a step is run. A condition that asks for no status means `success() &&` it, as on GitHub."""
    expression = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", condition)
    if not any(function in expression for function in _STATUS):
        expression = f"success() && ({expression})"
    return bool(evaluate(expression, contexts, result))


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with a folder of its own."""
    return Runner(tmp_path / "runner")
