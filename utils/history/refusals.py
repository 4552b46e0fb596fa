"""Why an export is not read: what was given, the reason, and what to do about it."""

from collections.abc import Sequence
from typing import NamedTuple

from utils.errors import ExitCode, JobError


class Refusal(NamedTuple):
    """One input that is not read. `name`: as it was given, for a member of a zip `the.zip: member.json`."""

    name: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class RefusedExportError(JobError):
    """Nothing of what was given is read. `refusals`: all that is wrong with it, one or more."""

    exit_code = ExitCode.SETTINGS

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        remedies = dict.fromkeys(refusal.remedy for refusal in refusals)
        super().__init__("\n".join(f"{refusal}." for refusal in refusals), "\n".join(remedies))
        self.refusals = tuple(refusals)


class BrokenFileError(JobError):
    """A file cannot be read beyond a byte. What stood before it was yielded.

    The first look (`found.find`) refuses what is cut off or damaged in a zip, so this is a fault within the text.
    """

    exit_code = ExitCode.SETTINGS

    def __init__(self, name: str, byte: int, reason: str) -> None:
        super().__init__(
            f"{name}: {reason} at byte {byte:,}.",
            "Unpack or download it again, or mend it (where it was edited by hand, a quote, comma or brace may be missing); "
            "then the same command goes on from there.",
        )
        self.name = name
        self.byte = byte


def refuse(name: str, reason: str, remedy: str) -> RefusedExportError:
    """The error for one input."""
    return RefusedExportError([Refusal(name, reason, remedy)])
