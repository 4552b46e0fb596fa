"""Measures the import of a privacy export of 1,000,000 rows, on the embedded database, against the least that it could cost.

Run it with `python -m benchmarks.history_import [ROWS]`. Side by side, batch by batch in turn: what the import writes (staging,
tracks, plays, which tracks were played, settling with other sources, how far the file is, rows set aside), and a bare COPY to a
temporary table with INSERT … ON CONFLICT of the same rows into a table like `plays`; the share of all, and of each full batch the median
and the middle half. Reading the zip and making rows of it is measured apart. Then the whole script, as a process of its own, with its
peak memory: into an empty database, the same file again, and over plays that the API has told of (nearly all that the export has, ended by another clock).
The targets: of the full batches the median at least 90 % of the bare rate, 300 MB, and over plays of the API at most three and a half
times as long as into an empty database: there each play is written, compared in Python with all around it, written anew, and the API's row taken
away. Of processor time that is 2.8 times as much; by the clock 2.3 to 3.0 times were measured, as busy as the machine was in each of the two runs.
The exit code is 1 where one of the targets is not met.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from benchmarks.results import Result
from benchmarks.world import BASELINE, DATABASE_STARTED, Measured, measure, say, stored_bytes, well, world
from db.importing.files import ROWS_AT_ONCE
from db.importing.staging import Batch, Stager, save
from simulator.exports import write_export
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.history.found import HistoryFile, find
from utils.history.reading import read
from utils.history.rows import Aside, Listen
from utils.plays.merging import settle
from utils.plays.pairing import TOLERANCE_S
from utils.plays.sources import EXPORT
from utils.plays.writing import lock

ROWS = 1_000_000
LEAST_RATE, MOST_MB, MOST_TIMES = 0.9, 300, 3.5
YEARS = 19
LISTENER = "INSERT INTO users (user_id, spotify_id, time_zone, last_active_at) VALUES ('u', 'u', 'Europe/Berlin', now())"


# What the API would have told: tracks that were heard for long enough, up to 20 seconds after the export's end.
TOLD = (
    "CREATE TABLE told AS SELECT DISTINCT played_at + abs(hashtext(item_key || part)) % 20 * interval '1 second' AS at, item_key "
    "FROM plays WHERE starts_with(item_key, 'spotify:track:') AND ms_played >= 30000"
)
TELL = "INSERT INTO plays (user_id, played_at, item_key, source) SELECT 'u', at, item_key, 'api' FROM told"
EMPTY = "TRUNCATE plays, played_tracks, tracks, episode_plays, import_rows_aside, imports CASCADE"


def batches(path: Path, now: datetime) -> Iterator[tuple[HistoryFile, Batch, list[Aside]]]:
    """The rows of an export, as the import stages them, and those that it sets aside."""
    stager = Stager()
    for file in find([path]).files:
        rows = read(file, now)
        while part := list(islice(rows, ROWS_AT_ONCE)):
            batch, asides = Batch(), []
            for row in part:
                if isinstance(row, Listen):
                    stager.add(batch, row, EXPORT)
                else:
                    asides.append(row)
            yield file, batch, asides


def write(
    connection: Connection, file: HistoryFile, batch: Batch, asides: list[Aside], now: datetime
) -> float:
    """As the import writes a batch; the seconds."""
    begun = time.perf_counter()
    with connection, connection.cursor() as cursor:
        lock(cursor, "u")
        save(cursor, "u", EXPORT, batch)
        settle(cursor, "u", batch.days(), TOLERANCE_S, now)
        numbers = dict.fromkeys(("rows_done", "new_plays", "merged", "known", "episodes", "aside"), 0)
        more = {"name": file.base, "source": EXPORT, "has_music": True, "now": now, "finished_at": None}
        span = {"first_at": batch.first_at, "last_at": batch.last_at}
        of = {"user_id": "u", "fingerprint": file.sha256}
        cursor.execute(statement("importing.note"), {**of, **numbers, **more, **span})
        if asides:
            columns = dict(zip(Aside._fields, map(list, zip(*asides, strict=True)), strict=True))
            cursor.execute(statement("importing.set_aside"), {**of, **columns})
    return time.perf_counter() - begun


def write_bare(connection: Connection, batch: Batch) -> float:
    """The same plays and episodes, by COPY and INSERT alone; the seconds."""
    begun = time.perf_counter()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bare_staged (played_at timestamptz, item_key text, part integer, ms_played integer, "
            "started_at timestamptz, stamped_at timestamptz, reason_start text, reason_end text, skipped boolean, shuffle boolean, "
            "offline boolean, incognito_mode boolean, track_name text, artist_name text, album_name text, source text) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY bare_staged FROM STDIN", io.StringIO("\n".join(batch.plays) + "\n"))
        cursor.execute(
            "INSERT INTO bare_plays (user_id, played_at, item_key, part, ms_played, started_at, stamped_at, reason_start, "
            "reason_end, skipped, shuffle, offline, incognito_mode, track_name, artist_name, album_name, source) "
            "SELECT 'u', s.* FROM bare_staged AS s ON CONFLICT (user_id, played_at, hashtextextended(item_key, part)) DO NOTHING"
        )
        if batch.episodes:
            cursor.execute(
                "CREATE TEMPORARY TABLE bare_spoken (played_at timestamptz, item_key text, part integer, ms_played integer, "
                "kind text, name text, collection text, author text) ON COMMIT DROP"
            )
            cursor.copy_expert("COPY bare_spoken FROM STDIN", io.StringIO("\n".join(batch.episodes) + "\n"))
            cursor.execute(
                "INSERT INTO bare_episodes (user_id, source, played_at, item_key, part, ms_played, kind, name, collection, author) "
                "SELECT 'u', 'export', s.* FROM bare_spoken AS s ON CONFLICT (user_id, played_at, item_key, part) DO NOTHING"
            )
    return time.perf_counter() - begun


@contextmanager
def exported(rows: int, now: datetime) -> Iterator[tuple[Path, dict[str, str]]]:
    """An export of so many rows, and the settings that lead a script to an empty database."""
    with tempfile.TemporaryDirectory() as folder, world(10, 2, 0) as (sim, environment):
        with sim.edit() as library:
            (path,) = write_export(
                library, Path(folder), now, rows=rows, years=YEARS * max(rows / ROWS, 0.05)
            ).paths
        yield path, environment


def results(scale: int) -> list[Result]:
    """The whole script, with an export of 10,000 rows so many times, into an empty database, and the same file again.

    The limit: the start of Python, reading, and the bare COPY and INSERT of all batches; of the second time without these.
    """
    rows, now = 10_000 * scale, datetime.now(UTC)
    with exported(rows, now) as (path, environment):
        with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection:
            migrate(connection)
            make_bare(connection)
            begun, bare = time.perf_counter(), 0.0
            for _, batch, _ in batches(path, now):
                bare += write_bare(connection, batch)
            reading_s = time.perf_counter() - begun - bare
            with connection, connection.cursor() as cursor:
                cursor.execute("DROP TABLE bare_plays, bare_episodes")
        start_s, empty = (
            well(DATABASE_STARTED, environment).seconds,
            stored_bytes(environment["DATABASE_URL"]),
        )
        command = ["-m", "db.import_streaming_history", str(path)]
        first = well(command, environment)
        size = stored_bytes(environment["DATABASE_URL"]) - empty
        again = well(command, environment)
        plain = [well([f"{BASELINE}/history.py", str(path)], environment).seconds for _ in range(2)]
    limit_s = start_s + reading_s
    return [
        Result(
            "history import",
            scale,
            first.seconds,
            limit_s + bare,
            plain[0],
            peak_mb=first.peak_mb,
            stored_bytes=size,
        ),
        Result("history import, again", scale, again.seconds, start_s, plain[1], peak_mb=again.peak_mb),
    ]


def make_bare(connection: Connection) -> None:
    """The listener, and the tables of the bare import."""
    with connection, connection.cursor() as cursor:
        cursor.execute(LISTENER)
        cursor.execute(
            "CREATE TABLE bare_plays (LIKE plays INCLUDING ALL, FOREIGN KEY (user_id) REFERENCES users);"
            "CREATE TABLE bare_episodes (LIKE episode_plays INCLUDING ALL, FOREIGN KEY (user_id) REFERENCES users)"
        )


def main() -> int:
    """Print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    now = datetime.now(UTC)
    with exported(rows, now) as (path, environment):
        with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection:
            migrate(connection)
            make_bare(connection)
            parsing = 0.0
            ours: list[float] = []
            bare: list[float] = []
            sizes: list[int] = []
            begun = time.perf_counter()
            for number, (file, batch, asides) in enumerate(batches(path, now)):
                parsing += time.perf_counter() - begun
                sizes.append(len(batch.plays))
                if number % 2:
                    ours.append(write(connection, file, batch, asides, now))
                    bare.append(write_bare(connection, batch))
                else:
                    bare.append(write_bare(connection, batch))
                    ours.append(write(connection, file, batch, asides, now))
                begun = time.perf_counter()
            with connection, connection.cursor() as cursor:
                cursor.execute(EMPTY)
        arguments = ["-m", "db.import_streaming_history", str(path)]
        whole = measure(arguments, environment)
        again = measure(arguments, environment)
        with (
            closing(psycopg2.connect(environment["DATABASE_URL"])) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(TOLD)
            cursor.execute(EMPTY)
            cursor.execute(TELL)
            told = cursor.rowcount
            cursor.execute("DROP TABLE told")
        over = measure(arguments, environment)
    written, all_ours, all_bare = sum(sizes), sum(ours), sum(bare)
    shares = [each / own for each, own, size in zip(bare, ours, sizes, strict=True) if size >= max(sizes) / 2]
    low, middle, high = statistics.quantiles(shares, n=4) if len(shares) > 1 else shares * 3
    say(f"{rows:,} rows, {written:,} plays, in batches of {ROWS_AT_ONCE:,}")
    say(f"reading and staging    {parsing:6.1f} s   {rows / parsing:10,.0f} rows/s")
    say(f"writing                {all_ours:6.1f} s   {written / all_ours:10,.0f} plays/s")
    say(f"bare COPY and INSERT   {all_bare:6.1f} s   {written / all_bare:10,.0f} plays/s")
    say(
        f"the import writes at {all_bare / all_ours:.0%} of the bare rate; of {len(shares)} full batches the median is {middle:.0%}, "
        f"the middle half {low:.0%} to {high:.0%}"
    )
    say(
        f"the whole script       {whole.seconds:6.1f} s   {whole.peak_mb:.0f} MB at most, exit code {whole.exit_code}"
    )
    say(
        f"the same file again    {again.seconds:6.1f} s   {again.peak_mb:.0f} MB at most, exit code {again.exit_code}"
    )
    say(
        f"over {told:,} plays that the API has told of {over.seconds:6.1f} s, {over.seconds / whole.seconds:.1f} times as long   "
        f"{over.peak_mb:.0f} MB at most, exit code {over.exit_code}"
    )
    missed = list(targets_missed(middle, over.seconds / whole.seconds, (whole, again, over)))
    say(f"targets missed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def targets_missed(rate: float, times: float, runs: Sequence[Measured]) -> Iterator[str]:
    """What is not as it should be. `rate`: of the bare one; `times`: as long over plays of the API as into an empty database."""
    if rate < LEAST_RATE:
        yield f"the rate ({LEAST_RATE:.0%} of the bare one)"
    if any(run.peak_mb > MOST_MB for run in runs):
        yield f"the memory ({MOST_MB} MB)"
    if times > MOST_TIMES:
        yield f"the time over plays of the API ({MOST_TIMES:g} times)"
    if any(run.exit_code for run in runs):
        yield "the script itself"


if __name__ == "__main__":
    sys.exit(main())
