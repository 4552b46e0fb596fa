"""What DATABASE_URL says, and what is wrong with it where it says nothing that can be used. Never shows a password.

A connection string is often copied with what stands around it, or with a place left to be filled in: each such fault is
named, with what to do about it.
"""

import ipaddress
import re
from urllib.parse import parse_qsl, unquote

import psycopg2
from psycopg2.extensions import parse_dsn

from utils.errors import DatabaseSettingsError

FORM = "postgresql://user:password@host/database"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
REMEDY = (
    f"Set DATABASE_URL={FORM} (a free hosted PostgreSQL will do), or "
    "DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD; see docs/setup.md."
)
ENCODE = "Write it percent-encoded (%40 for @, %2F for /), or use DB_HOST, DB_NAME, DB_USER and DB_PASSWORD."
_SCHEME = re.compile(r"postgres(?:ql)?://")
_WITH_DRIVER = re.compile(r"(postgres(?:ql)?\+\w{1,20})://", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,20})://", re.IGNORECASE)
# What is copied along before the string, by how it is said. Anything else there may be a secret.
_BEFORE = (
    (re.compile(r"\bpsql\b"), "psql"),
    (re.compile(r"\bexport\b"), "export"),
    (re.compile(r"\bDATABASE_URL\b"), "DATABASE_URL="),
    (re.compile(r"\bjdbc:$"), "jdbc:"),
    (re.compile("[\"'`\u00ab\u00bb\u2018-\u201d]$"), "a quote"),
)
_PLACEHOLDER = re.compile(r"\[.*\]|<.*>|\$?\{.*\}", re.DOTALL)
_AUTHORITY = re.compile(
    r"(?:(?P<user>[^:@]*)(?::(?P<password>[^@]*))?@)?(?P<host>\[[^\]]*\]|[^:]*)(?::.*)?", re.DOTALL
)
_NAME = re.compile(r"[A-Za-z]\w{0,40}")


def parsed(text: str) -> dict[str, str]:
    """The parts of a connection string: libpq's keywords. Raises DatabaseSettingsError that names what is wrong.

    `text` has no blanks around it.
    """
    if "=" not in text or "://" in text.partition("=")[0] or _SCHEME.search(text):
        _check_start(text)
        _check_url(text)
    try:
        parts = parse_dsn(text)
    except (psycopg2.ProgrammingError, ValueError) as error:
        raise _wrong(*_as_libpq_says(text, str(error))) from None
    if "host" not in parts and "hostaddr" not in parts and "service" not in parts:
        raise _wrong("names no host", REMEDY)
    ports = [port for port in parts.get("port", "").split(",") if port]
    if not all(port.isdecimal() and 0 < int(port) < 65536 for port in ports):
        raise _wrong(
            "has a port that is no port number",
            f"It is the number behind the host in {FORM.replace('host', 'host:port')}. If the password holds / ? or @: {ENCODE}",
        )
    if parts.get("sslmode", "require") not in SSL_MODES:
        raise _wrong(
            "has an sslmode that is none", f"Set it in DATABASE_URL to one of {', '.join(SSL_MODES)}."
        )
    return parts


def _wrong(problem: str, remedy: str) -> DatabaseSettingsError:
    return DatabaseSettingsError(f"DATABASE_URL {problem}.", remedy)


def _check_start(text: str) -> None:
    """Refuse what does not begin like a connection string, by what stands there instead."""
    begin = _SCHEME.search(text)
    if begin is not None and begin.start():
        before = text[: begin.start()]
        words = [word for pattern, word in _BEFORE if pattern.search(before)]
        raise _wrong(
            f"has text before postgresql:// ({', '.join(words) or 'it is not shown'})",
            f"Take what begins with postgresql:// and nothing around it: DATABASE_URL={FORM}",
        )
    if begin is not None:
        return
    if found := _WITH_DRIVER.match(text):
        raise _wrong(f"names a driver ({found[1]}://)", "Let DATABASE_URL begin with postgresql:// alone.")
    if _SCHEME.match(text.lower()):
        raise _wrong("begins with capital letters", "Write postgresql:// in DATABASE_URL in small letters.")
    if found := _OTHER_SCHEME.match(text):
        raise _wrong(f"is no PostgreSQL connection string: it begins with {found[1]}://", REMEDY)
    raise _wrong("is no PostgreSQL connection string: it does not begin with postgresql://", REMEDY)


def _check_url(url: str) -> None:
    """Refuse a URL that libpq would take, and not as it was meant."""
    if re.search(r"[\s\x00-\x1f]", url):
        raise _wrong(
            "has a blank or a line break in it",
            "Copy it again in one piece to DATABASE_URL; in a password, write %20 for a blank.",
        )
    rest = url.partition("://")[2]
    authority, name = _split(rest)
    found = _AUTHORITY.fullmatch(authority)
    places = {**(found.groupdict() if found else {}), "database": name}
    if re.fullmatch(r"\*+", places.get("password") or ""):
        raise _wrong(
            "was copied with stars in place of the password",
            "Let your provider show the password before you copy the string, and put it into DATABASE_URL.",
        )
    if places.get("host") == "host":
        raise _wrong("is an example, not an address", f"Put your own into it: {REMEDY}")
    for place, given in places.items():
        if given and _PLACEHOLDER.fullmatch(given) and not (place == "host" and _is_address(given)):
            raise _wrong(
                f"has a place left to be filled in, in brackets: the {place}",
                "Put the real one into DATABASE_URL, without the brackets.",
            )
    if _shows_its_password(rest):
        raise _wrong(
            "has an @ where none can be: the password holds a character that a URL gives another meaning",
            ENCODE,
        )
    if url.endswith(("'", '"', "`", ";", "\\")):
        raise _wrong("ends with a quote, a semicolon or a backslash", "Leave it out of DATABASE_URL.")


def _split(rest: str) -> tuple[str, str]:
    """User, password, host and port of a URL as one text, and the database's name."""
    before = rest.partition("?")[0] if "@" not in rest.partition("?")[2] else rest
    authority, _, name = before.partition("/")
    return authority, name.partition("?")[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(unquote(host).strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _shows_its_password(rest: str) -> bool:
    """True where libpq would take a part of the password for the host or the database, which messages name.

    It takes the first @ for the end of the password, and a / before it for the end of the host.
    """
    if "@" in rest.partition("/")[0]:
        rest = rest.partition("@")[2]
    return "@" in rest.partition("?")[0]


def _as_libpq_says(text: str, said: str) -> tuple[str, str]:
    """What is wrong and what to do, from libpq's message, which may hold the password."""
    if "percent-encoded" in said or "%00" in said:
        return "has a % that encodes nothing", "Write %25 for a % in the password of DATABASE_URL."
    if "separator" in said:
        return "has a parameter without a value", "Leave it out of DATABASE_URL."
    if 'matching "]"' in said:
        return (
            "has a [ that is never closed",
            f"It begins an IPv6 address. If it is of the password: {ENCODE}",
        )
    if "query parameter" in said or "connection option" in said:
        unknown = _unknown_parameters(text)
        if unknown:
            return (
                f"has a parameter that PostgreSQL does not know: {', '.join(unknown)}",
                "Leave it out of DATABASE_URL.",
            )
        return (
            "has a parameter that PostgreSQL does not know",
            f"Leave it out. If it is of the password: {ENCODE}",
        )
    return "is no PostgreSQL connection string", REMEDY


def _unknown_parameters(text: str) -> list[str]:
    """The names of parameters that libpq does not know; none where one could be a part of a password."""
    before, _, query = text.partition("?")
    if "://" not in text or "@" in query or ("@" not in before and ":" in before.partition("://")[2]):
        return []
    names = dict.fromkeys(name for name, _ in parse_qsl(query, keep_blank_values=True))
    return [name for name in names if _NAME.fullmatch(name) and not _is_known(name)]


def _is_known(parameter: str) -> bool:
    try:
        parse_dsn(f"postgresql:///?{parameter}=")
    except psycopg2.ProgrammingError:
        return False
    return True
