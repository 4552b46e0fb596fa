"""What the token of a job may do."""

from collections.abc import Mapping
from typing import Any

from tests.workflows.runner.errors import WorkflowError

_LEVELS = ("none", "read", "write")
_WRITTEN = (
    "actions artifact-metadata attestations checks contents deployments discussions id-token issues models packages "
    "pages pull-requests repository-projects security-events statuses vulnerability-alerts"
)
_NAMES = frozenset(_WRITTEN.split())
# Of a repository whose workflows say nothing, as new ones are set up.
UNSAID = {"contents": "read", "packages": "read"}


def read(written: Any) -> dict[str, str] | None:
    """`permissions:` of a workflow or a job, without what is none; None where it is not said."""
    if written is None:
        return None
    if written in ("read-all", "write-all"):
        return dict.fromkeys(_NAMES, written.removesuffix("-all"))
    if not isinstance(written, dict):
        raise WorkflowError(f"permissions: {written!r}")
    for name, level in written.items():
        if name not in _NAMES or level not in _LEVELS:
            raise WorkflowError(f"permissions: {name}: {level}")
    return {name: level for name, level in written.items() if level != "none"}


def check(asked: Mapping[str, str] | None, granted: Mapping[str, str], what: str) -> None:
    """A called workflow may ask for as much as its caller has, and no more."""
    over = {
        name: level
        for name, level in (asked or {}).items()
        if _LEVELS.index(level) > _LEVELS.index(granted.get(name, "none"))
    }
    if over:
        allowed = {name: granted.get(name, "none") for name in over}
        raise WorkflowError(f"{what} is requesting {over}, but is only allowed {allowed}")


def allows(granted: Mapping[str, str], name: str, level: str) -> bool:
    return _LEVELS.index(granted.get(name, "none")) >= _LEVELS.index(level)
