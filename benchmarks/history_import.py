"""Measures the import of a privacy export of 1,000,000 rows, on the embedded database, against the least that it could cost.

Run it with `python -m benchmarks.history_import [ROWS]`. Side by side, batch by batch in turn: what the import writes (staging,
tracks, plays, which tracks were played, settling with other sources, how far the file is), and a bare COPY to a temporary table with
INSERT … ON CONFLICT of the same rows into a table like `plays`. Reading the zip and making rows of it is measured apart. Then the
whole script, as a process of its own, with its peak memory. The target: at least 90 % of the bare rate, and 300 MB.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import io
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from benchmarks.world import measure, say, world
from db.importing.files import ROWS_AT_ONCE
from db.importing.staging import Batch, Stager, save
from simulator.exports import write_export
from utils.database.migrate import migrate
from utils.history.found import find
from utils.history.reading import read
from utils.history.rows import Listen
from utils.plays.merging import EXPORT, lock, settle
from utils.plays.pairing import TOLERANCE_S

ROWS = 1_000_000
YEARS = 19
LISTENER = "INSERT INTO users (user_id, spotify_id, time_zone, last_active_at) VALUES ('u', 'u', 'Europe/Berlin', now())"


def batches(path: Path, now: datetime) -> Iterator[Batch]:
    """The rows of an export, as the import stages them."""
    stager = Stager()
    for file in find([path]).files:
        rows = read(file, now)
        while part := list(islice(rows, ROWS_AT_ONCE)):
            batch = Batch()
            for row in part:
                if isinstance(row, Listen):
                    stager.add(batch, row, EXPORT)
            yield batch


def write(connection: Connection, batch: Batch, now: datetime) -> float:
    """As the import writes a batch; the seconds."""
    begun = time.perf_counter()
    with connection, connection.cursor() as cursor:
        lock(cursor, "u")
        save(cursor, "u", EXPORT, batch)
        settle(cursor, "u", batch.days(), TOLERANCE_S, now)
    return time.perf_counter() - begun


def write_bare(connection: Connection, batch: Batch) -> float:
    """The same plays, by COPY and INSERT alone; the seconds."""
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
            "SELECT 'u', s.* FROM bare_staged AS s ON CONFLICT (user_id, played_at, item_key, part) DO NOTHING"
        )
    return time.perf_counter() - begun


def main() -> int:
    """Print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder, world(10, 2, 0) as (sim, environment):
        with sim.edit() as library:
            (path,) = write_export(
                library, Path(folder), now, rows=rows, years=YEARS * max(rows / ROWS, 0.05)
            ).paths
        with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection:
            migrate(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute(LISTENER)
                cursor.execute(
                    "CREATE TABLE bare_plays (LIKE plays INCLUDING ALL, FOREIGN KEY (user_id) REFERENCES users)"
                )
            parsing = ours = bare = 0.0
            written = 0
            begun = time.perf_counter()
            for number, batch in enumerate(batches(path, now)):
                parsing += time.perf_counter() - begun
                written += len(batch.plays)
                if number % 2:
                    ours += write(connection, batch, now)
                    bare += write_bare(connection, batch)
                else:
                    bare += write_bare(connection, batch)
                    ours += write(connection, batch, now)
                begun = time.perf_counter()
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "TRUNCATE plays, played_tracks, tracks, episode_plays, import_rows_aside, imports CASCADE"
                )
        whole = measure(["-m", "db.import_streaming_history", str(path)], environment)
        again = measure(["-m", "db.import_streaming_history", str(path)], environment)
    say(f"{rows:,} rows, {written:,} plays, in batches of {ROWS_AT_ONCE:,}")
    say(f"reading and staging    {parsing:6.1f} s   {rows / parsing:10,.0f} rows/s")
    say(f"writing                {ours:6.1f} s   {written / ours:10,.0f} plays/s")
    say(
        f"bare COPY and INSERT   {bare:6.1f} s   {written / bare:10,.0f} plays/s   the import writes at {bare / ours:.0%} of it"
    )
    say(
        f"the whole script       {whole.seconds:6.1f} s   {whole.peak_mb:.0f} MB at most, exit code {whole.exit_code}"
    )
    say(
        f"the same file again    {again.seconds:6.1f} s   {again.peak_mb:.0f} MB at most, exit code {again.exit_code}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
