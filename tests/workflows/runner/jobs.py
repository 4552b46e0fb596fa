"""The jobs of a workflow: their order, what they are given, and the workflows that they call."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.workflows.runner import matrix, permissions, processes
from tests.workflows.runner.composite import check_uses
from tests.workflows.runner.contexts import Scope, typed
from tests.workflows.runner.errors import UnsupportedError, WorkflowError
from tests.workflows.runner.events import called_inputs, check_inputs
from tests.workflows.runner.machine import Machine
from tests.workflows.runner.masks import Masks
from tests.workflows.runner.results import Concurrency, JobResult, worst
from tests.workflows.runner.steps import Frame, Steps
from tests.workflows.runner.workflow_file import WorkflowFile, needs_of

if TYPE_CHECKING:
    from tests.workflows.runner.runner import Run

MOST_LEVELS = 10


@dataclass
class Outcome:
    """What other jobs see of a job."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)

    def context(self) -> dict[str, Any]:
        return {"result": self.result, "outputs": self.outputs}


@dataclass
class Level:
    """A workflow that runs: the one that was started, or one that a job calls. `granted`: what its jobs may have at most."""

    run: "Run"
    file: WorkflowFile
    inputs: dict[str, Any]
    secrets: dict[str, str]
    granted: dict[str, str] | None = None
    id: str = ""
    name: str = ""
    groups: tuple[str, ...] = ()
    named_secrets: frozenset[str] | None = None  # None: all

    def permissions_of(self, job: Mapping[str, Any]) -> dict[str, str]:
        """A job's own, or the workflow's, or what its caller has."""
        for said in (self.file.permissions(job), self.file.permissions(), self.granted):
            if said is not None:
                return said
        return permissions.UNSAID

    def check(self, depth: int = 1) -> None:
        """What GitHub sees before the first job: actions that are used, workflows that are called, and permissions."""
        if depth > MOST_LEVELS:
            raise WorkflowError("workflows that call each other")
        if self.granted is not None:
            permissions.check(self.file.permissions(), self.granted, self.file.path)
        for job_id, job in self.file.jobs.items():
            what = f"{self.file.path}, job {job_id}"
            if self.granted is not None:
                permissions.check(self.file.permissions(job), self.granted, what)
            if "uses" not in job:
                check_uses(self.run.root, job["steps"])
                continue
            called = self.run.file(job["uses"])
            check_inputs(called.call.get("inputs") or {}, job.get("with") or {}, what)
            called_secrets(called, job.get("secrets"), {}, what)
            Level(self.run, called, {}, {}, self.permissions_of(job)).check(depth + 1)

    def jobs(self) -> dict[str, Outcome]:
        """Run all jobs, each after those that it needs."""
        done: dict[str, Outcome] = {}
        waiting = dict(self.file.jobs)
        while waiting:
            ready = [job_id for job_id, job in waiting.items() if set(needs_of(job)) <= set(done)]
            if not ready:
                raise WorkflowError(f"jobs that need each other: {sorted(waiting)}")
            done[ready[0]] = self._job(ready[0], waiting.pop(ready[0]), done)
        return done

    def outputs(self, done: Mapping[str, Outcome]) -> dict[str, str]:
        """What the caller gets."""
        scope = self._scope(jobs={job_id: outcome.context() for job_id, outcome in done.items()})
        definitions = self.file.call.get("outputs") or {}
        return {
            name: scope.text(definition["value"], "on.workflow_call.outputs.value")
            for name, definition in definitions.items()
        }

    def concurrency(self, written: Any, scope: Scope, key: str) -> Concurrency | None:
        """The group that is waited for. One that the caller already holds would never be free."""
        if written is None:
            return None
        settings = {"group": written} if isinstance(written, str) else written
        if unknown := set(settings) - {"group", "cancel-in-progress", "queue"}:
            raise UnsupportedError(f"concurrency: {sorted(unknown)}")
        group = scope.text(settings["group"], key)
        if not group:
            raise WorkflowError("the name of a concurrency group is empty")
        if group.lower() in self.groups:
            raise WorkflowError(f"a deadlock for concurrency group {group!r} in {self.file.path}")
        return Concurrency(group, scope.boolean(settings.get("cancel-in-progress", False), key))

    def _scope(self, **contexts: Any) -> Scope:
        """What is evaluated before a machine is found."""
        shared = {"github": self.run.github, "vars": self.run.variables, "inputs": self.inputs}
        return Scope({**shared, **contexts})

    def _ancestors(self, job: Mapping[str, Any]) -> set[str]:
        found = set(needs_of(job))
        for need in needs_of(job):
            found |= self._ancestors(self.file.jobs[need])
        return found

    def _is_wanted(self, job: Mapping[str, Any], needs: dict[str, Any], done: Mapping[str, Outcome]) -> bool:
        results = [done[job_id].result for job_id in self._ancestors(job)]
        cancelled = self.run.is_cancelled()
        scope = self._scope(needs=needs)
        scope.functions = {
            "success": lambda: not cancelled and set(results) <= {"success"},
            "failure": lambda: not cancelled and "failure" in results,
            "cancelled": lambda: cancelled,
            "always": lambda: True,
        }
        return scope.condition(job.get("if"), "jobs.if")

    def _job(self, job_id: str, job: dict[str, Any], done: Mapping[str, Outcome]) -> Outcome:
        needs = {need: done[need].context() for need in needs_of(job)}
        if not self._is_wanted(job, needs, done):
            result = "cancelled" if self.run.is_cancelled() and not needs else "skipped"
            name = self._scope(needs=needs).text(job.get("name") or job_id, "jobs.name")
            self._record(JobResult(self.id + job_id, self.name + name, result))
            return Outcome(result)
        combinations, strategy = matrix.expand(job.get("strategy"), self._scope(needs=needs))
        outcomes: list[Outcome] = []
        for index, combination in enumerate(combinations):
            contexts = {"needs": needs, "matrix": combination, "strategy": {**strategy, "job-index": index}}
            name = self._scope(**contexts).text(job.get("name") or job_id, "jobs.name")
            name = matrix.name_of(name, job.get("name"), combination)
            result = JobResult(self.id + job_id, self.name + name, matrix=combination)
            if strategy["fail-fast"] and any(each.result == "failure" for each in outcomes):
                result.conclusion = "cancelled"
                self._record(result)
                outcomes.append(Outcome("cancelled"))
                continue
            result.permissions = self.permissions_of(job)
            group = self.concurrency(job.get("concurrency"), self._scope(**contexts), "jobs.concurrency")
            result.concurrency = [group] if group else []
            run = self._call if "uses" in job else self._run
            outcomes.append(run(job, result, contexts, done))
        outputs = {name: value for outcome in outcomes for name, value in outcome.outputs.items()}
        return Outcome(worst([outcome.result for outcome in outcomes]), outputs)

    def _record(self, result: JobResult) -> None:
        if result.name in self.run.result.jobs:
            raise UnsupportedError(f"two jobs are called {result.name}")
        self.run.result.jobs[result.name] = result

    def _call(
        self, job: dict[str, Any], result: JobResult, contexts: dict[str, Any], done: Mapping[str, Outcome]
    ) -> Outcome:
        called, what = self.run.file(job["uses"]), f"job {result.id}"
        scope = self._scope(**contexts)
        given = {name: scope.value(value, "jobs.with") for name, value in (job.get("with") or {}).items()}
        shared = Scope({"github": self.run.github, "vars": self.run.variables, "inputs": {}})
        inputs = called_inputs(
            called.call.get("inputs") or {},
            given,
            lambda written: shared.value(written, "on.workflow_call.inputs.default"),
            what,
        )
        known = {**self.secrets, "GITHUB_TOKEN": self.run.token}
        secrets = called_secrets(
            called, job.get("secrets"), known, what, self._scope(**contexts, secrets=known)
        )
        named = frozenset(secrets) if isinstance(job.get("secrets"), dict) else self.named_secrets
        groups = (*self.groups, *(group.group.lower() for group in result.concurrency))
        level = Level(
            self.run,
            called,
            inputs,
            secrets,
            result.permissions,
            f"{result.id}/",
            f"{result.name} / ",
            groups,
            named if job.get("secrets") else frozenset(),
        )
        own = level.concurrency(called.document.get("concurrency"), level._scope(), "concurrency")
        if own:
            level.groups = (*groups, own.group.lower())
        inner = level.jobs()
        for each in self.run.result.jobs.values():
            if each.id.startswith(level.id):
                each.concurrency[:0] = [*result.concurrency, *([own] if own else [])]
        return Outcome(worst([outcome.result for outcome in inner.values()]), level.outputs(inner))

    def _run(
        self, job: dict[str, Any], result: JobResult, contexts: dict[str, Any], done: Mapping[str, Outcome]
    ) -> Outcome:
        if "services" in job:
            raise UnsupportedError(f"job {result.id}: its services are not started here")
        scope = self._scope(**contexts)
        self._record(result)
        result.inputs = self.inputs
        result.runs_on = scope.value(job["runs-on"], "jobs.runs-on")
        if not result.runs_on:
            raise WorkflowError(f"job {result.id}: runs-on is empty")
        result.timeout_minutes = scope.number(job.get("timeout-minutes", 360), "jobs.timeout-minutes")
        environment = job.get("environment") or ""
        url = environment.get("url") if isinstance(environment, dict) else None
        written = environment["name"] if isinstance(environment, dict) else environment
        result.environment = typed(scope.value(written, "jobs.environment"), "string", "environment")
        steps = self._steps(job, result, contexts, done)
        try:
            result.steps = steps.run(job["steps"])
        finally:
            processes.kill_orphans(steps.machine.tracking_id)
        result.conclusion = steps.status
        after = steps.scope()
        if url:
            result.environment_url = after.text(url, "jobs.environment.url")
        for name, value in after.texts(job.get("outputs"), "jobs.outputs").items():
            if value and steps.machine.masks.mask(value) != value:
                result.warnings.append(f"Skip output '{name}' since it may contain secret.")
            elif value:
                result.outputs[name] = value
        return Outcome(result.conclusion, result.outputs)

    def _steps(
        self, job: dict[str, Any], result: JobResult, contexts: dict[str, Any], done: Mapping[str, Outcome]
    ) -> Steps:
        """What runs the steps, with the secrets and the environment of this job."""
        run = self.run
        environment = run.environments.get(result.environment, {})
        secrets = {**self.secrets, **environment.get("secrets", {})}
        if self.named_secrets is not None:
            secrets = {name: value for name, value in secrets.items() if name in self.named_secrets}
        result.secrets = frozenset(secrets)
        secrets = {**secrets, "GITHUB_TOKEN": run.token}
        contexts = {
            **contexts,
            "secrets": secrets,
            "vars": {**run.variables, **environment.get("variables", {})},
            "inputs": self.inputs,
        }
        folder = run.result.folder / f"job-{len(run.result.jobs)}"
        github, runner = run.on_machine(result.id.rpartition("/")[2], folder)
        machine = Machine(
            run.root,
            folder,
            run.artifacts,
            run.base,
            github,
            runner,
            Masks(secrets.values()),
            run.patience,
            f"github_{uuid.uuid4()}",
            run.run_process,
        )
        scope = Scope({**contexts, "github": github})
        machine.env |= scope.texts(self.file.document.get("env"), "env")
        machine.env |= scope.texts(job.get("env"), "jobs.env")
        end = time.monotonic() + result.timeout_minutes * run.patience.minute_s

        def is_cancelled() -> bool:
            # A cancelled run leaves alone the jobs whose condition says so.
            stopped = run.is_cancelled() and not self._is_wanted(job, contexts["needs"], done)
            return stopped or time.monotonic() > end

        return Steps(machine, result, Frame("steps", contexts), is_cancelled)


def called_secrets(
    called: WorkflowFile, written: Any, known: Mapping[str, str], what: str, scope: Scope | None = None
) -> dict[str, str]:
    """The secrets of a called workflow; without `scope` only their names are checked."""
    if written == "inherit":
        return {name: value for name, value in known.items() if name != "GITHUB_TOKEN"}
    definitions = called.call.get("secrets") or {}
    given = {name.upper(): value for name, value in (written or {}).items()}
    if unknown := set(given) - {name.upper() for name in definitions}:
        raise WorkflowError(f"{what}: secrets that are not defined: {sorted(unknown)}")
    for name, definition in definitions.items():
        if (definition or {}).get("required") is True and name.upper() not in given:
            raise WorkflowError(f"{what}: secret {name} is required, but not provided")
    return scope.texts(given, "jobs.secrets") if scope else {}
