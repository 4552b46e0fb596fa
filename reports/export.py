"""Write your plays into a file that other programs read: CSV, Parquet, ListenBrainz's or Last.fm's form.

./run export                                      plays-2026-11-28.csv, in the folder you are in
./run export --form parquet --from 2025-01-01 --to 2025-12-31
./run export --form listenbrainz --into listens.jsonl
./run export --into - | head                      on standard output

All plays, the oldest first, with all that is known of them. Days are those of your time zone, the last one included. A file that
is there is not replaced without --overwrite, and one that could not be finished is not left behind.

csv           a line of names, then a line per play; names as they are, also one that a spreadsheet would take for a formula, unless
              --for-spreadsheets puts ' before it (and the mark by which Excel knows UTF-8 at the beginning)
parquet       the same columns, typed; needs requirements-parquet.txt
listenbrainz  JSON Lines: a listen per line, with Spotify's link, ISRC, lengths
lastfm        pages of scrobbles; without what was heard for less than 30 seconds and less than half, unless --all
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple, TextIO
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection

from reports.exporting.account import Account
from reports.exporting.columns import COLUMNS
from reports.exporting.parquet import check_pyarrow, write_parquet
from reports.exporting.plays import Play, read_plays
from reports.exporting.texts import write_csv, write_lastfm, write_listenbrainz
from utils.clock import Clock
from utils.config import environment, is_time_zone
from utils.errors import SettingsError
from utils.job.command_line import Text, add_user, run_tool
from utils.job.users import meant
from utils.terminal import say
from utils.verbose import add_verbose
from utils.whole_file import ended_in_order, place_of, whole_file

STANDARD_OUTPUT = "-"
CSV, PARQUET, LISTENBRAINZ, LASTFM = "csv", "parquet", "listenbrainz", "lastfm"
# The default name of a file, such that ./run import finds those that it can read.
NAMES = {
    CSV: "plays-{day}.csv",
    PARQUET: "plays-{day}.parquet",
    LISTENBRAINZ: "plays-listenbrainz-{day}.jsonl",
    LASTFM: "plays-lastfm-{day}.json",
}


class Listener(NamedTuple):
    """Whose plays, and by which clock."""

    user_id: str
    zone: tzinfo
    today: date


def main(arguments: list[str] | None = None) -> int:
    """Write the file. Exit codes: 0 written · 1 it cannot be written · 2 an unknown listener, a file that is there, or no database."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    if wrong := contradiction(options):
        command_line.error(wrong)
    return run_tool("export", lambda connection: run(connection, options))


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    width = max(len(column.name) for column in COLUMNS)
    columns = "\n".join(f"  {column.name:{width}}  {column.about}" for column in COLUMNS)
    command_line = argparse.ArgumentParser(
        prog="./run export",
        description=f"{__doc__}\nreads   plays, episode_plays, tracks, track_artists, artists, albums, users\n"
        "writes  the file, and nothing in the database",
        epilog=f"columns of csv and parquet:\n{columns}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command_line.add_argument("--form", choices=tuple(NAMES), default=CSV, help="default: csv")
    command_line.add_argument(
        "--from", dest="first", type=day, metavar="DAY", help="the first day: 2025-01-01"
    )
    command_line.add_argument("--to", dest="last", type=day, metavar="DAY", help="the last day")
    command_line.add_argument(
        "--into",
        action=Text,
        default="",
        metavar="FILE",
        help="a file, or a folder for one of the usual name; -: standard output",
    )
    command_line.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    command_line.add_argument("--episodes", action="store_true", help="also podcasts and audiobooks")
    command_line.add_argument("--all", action="store_true", help="lastfm: also what was hardly heard")
    command_line.add_argument(
        "--for-spreadsheets", action="store_true", help="csv: for Excel, Calc and the like; see above"
    )
    add_user(command_line)
    add_verbose(command_line)
    return command_line


def day(text: str) -> date:
    """`2025-01-31`. Raises argparse.ArgumentTypeError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2025-01-31") from None
    if not 1970 <= found.year < 9999:
        raise argparse.ArgumentTypeError(f"nothing was played on {text}")
    return found


def contradiction(options: argparse.Namespace) -> str:
    """What cannot be wanted together; empty where nothing is wrong."""
    if options.form == PARQUET and options.into == STANDARD_OUTPUT:
        return "--form parquet is no text: name a file with --into"
    if options.form == LASTFM and options.episodes:
        return "--episodes: Last.fm's form cannot tell an episode from a song"
    if options.all and options.form != LASTFM:
        return "--all is for --form lastfm; the other forms always have all plays"
    if options.for_spreadsheets and options.form != CSV:
        return "--for-spreadsheets is for --form csv"
    if options.first and options.last and options.first > options.last:
        return f"--from {options.first} is behind --to {options.last}"
    return ""


def run(connection: Connection, options: argparse.Namespace) -> str:
    """Write it; the text to show. Raises SettingsError, and JobError where the file cannot be written."""
    # Logs of a public repository can be read by everybody.
    is_public = environment().get("GITHUB_ACTIONS") == "true"
    if is_public and options.into == STANDARD_OUTPUT:
        raise SettingsError(
            "In GitHub Actions plays are not written to the log, which strangers may read.",
            "Name a file with --into.",
        )
    if options.form == PARQUET:
        check_pyarrow()
    listener = find_listener(connection, options.user)
    begin, end = period(options, listener.zone)
    plays = read_plays(connection, listener.user_id, begin, end, with_episodes=options.episodes)
    account = Account()
    if options.into == STANDARD_OUTPUT:
        write_text(plays, standard_output(), account, options, listener.zone)
        say(sentence(account, listener.zone, "", is_public=is_public), sys.stderr)
        return ""
    path = place(options, listener.today)
    with ended_in_order(), whole_file(path, may_replace=options.overwrite) as out:
        if options.form == PARQUET:
            write_parquet(plays, out, account, listener.zone)
        else:
            text = io.TextIOWrapper(out, encoding="utf-8", newline="")
            write_text(plays, text, account, options, listener.zone)
            text.flush()
            text.detach()
    return sentence(account, listener.zone, f" in {path}", is_public=is_public) + "\n"


def find_listener(connection: Connection, named: str) -> Listener:
    """Who is meant. Raises SettingsError."""
    now = Clock().now()
    with connection, connection.cursor() as cursor:
        found = meant(cursor, now, named)
    zone: tzinfo = ZoneInfo(found.time_zone) if is_time_zone(found.time_zone) else UTC
    return Listener(found.user_id, zone, now.astimezone(zone).date())


def period(options: argparse.Namespace, zone: tzinfo) -> tuple[datetime, datetime]:
    """From the midnight before the first day until the one behind the last, by the listener's clock."""
    first = options.first or date(1970, 1, 1)
    last = options.last or date(9998, 12, 31)
    return (
        datetime.combine(first, time(), zone).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC),
    )


def place(options: argparse.Namespace, today: date) -> Path:
    """The file to write. Raises SettingsError where it cannot stand there."""
    return place_of(options.into, NAMES[options.form].format(day=today), may_replace=options.overwrite)


def standard_output() -> TextIO:
    """For text in UTF-8, whatever the terminal's is: that is what those who read it expect."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def write_text(
    plays: Iterator[Play], out: TextIO, account: Account, options: argparse.Namespace, zone: tzinfo
) -> None:
    """Write a form that is text."""
    if options.form == CSV:
        write_csv(plays, out, account, zone, for_spreadsheets=options.for_spreadsheets)
    elif options.form == LISTENBRAINZ:
        write_listenbrainz(plays, out, account)
    else:
        write_lastfm(plays if options.all else account.listened(plays), out, account)


def sentence(account: Account, zone: tzinfo, where: str, *, is_public: bool) -> str:
    """How many plays of which time there are, and what was left out."""
    said = f"{account.written:,} {'play' if account.written == 1 else 'plays'}{where}"
    if account.first_at and account.last_at and not is_public:
        said += f", of {account.first_at.astimezone(zone):%Y-%m-%d} to {account.last_at.astimezone(zone):%Y-%m-%d}"
    return "\n".join([said, *(f"left out: {count:,} {why}" for why, count in account.left_out.items())])


if __name__ == "__main__":
    sys.exit(main())
