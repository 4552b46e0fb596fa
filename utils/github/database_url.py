"""The connection string that GitHub's runs get: of the settings or asked for, tried from here, and kept in `.env` if wanted."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg2.extensions import parse_dsn

from utils.config import settings_file
from utils.database.connection import Database, EmbeddedDatabase, database_from, open_connection
from utils.env_file import check_writable, write_env_file
from utils.errors import DatabaseError, DatabaseSettingsError, JobError, SettingsError
from utils.github.settings import hosted_database, why_not_from_github
from utils.terminal import Terminal

NAME = "DATABASE_URL"
_REMEDY = "GitHub's machines need a PostgreSQL that they can reach: postgresql://user:password@host/database (docs/setup.md)."


@dataclass(frozen=True)
class DatabaseUrl:
    """What is sent. `url` None: the one on GitHub stays. `is_typed`: it stands in no settings file of this machine."""

    url: str | None
    is_typed: bool = False


def find_database_url(
    environ: Mapping[str, str],
    present: Callable[[], set[str]],
    person: Terminal,
    *,
    check: bool,
    may_ask: bool,
    dry_run: bool,
) -> DatabaseUrl:
    """The connection string to send; `present` gives the names of the secrets on GitHub.

    `check`: it is connected to from here. Raises SettingsError where none can be sent, DatabaseError where it does not answer.
    """
    given = hosted_database(environ).get(NAME)
    if given is not None:
        if check:
            person.say(_answer(given))
        return DatabaseUrl(given)
    problem = _problem(environ.get(NAME, "").strip())
    if present() & {NAME, "DB_HOST"}:
        person.say(
            f"The database's secret on GitHub stays: {NAME} here {problem}. {of_this_machine(environ, None)}"
        )
        return DatabaseUrl(None)
    if not may_ask:
        raise SettingsError(f"{NAME} {problem}.", _REMEDY)
    person.say(f"{NAME} {problem}. {_REMEDY}")
    if dry_run:
        person.say("It would be asked for.")
        return DatabaseUrl("")
    return DatabaseUrl(_ask(person, check=check), is_typed=True)


def _ask(person: Terminal, *, check: bool) -> str:
    """Ask until the answer can be sent, and, with `check`, answers."""
    while True:
        url = person.ask_secret(f"{NAME} (what you type or paste is not shown): ").strip()
        if problem := _problem(url):
            person.say(f"{NAME} {problem}.")
            continue
        try:
            if check:
                person.say(_answer(url))
        except (DatabaseError, SettingsError) as error:
            person.say(f"{error}\n{error.remedy}")
        else:
            return url


def offer_env_file(found: DatabaseUrl, environ: Mapping[str, str], person: Terminal) -> bool:
    """Whether a typed connection string was written to the settings file, as the person answers; says what follows of a no."""
    path = settings_file(environ)
    if not found.is_typed or path is None:
        return False
    has_another = any(environ.get(name, "").strip() for name in (NAME, "DB_HOST"))
    asked = "[y/N] (another one stands there)" if has_another else "[Y/n]"
    answer = person.ask(
        f"Write {NAME} to {path} as well, so that the commands of this machine use the same database? {asked}: "
    )
    if answer.strip().lower() not in (("y", "yes") if has_another else ("", "y", "yes")):
        person.say(of_this_machine(environ, None))
        return False
    try:
        check_writable(path)
        write_env_file(path, {NAME: found.url or ""})
    except JobError as error:
        person.say(f"{error} {error.remedy}")
        return False
    person.say(f"Written to {path}: {NAME}.")
    return True


def of_this_machine(environ: Mapping[str, str], sent: str | None) -> str:
    """Which database the commands of this machine use, where `sent` is what GitHub gets (None: not known here)."""
    if sent is not None and sent == hosted_database(environ).get(NAME):
        return "Commands of this machine use the same database."
    try:
        database = database_from(environ)
    except DatabaseSettingsError:
        where = "none, because the settings name one that cannot be used"
    else:
        where = (
            f"the embedded one in {database.root}"
            if isinstance(database, EmbeddedDatabase)
            else f"the database {database.label}"
        )
    return (
        f"Commands of this machine (./run sync, control, settings, dashboard) use {where}, NOT GitHub's database, until "
        f"its {NAME} stands in .env."
    )


def _problem(url: str) -> str:
    """Why a connection string cannot be sent; empty where it can."""
    if not url:
        return "is missing"
    try:
        database = database_from({NAME: url})
    except DatabaseSettingsError as error:
        return f"cannot be used: {error} {error.remedy}".rstrip(". ")
    why = why_not_from_github(database.dsn) if isinstance(database, Database) else ""
    return f"cannot be used: {why}" if why else ""


def _answer(url: str) -> str:
    """What the database says when it is connected to from here. Raises DatabaseError, or SettingsError for an IPv6-only host."""
    database = database_from({NAME: url})
    host = parse_dsn(database.dsn).get("host", "") if isinstance(database, Database) else ""
    if has_only_ipv6(host):
        raise SettingsError(
            f"{NAME}: the host {host} has only an IPv6 address, and GitHub's machines have no IPv6.",
            "Take the string of your provider's pooler (at Supabase: Connect → Session pooler).",
        )
    with open_connection({NAME: url}) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        version = connection.server_version // 10000
    return f"The database answers (PostgreSQL {version}), at least to this machine."


def has_only_ipv6(host: str) -> bool:
    """Whether a host's name leads to IPv6 addresses and no other; False where it is not known."""
    try:
        found = {family for family, *_ in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return found == {socket.AF_INET6}
