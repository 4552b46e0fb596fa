"""A backup of 1,000,000 plays and back: bytes, seconds, memory; beside pg_dump, where the embedded server's programs have one.

Run it with `python -m benchmarks.backup`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from benchmarks.large_library import large_library, normal
from benchmarks.results import Result
from benchmarks.views import environment_of
from benchmarks.world import BASELINE, DATABASE_STARTED, measure, say, well
from utils.database.embedded.programs import find_binaries

MOST_MB = 400  # of memory, whatever the database holds; scrypt takes 128 of them
KEY = "a key of the benchmark"


def main() -> int:
    """Print a line for each. Exit codes: 0 as it should be · 1 something has failed, or took too much memory."""
    with large_library() as (_, dsn), tempfile.TemporaryDirectory() as folder:
        here = environment_of(dsn)
        sealed = {**here, "BACKUP_KEY": KEY}
        plain, closed = str(Path(folder, "plain.zip")), str(Path(folder, "sealed.age"))
        there = environment_of(another_database(dsn, "another"))
        good = [
            told("backup", ["db.backup", plain], here, Path(plain)),
            told("backup, encrypted", ["db.backup", closed], sealed, Path(closed)),
            told("restore", ["db.restore", plain], there),
            told("compare", ["db.restore", "--compare", plain], there),
        ]
        by_pg_dump(dsn, Path(folder, "dump"))
    return 0 if all(good) else 1


def results(scale: int) -> list[Result]:
    """A backup of a library of that size, and back into an empty database.

    The limit: the start of Python, and a bare COPY of the plays and of the catalogue, out and in. The plain client writes lines of JSON.
    """
    with large_library(**normal(scale)) as (_, dsn), tempfile.TemporaryDirectory() as folder:
        here, names = environment_of(dsn), ("another", "plain", "bare")
        there = {name: another_database(dsn, name) for name in names}
        for name in names[1:]:
            well(["-m", "db.init_db"], environment_of(there[name]))
        start_s = well(DATABASE_STARTED, here).seconds
        out_s, in_s = bare_copy(dsn, there["bare"], Path(folder))
        file, lines = Path(folder, "plain.zip"), Path(folder, "lines")
        ours = well(["-m", "db.backup", str(file)], here)
        plain_out_s = well([f"{BASELINE}/rows.py", "out", str(lines)], here).seconds
        back = well(["-m", "db.restore", str(file)], environment_of(there["another"]))
        plain_in_s = well([f"{BASELINE}/rows.py", "in", str(lines)], environment_of(there["plain"])).seconds
        size = file.stat().st_size
    return [
        Result(
            "backup",
            scale,
            ours.seconds,
            start_s + out_s,
            plain_out_s,
            peak_mb=ours.peak_mb,
            stored_bytes=size,
        ),
        Result("restore", scale, back.seconds, start_s + in_s, plain_in_s, peak_mb=back.peak_mb),
    ]


def bare_copy(dsn: str, other: str, folder: Path) -> tuple[float, float]:
    """Seconds of COPY out of one database, and into the other, of what takes the room: plays, tracks and credits."""
    taken = [0.0, 0.0]
    for which, address in enumerate((dsn, other)):
        with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            begun = time.perf_counter()
            for table in ("users", "artists", "albums", "tracks", "track_artists", "top_items", "plays"):
                cursor.execute(
                    "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute "
                    "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                    (table,),
                )
                ((columns,),) = cursor.fetchall()
                with Path(folder, table).open("rb" if which else "wb") as file:
                    if which:
                        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", file)
                    else:
                        cursor.copy_expert(f"COPY {table} ({columns}) TO STDOUT", file)
            connection.commit()
            taken[which] = time.perf_counter() - begun
    return taken[0], taken[1]


def another_database(dsn: str, name: str) -> str:
    """The address of a new, empty one on the same server."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    return make_dsn(dsn, dbname=name)


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
