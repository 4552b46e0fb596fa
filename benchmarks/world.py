"""Starts a simulated Spotify and a throwaway PostgreSQL on this machine, and measures child processes against them."""

import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg2

from simulator import Simulator, generate
from utils import ROOT
from utils.database.embedded import server as embedded

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


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
    mode: str = "development",
    *,
    odd: bool = True,
) -> Iterator[tuple[Simulator, dict[str, str]]]:
    """A simulator of that size (by that clock, in that mode) and an empty database; yields the settings that lead to both. `odd` as in `generate`."""
    folder = Path(tempfile.mkdtemp(prefix="mirror-benchmark-"))
    library = generate(seed=1, liked=liked, albums=albums, plays=plays, odd=odd)
    try:
        with (
            Simulator(library, mode, latency_ms=latency_ms, clock=clock) as sim,
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
    with _watched_memory(process.pid) as peaks:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_s = usage.ru_utime + usage.ru_stime
    # Without /proc, the system's own figure: that counts, too, what this process had when it made the other one.
    unit = 1 if sys.platform == "darwin" else 1024
    peak_mb = max(peaks, default=usage.ru_maxrss * unit / 1e6)
    return Measured(seconds, peak_mb, process.returncode, cpu_s)


@contextmanager
def _watched_memory(pid: int) -> Iterator[list[float]]:
    """Peaks of a process's memory so far, in MB, as Linux tells them, again and again until the body ends."""
    peaks: list[float] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.01):
            with suppress(OSError):
                found = _PEAK.search(Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
                if found:
                    peaks.append(int(found[1]) * 1024 / 1e6)

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield peaks
    finally:
        is_over.set()
        watching.join()


def peak_mb(usage: resource.struct_rusage) -> float:
    """Peak memory of a process that has ended, or of this one so far; the kernel counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1024)


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
# The least that a script of ours begins with which asks Spotify, and one that asks the database alone.
STARTED = ("-c", "import psycopg2, requests")
DATABASE_STARTED = ("-c", "import psycopg2")


def say(text: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
