"""Everything that is measured, as one table of ratios: ours against the least that each step can cost on this machine, and against a plain client.

./run bench                                    all cases, at 1, 10 and 100 times a normal library: takes an hour
./run bench --only play_run,first_sync --scale 1   some of them
./run bench --scale 1,10 --write               and puts the table into docs/performance.md

Each ratio is of times that were measured in the same run, in turns: on another machine, or a busy one, seconds are others, and ratios
hardly. A normal library: 1,500 liked tracks and 100 saved albums where it is copied, and in the database 2,000 tracks and 10,000 plays.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import platform
import sys

import psycopg2

from benchmarks.results import Result, alone, whole_table
from benchmarks.world import say
from utils import ROOT

CASES = (
    "first_sync",
    "play_run",
    "history_import",
    "views",
    "smart_playlists",
    "dashboard",
    "backup",
)
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def main() -> int:
    """Print the table. Exit codes: 0 done · 1 a case has failed, and the others were measured."""
    parser = argparse.ArgumentParser(
        prog="./run bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=_cases, default=CASES, metavar="CASE[,…]", help=", ".join(CASES))
    parser.add_argument("--scale", type=_scales, default=(1, 10, 100), metavar="N[,…]", help="such as 1,10")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    results: list[Result] = []
    failed: list[str] = []
    for case in given.only:
        for scale in given.scale:
            say(f"{case} at {scale} times …")
            try:
                found = alone(case, scale)
                say(whole_table(found))
                results += found
            # What the others have measured is not lost with it.
            except (RuntimeError, OSError, psycopg2.Error) as error:
                say(f"{case} at {scale} times failed: {error}")
                failed.append(case)
    text = whole_table(results)
    say(f"\n{text}")
    if given.write:
        write(text)
    return 1 if failed else 0


def write(text: str) -> None:
    """Put the table where the page has its marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    PAGE.write_text(f"{before}{BEGIN}\n{where}\n\n{text}{END}{after}", encoding="utf-8")


def _cases(text: str) -> list[str]:
    names = text.split(",")
    if wrong := [name for name in names if name not in CASES]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(wrong)}; there are: {', '.join(CASES)}")
    return names


def _scales(text: str) -> list[int]:
    try:
        scales = sorted({int(part) for part in text.split(",")})
    except ValueError:
        scales = [0]
    if scales[0] < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 1,10,100")
    return scales


if __name__ == "__main__":
    sys.exit(main())
