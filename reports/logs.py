"""Look at what the scripts have said: the newest lines of the log, the oldest of them first.

./run logs
./run logs --job sync_artists --level warning
./run logs --since 2h --follow
./run logs --since 2026-11-01 --limit 1000 --json

Lines hold counts and ids, never a secret. Those of the listener who was last active, or of the one that --user names, and of
what belongs to nobody. With --follow it goes on until Ctrl-C, and --json gives an object a line.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection

from reports.log_lines import Line, Printer
from utils.clock import Clock
from utils.database.statements import statement
from utils.errors import SettingsError, suggestion
from utils.job.attempt import NOBODY
from utils.job.command_line import Text, add_user, run_tool
from utils.job.scripts import known_job
from utils.job.users import Meant, find_meant
from utils.verbose import add_verbose

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")  # the least grave first
POLL_S = 2.0
LIMIT, MOST = 50, 100_000  # lines
# A run writes its lines a batch at a time, so that they are older than the moment at which they can be seen.
LATE = timedelta(hours=6)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6})\s*([smhdw])")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?")


@dataclass(frozen=True)
class Wanted:
    """Which lines are meant. `since`: aware."""

    user_id: str
    job: str | None = None
    levels: tuple[str, ...] | None = None
    since: datetime | None = None
    limit: int = LIMIT


def main(arguments: list[str] | None = None) -> int:
    """Show them. Exit codes: 0 shown · 2 an unknown script, level, time or listener, or no database · 130 Ctrl-C."""
    options = parser().parse_args(arguments)
    return run_tool("logs", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run logs",
        description=f"{__doc__}\nreads   logs\nwrites  nothing",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument("--job", action=Text, default="", metavar="NAME", help="only of this script")
    command_line.add_argument(
        "--level", action=Text, default="", help=f"of this one and graver: {', '.join(LEVELS).lower()}"
    )
    command_line.add_argument(
        "--since",
        action=Text,
        default="",
        metavar="WHEN",
        help="30m, 2h, 7d, 2w ago, or a date: 2026-11-01, '2026-11-01 18:30'",
    )
    command_line.add_argument(
        "--limit", action=Text, default=str(LIMIT), metavar="N", help=f"the newest so many (default {LIMIT})"
    )
    command_line.add_argument("--follow", action="store_true", help="then show what comes, until Ctrl-C")
    command_line.add_argument("--json", action="store_true", help="for programs")
    add_user(command_line)
    add_verbose(command_line)
    return command_line


def run(connection: Connection, options: argparse.Namespace, clock: Clock | None = None) -> str:
    """The text to show; what is followed is written as it comes. Raises SettingsError."""
    clock = clock or Clock()
    with connection, connection.cursor() as cursor:
        listener = find_meant(cursor, clock.now(), options.user)
    zone = ZoneInfo(listener.time_zone if listener else "UTC")
    wanted = wanted_by(options, listener, zone, clock.now())
    printer = Printer(sys.stdout, zone)
    lines = read_lines(connection, wanted)
    if not options.follow:
        return as_json(lines) if options.json else printer.text(lines) if lines else nothing(options)
    show = printer.json_line if options.json else printer.line
    for line in chain(lines, follow(connection, wanted, lines, clock)):
        show(line)
    return ""


def wanted_by(options: argparse.Namespace, listener: Meant | None, zone: ZoneInfo, now: datetime) -> Wanted:
    """Which lines the options mean. Raises SettingsError that names what it does not understand, and what it would."""
    return Wanted(
        listener.user_id if listener else NOBODY,
        known_job(options.job.strip()).name if options.job.strip() else None,
        levels_from(options.level.strip()) if options.level.strip() else None,
        moment_of(options.since.strip(), zone, now) if options.since.strip() else None,
        limit_of(options.limit.strip()),
    )


def levels_from(level: str) -> tuple[str, ...]:
    """A level and the graver ones."""
    meant = [place for place, each in enumerate(LEVELS) if each.startswith(level.upper())]
    if len(meant) == 1:  # `warn` is one as well
        return LEVELS[meant[0] :]
    raise SettingsError(
        f"There is no level {level[:60]!r}{suggestion(level, [each.lower() for each in LEVELS])}.",
        f"--level takes one of {', '.join(LEVELS).lower()}.",
    )


def moment_of(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """`2h` ago, or the beginning of a day or a time of it, in the listener's time zone."""
    remedy = "--since takes how long ago (30m, 2h, 7d, 2w), or a date: 2026-11-01, '2026-11-01 18:30'."
    try:
        if match := _DURATION.fullmatch(text.lower()):
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        if match := _DATE.fullmatch(text):
            return (
                datetime.fromisoformat(f"{match[1]} {match[2] or '00:00'}")
                .replace(tzinfo=zone)
                .astimezone(UTC)
            )
    except (ValueError, OverflowError):
        pass
    raise SettingsError(f"{text[:60]!r} is no time that could be meant.", remedy)


def limit_of(text: str) -> int:
    """How many lines."""
    if re.fullmatch(r"[0-9]{1,7}", text) and 1 <= int(text) <= MOST:
        return int(text)
    raise SettingsError(
        f"{text[:60]!r} is no number of lines.", f"--limit takes a whole number from 1 to {MOST:,}."
    )


def read_lines(connection: Connection, wanted: Wanted) -> list[Line]:
    """The newest lines, the oldest of them first."""
    values = {
        "user_id": wanted.user_id,
        "job": wanted.job,
        "but": None,
        "levels": list(wanted.levels) if wanted.levels else None,
        "since": wanted.since,
        "limit": wanted.limit,
    }
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("logs.newest"), values)
        return [Line(*row) for row in reversed(cursor.fetchall())]


def follow(connection: Connection, wanted: Wanted, shown: list[Line], clock: Clock) -> Iterator[Line]:
    """What comes, until the clock is interrupted. A line is told once, also where it comes late."""

    def recent() -> list[Line]:
        begin = clock.now() - LATE
        return read_lines(connection, replace(wanted, since=max(begin, wanted.since or begin), limit=MOST))

    known = {line.log_id for line in (*shown, *recent())}  # what was left out by the limit is not new
    while not clock.sleep(POLL_S):
        for line in recent():
            if line.log_id not in known:
                known.add(line.log_id)
                yield line


def as_json(lines: list[Line]) -> str:
    """A list of objects."""
    found: list[dict[str, Any]] = [line.for_programs() for line in lines]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def nothing(options: argparse.Namespace) -> str:
    """Where there is no line."""
    if options.job or options.level or options.since:
        return "No line is like that. Without options: ./run logs\n"
    return "No script has said anything yet: ./run sync copies your library.\n"


if __name__ == "__main__":
    sys.exit(main())
