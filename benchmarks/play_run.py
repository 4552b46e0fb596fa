"""Measures what one run of `track_plays` costs: requests, transactions, seconds and memory.

The seconds are compared with a bare import of its libraries. On a fresh machine nothing is compiled, unless the packages come
ready from a cache: how long it takes there to the first request is measured as well, and what has to be installed.

Run it with `python -m benchmarks.play_run`. The target: at most 2 requests, 0.6 s and 60 MB with bytecode compiled,
the database running and the user known.
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
from importlib.metadata import distribution
from pathlib import Path

import psycopg2

from benchmarks.world import measure, median, say, world
from simulator import Simulator
from utils import ROOT

RUNS = 9
BARE = ("-c", "import psycopg2, requests, spotipy")
HEAVY = ("numpy", "pandas", "PIL", "matplotlib")


def main() -> int:
    """Print the figures."""
    with world(liked=100, albums=0, plays=200) as (sim, environment):
        measure(["-m", "api_syncs.track_plays"], environment)  # the schema, the user, the bytecode
        measure(BARE, environment)
        ours, bare = [], []
        sim.clear_requests()
        before = transactions(environment["DATABASE_URL"])
        for _ in range(RUNS):
            ours.append(measure(["-m", "api_syncs.track_plays"], environment))
            bare.append(measure(BARE, environment))
        requests = len(sim.requests) / RUNS
        commits = (transactions(environment["DATABASE_URL"]) - before) / RUNS
        loaded = measure(
            ["-c", f"import sys, api_syncs.track_plays; sys.exit(any(m in sys.modules for m in {HEAVY}))"],
            environment,
        )
        seconds = first_requests(sim, environment)
    run, imports = median(ours), median(bare)
    say(f"one track_plays run, median of {RUNS}        target")
    say(f"  requests (with the token)  {requests:8.1f}     2")
    say(f"  seconds                    {run.seconds:8.2f}     0.6")
    say(f"  peak memory, MB            {run.peak_mb:8.1f}     60")
    say(f"  transactions               {commits:8.1f}")
    say(f"  imports pandas, Pillow, …  {'yes' if loaded.exit_code else 'no':>8}     no")
    say(
        f"a bare import of psycopg2, requests and spotipy takes {imports.seconds:.2f} s; ratio {run.seconds / imports.seconds:.2f}"
    )
    say("from the start of the process to the first request, on a fresh machine")
    for state, taken in seconds.items():
        say(f"  {state:32} {taken:.2f} s")
    number, size = installed()
    say(f"the job installs {number} packages, {size / 1e6:.1f} MB without bytecode")
    return 0


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


def transactions(dsn: str) -> int:
    """The number of transactions of this database so far."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    sys.exit(main())
