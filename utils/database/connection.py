"""Which database the settings name, and connections to it.

`DATABASE_URL`, or the `DB_*` variables, or neither: then an embedded PostgreSQL under `.local/` on a person's
machine, and a refusal in GitHub Actions, where the runner's disk is thrown away.
Transaction poolers work: nothing here sets session state.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import make_dsn, parse_dsn

from utils import ROOT, stopping
from utils.database.breaking_off import PATIENCE_S, can_be_broken_off
from utils.database.connection_string import (
    DATABASE_URL,
    DB_PARTS,
    REMEDY,
    SSL_MODES,
    Origin,
    is_host,
    parsed,
    place_to_fill_in,
)
from utils.database.trouble import explained
from utils.database.unreachable import why_unreachable
from utils.errors import DatabaseError, DatabaseSettingsError, DatabaseUnavailableError, OldServerError
from utils.redaction import remember
from utils.verbose import details, is_verbose

if TYPE_CHECKING:
    from psycopg2.sql import Composable

CONNECT_TIMEOUT_S = 10
# A text that may be anybody's, in each of SQL's quotes, also one that is not closed: with --write a person's own statement is executed.
_LITERAL = re.compile(r"\b[eE]'(?:[^'\\]|''|\\.)*'?|'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\1\$|$)")
OLDEST_SERVER = 15


@dataclass(frozen=True)
class Database:
    """A database that can be connected to. `label` names it without its password, `origin` what it was named by.

    `is_public`: strangers can read what is said of it, as in the log of a public repository; then nothing tells where it is.
    """

    dsn: str = field(repr=False)
    label: str
    is_public: bool = False
    origin: Origin = DATABASE_URL

    def secrets(self) -> list[str]:
        """What must never be shown: the password, and the string that holds it."""
        password = parse_dsn(self.dsn).get("password")
        return [self.dsn, password] if password else []

    def connect(self) -> Connection:
        """Open a connection. Raises DatabaseUnavailableError, which never shows the password."""
        begun = monotonic()

        def connect() -> Connection:
            return psycopg2.connect(
                self.dsn,
                connect_timeout=CONNECT_TIMEOUT_S,
                cursor_factory=SaidCursor if is_verbose() else None,
            )

        def is_late() -> bool:
            return min(monotonic() - begun, stopping.seconds_stopping()) > PATIENCE_S

        try:
            connection = stopping.in_own_thread(connect, is_late)
        except stopping.GivenUp:
            raise DatabaseUnavailableError(
                f"The database {self.label} does not answer.",
                "See whether it runs (a hosted one on its provider's page), and whether a firewall is in the way; then run this again.",
            ) from None
        except psycopg2.OperationalError as error:
            reason, remedy = why_unreachable(str(error), self._hidden(), self.origin)
            raise DatabaseUnavailableError(
                f"The database {self.label} cannot be reached: {reason}.", remedy
            ) from None
        if connection.server_version < OLDEST_SERVER * 10000:
            connection.close()
            raise OldServerError(
                f"The database {self.label} is PostgreSQL {connection.server_version // 10000}.",
                f"{OLDEST_SERVER} or newer is needed: upgrade the server, or take another one.",
            )
        can_be_broken_off(connection)
        version = connection.server_version
        details.debug(
            "the database is reached: PostgreSQL %s.%s, %.0f ms",
            version // 10000,
            version % 10000,
            1000 * (monotonic() - begun),
        )
        return connection

    def _hidden(self) -> list[str]:
        """Names that say where it is, where strangers could read them."""
        parts = parse_dsn(self.dsn) if self.is_public else {}
        names = [parts.get(part, "") for part in ("host", "hostaddr", "user", "dbname")]
        return [name for named in names for name in named.split(",") if name]


class SaidCursor(Cursor):
    """A cursor that says what it executes, without the values."""

    def execute(self, query: "str | bytes | Composable", vars: object = None) -> None:
        """Execute it, and say so."""
        begun = monotonic()
        super().execute(query, vars)  # type: ignore[arg-type]
        text = query if isinstance(query, str) else query.decode() if isinstance(query, bytes) else ""
        details.debug(
            "%s: %s rows, %.0f ms",
            _LITERAL.sub("'…'", " ".join(text.partition("VALUES (")[0].split()))[:120] or "a statement",
            self.rowcount,
            1000 * (monotonic() - begun),
        )


class EmbeddedDatabase(NamedTuple):
    """The embedded PostgreSQL, not yet started."""

    root: Path
    pgbin: str | None

    @property
    def is_made(self) -> bool:
        """Whether it was ever started here, so that there may be data in it."""
        return (self.root / "data" / "PG_VERSION").exists()

    def start(self) -> Database:
        """Start or join the server; it stops with the last process that uses it."""
        from utils.database.embedded import server as embedded  # nobody who has named a database needs it

        server = embedded.acquire(self.root, pgbin=self.pgbin)
        return Database(server.dsn, f"embedded under {self.root}")


@contextmanager
def open_connection(environ: Mapping[str, str]) -> Iterator[Connection]:
    """A connection for a tool that is no job. Raises DatabaseError for whatever the database says."""
    with (
        stopping.ctrl_c_ends_statements(),
        closing(open_database(environ).connect()) as connection,
    ):
        try:
            yield connection
        except psycopg2.Error as error:
            reason, remedy, _ = explained(error)
            raise DatabaseError(reason, remedy) from error


def database_from(environ: Mapping[str, str]) -> Database | EmbeddedDatabase:
    """The database that the environment names. Empty variables count as missing.

    Raises DatabaseSettingsError with all that is wrong, in one message.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    is_on_github = given.get("GITHUB_ACTIONS") == "true"
    if "DATABASE_URL" in given:
        return database_at(given["DATABASE_URL"], DATABASE_URL, is_public=is_on_github)
    if any(name in given for name in ("DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD")):
        return _from_parts(given, is_public=is_on_github)
    if is_on_github:
        raise DatabaseSettingsError(
            "DATABASE_URL is missing, and the embedded database is refused in GitHub Actions: "
            "the runner's disk is thrown away, and everything stored with it.",
            REMEDY,
        )
    root = Path(given.get("EMBEDDED_POSTGRES_DIR") or ROOT / ".local" / "postgres")
    return EmbeddedDatabase(root, given.get("PGBIN"))


def open_database(environ: Mapping[str, str]) -> Database:
    """Like `database_from`, with the embedded server started where it is the one named."""
    database = database_from(environ)
    return database.start() if isinstance(database, EmbeddedDatabase) else database


def database_at(url: str, origin: Origin, *, is_public: bool = False) -> Database:
    """The database that a connection string names, without blanks around it. Raises DatabaseSettingsError."""
    parts = parsed(url, origin)
    if not all(map(is_local, parts.get("host", "").split(","))):
        parts.setdefault("sslmode", "require")
    return _named(parts, origin, is_public=is_public)


_PLACES = {"user": "DB_USER", "password": "DB_PASSWORD", "host": "DB_HOST", "database": "DB_NAME"}


def _from_parts(given: Mapping[str, str], *, is_public: bool) -> Database:
    problems = [f"{name} is missing" for name in ("DB_HOST", "DB_NAME", "DB_USER") if name not in given]
    port = given.get("DB_PORT", "5432")
    if not (port.isdecimal() and 0 < int(port) < 65536):
        problems.append(f"DB_PORT is {port!r}, not a port number")
    host = given.get("DB_HOST", "")
    if "://" in host:
        problems.append("DB_HOST is a whole address, not the name of a host: it belongs into DATABASE_URL")
    elif re.search(r":\d+$", host) and host.count(":") == 1:
        problems.append("DB_HOST has a port behind the host, which belongs into DB_PORT")
    elif "@" in host.strip("@") or not all(map(is_host, filter(None, host.split(",")))):
        problems.append("DB_HOST is no host: that is a name or an address alone")
    place = place_to_fill_in({place: given.get(name) for place, name in _PLACES.items()}, is_url=False)
    if place is not None:
        problems.append(f"{_PLACES[place]} is a place left to be filled in")
    sslmode = given.get("DB_SSLMODE", "prefer" if is_local(host) else "require")
    if sslmode not in SSL_MODES:
        problems.append(f"DB_SSLMODE is {sslmode!r}, not one of {', '.join(SSL_MODES)}")
    if problems:
        raise DatabaseSettingsError("; ".join(problems) + ".", REMEDY)
    parts = {
        "host": host,
        "port": port,
        "dbname": given["DB_NAME"],
        "user": given["DB_USER"],
        "sslmode": sslmode,
    }
    if "DB_PASSWORD" in given:
        parts["password"] = given["DB_PASSWORD"]
    return _named(parts, DB_PARTS, is_public=is_public)


def _named(parts: Mapping[str, str], origin: Origin, *, is_public: bool) -> Database:
    dsn = make_dsn(**parts)
    if "password" in parts:
        remember(dsn, parts["password"])
    if is_public:
        return Database(dsn, origin.label, is_public=True, origin=origin)
    port = f":{parts['port']}" if "port" in parts else ""
    host = parts.get("host") or parts.get("hostaddr") or "the named service"
    return Database(dsn, f"{parts.get('dbname', '')!r} at {host}{port}", origin=origin)


def is_local(host: str) -> bool:
    """True for a socket directory, `localhost` and the loopback addresses."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
