"""Say how things stand: what is stored, what runs, what is held back, what went well last, what failed, what comes next.

./run status
./run status --json
./run status --watch    follows the run under way until it ends

Nothing is asked of Spotify. Times are in the listener's time zone; in --json they are UTC.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import os
import sys

from psycopg2.extensions import connection as Connection

from reports.status.facts import read_standing
from reports.status.json_form import as_json
from reports.status.table import as_table
from reports.status.text import as_text
from reports.status.watch import follow
from utils.clock import Clock
from utils.config import environment
from utils.errors import ExitCode
from utils.job.command_line import add_user, run_tool
from utils.job.status_file import status_file
from utils.terminal import console_of
from utils.verbose import add_verbose


def main(arguments: list[str] | None = None) -> int:
    """Say it. Exit codes: 0 said · 2 an unknown listener, or no database."""
    options = parser().parse_args(arguments)
    if options.watch:
        path = status_file(os.environ)
        if path is None:
            sys.stdout.write("nothing has run here yet\n")
        else:
            follow(path, sys.stdout, Clock().sleep, as_json=options.json)
        return ExitCode.OK
    return run_tool("sync_status", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run status",
        description=f"{__doc__}\nreads   sync_history, sync_state, job_controls, sync_pauses, users, the library, the schedules\n"
        "writes  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument("--json", action="store_true", help="for programs")
    command_line.add_argument(
        "--watch", action="store_true", help="follow the run under way on this machine, until it ends"
    )
    add_user(command_line)
    add_verbose(command_line)
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """The text to show. Raises SettingsError."""
    environ = environment()
    standing = read_standing(connection, environ, Clock().now(), options.user)
    # Logs of a public repository can be read by everybody.
    is_public = environ.get("GITHUB_ACTIONS") == "true"
    if options.json:
        return json.dumps(as_json(standing, is_public=is_public), indent=2) + "\n"
    console = console_of(sys.stdout) if standing.user_id else None
    if console is None:
        return as_text(standing, is_public=is_public)
    return as_table(standing, console, is_public=is_public)


if __name__ == "__main__":
    sys.exit(main())
