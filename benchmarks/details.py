"""Measures 5,000 likes until their artists and albums are known with all details, and 15 more likes behind that, at 100 ms per request.

With batch endpoints (Extended Quota Mode) it is over within minutes. In Development Mode the likes themselves are, with the names of their
artists and albums; the details are one request each, for which the day has a budget: then it says how many days that is.
Run it with `python -m benchmarks.details`. The targets: 240 s, and 60 s for the new ones.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
from contextlib import closing
from dataclasses import dataclass

import psycopg2

from benchmarks.results import table
from benchmarks.world import say, well, world
from simulator import Simulator

LATENCY_MS = 100
LIKED, NEW = 5000, 15
SCRIPTS = ("sync_liked_tracks", "sync_artists")
MOST_S, MOST_NEW_S = 240, 60
MODES = ("extended", "development")


@dataclass(frozen=True)
class Copied:
    """What the scripts have cost, and of how many artists and albums the details are not known yet."""

    seconds: float
    requests: int
    waiting: int


def main() -> int:
    """Print the table. Exit codes: 0 the targets are met · 1 not."""
    rows, is_met = [], True
    for mode in MODES:
        with world(LIKED, 0, 0, latency_ms=LATENCY_MS, mode=mode) as (sim, environment):
            well(["-m", "db.init_db"], environment)
            first = copied(sim, environment)
            with sim.edit() as library:
                album_id = library.new_album(NEW)
                for track_id in library.albums[album_id].track_ids:
                    library.like(track_id)
            new = copied(sim, environment)
        is_met = is_met and first.seconds <= MOST_S and new.seconds <= MOST_NEW_S
        is_met = is_met and (mode == "development" or first.waiting == new.waiting == 0)
        for what, each in ((f"{LIKED:,} likes", first), (f"{NEW} more", new)):
            rows.append((mode, what, f"{each.seconds:.1f}", f"{each.requests:,}", f"{each.waiting:,}"))
    say(table(("mode", "copied", "s", "requests", "artists and albums whose details wait"), rows))
    return 0 if is_met else 1


def copied(sim: Simulator, environment: dict[str, str]) -> Copied:
    """Run the scripts, one after the other."""
    sim.clear_requests()
    seconds = sum(well(["-m", f"api_syncs.{script}", "--force"], environment).seconds for script in SCRIPTS)
    with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM artists WHERE enriched_at IS NULL) + (SELECT count(*) FROM albums WHERE enriched_at IS NULL)"
        )
        ((waiting,),) = cursor.fetchall()
    return Copied(seconds, len(sim.requests), int(waiting))


if __name__ == "__main__":
    sys.exit(main())
