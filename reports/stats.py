"""Say what was heard: rankings, a year, an artist, today, and how a period compares with the one before.

./run stats top                      the rankings of the page Top; of a range: ./run stats top 2025 --by minutes
./run stats year 2025
./run stats artist "Björk"           a part of the name is enough; --range 2025 for a part of the time
./run stats today
./run stats compare                  week, month and year so far; of a range: ./run stats compare 2025-10

Ranges are today, week, month, quarter, year, all, 2025, 2025-Q3, 2025-10, 2025-10-26, 2025-10-26..2025-11-02. Every figure is that of
the site's pages, as of now. On a terminal it is drawn with colours, in a pipe it is plain; --json is for programs.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import sys
from pathlib import Path

from psycopg2.extensions import connection as Connection

from reports.packages import FIGURES, check_packages
from utils.config import environment
from utils.errors import SettingsError
from utils.job.command_line import Text, add_user, run_tool
from utils.terminal import console_of
from utils.verbose import add_verbose

MOST = 10_000  # rows that somebody may ask for


def main(arguments: list[str] | None = None) -> int:
    """Say it. Exit codes: 0 said · 2 what cannot be answered, an unknown listener, or no database."""
    options = parser().parse_args(arguments)
    return run_tool("stats", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    command_line = argparse.ArgumentParser(
        prog="./run stats",
        description=f"{__doc__}\nreads   what the site reads\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_verbose(command_line)
    of_all = argparse.ArgumentParser(add_help=False)
    of_all.add_argument("--json", action="store_true", help="for programs")
    add_user(of_all)
    add_verbose(of_all)
    ranked = argparse.ArgumentParser(add_help=False)
    ranked.add_argument("--by", choices=("plays", "minutes"), default="plays", help="default: plays")
    ranked.add_argument("--limit", type=_rows, metavar="N", help="rows of each ranking")
    commands = command_line.add_subparsers(dest="command", required=True, metavar="COMMAND")
    top = commands.add_parser(
        "top", parents=[ranked, of_all], help="tracks, artists, albums, genres of a range"
    )
    top.add_argument("range", nargs="?", default="", action=Text, metavar="RANGE")
    year = commands.add_parser(
        "year", parents=[ranked, of_all], help="a calendar year; this one if none is named"
    )
    year.add_argument("range", nargs="?", default=None, type=_year, metavar="YEAR")
    artist = commands.add_parser("artist", parents=[ranked, of_all], help="one artist, by name, id or link")
    artist.add_argument("name", nargs="+", metavar="NAME")
    artist.add_argument("--range", default="", action=Text, help="default: all")
    commands.add_parser("today", parents=[ranked, of_all], help="today so far")
    compare = commands.add_parser("compare", parents=[of_all], help="a period against the one before")
    compare.add_argument("range", nargs="?", default="", action=Text, metavar="RANGE")
    return command_line


def _rows(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST:,}")
    return int(text)


def _year(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise argparse.ArgumentTypeError(f"{text!r} is no year such as 2025")
    return text


def run(connection: Connection, options: argparse.Namespace) -> str:
    """The text to show. Raises SettingsError."""
    check_packages("This", FIGURES, "./run stats")
    from reports.figures import answers  # only this needs these packages
    from reports.figures.blocks import as_drawn, as_text
    from reports.figures.source import figures

    if environment().get("GITHUB_ACTIONS") == "true":
        raise SettingsError(
            "In GitHub Actions what was heard is not written to the log, which strangers may read.",
            "Run ./run stats on your own machine, with the same DATABASE_URL.",
        )
    with figures(connection, options.user, Path()) as source:
        limit = getattr(options, "limit", None)
        if not source.scope.plays:
            answer = answers.nothing_yet()
        elif options.command == "top":
            answer = answers.top(source, options.range, options.by, limit or answers.OF_ONE)
        elif options.command == "year":
            answer = answers.year(source, options.range or "", options.by, limit or answers.OF_EACH)
        elif options.command == "artist":
            answer = answers.artist(
                source, " ".join(options.name), options.range, options.by, limit or answers.OF_ONE
            )
        elif options.command == "today":
            answer = answers.today(source, options.by, limit or answers.OF_EACH)
        else:
            answer = answers.compare(source, options.range)
    if options.json:
        return json.dumps({"command": options.command, **answer.data}, indent=2) + "\n"
    console = console_of(sys.stdout)
    return as_text(answer) if console is None else as_drawn(answer, console)


if __name__ == "__main__":
    sys.exit(main())
