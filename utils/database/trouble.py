"""What a database says when it refuses something or goes away: in one line, with what to do about it."""

from typing import NamedTuple

import psycopg2
from psycopg2.extensions import connection as Connection

from utils.errors import ExitCode

_AGAIN = "Run it again: it goes on where it was."
_WAIT = f"Try again in a minute. {_AGAIN}"
_ROOM = f"Make room there, or take a larger plan. {_AGAIN}"
# By SQLSTATE, or by its first two letters: what it means, and the remedy. In braces, the first line of what was said.
_MEANINGS: dict[str, tuple[str, str]] = {
    "53100": ("the database's disk is full ({said})", _ROOM),
    "53200": ("the database is out of memory ({said})", _WAIT),
    "53300": (
        "the database takes no more connections ({said})",
        "End what else is connected, or take your provider's pooler. " + _AGAIN,
    ),
    "25006": (
        "the database is read-only ({said})",
        "Providers make it so when its disk is full, and a replica always is: look at your provider's page, or name the "
        "primary.",
    ),
    "42501": (
        "the login may not do this ({said})",
        "Name the user who owns the tables, or have the rights granted to this one.",
    ),
    "57014": (
        "a statement took too long, and was cancelled ({said})",
        "Run it again; where it stays so: ./run settings set database.statement_timeout_seconds with a larger number.",
    ),
    "55P03": (
        "somebody else holds what is to be written ({said})",
        "End what has a transaction open there, such as psql. " + _AGAIN,
    ),
    "40P01": ("what somebody else writes got in the way, again and again ({said})", _WAIT),
    "40001": ("what somebody else writes got in the way, again and again ({said})", _WAIT),
    "57P": ("the database was shut down or restarted ({said})", _WAIT),
    "08": ("the connection to the database was lost ({said})", _WAIT),
}
_SETTINGS = frozenset({"25006", "42501"})  # what no later run mends
_PASSING = ("40001", "40P01", "53300", "57P", "08")


class Trouble(NamedTuple):
    """What has happened, as part of a sentence; the remedy; and what a script returns."""

    reason: str
    remedy: str
    exit_code: ExitCode


def _meaning(error: psycopg2.Error) -> tuple[str, str] | None:
    code = error.pgcode or ""
    return next((_MEANINGS[key] for key in (code, code[:3], code[:2]) if key in _MEANINGS), None)


def explained(error: psycopg2.Error) -> Trouble:
    """What an error means."""
    code = error.pgcode or ""
    said = (str(error).strip() or "no message").splitlines()[0]
    found = _meaning(error)
    exit_code = ExitCode.SETTINGS if code in _SETTINGS else ExitCode.FAILED
    if found is not None:
        return Trouble(found[0].format(said=said), found[1], exit_code)
    reason = f"the database refused or went away ({type(error).__name__}: {said})"
    return Trouble(reason, "Try again; docs/troubleshooting.md tells what to look at.", exit_code)


def is_of_database(error: object) -> bool:
    """Whether it is trouble of the database itself, which passes, or which a person mends there: nothing that we ask for is wrong."""
    return isinstance(error, psycopg2.Error) and _meaning(error) is not None


def is_passing(error: psycopg2.Error, connection: Connection) -> bool:
    """Whether the same may go well a moment later: the connection was lost, or somebody else got in the way."""
    return bool(connection.closed) or (error.pgcode or "").startswith(_PASSING)
