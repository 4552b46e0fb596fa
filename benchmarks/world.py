"""Starts a simulated Spotify and a throwaway PostgreSQL on this machine, and measures child processes against them."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg2

from simulator import Simulator, generate
from utils import ROOT
from utils.database.embedded import server as embedded


@dataclass(frozen=True)
class Measured:
    """The cost of one child process: seconds by the clock and of the processor, and peak memory in MB; and its exit code."""

    seconds: float
    peak_mb: float
    exit_code: int
    cpu_s: float = 0.0


@contextmanager
def world(
    liked: int,
    albums: int,
    plays: int,
    latency_ms: float = 0,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[tuple[Simulator, dict[str, str]]]:
    """A simulator of that size (and by that clock) and an empty database; yields the settings that lead to both."""
    folder = Path(tempfile.mkdtemp(prefix="mirror-benchmark-"))
    library = generate(seed=1, liked=liked, albums=albums, plays=plays)
    try:
        with (
            Simulator(library, latency_ms=latency_ms, clock=clock) as sim,
            embedded.acquire(folder / "postgres") as server,
        ):
            settings = {**sim.environment(), "DATABASE_URL": server.dsn, "ENV_FILE": ""}
            kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
            yield sim, {**kept, **settings}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(arguments: Sequence[str], environment: dict[str, str]) -> Measured:
    """Run `python <arguments>` to its end, and measure it."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, kilobytes here
    cpu_s = usage.ru_utime + usage.ru_stime
    return Measured(seconds, usage.ru_maxrss * unit / 1e6, process.returncode, cpu_s)


def well(arguments: Sequence[str], environment: dict[str, str]) -> Measured:
    """As `measure`. Raises RuntimeError where that has failed."""
    measured = measure(arguments, environment)
    if measured.exit_code:
        raise RuntimeError(f"{' '.join(arguments)} ended with {measured.exit_code}")
    return measured


def stored_bytes(dsn: str) -> int:
    """How large the database is."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        ((size,),) = cursor.fetchall()
        return int(size)


def median(runs: Sequence[Measured]) -> Measured:
    """The median of each figure. Raises RuntimeError where a run has failed: then there is nothing to compare."""
    if any(run.exit_code for run in runs):
        raise RuntimeError(f"a measured run ended with {[run.exit_code for run in runs]}")
    return Measured(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.peak_mb for run in runs),
        0,
        statistics.median(run.cpu_s for run in runs),
    )


BASELINE = "benchmarks/baseline"
STARTED = ("-c", "import psycopg2, requests")  # the least that a script of ours begins with


def say(text: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
