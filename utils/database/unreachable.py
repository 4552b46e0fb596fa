"""Why no connection can be had: what libpq says of each address that it has tried, in one line, and what to do about it."""

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

from utils.database.connection_string import DATABASE_URL, Origin
from utils.late_pattern import LatePattern

ONLY_IPV6 = "its host has only an IPv6 address, which this machine cannot reach"
POOLER = (
    "Take the connection string of your provider's pooler, which has an IPv4 address (at Supabase: Connect → Session "
    "pooler); see docs/setup.md."
)
_ATTEMPT = LatePattern(
    r'connection to server (?:at|on socket) "(?P<name>[^"]*)"(?: \((?P<address>[^)]*)\))?(?:, port \S+)? failed: (?P<reason>.*)'
)
_SEVERITY = LatePattern(r"^(FATAL|ERROR|PANIC): +")
_NO_WAY = LatePattern(
    r"network is unreachable|no route to host|cannot assign requested address|not supported", re.I
)
_AGAIN = "Try again in a minute."
# By what the reason says; in braces, what depends on where the address comes from.
_REMEDIES = (
    (
        r'could not translate host name "?db\.[a-z0-9]+\.supabase\.',
        "That is Supabase's direct connection, whose host has only an IPv6 address: take the string of the pooler instead "
        "(Connect → Session pooler), into {settings}; see docs/setup.md.",
    ),
    (
        r"could not translate host name|name or service not known|no address associated",
        "Check how the host is spelled in {settings}, and that this machine is connected to the internet.",
    ),
    (
        r"password authentication failed|no password supplied",
        "Check user and password in {settings}; in a URL, some characters of a password are percent-encoded (%40 for @).",
    ),
    (
        r"tenant or user not found|tenant/user .* not found|no tenant identifier",
        "Check user and host in {settings}: of Supabase's pooler, the user is postgres. with your project's letters behind.",
    ),
    (
        r'role "[^"]*" does not exist|not permitted to log in',
        "Check the user in {settings}.",
    ),
    (r'database "[^"]*" does not exist', "Check the database's name in {settings}."),
    (
        r"endpoint (?:id|could not be found)",
        "Check how the host is spelled in {settings}: copy it again from your provider.",
    ),
    (
        r"too many|remaining connection slots|max client",
        "{again} Where it stays so: end what else is connected, or take your provider's pooler.",
    ),
    (r"starting up|shutting down|in recovery|system is not (?:yet )?accepting connections", "{again}"),
    (
        r"timeout expired|timed out",
        "{again} Where it stays so: check host and port in {settings}, that the server is running, and that no firewall "
        "is in between.",
    ),
    (
        r"does not support ssl",
        "Where the server is in a network of your own: set {without_tls}.",
    ),
    (
        r"closed the connection unexpectedly",
        "{again} Where it stays so: check host and port in {settings}: does a PostgreSQL server listen there?",
    ),
    (
        r"invalid response to ssl|expected authentication request",
        "Check host and port in {settings}: does a PostgreSQL server listen there?",
    ),
    (
        r"no pg_hba\.conf entry",
        "The server lets this user in from elsewhere only, or only with TLS ({with_tls}): "
        "look at its access rules.",
    ),
    (
        r"connection refused|no such file",
        "Check host and port in {settings}, and that the server is running.",
    ),
)
_ELSE = "Check {settings}, that the server is running, and that it lets this machine in."


class Unreachable(NamedTuple):
    """The reason, as part of a sentence, and the remedy."""

    reason: str
    remedy: str


def why_unreachable(said: str, hidden: Iterable[str] = (), origin: Origin = DATABASE_URL) -> Unreachable:
    """What libpq's message comes to, without its hints and the addresses. `hidden`: names that it must not show."""
    attempts, reasons = [], []
    for line in said.splitlines():
        if not line.strip() or line[0].isspace() or line.startswith(("DETAIL:", "HINT:")):
            continue
        found = _ATTEMPT.match(line)
        reason = _SEVERITY.sub("", found["reason"] if found else line).strip()
        if found:
            attempts.append((_is_ipv6(found["address"] or found["name"]), reason))
        reasons.append(reason)
    lost = [is_ipv6 and bool(_NO_WAY.search(reason)) for is_ipv6, reason in attempts]
    if lost and all(lost):
        return Unreachable(f"{reasons[0]}; {ONLY_IPV6}", POOLER)
    if any(lost):  # what the other addresses say counts
        reasons = [reason for (_, reason), is_lost in zip(attempts, lost, strict=True) if not is_lost]
    text = "; ".join(dict.fromkeys(reasons)) or "no answer"
    remedy = next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, text, re.IGNORECASE)), _ELSE)
    remedy = remedy.format(
        settings=origin.settings,
        again=_AGAIN,
        without_tls=origin.sslmode("disable"),
        with_tls=origin.sslmode("require"),
    )
    return Unreachable(_without(text, hidden), remedy)


def _without(text: str, hidden: Iterable[str]) -> str:
    """The text without names in quotes, and without what is hidden; as it is where nothing is."""
    names = sorted({name for name in hidden if name}, key=len, reverse=True)
    if not names:
        return text
    text = re.sub(r""" ?"[^"]*"| ?'[^']*'""", "", text)
    for name in names:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "***", text)
    return text


def _is_ipv6(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).version == 6
    except ValueError:
        return False
