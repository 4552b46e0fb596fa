"""Measures what one run of `track_plays` costs: requests, transactions, seconds and memory.

The seconds are compared with a bare import of its libraries.

Run it with `python -m benchmarks.play_run`. The target: at most 2 requests, 0.6 s and 60 MB with bytecode compiled,
the database running and the user known.
"""

import sys
from contextlib import closing

import psycopg2

from benchmarks.world import measure, median, say, world

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
    return 0


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
