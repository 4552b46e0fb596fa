"""A backup of 1,000,000 plays and back: bytes, seconds, memory; beside pg_dump, where the embedded server's programs have one.

Run it with `python -m benchmarks.backup`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from benchmarks.large_library import large_library
from benchmarks.world import measure, say
from utils.database.embedded.programs import find_binaries

MOST_MB = 400  # of memory, whatever the database holds; scrypt takes 128 of them
KEY = "a key of the benchmark"


def main() -> int:
    """Print a line for each. Exit codes: 0 as it should be · 1 something has failed, or took too much memory."""
    with large_library() as (_, dsn), tempfile.TemporaryDirectory() as folder:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        here = {**kept, "DATABASE_URL": dsn, "ENV_FILE": ""}
        sealed = {**here, "BACKUP_KEY": KEY}
        plain, closed = str(Path(folder, "plain.zip")), str(Path(folder, "sealed.age"))
        there = {**here, "DATABASE_URL": another_database(dsn)}
        good = [
            told("backup", ["db.backup", plain], here, Path(plain)),
            told("backup, encrypted", ["db.backup", closed], sealed, Path(closed)),
            told("restore", ["db.restore", plain], there),
            told("compare", ["db.restore", "--compare", plain], there),
        ]
        by_pg_dump(dsn, Path(folder, "dump"))
    return 0 if all(good) else 1


def another_database(dsn: str) -> str:
    """The address of a new, empty one on the same server."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE another")
    return make_dsn(dsn, dbname="another")


def told(what: str, command: Sequence[str], environment: dict[str, str], file: Path | None = None) -> bool:
    """Run a script, and say what it took; whether that is as it should be."""
    measured = measure(["-m", *command], environment)
    size = f", {file.stat().st_size:,} bytes" if file and file.exists() else ""
    failed = f"; FAILED with {measured.exit_code}" if measured.exit_code else ""
    say(f"{what}: {measured.seconds:.1f} s, {measured.peak_mb:.0f} MB of memory{size}{failed}")
    return not measured.exit_code and measured.peak_mb < MOST_MB


def by_pg_dump(dsn: str, file: Path) -> None:
    """The same by PostgreSQL's own program, where there is one."""
    program = find_binaries() / "pg_dump"
    if not program.exists():
        say("pg_dump: not at hand")
        return
    begun = time.perf_counter()
    subprocess.run([str(program), "-Fc", "-f", str(file), dsn], check=True)  # noqa: S603 - PostgreSQL's own
    say(f"pg_dump -Fc: {time.perf_counter() - begun:.1f} s, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
