"""What a check finds: what is wrong, why that matters, and the command that puts it right."""

from dataclasses import dataclass
from enum import StrEnum

from utils.errors import ExitCode, JobError


class Severity(StrEnum):
    """How bad it is. NOT_CHECKED: nobody knows, because the check could not be made."""

    OK = "ok"
    NOT_CHECKED = "not checked"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One finding. `code` names it for programs; of what is fine or was not checked it is the check's own name."""

    severity: Severity
    code: str
    what: str  # whole sentences
    remedy: str = ""
    exit_code: ExitCode = ExitCode.OK


class NotChecked(Exception):
    """A check cannot be made: why, as part of a sentence."""


def ok(what: str) -> Finding:
    """All is well: what was seen."""
    return Finding(Severity.OK, "", what)


def warning(code: str, what: str, remedy: str) -> Finding:
    """It works, but not for ever, or not as well as it could."""
    return Finding(Severity.WARNING, code, what, remedy, ExitCode.FAILED)


def fault(code: str, what: str, remedy: str, exit_code: ExitCode = ExitCode.SETTINGS) -> Finding:
    """Something does not work."""
    return Finding(Severity.FAULT, code, what, remedy, exit_code)


def fault_of(code: str, error: JobError, why: str = "") -> Finding:
    """What an error says that a run would end with. `why`: why that matters, where it does not say so."""
    return fault(code, f"{error} {why}".rstrip(), error.remedy, error.exit_code)
