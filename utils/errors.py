"""How a run can end, and errors by what the reader or the run has to do next.

JobError                    the run ends; `exit_code` says how
├── SettingsError       2   settings are missing or malformed
│   ├── AppRefusedError     Spotify does not know the app by its id and secret
│   └── SettingsFileError   the settings file, or a line of it, cannot be read
├── ConsentError        3   the listener or the app's owner has to act at Spotify
├── TransientError      1   Spotify did not answer properly, after all retries
│   └── NoNetworkError      no connection could be made
├── UnknownOutcomeError 1   a write may or may not have been carried out; it is not repeated blindly
├── RefusedError        1   Spotify refused a request as wrong
│   ├── NotFoundError       no such thing, or not for this app
│   └── UnavailableError    403 Forbidden: not in this app's quota mode, or not this listener's
├── PayloadError        1   too much of an answer is not what Spotify's reference says
└── DatabaseError       2   between a script and its database
    ├── DatabaseSettingsError     the settings that name it are missing, malformed, or not allowed here
    ├── DatabaseUnavailableError  no server answers, or it refuses the login
    │   └── OldServerError            it is of a version that is too old
    └── SchemaError               its schema and this checkout do not fit together
Stop                    0   the run ends early, with nothing lost
├── Skipped                 a gate was closed
├── Paused                  likewise, for as long as a pause lasts
├── RateLimited             Spotify wants a pause; it is stored
├── Cancelled               somebody has cancelled the run while it was under way
└── Stopped                 a signal, the time budget, or the day's budget of requests
"""

from collections.abc import Iterable
from datetime import datetime
from enum import IntEnum, StrEnum

# What to do about an answer that is not as Spotify's reference says.
_CHANGED = "If it stays so, Spotify has changed something: look for an update of this repository."


class Status(StrEnum):
    """Where a run is, or how it has ended, as `sync_history.status` and reports say it."""

    RUNNING = "running"

    DONE = "done"
    SKIPPED = "skipped"  # a gate was closed, or there was nothing to do
    PAUSED = "paused"  # by Spotify, by the listener, or by an open circuit
    STOPPED = "stopped"  # by a signal or a budget; the next run goes on
    CANCELLED = "cancelled"  # by `./run control cancel`; the next run goes on
    FAILED = "failed"
    KILLED = "killed"  # as the next run of the job has found it
    NOT_RUN = "not run"  # left out by the chain because of what happened before


class ExitCode(IntEnum):
    """What a script's process returns."""

    OK = 0  # done, skipped, paused or stopped
    FAILED = 1
    SETTINGS = 2  # settings, schema, or a database out of reach
    CONSENT = 3
    INTERRUPTED = 130  # stopped by Ctrl-C; what was done is kept


class JobError(Exception):
    """A run fails: what happened, and in `remedy` what to do about it."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class SettingsError(JobError):
    """Settings are missing or malformed; the message names all of them."""

    exit_code = ExitCode.SETTINGS


class AppRefusedError(SettingsError):
    """Spotify gives this app no token: whatever asks next would be refused as well."""


class SettingsFileError(SettingsError):
    """The settings file, or a line of it, cannot be read: what is missing may stand there."""


class ConsentError(JobError):
    """Spotify no longer lets this app act for this listener. `auth_status` is stored with the user."""

    exit_code = ExitCode.CONSENT

    def __init__(self, message: str, remedy: str, auth_status: str) -> None:
        super().__init__(message, remedy)
        self.auth_status = auth_status


class TransientError(JobError):
    """No proper answer after all retries: 5xx, timeout, reset, or broken JSON."""


class NoNetworkError(TransientError):
    """No connection to Spotify could be made: it is this machine's network, or the way there."""


class UnknownOutcomeError(JobError):
    """A POST got no proper answer: Spotify may have carried it out."""

    def __init__(self, message: str, remedy: str = "Run it again: it looks first at what is there.") -> None:
        super().__init__(message, remedy)


class RefusedError(JobError):
    """Spotify refused the request. `status` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message, f"Run it again later. {_CHANGED}")
        self.status = status


class NotFoundError(RefusedError):
    """404: an unknown id, or a playlist that Spotify shows to no app."""


class UnavailableError(RefusedError):
    """403 Forbidden: an endpoint that this app does not have, or a list that the listener may not read."""


class PayloadError(JobError):
    """Too many items of an answer could not be read: the API has changed."""

    def __init__(
        self, message: str, remedy: str = f"What was stored stays. Run it again later. {_CHANGED}"
    ) -> None:
        super().__init__(message, remedy)


class DatabaseError(JobError):
    """Something is wrong between a script and its database."""

    exit_code = ExitCode.SETTINGS


class DatabaseSettingsError(DatabaseError):
    """The settings that name the database are missing, malformed, or not allowed here."""


class DatabaseUnavailableError(DatabaseError):
    """The settings are fine, but no server answers, or it refuses the login."""


class OldServerError(DatabaseUnavailableError):
    """There is a server, of a version that is too old."""


class SchemaError(DatabaseError):
    """The database's schema and this checkout do not fit together."""


class Stop(Exception):
    """The run ends early and loses nothing; the next one goes on from the checkpoint."""

    status = Status.STOPPED


class Skipped(Stop):
    """A gate was closed: nothing was done."""

    status = Status.SKIPPED


class Paused(Stop):
    """The listener has paused the job, which may be while it runs; or, before it has begun, Spotify's pause is not over, or the circuit is open."""

    status = Status.PAUSED


class Stopped(Stop):
    """A signal, the time budget, or the day's budget of requests is used up."""


class Cancelled(Stop):
    """Somebody wants this run to end; `is_all`: and all that it was started with, the rest of a chain."""

    status = Status.CANCELLED

    def __init__(self, *, is_all: bool) -> None:
        super().__init__("cancelled by you (./run control cancel)")
        self.is_all = is_all


class RateLimited(Stop):
    """Spotify wants no request of `group` before `until` (aware, UTC). Group '*' is every group."""

    status = Status.PAUSED

    def __init__(self, group: str, reason: str, until: datetime) -> None:
        super().__init__(f"{reason} on {group}")
        self.group = group
        self.reason = reason
        self.until = until


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean play_count?)` for the known word most like this one; empty where none is like it."""
    by_folded = {name.casefold(): name for name in known}
    import difflib  # only where something was misspelled

    near = difflib.get_close_matches(word[:100].casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean {by_folded[near[0]]}?)" if near else ""
