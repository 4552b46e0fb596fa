"""Move your data to another database; make a role that only reads one listener's rows; spread the database over several servers.

./run db copy-to                   asks for the address, hidden
TARGET_DATABASE_URL=… ./run db copy-to
./run db copy-to postgresql://me@host/database
./run db reader NAME [--user ID]    a role with a password of its own, for reports
./run db reader NAME --remove
./run db distribute [--dry-run] [--yes]    with Citus: each listener's rows on one of several servers
./run db distribute --back          all on one server again

copy-to: the other database must be empty, or hold our tables without a row. Everything is copied in one transaction and compared, row
by row; whatever ends it leaves the other database without data, and the one here as it is. No script can run meanwhile.

reader: the role can write nothing, and reads no secret; of listeners it reads the one of --user alone, else the one that its session names
in mirror.user_id. Where the role is there already, its password stays. docs/security.md tells more.

distribute: for an installation with so many listeners that one server is too small (docs/scale.md). Step by step, each whole or not at all; what
was ended goes on where it was when it is run again, and until then no script begins.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import shlex
import sys
from collections.abc import Mapping
from time import monotonic

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import parse_dsn

from db.copying.everything import Copied, copy_everything
from db.distributing import command
from db.reader_role import SHORTEST_PASSWORD, check_name, is_there, make, new_password, remove
from utils.clock import Clock
from utils.config import environment
from utils.database.connection import Database, EmbeddedDatabase, database_at, database_from
from utils.database.connection_string import origin_of_another
from utils.database.distributed import is_distributed
from utils.errors import ExitCode, JobError, SettingsError
from utils.job.command_line import Text, add_user, run_tool
from utils.job.users import meant
from utils.redaction import Redactor
from utils.start import CTRL_C
from utils.terminal import Terminal, ask, ask_secret, say
from utils.verbose import add_verbose

VARIABLE = "TARGET_DATABASE_URL"
TERMINAL = Terminal(say, ask, ask_secret)


def main(arguments: list[str] | None = None, terminal: Terminal = TERMINAL) -> int:
    """Run one command. Exit codes: 0 done · 1 a script is running, or the copy is not equal · 2 settings, or a database · 130 Ctrl-C."""
    options = parser().parse_args(arguments)
    if options.command == "reader":
        return run_tool("db", lambda connection: reader(connection, options, terminal))
    if options.command == "distribute":
        return distribute(options, terminal)
    return copy(options, terminal)


def distribute(options: argparse.Namespace, terminal: Terminal) -> int:
    """Spread the database over several servers, or take that back; the exit code."""
    try:
        command.run(environment(), options, terminal)
    except JobError as error:
        sys.stderr.write(f"db: {' '.join(f'{error} {error.remedy}'.split())}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write(
            f"db: stopped by {CTRL_C}; what was done is kept, and ./run db distribute goes on with it.\n"
        )
        return ExitCode.INTERRUPTED
    return ExitCode.OK


def copy(options: argparse.Namespace, terminal: Terminal) -> int:
    """Copy everything; the exit code."""
    redactor = Redactor()
    source: Database | None = None
    try:
        environ = environment()
        target = target_of(options.database_url, environ, terminal)
        redactor = Redactor(target.secrets())
        here = database_from(environ)
        is_embedded = isinstance(here, EmbeddedDatabase)
        source = here.start() if isinstance(here, EmbeddedDatabase) else here
        redactor = Redactor([*target.secrets(), *source.secrets()])
        if options.database_url and "password" in parse_dsn(target.dsn):
            terminal.say(
                "The password is in your shell's history now; without an address it is asked for, hidden."
            )
        terminal.say(f"copying from {source.label} to {target.label}")
        begun = monotonic()
        copied = copy_everything(source, target, terminal.say)
    except JobError as error:
        sys.stderr.write(f"db: {redactor(' '.join(f'{error} {error.remedy}'.split()))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write(f"db: stopped by {CTRL_C}; nothing was copied.\n")
        return ExitCode.INTERRUPTED
    for line in ending(copied, monotonic() - begun, source if is_embedded else None):
        terminal.say(line)
    return ExitCode.OK


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        prog="./run db",
        description=f"{__doc__}\nreads   every table\nwrites  copy-to: the other database; reader: the role, and the schema mirror_reader; distribute: where every table is, and the views",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    commands = command_line.add_subparsers(dest="command", required=True)
    copying = commands.add_parser("copy-to", help="copy everything to another database")
    add_verbose(copying)
    copying.add_argument(
        "database_url",
        action=Text,
        nargs="?",
        default="",
        metavar="DATABASE_URL",
        help=f"its address; better left out: then it is taken from {VARIABLE}, or asked for, hidden",
    )
    reading = commands.add_parser("reader", help="make a role that only reads, or remove it")
    add_verbose(reading)
    add_user(reading)
    reading.add_argument("role", action=Text, metavar="NAME", help="of the role, such as reports")
    reading.add_argument("--remove", action="store_true", help="take the role away again")
    spreading = commands.add_parser(
        "distribute", help="spread the database over several servers, or take it back"
    )
    add_verbose(spreading)
    spreading.add_argument("--back", action="store_true", help="all on one server again")
    spreading.add_argument("--dry-run", action="store_true", help="only say what would be done")
    spreading.add_argument("--yes", action="store_true", help="do not ask")
    return command_line


def reader(connection: Connection, options: argparse.Namespace, terminal: Terminal) -> str:
    """Make or remove a role that only reads; the text to show. Raises SettingsError."""
    role = options.role
    check_name(role)
    with connection, connection.cursor() as cursor:
        if not options.remove and is_distributed(cursor):
            raise SettingsError(
                "The database is spread over several servers, where a role cannot be kept to the rows of one listener.",
                "./run users export writes a file of one listener alone; ./run db distribute --back brings roles that only read back.",
            )
    if options.remove:
        remove(connection, role)
        return f"{role} is gone\n"
    with connection, connection.cursor() as cursor:
        user_id = meant(cursor, Clock().now(), options.user).user_id if options.user else None
        is_known = is_there(cursor, role)
    if is_known:
        make(connection, role, None, user_id)
        return f"{role} has its rights again; its password is as it was\n"
    password, is_made = password_of(terminal)
    make(connection, role, password, user_id)
    if is_made:
        terminal.say(f"Its password, which is shown this once: {password}")
    whose = (
        f"the rows of {options.user} alone"
        if options.user
        else "the rows of the listener that its session names: behind DATABASE_URL of that role, ?options=-c%20mirror.user_id%3DUSER_ID"
    )
    return f"{role} is made, and reads {whose}.\nIts DATABASE_URL is yours with this name and password.\n"


def password_of(terminal: Terminal) -> tuple[str, bool]:
    """A password that is asked for, or made where nothing is typed or nobody can be asked; and whether it was made. Raises SettingsError."""
    if environment().get("GITHUB_ACTIONS") == "true":
        raise SettingsError(
            "In GitHub Actions no role is made: its password would stand in the log.",
            "Run ./run db reader on your own machine, with the same DATABASE_URL.",
        )
    try:
        typed = terminal.ask_secret("Password of the role (not shown; Enter makes one): ")
    except SettingsError:
        typed = ""
    if typed and len(typed) < SHORTEST_PASSWORD:
        raise SettingsError(
            f"The password is shorter than {SHORTEST_PASSWORD} characters.",
            "Take a longer one, or let one be made.",
        )
    return (typed, False) if typed else (new_password(), True)


def target_of(url: str, environ: Mapping[str, str], terminal: Terminal) -> Database:
    """The database to copy to: of the command line, else of the variable, else asked for.

    Raises SettingsError, DatabaseSettingsError.
    """
    name = VARIABLE if not url.strip() and environ.get(VARIABLE, "").strip() else "the address to copy to"
    url = url.strip() or environ.get(VARIABLE, "").strip()
    if not url:
        try:
            url = terminal.ask_secret("Address of the other database (postgresql://…, not shown): ").strip()
        except SettingsError:
            raise SettingsError(
                "There is no address to copy to, and no terminal to ask for it on.",
                f"Put it into {VARIABLE}.",
            ) from None
    if not url:
        raise SettingsError(
            "There is no address to copy to.", f"Put it into {VARIABLE}, or type it when asked."
        )
    origin = origin_of_another(name, "to copy to")
    return database_at(url, origin, is_public=environ.get("GITHUB_ACTIONS") == "true")


def ending(copied: Copied, seconds: float, embedded: Database | None) -> list[str]:
    """What was done, and what comes next."""
    lines = [
        f"copied {sum(copied.rows.values()):,} rows of {len(copied.rows)} tables in {seconds:.0f} s; both sides are equal"
    ]
    if copied.left_out:
        lines.append(
            f"not copied, since these tables are your own: {', '.join(map(shlex.quote, copied.left_out))}"
        )
    lines += [
        "Next: put the address into .env as DATABASE_URL, and see whether ./run status shows your data.",
        "For GitHub: ./run setup-github. What a script writes here from now on is not there: let none start with the old "
        "settings.",
    ]
    if embedded is not None:
        lines.append(
            f"The data here stays as it is ({embedded.label}); delete that folder when you need it no more."
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
