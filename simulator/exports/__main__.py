"""`python -m simulator.exports`: write a privacy export of a made-up listener, in Spotify's own file shapes.

reads: a simulator's state file, with --state · writes: files under --into
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 3)[0] + "/utils/start.py")

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.exports.export import EXTENDED, KINDS, write_export
from simulator.exports.habits import Habits
from simulator.generation.account import generate
from simulator.server.state import load

ROWS_A_YEAR = 3750  # what a listener of some 30,000 rows in eight years has
DEFAULT_YEARS = 8


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator.exports",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="where it is written")
    parser.add_argument("--rows", type=int, help=f"rows of the history (default: {ROWS_A_YEAR} a year)")
    parser.add_argument(
        "--years",
        type=float,
        help=f"how far it goes back (default: {DEFAULT_YEARS}, or as far as the rows need)",
    )
    parser.add_argument(
        "--form",
        choices=KINDS,
        default=EXTENDED,
        help="extended: the shape of its day; account: the account data; all: both, and the technical log; "
        "a year: the extended history as it was then (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed gives another history, and another account"
    )
    parser.add_argument("--zip", action="store_true", help="write my_spotify_data.zip instead of a folder")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="make the history of this account: the --state of a simulator, such as .local/demo/simulator.json",
    )
    parser.add_argument(
        "--as-of",
        type=_moment,
        metavar="DATE",
        help="when it was asked for (YYYY-MM-DD, UTC; default: now); only plays before that are in it",
    )
    parser.add_argument(
        "--time-zone", default="Europe/Berlin", help="where the listener lives (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        ZoneInfo(options.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        parser.error(f"{options.time_zone!r} is no time zone; they look like Europe/Berlin")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Write it and say what is in it. Exit codes: 0 done · 1 it could not be written · 2 wrong usage."""
    options = parsed(arguments)
    now = options.as_of or datetime.now(UTC)
    years, rows = _size(options.years, options.rows)
    try:
        library = load(options.state)[0] if options.state else generate(options.seed, now=now)
        written = write_export(
            library,
            options.into,
            now,
            form=options.form,
            rows=rows,
            years=years,
            seed=options.seed,
            habits=Habits(time_zone=options.time_zone),
            as_zip=options.zip,
        )
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"cannot write the export: {error}\n")
        return 1
    truth, size = written.truth, sum(path.stat().st_size for path in written.paths)
    kinds = ", ".join(f"{count:,} of {kind}s" for kind, count in truth.by_kind.most_common())
    sys.stdout.write(
        f"{truth.rows:,} rows ({kinds}), {truth.counted:,} plays of 30 s or more, from {truth.first:%Y-%m-%d} to "
        f"{truth.last:%Y-%m-%d}: {len(written.paths)} files, {size / 1e6:,.1f} MB, under {options.into}\n"
    )
    return 0


def _size(years: float | None, rows: int | None) -> tuple[float, int]:
    """How many years and rows are meant, where one of them or none is given."""
    if years is None:
        years = DEFAULT_YEARS if rows is None else max(DEFAULT_YEARS, min(16, rows / 50_000))
    return years, rows if rows is not None else int(ROWS_A_YEAR * years)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
