"""What DATABASE_URL says, and what is wrong with it where it says nothing that can be used. Never shows a password.

A connection string is often copied with what stands around it, or with a place left to be filled in: each such fault is
named, with what to do about it.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

import psycopg2
from psycopg2.extensions import parse_dsn

from utils.errors import DatabaseSettingsError, suggestion
from utils.late_pattern import LatePattern

FORM = "postgresql://user:password@host/database"
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class Origin(NamedTuple):
    """Where a database's address comes from, as messages name it; `settings`: all that name it together.

    `instead`: settings that may be used for it, one for each part. `label`: the database, where strangers read what is said.
    """

    name: str
    settings: str
    remedy: str
    label: str
    instead: str = ""

    def example(self) -> str:
        """How it is written: as a setting, or the address alone."""
        return f"{self.name}={FORM}" if self.name.isupper() else FORM

    def encoded(self) -> str:
        """What to do about a character that a URL gives another meaning."""
        ways = "percent-encoded (%40 for @, %2F for /)"
        return (
            f"Write it {ways}, or use {self.instead}." if self.instead else f"Write it {ways} in {self.name}."
        )

    def sslmode(self, mode: str) -> str:
        """How the mode of TLS is set."""
        of_parts = f"DB_SSLMODE={mode}" if "DB_" in self.settings else ""
        of_url = "" if self.name.startswith("DB_") else f"sslmode={mode} in {self.name}"
        return f"{of_url} (or {of_parts})" if of_url and of_parts else of_url or of_parts


_PARTS = "DB_HOST, DB_PORT, DB_NAME, DB_USER{} DB_PASSWORD"
REMEDY = f"Set DATABASE_URL={FORM} (a free hosted PostgreSQL will do), or {_PARTS.format(' and')}; see docs/setup.md."
_OWN = "that the secrets name"
DATABASE_URL = Origin(
    "DATABASE_URL",
    f"DATABASE_URL (or {_PARTS.format(',')})",
    REMEDY,
    _OWN,
    "DB_HOST, DB_NAME, DB_USER and DB_PASSWORD",
)
DB_PARTS = Origin("DB_HOST", _PARTS.format(","), REMEDY, _OWN)


def origin_of_another(name: str, label: str) -> Origin:
    """Where the address of a database beside one's own comes from."""
    return Origin(name, name, f"Take one such as {FORM}; see docs/setup.md.", label)


_SCHEME = LatePattern(r"postgres(?:ql)?://")
_WITH_DRIVER = LatePattern(r"(postgres(?:ql)?\+\w{1,20})://", re.IGNORECASE)
_OTHER_SCHEME = LatePattern(r"([a-z][a-z0-9+.-]{1,20})://", re.IGNORECASE)
# What is copied along before the string, by how it is said. Anything else there may be a secret.
_BEFORE = (
    (LatePattern(r"\bpsql\b"), "psql"),
    (LatePattern(r"\bexport\b"), "export"),
    (LatePattern(r"\bDATABASE_URL\b"), "DATABASE_URL="),
    (LatePattern(r"\bTARGET_DATABASE_URL\b"), "TARGET_DATABASE_URL="),
    (LatePattern("[\"'`\u00ab\u00bb\u2018-\u201f]$"), "a quote"),
)
_INSTEAD = "Take your provider's connection string that begins with postgresql://"
# What providers and other programs write in place of a connection string: how it looks, what it is, what to do.
_OTHER_FORMS = (
    (
        LatePattern(r"jdbc:", re.IGNORECASE),
        "is a string of JDBC",
        "Leave jdbc: out, and put user and password before the host: {example}",
    ),
    (
        LatePattern(
            r"(?:host|server|data source|port|database|initial catalog|user(?: ?id| ?name)?|uid|password|pwd)\s*=[^;]*;",
            re.IGNORECASE,
        ),
        "is a string of .NET (Host=…;Username=…)",
        "Write the same as {example}",
    ),
    (LatePattern(r"pgsql:", re.IGNORECASE), "is a string of PHP (pgsql:…)", "Write the same as {example}"),
    (
        LatePattern(r"prisma(?:\+postgres)?://", re.IGNORECASE),
        "is an address of Prisma's proxy, not of a database",
        f"{_INSTEAD}: {{example}}",
    ),
    (
        LatePattern(
            r"(?:\$ ?)?(?:(?:export )?\w+=\S+ +)*(?:psql|pg_dump|pg_restore|neonctl|npx|docker)\b(?![:/+@])"
            r"(?!.*postgres(?:ql)?://)",
            re.DOTALL,
        ),
        "is a command, not an address",
        f"{_INSTEAD}; or write what the command says as {{example}}{{parts}}",
    ),
    (
        LatePattern(r"\$\{*[\w. ]+\}*$|%\w+%$|[^\s=:/@]*DATABASE_URL[^\s=:/@]*$"),
        "is the name of a variable, not its value",
        f"{_INSTEAD}: {{example}}",
    ),
    (
        LatePattern(r"[*\u2022]+$"),
        "was copied as stars",
        "Let your provider show it before you copy it: {example}",
    ),
    (
        LatePattern(r"postgres(?:ql)?(?!\+)\W(?!//)", re.IGNORECASE),
        "begins with postgresql, but not with postgresql://",
        "Write a colon and two slashes behind it: {example}",
    ),
    (
        LatePattern(r"[^\s/@=:]+:[^\s@/]+@[^\s@/]+/\S+$"),
        "lacks postgresql:// at its begin",
        "Write it before the rest: {example}",
    ),
)
_BRACKETED = LatePattern(r"\[.*\]|<.*>|\$?\{.*\}", re.DOTALL)
_YOURS = r"(?i:your[-_ ]?)"
_HERE = r"(?i:[-_ ]?here)?"
_DOTS = r"\*+|\u2026|\.{3,}|(?i:x{4,})|\$[A-Z][A-Z_]+"
# What examples have in place of the real thing, by where it stands; small letters are also said where capitals are not wanted.
_EXAMPLES = {
    "user": rf"{_YOURS}(?i:db[-_ ]?)?(?i:user(?:[-_ ]?name)?){_HERE}|USER(?:_?NAME)?|{_DOTS}",
    "password": rf"{_YOURS}(?i:(?:new|db|database|super[-_ ]?secret)[-_ ]?)?(?i:password|passwort|secret){_HERE}|PASSWORD|{_DOTS}",
    "host": rf"{_YOURS}(?i:(?:db|database|pg|postgres|neon|supabase)?[-_]?(?:host(?:[-_]?name)?|server|domain|endpoint|address|project|instance)"
    rf"(?:[-_ ]?(?:name|ref|id))?){_HERE}(?:\..*)?|(?i:host(?:[-_]?name)?)|{_DOTS}",
    "database": rf"{_YOURS}(?i:db|database)(?i:[-_ ]?name)?{_HERE}|DB_?NAME|DATABASE(?:_?NAME)?|{_DOTS}",
}
_BRACKETS_INSIDE = LatePattern(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}")
_PASSWORD_INSIDE = LatePattern(r"[\[<{][^\]>}]*(?:password|passwort|secret)[^\]>}]*[\]>}]", re.IGNORECASE)
_RUN_INSIDE = LatePattern(r"(?<![A-Za-z0-9])x{4,}(?![A-Za-z0-9])|\u2026|\.{3,}|\*{3,}", re.IGNORECASE)
_AUTHORITY = LatePattern(
    r"(?:(?P<user>[^:@]*)(?::(?P<password>[^@]*))?@)?(?P<host>\[[^\]]*\]|[^:]*)(?::.*)?", re.DOTALL
)
_HOST = LatePattern(r"(?!\d+$)[\w.-]+")
_NAME = LatePattern(r"[A-Za-z]\w{0,40}")


def parsed(text: str, origin: Origin = DATABASE_URL) -> dict[str, str]:
    """The parts of a connection string: libpq's keywords. Raises DatabaseSettingsError that names what is wrong.

    `text` has no blanks around it.
    """
    _check_form(text, origin)
    is_url = "=" not in text or "://" in text.partition("=")[0] or _SCHEME.search(text) is not None
    if is_url:
        _check_start(text, origin)
        _check_url(text, origin)
    try:
        parts = parse_dsn(text)
    except (psycopg2.ProgrammingError, ValueError) as error:
        raise _wrong(origin, *_as_libpq_says(text, str(error), origin)) from None
    if not is_url:
        _check_places({place: parts.get(key) for place, key in _KEYWORDS.items()}, origin, is_url=False)
    if "host" not in parts and "hostaddr" not in parts and "service" not in parts:
        raise _wrong(origin, "names no host", origin.remedy)
    _check_names(parts, origin)
    ports = [port for port in parts.get("port", "").split(",") if port]
    if not all(port.isdecimal() and 0 < int(port) < 65536 for port in ports):
        raise _wrong(
            origin,
            "has a port that is no port number",
            f"It is the number behind the host in {FORM.replace('host', 'host:port')}. If the password holds / ? or @: "
            f"{origin.encoded()}",
        )
    if parts.get("sslmode", "require") not in SSL_MODES:
        raise _wrong(
            origin,
            "has an sslmode that is none",
            f"Set it in {origin.name} to one of {', '.join(SSL_MODES)}.",
        )
    if not parts.get("dbname") and "service" not in parts:
        raise _wrong(origin, "names no database", f"Put its name behind the host: {origin.example()}")
    return parts


_KEYWORDS = {"user": "user", "password": "password", "host": "host", "database": "dbname"}


def place_to_fill_in(places: Mapping[str, str | None], *, is_url: bool) -> str | None:
    """Which of `user`, `password`, `host` and `database` holds what an example has in place of the real thing.

    `is_url`: what looks so and is real can be written percent-encoded; elsewhere a password may have brackets around it.
    """
    for place, given in places.items():
        if not given or (place == "host" and _is_address(given)):
            continue
        has_brackets = _BRACKETED.fullmatch(given) and (is_url or place != "password")
        if has_brackets or re.fullmatch(_EXAMPLES[place], given):
            return place
        text = unquote(given) if is_url else given
        if place == "password":
            if _PASSWORD_INSIDE.search(text):
                return place
        elif _BRACKETS_INSIDE.search(text) or _RUN_INSIDE.search(text):
            return place
    return None


def _check_names(parts: Mapping[str, str], origin: Origin) -> None:
    """Refuse a host or a database that swallows what stands behind it, which may be the password: messages name both."""
    name = parts.get("dbname", "")
    hosts = [
        *filter(None, parts.get("host", "").split(",")),
        *filter(None, parts.get("hostaddr", "").split(",")),
    ]
    if any("=" in each and not each.startswith("/") for each in (name, *hosts, parts.get("user", ""))):
        raise _wrong(
            origin,
            "has parts that are not divided as they should be: a ? begins the parameters of a URL, and & is between them; "
            "blanks divide host=… user=…",
            f"Such as {origin.example()}",
        )
    if "/" in name:
        raise _wrong(
            origin,
            "has a / in the name of the database",
            f"Behind the host stands that name alone: {origin.example()}",
        )
    if not all(map(is_host, hosts)):
        raise _wrong(
            origin,
            "names a host that can be none",
            f"It is a name or an address, with the port behind a colon: {origin.example()}",
        )


def is_host(text: str) -> bool:
    """Whether this can be one host: a name, an address, or the folder of a socket."""
    return text.startswith(("/", "@")) or _is_address(text) or _HOST.fullmatch(text) is not None


def _wrong(origin: Origin, problem: str, remedy: str) -> DatabaseSettingsError:
    return DatabaseSettingsError(f"{origin.name} {problem}.", remedy)


def _check_form(text: str, origin: Origin) -> None:
    """Refuse what other programs have in place of a connection string; what begins as one is none of that."""
    if text.startswith(("postgresql://", "postgres://")):
        return
    for form, problem, remedy in _OTHER_FORMS:
        if form.match(text):
            parts = f", or in {origin.instead}" if origin.instead else ""
            raise _wrong(origin, problem, remedy.format(example=origin.example(), parts=parts))


def _check_start(text: str, origin: Origin) -> None:
    """Refuse what does not begin like a connection string, by what stands there instead."""
    begins = list(_SCHEME.finditer(text))
    if len(begins) > 1:
        raise _wrong(
            origin,
            "holds more than one address",
            f"Take one, from postgresql:// to its end: {origin.example()}",
        )
    if begins and begins[0].start():
        before = text[: begins[0].start()]
        words = [word for pattern, word in _BEFORE if pattern.search(before)]
        raise _wrong(
            origin,
            f"has text before postgresql:// ({', '.join(words) or 'it is not shown'})",
            f"Take what begins with postgresql:// and nothing around it: {origin.example()}",
        )
    if begins:
        return
    if found := _WITH_DRIVER.match(text):
        raise _wrong(
            origin, f"names a driver ({found[1]}://)", f"Let {origin.name} begin with postgresql:// alone."
        )
    if _SCHEME.match(text.lower()):
        raise _wrong(
            origin, "begins with capital letters", f"Write postgresql:// in {origin.name} in small letters."
        )
    if found := _OTHER_SCHEME.match(text):
        is_page = found[1].lower() in ("http", "https")
        raise _wrong(
            origin,
            f"is {'the address of a page, not of a database' if is_page else 'no PostgreSQL connection string'}: it begins "
            f"with {found[1]}://{suggestion(found[1], ['postgresql'])}",
            f"{_INSTEAD}. {origin.remedy}" if is_page else origin.remedy,
        )
    raise _wrong(
        origin,
        "is no PostgreSQL connection string: it does not begin with postgresql://",
        origin.remedy,
    )


def _check_url(url: str, origin: Origin) -> None:
    """Refuse a URL that libpq would take, and not as it was meant."""
    if re.search(r"[\s\x00-\x1f]", url):
        raise _wrong(
            origin,
            "has a blank or a line break in it",
            f"Copy it again in one piece to {origin.name}; in a password, write %20 for a blank.",
        )
    if not url.isprintable():
        raise _wrong(
            origin,
            "has a character in it that cannot be seen, as text from a web page may have",
            f"Type {origin.name} around that place anew, or copy it again with the provider's own button.",
        )
    rest = url.partition("://")[2]
    authority, name = _split(rest)
    found = _AUTHORITY.fullmatch(authority)
    places = {**(found.groupdict() if found else {}), "database": name}
    if re.fullmatch(r"\*+|\u2022+", unquote(places.get("password") or "")):
        raise _wrong(
            origin,
            "was copied with stars in place of the password",
            f"Let your provider show the password before you copy the string, and put it into {origin.name}.",
        )
    if places.get("host") == "host":
        raise _wrong(origin, "is an example, not an address", f"Put your own into it: {origin.remedy}")
    if (places.get("host") or "").lower() in ("http", "https"):
        raise _wrong(
            origin,
            "has the address of a page where the host stands",
            f"The host is a name without http:// before it: {origin.example()}",
        )
    if re.fullmatch(r"[a-z0-9]{16,24}\.supabase\.co", places.get("host") or ""):
        raise _wrong(
            origin,
            "has the host of Supabase's API, not of its database",
            f"Take the string of the pooler (Connect → Session pooler) for {origin.name}; see docs/setup.md.",
        )
    _check_places(places, origin, is_url=True)
    if _shows_its_password(rest):
        raise _wrong(
            origin,
            "has an @ where none can be: the password holds a character that a URL gives another meaning",
            origin.encoded(),
        )
    if url.endswith(_NOT_AT_THE_END):
        raise _wrong(
            origin,
            "ends with a quote, a semicolon, a comma or the like",
            f"Leave it out of {origin.name}.",
        )


_NOT_AT_THE_END = (
    "'",
    '"',
    "`",
    ";",
    ",",
    ".",
    ")",
    ">",
    "\\",
    "\u00ab",
    "\u00bb",
    "\u2018",
    "\u2019",
    "\u201c",
    "\u201d",
)


def _check_places(places: Mapping[str, str | None], origin: Origin, *, is_url: bool) -> None:
    """Refuse what an example has in a place that is to be filled in."""
    place = place_to_fill_in(places, is_url=is_url)
    if place is not None:
        has_brackets = re.search(r"[\[<{]", unquote(places[place] or "")) is not None
        raise _wrong(
            origin,
            f"has a place left to be filled in{', in brackets' if has_brackets else ''}: the {place}",
            f"Put the real one into {origin.name}{', without the brackets' if has_brackets else ''}.",
        )


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


def _as_libpq_says(text: str, said: str, origin: Origin) -> tuple[str, str]:
    """What is wrong and what to do, from libpq's message, which may hold the password."""
    if "percent-encoded" in said or "%00" in said:
        return "has a % that encodes nothing", f"Write %25 for a % in the password of {origin.name}."
    if "separator" in said:
        return "has a parameter without a value", f"Leave it out of {origin.name}."
    if 'matching "]"' in said:
        return (
            "has a [ that is never closed",
            f"It begins an IPv6 address. If it is of the password: {origin.encoded()}",
        )
    if "query parameter" in said or "connection option" in said:
        unknown = _unknown_parameters(text)
        if unknown:
            return (
                f"has a parameter that PostgreSQL does not know: {', '.join(unknown)}",
                f"Leave it out of {origin.name}.",
            )
        return (
            "has a parameter that PostgreSQL does not know",
            f"Leave it out. If it is of the password: {origin.encoded()}"
            if "query parameter" in said
            else f"Leave it out of {origin.name}; the words are host, port, dbname, user, password and sslmode.",
        )
    return "is no PostgreSQL connection string", origin.remedy


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
