"""Measures what one run of `track_plays` costs: requests, transactions, seconds and memory.

It is compared, in turns, with a bare script that does the least of a look, and with a plain tracker's (benchmarks/baseline). On a fresh machine nothing is compiled, unless the packages come
ready from a cache: how long it takes there to the first request is measured as well, and what has to be installed.

Run it with `python -m benchmarks.play_run`. The targets, with bytecode compiled, the database running and the user
known: at most 2 requests, 45 MB, 1.25 times the bare script, ahead of the plain one. Times are the processor's: those of the clock are
shown beside them.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import psycopg2

from benchmarks.results import Result
from benchmarks.world import BASELINE, Measured, measure, median, say, well, world
from simulator import Simulator
from utils import ROOT

RUNS = 9
MOST_MB, MOST_OF_BARE = 45, 1.25
HEAVY = ("numpy", "pandas", "PIL", "matplotlib")


def main() -> int:
    """Print the figures. Exit codes: 0 all targets are met · 1 not."""
    with world(liked=100, albums=0, plays=200) as (sim, environment):
        found = compared(sim, environment)
        loaded = measure(
            ["-c", f"import sys, api_syncs.track_plays; sys.exit(any(m in sys.modules for m in {HEAVY}))"],
            environment,
        )
        seconds = first_requests(sim, environment)
    ours, bare, plain = found.ours, found.bare, found.plain
    say(f"one track_plays run, median of {RUNS}        target")
    say(f"  requests (with the token)  {found.requests:8.1f}     2")
    say(f"  seconds                    {ours.seconds:8.2f}")
    say(f"  processor, s               {ours.cpu_s:8.3f}")
    say(f"  peak memory, MB            {ours.peak_mb:8.1f}     {MOST_MB}")
    say(f"  transactions               {found.transactions:8.1f}")
    say(f"  imports pandas, Pillow, …  {'yes' if loaded.exit_code else 'no':>8}     no")
    for name, other, target in (
        ("a bare script", bare, f"at most {MOST_OF_BARE}"),
        ("a plain tracker", plain, "less than 1"),
    ):
        say(
            f"{name} takes {other.seconds:.2f} s, {other.cpu_s:.3f} s of the processor, {other.peak_mb:.1f} MB; "
            f"ratio {ours.seconds / other.seconds:.2f}, of the processor {ours.cpu_s / other.cpu_s:.2f} ({target})"
        )
    say("from the start of the process to the first request, on a fresh machine")
    for state, taken in seconds.items():
        say(f"  {state:32} {taken:.2f} s")
    number, size = installed()
    say(f"the job installs {number} packages, {size / 1e6:.1f} MB without bytecode")
    is_met = ours.peak_mb <= MOST_MB and ours.cpu_s <= MOST_OF_BARE * bare.cpu_s and ours.cpu_s < plain.cpu_s
    return 0 if is_met and found.requests <= 2 and not loaded.exit_code else 1


@dataclass(frozen=True)
class Compared:
    """Medians of runs in turns, and what one of ours has asked."""

    ours: Measured
    bare: Measured
    plain: Measured
    requests: float
    transactions: float


def compared(sim: Simulator, environment: dict[str, str]) -> Compared:
    """Run ours, the bare script and the plain client in turns; nothing is new."""
    commands = {
        "ours": ["-m", "api_syncs.track_plays"],
        "bare": [f"{BASELINE}/bare_play_run.py"],
        "plain": [f"{BASELINE}/play_run.py"],
    }
    for command in commands.values():
        well(command, environment)  # the schema, the listener, the bytecode
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    requests = transactions = 0
    for _ in range(RUNS):
        for name, command in commands.items():
            sim.clear_requests()
            before = transactions_of(environment["DATABASE_URL"])
            runs[name].append(well(command, environment))
            if name == "ours":
                requests += len(sim.requests)
                transactions += transactions_of(environment["DATABASE_URL"]) - before
    medians = {name: median(each) for name, each in runs.items()}
    return Compared(**medians, requests=requests / RUNS, transactions=transactions / RUNS)


def results(scale: int) -> list[Result]:
    """A look that finds nothing new, in a library of that size."""
    with world(liked=100 * scale, albums=0, plays=200 * scale) as (sim, environment):
        found = compared(sim, environment)
    return [
        Result(
            "play run",
            scale,
            found.ours.seconds,
            found.bare.seconds,
            found.plain.seconds,
            round(found.requests) - 1,
            1,
            found.ours.peak_mb,
            tokens=1,
            plain_tokens=1,
        ),
        Result("play run, of the processor", scale, found.ours.cpu_s, found.bare.cpu_s, found.plain.cpu_s),
    ]


def first_requests(sim: Simulator, environment: dict[str, str]) -> dict[str, float]:
    """Seconds from process start to the first request, median, for what is compiled on the machine.

    The process writes no bytecode, so that each run is like the first.
    """
    with tempfile.TemporaryDirectory() as empty:
        checkout = Path(empty) / "checkout"
        compiled = shutil.ignore_patterns("__pycache__", ".*", "tests")
        shutil.copytree(ROOT, checkout, ignore=compiled)
        fresh = {**environment, "PYTHONDONTWRITEBYTECODE": "1"}
        nothing = {**fresh, "PYTHONPYCACHEPREFIX": str(Path(empty) / "bytecode")}
        states = {"nothing compiled": nothing, "packages compiled, as cached": fresh}
        taken: dict[str, list[float]] = {state: [] for state in states}
        for _ in range(RUNS):
            for state, settings in states.items():
                taken[state].append(first_request(sim, settings, checkout))
    return {state: statistics.median(each) for state, each in taken.items()}


def first_request(sim: Simulator, environment: dict[str, str], folder: Path) -> float:
    """Seconds from process start to the first request of one run."""
    moments: list[float] = []
    sim.on_request = lambda _request: moments.append(time.perf_counter())
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "api_syncs.track_plays"],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    sim.on_request = None
    return moments[0] - started


def installed() -> tuple[int, int]:
    """How many packages requirements.txt names, and the bytes of their files."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = [found[1] for line in lines if (found := re.match(r"([\w-]+)==", line))]
    sizes = [file.size or 0 for name in names for file in distribution(name).files or ()]
    return len(names), sum(sizes)


def transactions_of(dsn: str) -> int:
    """The number of transactions of this database so far."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())
