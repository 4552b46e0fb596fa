"""The listeners of this installation: list them, add one, pause and resume one, and make or change the key that seals their consents.

./run users [list]
./run users add NAME --refresh-token-env VARIABLE    on a machine without a browser; else ./run login --user NAME [--link]
./run users pause | resume NAME
./run users new-key

A paused listener is left out by everything that copies; what is stored stays. new-key makes TOKEN_ENCRYPTION_KEY where there is none, else
another one: all stored consents are sealed anew with it, and are readable at every moment in between.
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

from db.listeners.new_key import replace_key
from utils.clock import Clock, believed
from utils.config import environment
from utils.database.statements import statement
from utils.errors import ExitCode, JobError
from utils.job.command_line import Text, run_tool
from utils.job.users import meant
from utils.login.consent import Terminal
from utils.login.for_listener import Wanted, add_listener
from utils.spotify.tokens import consent_ends_at
from utils.terminal import ask, ask_secret, say
from utils.text_table import text_table
from utils.verbose import add_verbose

TERMINAL = Terminal(say, ask, ask_secret, webbrowser.open)


def main(arguments: list[str] | None = None, terminal: Terminal = TERMINAL) -> int:
    """Run one command. Exit codes: 0 done · 1 failed · 2 settings, an unknown listener, or no database · 3 the consent is refused."""
    options = parser().parse_args(arguments)
    if options.command in ("add", "new-key"):
        return _with_consents(options, terminal)
    return run_tool("users", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    command_line = argparse.ArgumentParser(
        prog="./run users",
        description=f"{__doc__}\nreads   users, .env\nwrites  users; new-key and add: TOKEN_ENCRYPTION_KEY in .env",
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
        commands.add_parser(name, parents=[every], help=text).add_argument(
            "name", action=Text, metavar="NAME"
        )
    commands.add_parser("new-key", parents=[every], help="make TOKEN_ENCRYPTION_KEY, or change it")
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Carry out what asks the database alone; the text to show. Raises SettingsError."""
    now = Clock().now()
    with connection, connection.cursor() as cursor:
        if options.command == "list":
            cursor.execute(statement("users.listed"))
            return listed(cursor.fetchall(), now)
        listener = meant(cursor, now, options.name)
        is_active = options.command == "resume"
        cursor.execute(statement("users.set_active"), {"user_id": listener.user_id, "is_active": is_active})
    return f"{options.name} {'goes on' if is_active else 'is paused; ./run users resume lets the copying go on'}\n"


def listed(rows: list[tuple[Any, ...]], now: datetime) -> str:
    """The listeners as a table. No token, and nothing of what they hear."""
    if not rows:
        return "There is no listener yet: ./run sync with the consent of ./run login, or ./run login --user NAME.\n"
    head = ("name", "Spotify", "consent", "until", "market", "time zone", "last copied")
    lines = []
    for _, spotify_id, name, _, market, time_zone, authorized_at, status, is_active, flow, last in rows:
        given = believed(authorized_at, now)
        ends = f"{consent_ends_at(given):%Y-%m-%d}" if given else "unknown"
        seen = believed(last, now)
        where = "in the environment" if flow is None else "stored"
        lines.append(
            (
                name or "-",
                spotify_id,
                f"{where}{'' if status == 'ok' else f', {status}'}{'' if is_active else ', paused'}",
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


if __name__ == "__main__":
    sys.exit(main())
