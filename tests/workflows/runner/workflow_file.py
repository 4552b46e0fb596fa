"""A workflow's file, and what GitHub checks in it before anything runs."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.workflows.runner import contexts, expressions, permissions, yaml_files
from tests.workflows.runner.errors import UnsupportedError, WorkflowError
from tests.workflows.runner.expressions import Item, Literal, Name, Node

_ROOT_KEYS = frozenset({"name", "run-name", "on", "permissions", "env", "concurrency", "jobs"})
_BOTH_KEYS = frozenset({"name", "needs", "if", "permissions", "concurrency", "strategy"})
_CALL_KEYS = _BOTH_KEYS | {"uses", "with", "secrets"}
_JOB_KEYS = _BOTH_KEYS | {"runs-on", "timeout-minutes", "env", "environment", "outputs", "services", "steps"}
_STEP_KEYS = frozenset({"name", "id", "if", "env", "continue-on-error", "timeout-minutes"})
_RUN_KEYS = _STEP_KEYS | {"run", "shell", "working-directory"}
_USES_KEYS = _STEP_KEYS | {"uses", "with"}
# What a context holds always; null in it is a slip of the pen.
_GITHUB = (
    "action action_path action_ref action_repository action_status actor actor_id api_url base_ref event event_name "
    "event_path graphql_url head_ref job ref ref_name ref_protected ref_type repository repository_id repository_owner "
    "repository_owner_id repositoryUrl retention_days run_attempt run_id run_number secret_source server_url sha token "
    "triggering_actor workflow workflow_ref workflow_sha workspace"
)
_ALWAYS = {
    "github": {*_GITHUB.split()},
    "job": {"status"},
    "runner": {"arch", "environment", "name", "os", "temp", "tool_cache", "workspace"},
    "strategy": {"fail-fast", "job-index", "job-total"},
}
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


class WorkflowFile:
    """A workflow that has passed the check of its keys, contexts and references."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.path = f".github/workflows/{name}"
        document = yaml_files.load(root / self.path, anchors=True)
        _known(document, _ROOT_KEYS, self.path)
        self.document = document
        self.name = document.get("name") or self.path
        self.events = _events(document["on"])
        self.jobs: dict[str, dict[str, Any]] = document["jobs"]
        try:
            self._check()
        except WorkflowError as error:
            raise type(error)(f"{self.path}: {error}") from None

    @property
    def call(self) -> dict[str, Any]:
        """`on.workflow_call`."""
        if "workflow_call" not in self.events:
            raise WorkflowError(f"workflow_call is not defined in {self.path}")
        return self.events["workflow_call"]

    def permissions(self, job: Mapping[str, Any] | None = None) -> dict[str, str] | None:
        return permissions.read((self.document if job is None else job).get("permissions"))

    def _check(self) -> None:
        check = _Check({"inputs": self._inputs(), "jobs": {*self.jobs}}, self._outputs_of)
        check.texts(self.document.get("run-name"), "run-name")
        check.texts(self.document.get("concurrency"), "concurrency")
        check.texts(self.document.get("env"), "env")
        called = self.events.get("workflow_call") or {}
        for definition in (called.get("inputs") or {}).values():
            check.texts(definition.get("default"), "on.workflow_call.inputs.default")
        for definition in (called.get("outputs") or {}).values():
            check.texts(definition.get("value"), "on.workflow_call.outputs.value")
        self.permissions()
        for job_id, job in self.jobs.items():
            if not _NAME.fullmatch(job_id):
                raise WorkflowError(f"{job_id!r} cannot be a job's id")
            self._check_job(job_id, job)

    def _check_job(self, job_id: str, job: dict[str, Any]) -> None:
        _known(job, _CALL_KEYS if "uses" in job else _JOB_KEYS, job_id)
        needs = needs_of(job)
        if unknown := [need for need in needs if need not in self.jobs]:
            raise WorkflowError(f"{job_id} needs {unknown}, which is no job")
        names = {"inputs": self._inputs(), "needs": set(needs), "matrix": _matrix_names(job)}
        check = _Check(names, self._outputs_of)
        self.permissions(job)
        check.condition(job.get("if"), "jobs.if")
        for key in ("name", "concurrency", "runs-on", "strategy", "timeout-minutes", "env", "with"):
            check.texts(job.get(key), f"jobs.{key}")
        if job.get("secrets") != "inherit":
            check.texts(job.get("secrets"), "jobs.secrets")
        if "uses" in job:
            return
        if "runs-on" not in job or not job.get("steps"):
            raise WorkflowError(f"{job_id}: runs-on or steps are missing")
        check_steps(job["steps"], check, "steps")
        environment = job.get("environment")
        if isinstance(environment, dict):
            _known(environment, frozenset({"name", "url"}), job_id)
            check.texts(environment.get("url"), "jobs.environment.url")
            environment = environment["name"]
        check.texts(environment, "jobs.environment")
        check.texts(job.get("outputs"), "jobs.outputs")

    def _outputs_of(self, job_id: str) -> set[str]:
        """What others see of a job, by its id in lower case."""
        job = next(job for each, job in self.jobs.items() if each.lower() == job_id)
        if "uses" not in job:
            return set(job.get("outputs") or {})
        path = called_path(job["uses"])
        called = _events(yaml_files.load(self.root / path, anchors=True)["on"])
        if "workflow_call" not in called:
            raise WorkflowError(f"workflow_call is not defined in {path}")
        return set(called["workflow_call"].get("outputs") or {})

    def _inputs(self) -> set[str]:
        """Those of either way to start it: the other way leaves them null."""
        return {
            name
            for event in ("workflow_call", "workflow_dispatch")
            for name in (self.events.get(event) or {}).get("inputs") or {}
        }


class _Check:
    """Reads all expressions, and sees that what they refer to is there.

    `names`: what a context may hold, if that is known; `outputs_of`: the outputs of a job.
    """

    def __init__(
        self,
        names: Mapping[str, set[str] | None],
        outputs_of: Callable[[str], set[str]] | None = None,
    ) -> None:
        self.names = {**_ALWAYS, **names}
        self.outputs_of = outputs_of

    def texts(self, written: Any, key: str) -> None:
        """All texts in a value of the file."""
        if isinstance(written, dict):
            self._each(written.values(), key)
        elif isinstance(written, list):
            self._each(written, key)
        elif isinstance(written, str):
            for piece in contexts.parse_template(written, key):
                if not isinstance(piece, str):
                    self._references(piece, written)

    def _each(self, written: Iterable[Any], key: str) -> None:
        for each in written:
            self.texts(each, key)

    def condition(self, written: Any, key: str) -> None:
        self._references(contexts.parse_condition(written, key), str(written))

    def _references(self, node: Node, written: str) -> None:
        for each in expressions.walk(node):
            known: set[str] | None = None
            match each:
                case Item(Name(context), Literal(str(name))):
                    known = self.names.get(context)
                case Item(
                    Item(Item(Name("needs" | "jobs"), Literal(str(job))), Literal("outputs")), Literal(name)
                ):
                    context = f"{job}.outputs"
                    known = self.outputs_of(job.lower()) if self.outputs_of else None
            if known is not None and name.lower() not in {one.lower() for one in known}:
                raise WorkflowError(f"{context}.{name} is not defined: {written}")


def check_steps(steps: list[dict[str, Any]], check: _Check, prefix: str) -> None:
    """The steps of a job, or of a composite action; each refers only to those before it."""
    seen = check.names["steps"] = set()
    for step in steps:
        what = str(step.get("name") or step.get("id") or step.get("uses") or step.get("run"))
        if ("run" in step) == ("uses" in step):
            raise WorkflowError(f"a step has either run or uses: {what}")
        _known(step, _RUN_KEYS if "run" in step else _USES_KEYS, what)
        check.condition(step.get("if"), f"{prefix}.if")
        keys: set[str] = set(step) - {"id", "if", "uses", "shell"}
        if prefix == "action.steps" and (
            "timeout-minutes" in step or ("run" in step and "shell" not in step)
        ):
            raise WorkflowError(f"a composite action's step needs a shell, and has no time limit: {what}")
        for key in sorted(keys):
            check.texts(step[key], f"{prefix}.{key}")
        check_reference(step.get("uses"))
        name = step.get("id")
        if name is None:
            continue
        if not _NAME.fullmatch(name) or name.startswith("__") or name.lower() in seen:
            raise WorkflowError(f"{name!r} is no id, or is used twice")
        seen.add(name.lower())


def called_path(uses: str) -> str:
    """The file of a workflow that a job calls."""
    if not uses.startswith(("./", "$/")) or Path(uses[2:]).parent != Path(".github/workflows"):
        raise WorkflowError(f"{uses} is no workflow of this repository")
    return uses[2:]


def check_reference(uses: str | None) -> None:
    """An action of this repository, or one that is pinned by its commit."""
    if uses is not None and not uses.startswith(("./", "$/")) and not _PINNED.fullmatch(uses):
        raise WorkflowError(f"{uses} is not pinned by a commit")


def needs_of(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def _matrix_names(job: Mapping[str, Any]) -> set[str] | None:
    """The names of its matrix; None where it is made by an expression."""
    matrix = (job.get("strategy") or {}).get("matrix", {})
    if not isinstance(matrix, dict) or isinstance(matrix.get("include"), str):
        return None
    included = [name for entry in matrix.get("include", []) for name in entry]
    return {*matrix, *included} - {"include", "exclude"}


def _events(written: Any) -> dict[str, Any]:
    if isinstance(written, str):
        return {written: {}}
    if isinstance(written, list):
        return {event: {} for event in written}
    return {event: settings or {} for event, settings in written.items()}


def _known(mapping: Mapping[str, Any], keys: frozenset[str], what: str) -> None:
    if unknown := set(mapping) - keys:
        raise UnsupportedError(f"{what}: keys that this runner does not know: {sorted(unknown)}")


def action_check(inputs: Iterable[str]) -> _Check:
    return _Check({"inputs": set(inputs)})
