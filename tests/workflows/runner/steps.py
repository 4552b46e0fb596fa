"""The steps of a job, or of a composite action, one after another."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.workflows.runner import commands
from tests.workflows.runner.actions import ActionFailure, Use, emulation
from tests.workflows.runner.commands import CommandError
from tests.workflows.runner.composite import Composite, is_local
from tests.workflows.runner.contexts import Scope
from tests.workflows.runner.errors import ExpressionError
from tests.workflows.runner.functions import hash_files
from tests.workflows.runner.machine import Machine, StepFolder
from tests.workflows.runner.results import JobResult, StepResult
from tests.workflows.runner.values import CaseSensitive


class _StepFailure(Exception):
    """A step fails without having run to its end."""


@dataclass
class Frame:
    """Where steps stand. `prefix`: "steps" of a job, or "action.steps"; `env`: what the step that uses the action set."""

    prefix: str
    contexts: dict[str, Any]
    env: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    status: str = "success"


class Steps:
    """Runs steps. `is_cancelled`: whether the job is to end early, asked again and again."""

    def __init__(
        self, machine: Machine, job: JobResult, frame: Frame, is_cancelled: Callable[[], bool]
    ) -> None:
        self.machine = machine
        self.job = job
        self.frames = [frame]
        self.checked_out = False
        self.count = 0
        self._is_cancelled = is_cancelled
        self._cancelled = False
        self._job = {"status": frame.status}
        self._conditions: list[Callable[[], bool]] = []
        self._deadlines: list[float] = []

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def status(self) -> str:
        """The job's."""
        return self.frames[0].status

    def run(self, steps: list[dict[str, Any]]) -> list[StepResult]:
        results = []
        for step in steps:
            self._notice_cancel()
            result = self._step(step)
            results.append(result)
            if result.conclusion == "failure" and self.frame.status == "success":
                self.frame.status = "failure"
                self._job["status"] = self.status
            if result.id:
                self.frame.steps[result.id] = {
                    "outcome": result.outcome,
                    "conclusion": result.conclusion,
                    "outputs": result.outputs,
                }
        return results

    def scope(self, env: Mapping[str, str] | None = None) -> Scope:
        """What the steps of the present frame see."""
        frame = self.frame
        known = {"env": CaseSensitive({**self.machine.env, **frame.env} if env is None else env)}
        known |= {"steps": frame.steps, "job": self._job, "runner": self.machine.runner}
        functions = {
            "success": lambda: frame.status == "success",
            "failure": lambda: frame.status == "failure",
            "cancelled": lambda: self.status == "cancelled",
            "always": lambda: True,
            "hashfiles": lambda *patterns: hash_files(self.machine.workspace, *patterns),
        }
        return Scope({**frame.contexts, "github": self.machine.github, **known}, functions)

    def _notice_cancel(self) -> bool:
        """Whether the job has been cancelled just now: that is noticed once."""
        if self._cancelled or not self._is_cancelled():
            return False
        self._cancelled = True
        for frame in self.frames:
            frame.status = "cancelled"
        self._job["status"] = self.status
        return True

    def _step(self, step: dict[str, Any]) -> StepResult:
        self.count += 1
        name = step.get("name") or f"Run {(step.get('uses') or step['run']).strip().splitlines()[0]}"
        result = StepResult(name, step.get("id", ""), step.get("uses", ""))
        try:
            self._wanted_step(step, result)
        except (ExpressionError, CommandError, ActionFailure, _StepFailure) as error:
            result.outcome = "failure"
            self._say(result, f"##[error]{error}")
        result.conclusion = result.outcome
        if result.outcome == "failure" and self._goes_on(step):
            result.conclusion = "success"
        return result

    def _goes_on(self, step: dict[str, Any]) -> bool:
        return self.scope().boolean(
            step.get("continue-on-error", False), f"{self.frame.prefix}.continue-on-error"
        )

    def _say(self, result: StepResult, line: str) -> None:
        result.output += f"{line}\n"
        result.masked_output += f"{self.machine.masks.mask(line)}\n"

    def _wanted_step(self, step: dict[str, Any], result: StepResult) -> None:
        frame = self.frame
        prefix = frame.prefix
        env = {**self.machine.env, **frame.env}
        own = self.scope(env).texts(step.get("env"), f"{prefix}.env")
        scope = self.scope({**env, **own})
        result.name = scope.text(result.name, f"{prefix}.name") if "name" in step else result.name

        def condition() -> bool:
            return scope.condition(step.get("if"), f"{prefix}.if")

        if not condition():
            result.outcome = "skipped"
            return
        minutes = scope.number(step.get("timeout-minutes", 0), f"{prefix}.timeout-minutes")
        with self._watched(condition, minutes):
            if "run" in step:
                self._script(step, scope, {**env, **own}, result)
            elif is_local(step["uses"]):
                self._composite(step, scope, {**frame.env, **own}, result)
            else:
                self._emulated(step, scope, result)

    @contextmanager
    def _watched(self, condition: Callable[[], bool], minutes: float) -> Iterator[None]:
        """A step, and those inside of it, end when it may take no longer, or when cancelled unless its condition says not."""
        seconds = minutes * self.machine.patience.minute_s
        self._conditions.append(condition)
        self._deadlines.append(time.monotonic() + seconds if minutes else float("inf"))
        try:
            yield
        finally:
            self._conditions.pop()
            self._deadlines.pop()

    def _script(self, step: dict[str, Any], scope: Scope, env: dict[str, str], result: StepResult) -> None:
        prefix = self.frame.prefix
        script = scope.text(step["run"], f"{prefix}.run")
        where = scope.text(step.get("working-directory", "."), f"{prefix}.working-directory")
        if not (self.machine.workspace / where).is_dir():
            raise _StepFailure(f"no such directory: {where}")
        folder = StepFolder(self.machine.folder / f"step-{self.count}")
        (folder.path / "script.sh").write_text(script, encoding="utf-8")
        ended = {"by": ""}

        def must_end() -> bool:
            if self._notice_cancel() and not all(condition() for condition in self._conditions):
                ended["by"] = "cancelled"
            elif time.monotonic() > min(self._deadlines):
                ended["by"] = "failure"
            return bool(ended["by"])

        machine = self.machine
        result.exit_code = machine.run_process(
            machine.command(step.get("shell"), folder.path / "script.sh"),
            machine.environment(env, step.get("id", "__run"), folder.files),
            machine.workspace / where,
            folder.log,
            must_end,
            machine.patience,
        )
        result.outcome = ended["by"] or ("failure" if result.exit_code else "success")
        self._read(result, folder)

    def _read(self, result: StepResult, folder: StepFolder) -> None:
        """What the step said, and wrote into its files."""
        masks = self.machine.masks
        said = commands.read_output(folder.read("log"), masks)
        result.output, result.masked_output = folder.read("log"), said.masked
        result.annotations, result.summary = said.annotations, folder.read("step_summary")
        if len(result.summary.encode()) <= commands.MOST_SUMMARY_BYTES:
            result.masked_summary = "".join(map(masks.mask, commands.lines_of(result.summary)))
        else:
            result.annotations.append(("error", "the summary is longer than 1 MiB, and not shown"))
        self.machine.add_to_path(folder.read("path"))
        self.machine.env |= commands.read_pairs(folder.read("env"))
        result.outputs = said.outputs | dict(commands.read_pairs(folder.read("output")))
        if said.errors:
            raise CommandError("; ".join(said.errors))

    def _inputs(self, step: dict[str, Any], scope: Scope, defaults: Mapping[str, Any]) -> dict[str, str]:
        """`with`, over the defaults, under the names that the action gives them."""
        given = scope.texts(step.get("with"), f"{self.frame.prefix}.with")
        by_name = {name.lower(): value for name, value in given.items()}
        return {name: by_name.get(name.lower(), str(default)) for name, default in defaults.items()}

    def _emulated(self, step: dict[str, Any], scope: Scope, result: StepResult) -> None:
        found = emulation(step["uses"], step.get("with") or {})
        machine = self.machine
        result.outputs = found.run(
            Use(
                self._inputs(step, scope, found.inputs),
                self.job,
                machine.workspace,
                machine.artifacts,
                machine.home,
                machine.github,
            )
        )
        self.checked_out |= step["uses"].startswith("actions/checkout@")

    def _composite(self, step: dict[str, Any], scope: Scope, env: dict[str, str], result: StepResult) -> None:
        if step["uses"].startswith("./") and not self.checked_out:
            raise _StepFailure(f"Can't find {step['uses']}. Did you forget to run actions/checkout?")
        action = Composite(self.machine.workspace, step["uses"])
        contexts = {
            name: value for name, value in self.frame.contexts.items() if name in ("strategy", "matrix")
        }
        defaults = {
            name: scope.text((definition or {}).get("default", ""), "action.inputs.default")
            for name, definition in action.inputs.items()
        }
        contexts["inputs"] = self._inputs(step, scope, defaults)
        github, self.machine.github = (
            self.machine.github,
            {
                **self.machine.github,
                "action_path": str(action.folder),
            },
        )
        self.frames.append(Frame("action.steps", contexts, env))
        try:
            result.steps = self.run(action.steps)
            outputs = self.scope()
            result.outputs = {
                name: outputs.text(definition["value"], "action.outputs.value")
                for name, definition in action.outputs.items()
            }
            result.outcome = self.frame.status
        finally:
            self.frames.pop()
            self.machine.github = github
        for part in ("output", "masked_output", "summary", "masked_summary"):
            setattr(result, part, "".join(getattr(each, part) for each in result.steps))
        result.annotations = [each for inner in result.steps for each in inner.annotations]
