"""psql, held to reading where it can be, with the password in its environment and never on its command line."""

# ruff: noqa: S603 (psql with words of our own; no shell reads them)
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from psycopg2.extensions import make_dsn, parse_dsn

from utils.database.connection import Database
from utils.database.embedded.programs import find_psql
from utils.errors import DatabaseUnavailableError

READ_ONLY = "-c default_transaction_read_only=on"
_WITHOUT_TLS = ("disable", "allow", "prefer")


@dataclass(frozen=True)
class Psql:
    """A psql that can be started on a database."""

    program: Path
    database: Database

    def command(self) -> list[str]:
        """Its command line."""
        parts = parse_dsn(self.database.dsn)
        parts.pop("password", None)
        return [str(self.program), "--dbname", make_dsn(**parts)]

    def environment(self) -> dict[str, str]:
        """This process's, with the password."""
        password = parse_dsn(self.database.dsn).get("password")
        return {**os.environ, **({"PGPASSWORD": password} if password else {})}

    def run(self, options: Sequence[str] = ()) -> int:
        """Run it on this terminal until it is left; its exit code. Ctrl-C is for psql alone meanwhile."""

        def nothing(_number: int, _frame: FrameType | None) -> None:
            """Stay. A handler, since a signal that is ignored would be ignored by psql as well."""

        before = signal.signal(signal.SIGINT, nothing)
        try:
            return subprocess.run([*self.command(), *options], env=self.environment(), check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)


def psql_for(database: Database, server_version: int, *, may_write: bool) -> Psql | None:
    """psql on this database; None where there is none that fits, or none that could be held to reading.

    `server_version` as psycopg2 gives it, such as 150018.
    """
    needs_tls = parse_dsn(database.dsn).get("sslmode", "prefer") not in _WITHOUT_TLS
    program = find_psql(server_version // 10000, needs_tls=needs_tls)
    if program is None:
        return None
    if may_write:
        return Psql(program, database)
    reading = only_reading(database)
    return Psql(program, reading) if holds(reading) else None


def only_reading(database: Database) -> Database:
    """The same database, where every transaction begins as a read-only one."""
    parts = parse_dsn(database.dsn)
    options = f"{parts.pop('options', '')} {READ_ONLY}".strip()
    return replace(database, dsn=make_dsn(**parts, options=options))


def holds(database: Database) -> bool:
    """Whether it is so. A pooler may refuse such an option, or leave it out without a word."""
    try:
        connection = database.connect()
    except DatabaseUnavailableError:
        return False
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            return bool(cursor.fetchone() == ("on",))
    finally:
        connection.close()
