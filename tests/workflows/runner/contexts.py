"""Which contexts and functions an expression may use where it stands, and texts with `${{ … }}` in them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.workflows.runner import expressions, values
from tests.workflows.runner.errors import ExpressionError, WorkflowError
from tests.workflows.runner.expressions import Node
from tests.workflows.runner.functions import STATUS

_JOB = "github needs strategy matrix vars inputs"
_RUNNING = f"{_JOB} job runner env steps"
_STEP = f"{_RUNNING} secrets hashFiles"
_ACTION = "github inputs strategy matrix steps job runner env"
_STATUS = "always cancelled success failure"
# "Context availability" of GitHub's contexts reference; `action.…`: of a composite action's file.
AVAILABLE: dict[str, frozenset[str]] = {
    key: frozenset(names.lower().split())
    for key, names in {
        "run-name": "github inputs vars",
        "concurrency": "github inputs vars",
        "env": "github secrets inputs vars",
        "on.workflow_call.inputs.default": "github inputs vars",
        "on.workflow_call.outputs.value": "github jobs vars inputs",
        "jobs.concurrency": _JOB,
        "jobs.env": f"{_JOB} secrets",
        "jobs.environment": _JOB,
        "jobs.environment.url": _RUNNING,
        "jobs.if": f"github needs vars inputs {_STATUS}",
        "jobs.name": _JOB,
        "jobs.outputs": f"{_RUNNING} secrets",
        "jobs.runs-on": _JOB,
        "jobs.secrets": f"{_JOB} secrets",
        "jobs.strategy": "github needs vars inputs",
        "jobs.timeout-minutes": _JOB,
        "jobs.with": _JOB,
        "steps.continue-on-error": _STEP,
        "steps.env": _STEP,
        "steps.if": f"{_RUNNING} {_STATUS} hashFiles",
        "steps.name": _STEP,
        "steps.run": _STEP,
        "steps.timeout-minutes": _STEP,
        "steps.with": _STEP,
        "steps.working-directory": _STEP,
        "action.inputs.default": "github strategy matrix job runner hashFiles",
        "action.outputs.value": _ACTION,
        "action.steps.if": f"{_ACTION} {_STATUS} hashFiles",
        **{
            f"action.steps.{name}": f"{_ACTION} hashFiles"
            for name in ("continue-on-error", "env", "name", "run", "with", "working-directory")
        },
    }.items()
}
_RESTRICTED = STATUS | {"hashfiles"}


def check_names(node: Node, key: str, written: str) -> Node:
    """The tree, where all that it names may be used at this key."""
    for each in expressions.walk(node):
        match each:
            case expressions.Name(name) if name not in AVAILABLE[key] - _RESTRICTED:
                raise WorkflowError(f"{name} is not available in {key}: {written}")
            case expressions.Call(name, _) if name in _RESTRICTED - AVAILABLE[key]:
                raise WorkflowError(f"{name}() is not available in {key}: {written}")
    return node


@cache
def parse_template(written: str, key: str) -> tuple[str | Node, ...]:
    """A text in pieces: text, and the trees of what stands in `${{ … }}`. Each step of each run has the same few dozen."""
    pieces: list[str | Node] = []
    place = 0
    while (start := written.find("${{", place)) >= 0:
        end, quoted = start + 3, False
        while end < len(written) and (quoted or not written.startswith("}}", end)):
            quoted ^= written[end] == "'"
            end += 1
        if end >= len(written):
            raise ExpressionError(f"${{{{ without its end: {written!r}")
        if start > place:
            pieces.append(written[place:start])
        pieces.append(check_names(expressions.parse(written[start + 3 : end]), key, written))
        place = end + 2
    if place < len(written):
        pieces.append(written[place:])
    return tuple(pieces)


def parse_condition(written: Any, key: str) -> Node:
    """The tree of an `if:`. A condition that asks for no status means `success() &&` it."""
    return _condition(values.text(written).strip(), key)


@cache
def _condition(condition: str, key: str) -> Node:
    inside = re.fullmatch(r"\$\{\{(.*)\}\}", condition, re.DOTALL)
    if inside and "${{" not in inside[1]:
        condition = inside[1].strip()
    elif "${{" in condition:
        raise WorkflowError(f"text around ${{{{ }}}} makes a condition always true: {condition!r}")
    success = expressions.Call("success", ())
    if not condition:
        return success
    node = check_names(expressions.parse(condition), key, condition)
    return node if expressions.asks_status(node) else expressions.Binary("&&", success, node)


@dataclass
class Scope:
    """What expressions see at one place of a run. `values` by the contexts' names."""

    values: Mapping[str, Any]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def value(self, written: Any, key: str) -> Any:
        """A scalar of the file; one that is a single expression keeps the kind of its value."""
        if not isinstance(written, str):
            return written
        pieces = [
            piece if isinstance(piece, str) else expressions.evaluate(piece, self.values, self.functions)
            for piece in parse_template(written, key)
        ]
        return pieces[0] if len(pieces) == 1 else "".join(map(values.text, pieces))

    def text(self, written: Any, key: str) -> str:
        return values.scalar_text(self.value(written, key))

    def texts(self, written: Mapping[str, Any] | None, key: str) -> dict[str, str]:
        """An object of texts: `env`, `with`."""
        if not isinstance(written or {}, dict):
            raise WorkflowError(f"{key} is no mapping: {written!r}")
        return {str(name): self.text(value, key) for name, value in (written or {}).items()}

    def boolean(self, written: Any, key: str) -> bool:
        return typed(self.value(written, key), "boolean", key)

    def number(self, written: Any, key: str) -> float:
        return typed(self.value(written, key), "number", key)

    def condition(self, written: Any, key: str) -> bool:
        return values.truthy(expressions.evaluate(parse_condition(written, key), self.values, self.functions))


def typed(value: Any, wanted: str, where: str) -> Any:
    """A value of the type `string`, `boolean` or `number`. Only to a string is anything turned."""
    if wanted == "string":
        return values.scalar_text(value)
    if values.kind(value).lower() != wanted:
        raise WorkflowError(f"{where}: unexpected value {values.text(value)!r}, a {wanted} is wanted")
    return value
