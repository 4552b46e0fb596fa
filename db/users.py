"""The listeners of this installation: list, add, pause and resume them, take one's data out, in, and away, and make or change the key of their consents.

./run users [list]
./run users add NAME --refresh-token-env VARIABLE    on a machine without a browser; else ./run login --user NAME [--link]
./run users pause | resume NAME
./run users export NAME [FILE]                       anna-2026-11-29.zip: all of her data, but for the consent
./run users import FILE [--name NAME]
./run users remove NAME [--keep-history]
./run users agree | disagree NAME OTHER              NAME shares with OTHER what she hears, and takes it back
./run users new-key

A paused listener is left out by everything that copies; what is stored stays. An export is a backup of one listener: ./run restore takes it as
well; with BACKUP_KEY it is encrypted. remove deletes every row of that listener and of nobody else; with --keep-history, plays, imports and
corrections stay, without a consent. Two listeners are compared (./run together), and are in one smart playlist, only where each has
agreed to share with the other. new-key makes TOKEN_ENCRYPTION_KEY where there is none, else another one: all stored consents are sealed
anew with it, and are readable at every moment in between.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import sys
import webbrowser
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection

from db.backups.keys import add_key
from db.backups.to_file import add_file
from db.listeners.agreeing import agree, agreements_text
from db.listeners.in_and_out import Step, export, take_away, take_in
from db.listeners.new_key import replace_key
from utils.clock import Clock, believed
from utils.config import environment
from utils.database.connection import open_database
from utils.database.statements import statement
from utils.errors import ExitCode, JobError
from utils.job.command_line import Text, run_tool
from utils.job.users import meant
from utils.login.consent import Terminal
from utils.login.for_listener import Wanted, add_listener
from utils.redaction import Redactor
from utils.spotify.consents import consent_ends_at
from utils.start import CTRL_C
from utils.stopping import ctrl_c_ends_statements
from utils.terminal import ask, ask_secret, say
from utils.text_table import text_table
from utils.verbose import add_verbose

TERMINAL = Terminal(say, ask, ask_secret, webbrowser.open)


def main(arguments: list[str] | None = None, terminal: Terminal = TERMINAL) -> int:
    """Run one command. Exit codes: 0 done · 1 failed · 2 settings, an unknown listener, or no database · 3 the consent is refused."""
    options = parser().parse_args(arguments)
    if options.command == "export":
        return run_tool("users", lambda connection: export(connection, options, terminal))
    if options.command in ("import", "remove"):
        return _in_or_out(take_in if options.command == "import" else take_away, options, terminal)
    if options.command in ("add", "new-key"):
        return _with_consents(options, terminal)
    return run_tool("users", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        prog="./run users",
        description=f"{__doc__}\nreads   users, .env; export and remove: every table; import: the file\n"
        "writes  users; agree and disagree: listener_agreements; new-key and add: TOKEN_ENCRYPTION_KEY in .env; export: the file; import and remove: every table, and the views",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    every = argparse.ArgumentParser(add_help=False)
    add_verbose(command_line)
    add_verbose(every)
    commands = command_line.add_subparsers(dest="command")
    commands.default = "list"
    commands.add_parser("list", parents=[every], help="who there is, and how their consents stand")
    adding = commands.add_parser(
        "add", parents=[every], help="store a consent whose refresh token is at hand"
    )
    adding.add_argument("name", action=Text, metavar="NAME")
    adding.add_argument(
        "--refresh-token-env",
        required=True,
        metavar="VARIABLE",
        help="the environment variable that has the refresh token, given to the same app",
    )
    adding.add_argument("--market", help="country code of two letters, such as DE")
    adding.add_argument("--time-zone", help="IANA time zone, such as Europe/Berlin")
    for name, text in (("pause", "copy nothing more of a listener"), ("resume", "let it go on")):
        _add_named(commands, every, name, text)
    for name, text in (
        ("agree", "a listener shares with another one what they hear"),
        ("disagree", "and takes it back"),
    ):
        agreeing = _add_named(commands, every, name, text)
        agreeing.add_argument("other", action=Text, metavar="OTHER", help="who sees it")
    add_file(_add_named(commands, every, "export", "write all of a listener's data into a file"))
    coming = commands.add_parser("import", parents=[every], help="read such a file")
    coming.add_argument("file", action=Text, metavar="FILE", help="what ./run users export has written")
    coming.add_argument(
        "--name", action=Text, default="", metavar="NAME", help="by another name than in the file"
    )
    add_key(coming)
    going = _add_named(commands, every, "remove", "delete all of a listener's data")
    going.add_argument("--keep-history", action="store_true", help="but for plays, imports and corrections")
    going.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("new-key", parents=[every], help="make TOKEN_ENCRYPTION_KEY, or change it")
    return command_line


def _add_named(
    commands: Any, every: argparse.ArgumentParser, name: str, text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, parents=[every], help=text)
    command.add_argument("name", action=Text, metavar="NAME")
    return command


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Carry out what asks the database alone; the text to show. Raises SettingsError."""
    now = Clock().now()
    with connection, connection.cursor() as cursor:
        if options.command == "list":
            cursor.execute(statement("users.listed"))
            return listed(cursor.fetchall(), now) + agreements_text(cursor)
        if options.command in ("agree", "disagree"):
            return agree(cursor, now, options.name, options.other, agrees=options.command == "agree")
        listener = meant(cursor, now, options.name)
        is_active = options.command == "resume"
        cursor.execute(statement("users.set_active"), {"user_id": listener.user_id, "is_active": is_active})
    return f"{options.name} {'goes on' if is_active else f'is paused; ./run users resume {options.name} lets the copying go on'}\n"


def listed(rows: list[tuple[Any, ...]], now: datetime) -> str:
    """The listeners as a table. No token, and nothing of what they hear."""
    if not rows:
        return "There is no listener yet: ./run sync with the consent of ./run login, or ./run login --user NAME.\n"
    head = ("name", "Spotify", "consent", "until", "market", "time zone", "last copied")
    lines = []
    for _, spotify_id, name, _, market, time_zone, authorized_at, status, is_active, where, last in rows:
        given = believed(authorized_at, now)
        ends = "-" if where == "none" else f"{consent_ends_at(given):%Y-%m-%d}" if given else "unknown"
        seen = believed(last, now)
        lines.append(
            (
                name or "-",
                spotify_id,
                f"{where}{'' if status == 'ok' or where == 'none' else f', {status}'}{'' if is_active else ', paused'}",
                ends,
                market or "-",
                time_zone,
                f"{seen:%Y-%m-%d %H:%M} UTC" if seen else "never",
            )
        )
    return text_table(head, lines)


def _with_consents(options: argparse.Namespace, terminal: Terminal) -> int:
    """What asks Spotify, or changes the settings file."""
    try:
        environ = environment(file_may_be_missing=True)
        if options.command == "new-key":
            replace_key(environ, terminal)
        else:
            wanted = Wanted(options.name, options.market, options.time_zone)
            add_listener(wanted, options.refresh_token_env, environ, terminal, Clock())
    except JobError as error:
        say(f"users: {error}\n{error.remedy}".rstrip(), sys.stderr)
        return error.exit_code
    return ExitCode.OK


def _in_or_out(step: Step, options: argparse.Namespace, terminal: Terminal) -> int:
    """What puts a listener's rows into the database, or takes them away: all or nothing."""
    redactor = Redactor()
    try:
        environ = environment()
        database = open_database(environ)
        redactor = Redactor(database.secrets())
        with ctrl_c_ends_statements():
            step(database, environ, options, terminal)
    except JobError as error:
        say(f"users: {redactor(' '.join(f'{error} {error.remedy}'.split()))}", sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        say(f"users: stopped by {CTRL_C}; nothing was changed.", sys.stderr)
        return ExitCode.INTERRUPTED
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
