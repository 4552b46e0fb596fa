"""The secrets and variables of the repository on GitHub: which ones, from where, and how they get there."""

import ipaddress
from collections.abc import Callable, Mapping

from psycopg2.extensions import parse_dsn

from utils.database.connection import Database, database_from
from utils.errors import DatabaseSettingsError, JobError
from utils.github.gh import Gh, GhError
from utils.github.repository import as_list, as_mapping

SPOTIFY_SECRETS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")
BACKUP_KEY = "BACKUP_KEY"  # of the backups that a run keeps; without it, none is kept
SEALING_KEY = "TOKEN_ENCRYPTION_KEY"  # of the stored consents of several listeners
SECRETS = ("DATABASE_URL", *SPOTIFY_SECRETS, BACKUP_KEY, SEALING_KEY)
VARIABLES = ("SPOTIFY_MARKET", "TIME_ZONE", "SPOTIFY_AUTHORIZED_AT")
ENVIRONMENT = "SECRETS_ENVIRONMENT"  # the variable that names the GitHub environment with the secrets
_WHERE = "Settings → Secrets and variables → Actions"
# What a connection string may name that only this machine has.
_FILES = ("service", "passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir")


def hosted_database(environ: Mapping[str, str]) -> dict[str, str]:
    """DATABASE_URL as a dict, if the environment names a database (also by DB_*) that GitHub can reach; else empty."""
    try:
        database = database_from(environ)
    except DatabaseSettingsError:
        return {}
    if not isinstance(database, Database) or why_not_from_github(database.dsn):
        return {}
    return {"DATABASE_URL": environ.get("DATABASE_URL", "").strip() or database.dsn}


def why_not_from_github(dsn: str) -> str:
    """Why GitHub's machines cannot use a connection string that is well-formed; empty where they may."""
    parts = parse_dsn(dsn)
    files = [name for name in _FILES if parts.get(name, "system") != "system"]
    if files:
        return f"it names what only this machine has ({', '.join(files)})"
    hosts = (parts.get("hostaddr") or parts.get("host") or "").split(",")
    if all(map(_is_ipv6, hosts)):
        return "its server has only an IPv6 address, and GitHub's machines have no IPv6: take the string of a pooler"
    if all(map(_is_near, hosts)):
        return "its server is of this machine or this network, where GitHub cannot reach it"
    if "password" not in parts:
        return "it has no password"
    return ""


def _is_near(name: str) -> bool:
    """True for a socket's folder, an address that is not of the internet, and a name that only this network knows."""
    name = name.strip("[]").lower()
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return name.startswith(("/", "@")) or "." not in name or name.endswith((".local", ".localhost"))


def _is_ipv6(name: str) -> bool:
    """True for an address of the internet that is IPv6."""
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return address.version == 6 and address.is_global


def secret_command(name: str, where: tuple[str, ...]) -> tuple[str, ...]:
    """What sets a secret: with the value on standard input, or, typed by a person, asking for it."""
    return "secret", "set", name, *where


def variable_command(name: str, where: tuple[str, ...]) -> tuple[str, ...]:
    """What sets a variable, with the value on standard input."""
    return "variable", "set", name, *where


def read_variables(gh: Gh, where: tuple[str, ...]) -> dict[str, str]:
    """The repository's variables. Raises GhError."""
    listed = [
        as_mapping(each) for each in as_list(gh.read("variable", "list", "--json", "name,value", *where))
    ]
    return {str(each.get("name")): str(each.get("value")) for each in listed}


def read_secret_names(gh: Gh, where: tuple[str, ...]) -> set[str]:
    """The names of the secrets; their values cannot be read. Raises GhError."""
    listed = gh.read("secret", "list", "--json", "name", *where)
    return {str(as_mapping(each).get("name")) for each in as_list(listed)}


def set_on_github(gh: Gh, repository: str, values: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Set secrets and variables after a login. Raises JobError that names those that failed, after all others.

    The secrets go into the environment that SECRETS_ENVIRONMENT names, where it names one: those are the ones used.
    """
    where = ("--repo", repository) if repository else ()
    gh.protect(values[name] for name in SECRETS if name in values)
    done, failed = [], []
    try:
        environment = read_variables(gh, where).get(ENVIRONMENT)
    except GhError as error:
        raise JobError(f"gh could not read the repository's variables: {error}", _by_hand(error)) from None
    of_secrets = (*where, "--env", environment) if environment else where
    commands = [(name, secret_command(name, of_secrets)) for name in SECRETS]
    commands += [(name, variable_command(name, where)) for name in VARIABLES]
    remedy = ""
    for name, command in commands:
        if not values.get(name):
            continue
        try:
            gh.write(*command, value=values[name])
            done.append(name)
        except GhError as error:
            failed.append(f"{name} ({error})")
            remedy = _by_hand(error)
    if done:
        say(f"Set on GitHub: {', '.join(done)}{f' (environment {environment})' if environment else ''}.")
    if "DATABASE_URL" not in values:
        say("DATABASE_URL was left alone (none is set here, or one for this machine only).")
    if failed:
        raise JobError(f"gh could not set {'; '.join(failed)}.", remedy)


def _by_hand(error: GhError) -> str:
    return (
        f"The consent is written to the settings file all the same. {error.remedy or 'See `gh auth status`.'} Name the "
        f"repository with --github OWNER/NAME, or set them by hand: {_WHERE}."
    )
