"""Measures the first sync of a library at 100 ms per request, and the next one, where nothing has changed; and those of a plain client.

Both run against the same simulator and database, one after the other. The limit is what no program can do without: the start of Python with the
libraries for each of the three scripts, its token, who the listener is, and the pages, as many at once as we ask for, behind the first one of a
collection, which alone says how many there are. Run it with `python -m benchmarks.first_sync`; targets: at most
1.3 times the limit, a seventh of the plain client's time and of its requests, and where nothing has changed one request for each resource.

The library of these has no album of more than 50 tracks. With some, and with all else that is odd about real libraries, it is measured again: what they need of further requests
both clients need, so that the ratio of requests is smaller.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.results import Result, whole_table
from benchmarks.world import BASELINE, STARTED, Measured, say, stored_bytes, well, world
from simulator import Simulator
from utils.job.app_settings import AppSettings

SCRIPTS = ("sync_liked_tracks", "sync_saved_albums", "sync_album_tracks")
LATENCY_MS = 100
LIKED, ALBUMS = 1500, 100  # of a normal library, as Spotify counts them
NULL_LIKED, NULL_ALBUMS = 2, 1  # of these, where it is an odd one
PLAIN_TO = 1  # so many times: a plain client takes half a minute for each


@dataclass(frozen=True)
class Pass:
    """What one pass over the library has cost. `requests`: of the Web API; `pages`: those of them without /me, of each script."""

    seconds: float
    requests: int
    tokens: int
    pages: list[int]
    peak_mb: float


def main() -> int:
    """Print the table."""
    say(whole_table(results(1)))
    return 0


def results(scale: int) -> list[Result]:
    """The first sync, and the unchanged one; of a normal library also as it is with all that is odd."""
    odd = (
        _results(scale, ("first sync, an odd library", "unchanged sync, an odd library"), odd=True)
        if scale <= PLAIN_TO
        else []
    )
    return [*_results(scale, ("first sync", "unchanged sync"), odd=False), *odd]


def _results(scale: int, cases: tuple[str, str], *, odd: bool) -> list[Result]:
    at_once = AppSettings().number("sync.pages_at_once")
    liked, albums = LIKED * scale - odd * NULL_LIKED, ALBUMS * scale - odd * NULL_ALBUMS
    with world(latency_ms=LATENCY_MS, liked=liked, albums=albums, plays=0, odd=odd) as (sim, environment):
        well(["-m", "db.init_db"], environment)
        well(STARTED, environment)
        empty = stored_bytes(environment["DATABASE_URL"])
        starts = [well(STARTED, environment) for _ in SCRIPTS]
        first = copied(sim, [["-m", f"api_syncs.{script}", "--force"] for script in SCRIPTS], environment)
        size = stored_bytes(environment["DATABASE_URL"]) - empty
        again = copied(sim, [["-m", f"api_syncs.{script}", "--force"] for script in SCRIPTS], environment)
        starts += [well(STARTED, environment) for _ in SCRIPTS]
        plain: list[Pass | None] = [None, None]
        if scale <= PLAIN_TO:
            plain = [copied(sim, [[f"{BASELINE}/library.py"]], environment) for _ in cases]
    start_s = sum(start.seconds for start in starts) / 2
    return [
        Result(
            case,
            scale,
            ours.seconds,
            start_s
            + LATENCY_MS
            / 1000
            * (ours.tokens + ours.requests - sum(ours.pages) + waits(ours.pages, at_once)),
            other.seconds if other else None,
            ours.requests,
            other.requests if other else None,
            ours.peak_mb,
            size if is_first else None,
            ours.tokens,
            other.tokens if other else None,
        )
        for case, is_first, ours, other in (
            (cases[0], True, first, plain[0]),
            (cases[1], False, again, plain[1]),
        )
    ]


def waits(pages: Sequence[int], at_once: int) -> int:
    """How many pages have to be waited for one behind the other: of liked tracks, of albums, and the further ones of long albums."""
    *collections, further = pages
    behind = [-(-(number - 1) // at_once) for number in collections]
    return len(collections) + sum(behind) + -(-further // at_once)


def copied(sim: Simulator, commands: Sequence[Sequence[str]], environment: dict[str, str]) -> Pass:
    """Run them one after the other."""
    runs: list[Measured] = []
    pages: list[int] = []
    requests = tokens = 0
    begun = time.perf_counter()
    for command in commands:
        sim.clear_requests()
        runs.append(well(command, environment))
        asked = Counter(request.path for request in sim.requests)
        tokens += asked.pop("/api/token", 0)
        requests += asked.total()
        pages.append(asked.total() - asked["/me"])
    return Pass(time.perf_counter() - begun, requests, tokens, pages, max(run.peak_mb for run in runs))


if __name__ == "__main__":
    sys.exit(main())
