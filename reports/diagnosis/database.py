"""Checks of the database: whether it is there, is new enough, fits this checkout, and lets this login do what the scripts do."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import parse_dsn

from reports.diagnosis.finding import Finding, NotChecked, fault, fault_of, ok, warning
from reports.diagnosis.situation import Schema, Situation
from utils.database.connection import Database, is_local
from utils.database.statements import statement
from utils.database.trouble import explained
from utils.errors import DatabaseUnavailableError, ExitCode, OldServerError, SchemaError
from utils.words import counted

UTF8 = "UTF8"
CONNECTIONS = 4  # that the daily chain has open at once
MEGABYTE = 1_000_000
# What the free plans hold, by the end of the host's name.
_PLANS = {".neon.tech": ("Neon", 512), ".supabase.com": ("Supabase", 500), ".supabase.co": ("Supabase", 500)}
_PLAN = "database.plan_megabytes"
_FULL, _NEARLY_FULL = 0.95, 0.8  # of the plan
_MAY_FALL_BACK = ("disable", "allow", "prefer")
_POOLER = "Take your provider's pooler in transaction or session mode, not in statement mode (docs/setup.md)."
_SHOWN = 5  # tables that are named


def check_database(at: Situation) -> Iterator[Finding]:
    """Whether it can be reached, and is new enough."""
    if at.out_of_reach is not None:
        is_old = isinstance(at.out_of_reach, OldServerError)
        yield fault_of(
            "database-old" if is_old else "database-unreachable",
            at.out_of_reach,
            "No script runs without it.",
        )
    elif at.connection is None:
        raise NotChecked(at.not_opened)
    else:
        version = at.connection.server_version
        label = at.reached.label if at.reached else ""
        yield ok(f"The database {label} is PostgreSQL {version // 10000}.{version % 10000}.")


def check_schema(at: Situation) -> Iterator[Finding]:
    """Whether the tables are those of this checkout."""
    pending = at.migrations[len(at.applied) :]
    if at.schema is Schema.NONE and at.encoding != UTF8:
        raise NotChecked("in its encoding nothing can be stored")
    if at.schema is Schema.NONE:
        yield warning(
            "nothing-stored",
            "Nothing is stored yet: the database has none of our tables.",
            "./run sync, which makes them and copies your library",
        )
    elif at.foreign is not None:
        yield fault_of("schema-foreign", at.foreign, "Until then every script refuses to write to it.")
    elif pending:
        yield warning(
            "schema-behind",
            f"The tables are older than this checkout: {counted(len(pending), 'migration')} to be applied, from {pending[0].name} on. "
            "The next script does that by itself.",
            "./run init_db",
        )
    else:
        yield ok(f"The tables are those of this checkout ({at.migrations[-1].name}).")


def check_encoding(at: Situation) -> Iterator[Finding]:
    """Whether it can hold the letters of all names."""
    encoding = at.encoding
    if encoding == UTF8:
        yield ok("The database's encoding is UTF8.")
    else:
        error = SchemaError(
            f"The database has the encoding {encoding}, which does not have the letters of all names.",
            "Take one that was made with ENCODING 'UTF8', and move there: ./run db copy-to",
        )
        yield fault_of("encoding", error)


def check_writing(at: Situation) -> Iterator[Finding]:
    """Whether anything can be written at all."""
    is_replica, is_read_only = at.row("doctor.writing")
    if is_replica or is_read_only:
        why = "it is a replica" if is_replica else "this login's transactions are read-only"
        yield fault(
            "read-only",
            f"Nothing can be written to the database: {why}. Providers make it so, too, when its disk is full.",
            "Name the primary, or a login that may write, in DATABASE_URL; where the disk is full: a larger plan.",
        )
    else:
        yield ok("The database can be written to.")


def check_rights(at: Situation) -> Iterator[Finding]:
    """Whether this login may make, fill and refresh our tables and views."""
    may_create, may_make_temporary, closed, not_ours = at.row("doctor.rights")
    lacks = []
    if not may_create:
        lacks.append("make tables (CREATE on the schema), which migrations need")
    if not may_make_temporary:
        lacks.append("make temporary tables (TEMPORARY on the database), which the site and imports need")
    if closed:
        lacks.append(f"read and write {_some(closed)}")
    if not_ours:
        lacks.append(f"refresh {_some(not_ours)}, which belong to another login")
    if lacks:
        yield fault(
            "rights",
            f"The database's login may not {'; nor '.join(lacks)}.",
            "Name the login that owns the tables in DATABASE_URL, or let that one say, in ./run sql --write: GRANT …",
        )
    else:
        yield ok("The login may do all that the scripts do.")


def _some(names: list[str]) -> str:
    """The first of them."""
    more = f" and {counted(len(names) - _SHOWN, 'other')}" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def check_space(at: Situation) -> Iterator[Finding]:
    """Whether the database still fits into its plan."""
    (size,) = at.row("doctor.size")
    plan, of = _plan(at)
    if not plan:
        yield ok(f"The database takes {size // MEGABYTE:,} MB; how much its plan has is not known ({_PLAN}).")
        return
    share = size / (plan * MEGABYTE)
    what = f"The database takes {size // MEGABYTE:,} of the {plan:,} MB {of} ({share:.0%})"
    remedy = (
        f"./run backup, then a larger plan, or another database: ./run db copy-to. If the plan is larger already: "
        f"./run settings set {_PLAN} MEGABYTES"
    )
    if share >= _FULL:
        yield fault("space", f"{what}: soon nothing more can be written.", remedy, ExitCode.FAILED)
    elif share >= _NEARLY_FULL:
        yield warning("space", f"{what}; once it is full, nothing more can be written.", remedy)
    else:
        yield ok(f"{what}.")


def _plan(at: Situation) -> tuple[int, str]:
    """How many megabytes there are, and by whose word; 0 where nobody knows."""
    if at.app_settings is not None and (said := at.app_settings.number(_PLAN)):
        return said, f"that {_PLAN} says"
    host = parse_dsn(at.reached.dsn).get("host", "") if at.reached else ""
    found = next((plan for end, plan in _PLANS.items() if host.endswith(end)), None)
    return (found[1], f"of {found[0]}'s free plan") if found else (0, "")


def check_tls(at: Situation) -> Iterator[Finding]:
    """Whether passwords and data travel encrypted."""
    if at.connection is None or at.reached is None:
        raise NotChecked(at.not_opened)
    parts, origin = parse_dsn(at.reached.dsn), at.reached.origin
    if all(map(is_local, parts.get("host", "").split(","))):
        yield ok("The database is on this machine.")
    elif not at.connection.info.ssl_in_use:
        yield fault(
            "tls",
            "The connection to the database is not encrypted: whoever is on the way can read all of it, and your password.",
            f"Set {origin.sslmode('require')}.",
        )
    elif parts.get("sslmode") in _MAY_FALL_BACK:
        yield warning(
            "tls",
            f"sslmode is {parts['sslmode']}: somebody on the way could have the connection not encrypted.",
            f"Set {origin.sslmode('require')}.",
        )
    else:
        yield ok("The connection is encrypted.")


def check_transactions(at: Situation) -> Iterator[Finding]:
    """Whether the connections that the chain has are to be had at once, and a lock of one is seen by another: also through a pooler."""
    if at.connection is None or at.reached is None:
        raise NotChecked(at.not_opened)
    try:
        at.row("doctor.clock")
    except psycopg2.Error as error:
        yield fault(
            "transactions",
            f"The database carries out no transaction, without which nothing is stored: {explained(error).reason}.",
            _POOLER,
        )
        return
    with ExitStack() as stack:
        try:
            others = [_connected(at.reached, stack) for _ in range(CONNECTIONS - 1)]
        except DatabaseUnavailableError as error:
            yield fault(
                "connections",
                f"The daily chain needs {CONNECTIONS} connections to the database at once, and they are not to be had: {error}",
                "End what else is connected, or take your provider's pooler (docs/setup.md).",
            )
            return
        with others[0] as other, other.cursor() as first, at.cursor() as second:
            taken = []
            for cursor in (first, second):
                cursor.execute(statement("doctor.take_lock"))
                taken.append(cursor.fetchone() == (True,))
    if taken == [True, False]:
        yield ok(f"{CONNECTIONS} connections at once, and their locks are seen by each other.")
    elif taken[0]:
        yield fault(
            "transactions",
            "A lock that one connection holds is not seen by another: the same script could run twice at once.",
            _POOLER,
        )
    else:
        raise NotChecked("another doctor is at work")


def _connected(database: Database, stack: ExitStack) -> Connection:
    """One more connection."""
    return stack.enter_context(closing(database.connect()))
