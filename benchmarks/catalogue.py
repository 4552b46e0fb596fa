"""Measures how many pages of known plays eight jobs store at once, with the catalogue read first, and with upserts alone.

An upsert locks also the rows that it leaves as they are, so jobs that meet the same tracks wait for each other.
Run it with `python -m benchmarks.catalogue`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import random
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import psycopg2

from benchmarks.world import measure, say, world
from utils.database.rows import upsert, upsert_news
from utils.mirror import catalogue
from utils.spotify.payloads import TrackPayload, parse_track

CLIENTS = 8
PAGES = 60  # per client
PAGE = 50
TRACKS = 2000
_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def main() -> int:
    """Print the pages per second of both ways, in turns, and their ratio."""
    with world(liked=0, albums=0, plays=0) as (_, environment):
        dsn = environment["DATABASE_URL"]
        measure(["-m", "db.init_db"], environment)
        with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
            catalogue.save_catalogue(cursor, [_track(number) for number in range(TRACKS)], [], _NOW)
        rates: dict[str, list[float]] = {"read first": [], "upserts": []}
        for _ in range(3):
            for name, write in (("read first", upsert_news), ("upserts", upsert)):
                setattr(catalogue, "upsert_news", write)  # noqa: B010 - it is imported there for its own use
                rates[name].append(_pages_per_second(dsn))
    read_first, upserts = (max(values) for values in rates.values())
    say(f"{CLIENTS} jobs at once, pages of {PAGE} known tracks with their albums, artists and credits")
    say(f"  read first    {read_first:8.0f} pages/s")
    say(f"  upserts       {upserts:8.0f} pages/s")
    say(f"  ratio         {read_first / upserts:8.2f}")
    return 0


def _pages_per_second(dsn: str) -> float:
    clients = [threading.Thread(target=_store_pages, args=(dsn, seed)) for seed in range(CLIENTS)]
    started = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return CLIENTS * PAGES / (time.perf_counter() - started)


def _store_pages(dsn: str, seed: int) -> None:
    luck = random.Random(seed)  # noqa: S311 - which tracks
    with closing(psycopg2.connect(dsn)) as connection:
        for _ in range(PAGES):
            page = [_track(number) for number in luck.sample(range(TRACKS), PAGE)]
            with connection, connection.cursor() as cursor:
                catalogue.save_catalogue(cursor, page, [], _NOW)


def _track(number: int) -> TrackPayload:
    artists = [{"id": f"artist{number % 300}", "name": f"Artist {number % 300}"}]
    album = {
        "id": f"album{number // 12}",
        "name": f"Album {number // 12}",
        "total_tracks": 12,
        "artists": artists,
    }
    return parse_track(
        {
            "id": f"track{number}",
            "name": f"Track {number}",
            "duration_ms": 200_000,
            "album": album,
            "artists": artists,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
