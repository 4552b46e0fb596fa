"""Measures the refresh of all views by `materialized_views`, as a process: from nothing, with a day's plays, with nothing new.

The limit: the start of Python with the libraries, and one statement that reads every play once; where nothing is new, the start alone.
A plain client computes a few tables of numbers again from all plays, whatever is new. Run it with
`python -m benchmarks.views [SCALE | TRACKS PLAYS]`, such as `20000 1000000`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import os
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2

from benchmarks.large_library import Size, large_library, normal
from benchmarks.results import Result, whole_table
from benchmarks.world import BASELINE, DATABASE_STARTED, say, stored_bytes, well

SCAN = "SELECT item_key, count(*), sum(ms_played), max(played_at) FROM plays WHERE user_id = 'u' GROUP BY item_key"
SPAN = timedelta(hours=6)  # of the new plays
# Of these hours, as a script writes them, which notes whose plays have changed.
NEW_PLAYS = """
WITH written AS (
    INSERT INTO plays (user_id, played_at, item_key, source)
    SELECT 'u', date_trunc('second', now()) - n * interval '200 seconds', 'spotify:track:' || track_id, 'api'
    FROM (SELECT track_id, row_number() OVER (ORDER BY track_id) AS n FROM tracks LIMIT 100) AS day
    RETURNING user_id, played_at
)
INSERT INTO changed_plays (user_id, since) SELECT user_id, min(played_at) FROM written GROUP BY user_id
"""


def main() -> int:
    """Print the table."""
    given = [int(text) for text in sys.argv[1:]] or [1]
    if len(given) == 2:
        say(whole_table(_results(1, Size(tracks=given[0], plays=given[1]))))
    else:
        say(whole_table(results(given[0])))
    return 0


def results(scale: int) -> list[Result]:
    """The three refreshes."""
    return _results(scale, normal(scale))


def _results(scale: int, size: Size) -> list[Result]:
    until = datetime.now(UTC) - SPAN  # the month that is not over has its plays, too
    with large_library(**size, until=until) as (_, dsn):
        environment = environment_of(dsn)
        before = stored_bytes(dsn)
        well(DATABASE_STARTED, environment)
        start_s, scan_s = well(DATABASE_STARTED, environment).seconds, seconds_of(dsn, SCAN)
        plain_s = well([f"{BASELINE}/play_statistics.py"], environment).seconds
        plain_bytes = stored_bytes(dsn) - before
        refresh = ["-m", "api_syncs.materialized_views", "--force"]
        whole = well(refresh, environment)
        stored = stored_bytes(dsn) - before - plain_bytes
        with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(NEW_PLAYS)
        day = well(refresh, environment)
        nothing = well(refresh, environment)
        again_s = well([f"{BASELINE}/play_statistics.py"], environment).seconds
    return [
        Result(
            "views, from nothing",
            scale,
            whole.seconds,
            start_s + scan_s,
            plain_s,
            peak_mb=whole.peak_mb,
            stored_bytes=stored,
        ),
        Result("views, a day's plays", scale, day.seconds, start_s + scan_s, again_s, peak_mb=day.peak_mb),
        Result("views, nothing new", scale, nothing.seconds, start_s, again_s, peak_mb=nothing.peak_mb),
    ]


def environment_of(dsn: str) -> dict[str, str]:
    """The settings that lead a script to this database, and to no other."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DATABASE_URL": dsn, "ENV_FILE": ""}


def seconds_of(dsn: str, statement: str) -> float:
    """How long a statement takes, the second time."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        for _ in range(2):
            begun = time.perf_counter()
            cursor.execute(statement)
            cursor.fetchall()
        return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
