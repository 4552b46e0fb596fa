"""Actions of this repository: composite ones, whose steps are run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.workflows.runner import yaml_files
from tests.workflows.runner.actions import emulation
from tests.workflows.runner.errors import UnsupportedError, WorkflowError
from tests.workflows.runner.workflow_file import action_check, check_steps

_KEYS = frozenset({"name", "description", "author", "branding", "inputs", "outputs", "runs"})
MOST_LEVELS = 10


class Composite:
    """An action's file that has passed the check."""

    def __init__(self, root: Path, uses: str) -> None:
        self.uses = uses
        self.folder = root / uses[2:]
        files = [self.folder / name for name in ("action.yml", "action.yaml")]
        document = yaml_files.load(next(filter(Path.is_file, files), files[0]), anchors=False)
        if unknown := set(document) - _KEYS:
            raise UnsupportedError(f"{uses}: keys that this runner does not know: {sorted(unknown)}")
        runs = document["runs"]
        if runs.get("using") != "composite" or set(runs) != {"using", "steps"}:
            raise UnsupportedError(f"{uses} is not composite")
        self.inputs: dict[str, Any] = document.get("inputs") or {}
        self.outputs: dict[str, Any] = document.get("outputs") or {}
        self.steps: list[dict[str, Any]] = runs["steps"]
        check = action_check(self.inputs)
        for definition in self.inputs.values():
            check.texts((definition or {}).get("default"), "action.inputs.default")
        check_steps(self.steps, check, "action.steps")
        for definition in self.outputs.values():
            check.texts(definition["value"], "action.outputs.value")

    def check_inputs(self, given: Mapping[str, object]) -> None:
        """GitHub only warns of what is unknown or missing; here it is a fault."""
        if unknown := {name.lower() for name in given} - {name.lower() for name in self.inputs}:
            raise WorkflowError(f"{self.uses} has no inputs {sorted(unknown)}")
        for name, definition in self.inputs.items():
            needed = (definition or {}).get("required") is True and "default" not in definition
            if needed and name not in given:
                raise WorkflowError(f"{self.uses} needs the input {name}")


def is_local(uses: str) -> bool:
    return uses.startswith(("./", "$/"))


def check_uses(root: Path, steps: list[dict[str, Any]], level: int = 1) -> None:
    """All actions that steps use, and that those use, are known and know their inputs."""
    if level > MOST_LEVELS:
        raise WorkflowError("actions that use each other")
    for step in steps:
        if "uses" not in step:
            continue
        given = step.get("with") or {}
        if is_local(step["uses"]):
            action = Composite(root, step["uses"])
            action.check_inputs(given)
            check_uses(root, action.steps, level + 1)
        else:
            emulation(step["uses"], given)
