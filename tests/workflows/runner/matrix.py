"""The jobs that a matrix makes of one."""

from itertools import product
from typing import Any

from tests.workflows.runner import values
from tests.workflows.runner.contexts import Scope
from tests.workflows.runner.errors import UnsupportedError


def expand(strategy: dict[str, Any] | None, scope: Scope) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The combinations, one without anything where there is no matrix; and the `strategy` context."""
    if unknown := set(strategy or {}) - {"matrix", "fail-fast", "max-parallel"}:
        raise UnsupportedError(f"strategy: {sorted(unknown)}")
    known = _evaluated(strategy or {}, scope)
    matrix = dict(known.get("matrix", {}))
    include, exclude = matrix.pop("include", []), matrix.pop("exclude", [])
    found = [dict(zip(matrix, each, strict=True)) for each in product(*matrix.values())] if matrix else []
    found = [each for each in found if not any(_covers(each, entry) for entry in exclude)]
    own = [set(each) for each in found]
    added: list[dict[str, Any]] = []
    for entry in include:
        hosts = [
            each
            for each, names in zip(found, own, strict=True)
            if all(values.equal(each[name], entry[name]) for name in names & set(entry))
        ]
        for each in hosts:
            each |= entry
        if not hosts:
            added.append(dict(entry))
    jobs = found + added or [{}]
    return jobs, {"fail-fast": known.get("fail-fast", True), "job-total": len(jobs)}


def _covers(combination: dict[str, Any], entry: dict[str, Any]) -> bool:
    return all(values.equal(combination.get(name), value) for name, value in entry.items())


def _evaluated(written: Any, scope: Scope) -> Any:
    if isinstance(written, dict):
        return {name: _evaluated(value, scope) for name, value in written.items()}
    if isinstance(written, list):
        return [_evaluated(each, scope) for each in written]
    return scope.value(written, "jobs.strategy")


def name_of(name: str, written: str | None, combination: dict[str, Any]) -> str:
    """A job's name shows its combination, unless it is written with an expression."""
    if not combination or "${{" in (written or ""):
        return name
    return f"{name} ({', '.join(values.text(each) for each in combination.values() if values.is_primitive(each))})"
