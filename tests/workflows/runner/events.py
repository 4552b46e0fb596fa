"""What starts a workflow, and what it is given then."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.workflows.runner import values
from tests.workflows.runner.contexts import typed
from tests.workflows.runner.errors import UnsupportedError, WorkflowError
from tests.workflows.runner.workflow_file import WorkflowFile

MOST_INPUTS = 25
_ZERO = {"string": "", "boolean": False, "number": 0}


@dataclass
class Event:
    """What started a run."""

    name: str
    payload: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"


def make(
    workflow: WorkflowFile,
    name: str,
    *,
    cron: str | None = None,
    inputs: Mapping[str, Any] | None = None,
    event_type: str | None = None,
    client_payload: Mapping[str, Any] | None = None,
    ref: str | None = None,
) -> Event:
    """The event, if the workflow listens to it."""
    if name == "workflow_call" or name not in workflow.events:
        raise WorkflowError(f"{workflow.path} is not started by {name}")
    settings = workflow.events[name]
    if inputs is not None and name != "workflow_dispatch":
        raise WorkflowError(f"{name} has no inputs")
    match name:
        case "schedule":
            return Event(name, {"schedule": _cron(settings, cron), "workflow": workflow.path})
        case "workflow_dispatch":
            return _dispatch(workflow, settings.get("inputs") or {}, inputs or {}, ref or "refs/heads/main")
        case "repository_dispatch":
            if event_type is None or event_type not in settings.get("types", [event_type]):
                raise WorkflowError(f"{workflow.path} does not listen to {event_type}")
            return Event(name, {"action": event_type, "client_payload": dict(client_payload or {})})
        case "push":
            return _push(settings, ref or "refs/heads/main")
        case "pull_request":
            return Event(name, {"action": "opened", "number": 1}, ref=ref or "refs/pull/1/merge")
    raise UnsupportedError(f"the event {name}")


def _cron(settings: list[dict[str, str]], cron: str | None) -> str:
    lines = [entry["cron"] for entry in settings]
    if cron is None and len(lines) == 1:
        return lines[0]
    if cron not in lines:
        raise WorkflowError(f"{cron!r} is none of the schedules {lines}")
    return cron


def _push(settings: Mapping[str, Any], ref: str) -> Event:
    branches = settings.get("branches", ["**"])
    if unknown := set(settings) - {"branches"}:
        raise UnsupportedError(f"push with {sorted(unknown)}")
    if not any(fnmatchcase(ref.removeprefix("refs/heads/"), pattern) for pattern in branches):
        raise WorkflowError(f"a push to {ref} is none of {branches}")
    return Event("push", {"ref": ref}, ref=ref)


def _dispatch(
    workflow: WorkflowFile, definitions: Mapping[str, Any], given: Mapping[str, Any], ref: str
) -> Event:
    """By hand. `inputs` are of their types; `github.event.inputs` are all texts."""
    if len(definitions) > MOST_INPUTS:
        raise WorkflowError(f"{workflow.path} has more than {MOST_INPUTS} inputs")
    if unknown := set(given) - set(definitions):
        raise WorkflowError(f"unexpected inputs provided: {sorted(unknown)}")
    inputs = {name: _input(name, definition or {}, given) for name, definition in definitions.items()}
    texts = {name: values.text(value) for name, value in inputs.items()}
    return Event("workflow_dispatch", {"inputs": texts, "ref": ref, "workflow": workflow.path}, inputs, ref)


def _input(name: str, definition: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    kind = definition.get("type", "string")
    value = given.get(name, definition.get("default"))
    if value in (None, "") and definition.get("required") is True:
        raise WorkflowError(f"required input {name!r} not provided")
    if value is None:
        return False if kind == "boolean" else ""
    match kind:
        case "boolean":
            if values.text(value) not in ("true", "false"):
                raise WorkflowError(f"input {name}: {value!r} is neither true nor false")
            return values.text(value) == "true"
        case "number":
            parsed = values.number(value) if value != "" else None
            if parsed is not None and parsed != parsed:
                raise WorkflowError(f"input {name}: {value!r} is no number")
            return "" if parsed is None else parsed
        case "choice":
            if value not in definition["options"]:
                raise WorkflowError(f"input {name}: {value!r} is none of {definition['options']}")
            return value
        case "string":
            return values.text(value)
    raise UnsupportedError(f"input {name} of type {kind}")


def check_inputs(definitions: Mapping[str, Any], given: Iterable[str], what: str) -> None:
    """Whether a call gives what is defined, and all that is required."""
    names = {name.lower() for name in given}
    if unknown := names - {name.lower() for name in definitions}:
        raise WorkflowError(f"{what}: inputs that are not defined: {sorted(unknown)}")
    for name, definition in definitions.items():
        if definition["type"] not in _ZERO:
            raise WorkflowError(f"{what}: an input cannot be of type {definition['type']}")
        if definition.get("required") is True and name.lower() not in names:
            raise WorkflowError(f"{what}: input {name} is required, but not provided")


def called_inputs(
    definitions: Mapping[str, Any],
    given: Mapping[str, Any],
    evaluate_default: Callable[[Any], Any],
    what: str,
) -> dict[str, Any]:
    """What a called workflow sees as `inputs`. What is given counts, also where it is empty."""
    check_inputs(definitions, given, what)
    by_name = {name.lower(): value for name, value in given.items()}
    inputs = {}
    for name, definition in definitions.items():
        kind = definition["type"]
        if name.lower() in by_name:
            inputs[name] = typed(by_name[name.lower()], kind, f"{what}, input {name}")
        elif "default" in definition:
            inputs[name] = typed(evaluate_default(definition["default"]), kind, f"{what}, default of {name}")
        else:
            inputs[name] = _ZERO[kind]
    return inputs
