"""Compare two listeners: how much of what they hear is the same, what both hear, and what one might like of the other's.

./run together anna ben                     of all that is known
./run together anna ben --range 2025        a range as ./run stats takes it
./run together anna ben --by minutes

Each has to have agreed to share with the other: ./run users agree anna ben, and ./run users agree ben anna. What the figures mean:
docs/listeners.md. On a terminal it is drawn with colours, in a pipe it is plain; --json is for programs.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import sys

from psycopg2.extensions import connection as Connection

from reports.packages import FIGURES, check_packages
from utils.clock import Clock
from utils.config import environment
from utils.errors import SettingsError
from utils.job.command_line import Text, positive, run_tool
from utils.terminal import console_of
from utils.verbose import add_verbose

ROWS = 10  # of each table


def main(arguments: list[str] | None = None) -> int:
    """Say it. Exit codes: 0 said · 2 an agreement or a listener is missing, what cannot be answered, or no database."""
    options = parser().parse_args(arguments)
    return run_tool("together", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    command_line = argparse.ArgumentParser(
        prog="./run together",
        description=f"{__doc__}\nreads   users, listener_agreements, plays, the views\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    for name in ("first", "second"):
        command_line.add_argument(name, action=Text, metavar="LISTENER", help="as ./run users calls them")
    command_line.add_argument("--range", action=Text, default="all", help="default: all")
    command_line.add_argument("--by", choices=("plays", "minutes"), default="plays", help="default: plays")
    command_line.add_argument(
        "--limit", type=positive, default=ROWS, metavar="N", help=f"rows of each table; default: {ROWS}"
    )
    command_line.add_argument("--json", action="store_true", help="for programs")
    return command_line


def run(connection: Connection, options: argparse.Namespace) -> str:
    """The text to show. Raises SettingsError."""
    check_packages("This", FIGURES, "./run together")
    from reports.figures.blocks import as_drawn, as_text  # only this needs these packages
    from reports.figures.together import compared

    if environment().get("GITHUB_ACTIONS") == "true":
        raise SettingsError(
            "In GitHub Actions what listeners have in common is not written to the log, which strangers may read.",
            "Run ./run together on your own machine, with the same DATABASE_URL.",
        )
    with connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        answer = compared(
            cursor, Clock().now(), (options.first, options.second), options.range, options.by, options.limit
        )
        connection.rollback()
    if options.json:
        return json.dumps(answer.data, indent=2) + "\n"
    console = console_of(sys.stdout)
    return as_text(answer) if console is None else as_drawn(answer, console)


if __name__ == "__main__":
    sys.exit(main())
