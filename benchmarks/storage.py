"""Measures what a play takes of the database, with all its indexes and what is kept beside it, and how many years of plays 500 MB hold.

A usual listener, whose id has 28 letters: 15,000 plays a year, 5,000 liked tracks. The history is stored in the order in which it comes,
by our own scripts: an export of what was heard before the listener came (`import_streaming_history`), the plays of the API since then, some a look
(`track_plays`' row), and a second export over the first half of these, which makes them one with it. Then the chain, for the catalogue.

Beside it, the same rows as other tables would hold them (`storage_variants`).
Bytes are those of the files of a table and its indexes, after VACUUM. Run it with `python -m benchmarks.storage [PLAYS]`; 200,000 take some minutes.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from api_syncs.track_plays import Play
from benchmarks.results import table
from benchmarks.storage_variants import compared, count, relation_bytes, vacuum
from benchmarks.world import measure, say, stored_bytes, well, world
from simulator.exports import write_export
from simulator.exports.listening import COUNTS_FROM_MS, TRACK, Listening, to_ms
from simulator.exports.years import listenings
from simulator.world.library import Library
from utils.database.rows import upsert
from utils.plays.sources import API

PLAYS, A_YEAR, LIKED, ALBUMS = 200_000, 15_000, 5_000, 300
LISTENER = "31l77y2al5lnn7mxfrmd4bpfhqke"
FREE_BYTES, TARGET_BYTES = 500_000_000, 240
TOLD = 0.4  # the share of the time that the API tells of
MERGED = 0.5  # the share of that of which an export tells as well
NEW_OF_A_LOOK = 8
BESIDE = (
    "played_tracks",
    "heard_before",
    "heard_since",
    "personality_months",
    "personality_artists",
    "daily_listening",
    "episode_plays",
    "import_rows_aside",
)


def main() -> int:
    """Print the tables. Exit code 1: a play takes more than it should, or the chain has failed."""
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else PLAYS
    with world(LIKED, ALBUMS, 0) as (sim, environment), tempfile.TemporaryDirectory() as folder:
        with sim.edit() as library:
            library.user.account_id = LISTENER
        well(["-m", "db.init_db"], environment)
        empty = stored_bytes(environment["DATABASE_URL"])
        well(["-m", "api_syncs.sync_liked_tracks"], environment)
        stages = list(history(library, plays, Path(folder), environment))
        say(table(("stored", "plays", *HEAD), stages))
        chain = measure(["-m", "api_syncs.run_all"], environment)
        with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection:
            connection.autocommit = True
            vacuum(connection)
            per_play = whole(connection, empty)
            with connection.cursor() as cursor:
                cursor.execute("REINDEX TABLE plays")
            say(table(("again", "plays", *HEAD), [("with its indexes built anew", *stage(connection))]))
            say(compared(connection))
    return 1 if per_play > TARGET_BYTES or chain.exit_code else 0


# What is stored


HEAD = ("heap", "key", "plays of others", "known by name", "in all")
INDEXES = ("plays_key", "plays_of_others", "plays_known_by_name")


def history(
    library: Library, plays: int, folder: Path, environment: dict[str, str]
) -> Iterator[Sequence[str]]:
    """Store it, stage by stage; bytes per play after each."""
    now = datetime.now(UTC).replace(microsecond=0)
    years = plays / A_YEAR
    since = now - timedelta(days=365.25 * years)
    came = now - (now - since) * TOLD
    asked_again = now - (now - since) * TOLD * (1 - MERGED)
    for day, text in (
        (came, "an export"),
        (None, "plays of the API"),
        (asked_again, "another export over half of these"),
    ):
        if day is None:
            heard = listenings(library, since, now, rows=plays, with_plays=False)
            listen(environment["DATABASE_URL"], told(heard, came, library))
        else:
            asked = {"rows": plays, "years": years, "asked_at": day}
            written = write_export(library, folder / text, now, **asked)  # type: ignore[arg-type] # as its signature has them
            well(["-m", "db.import_streaming_history", *map(str, written.paths)], environment)
        with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection:
            connection.autocommit = True
            vacuum(connection)
            yield (text, *stage(connection))


def told(heard: Iterable[Listening], since: datetime, library: Library) -> Iterator[Play]:
    """What the API would have shown of it: tracks that were heard for long enough, ended by another clock, and where they were started."""
    lists = [f"spotify:playlist:{name}" for name in library.user_playlists if name]
    for number, each in enumerate(heard):
        if each.item.kind == TRACK and each.ms_played >= COUNTS_FROM_MS and each.ended_ms >= to_ms(since):
            of_album, of_list = f"spotify:album:{each.item.album_id}", lists[number // 20 % len(lists)]
            context = of_album if number // 20 % 3 == 0 else of_list  # a session of one album, two of lists
            at = each.ended + timedelta(milliseconds=number * 37 % 3000)
            uri = f"spotify:track:{each.item.known_as or each.item.id}"
            yield Play(LISTENER, at, uri, -1, API, context if number % 10 else None)


def listen(dsn: str, plays: Iterable[Play]) -> None:
    """As looks write them, some at once."""
    with closing(psycopg2.connect(dsn)) as connection:
        looks = iter(plays)
        while some := list(islice(looks, NEW_OF_A_LOOK)):
            with connection, connection.cursor() as cursor:
                ids = [play.item_key.rpartition(":")[2] for play in some]
                cursor.execute(
                    "INSERT INTO tracks (track_id) SELECT unnest(%s) ON CONFLICT DO NOTHING", (ids,)
                )
                upsert(cursor, some)


def stage(connection: Connection) -> tuple[str, ...]:
    """How many plays there are, and the bytes of each."""
    sizes = relation_bytes(connection, indexes=True)
    with connection.cursor() as cursor:
        number = count(cursor, "plays")
    parts = [sizes["plays"] - sum(sizes[name] for name in INDEXES), *(sizes[name] for name in INDEXES)]
    return (f"{number:,}", *(f"{part / number:.1f}" for part in (*parts, sum(parts))))


def whole(connection: Connection, empty_bytes: int) -> float:
    """Print what the database holds beside plays, and the years that fit; the bytes of a play with what is kept beside it."""
    sizes = relation_bytes(connection, indexes=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        ((size,),) = cursor.fetchall()
        plays, tracks = count(cursor, "plays"), count(cursor, "tracks")
    own = sizes.pop("plays") / plays
    beside = {name: sizes.pop(name) / plays for name in BESIDE}
    images, rest = sizes.pop("images"), sum(sizes.values())
    per_play = own + sum(beside.values())
    lines = [
        ("plays", f"{own:.1f}"),
        *((name, f"{each:.1f}") for name, each in beside.items()),
        ("in all", f"{per_play:.1f}"),
    ]
    say(table(("kept of plays, after a refresh of the views", "bytes per play"), lines))
    say(table(("beside that", "MB"), [
        ("PostgreSQL's own, and the empty schema", f"{empty_bytes / 1e6:.1f}"),
        (f"catalogue of {tracks:,} tracks, library and what is derived of them", f"{rest / 1e6:.1f}"),
        ("rows of covers", f"{images / 1e6:.1f}"),
        ("the whole database", f"{size / 1e6:.1f}"),
    ]))  # fmt: skip
    say(
        f"years in {FREE_BYTES / 1e6:.0f} MB: {(FREE_BYTES - (size - per_play * plays)) / A_YEAR / per_play:.0f}"
    )
    return per_play


if __name__ == "__main__":
    sys.exit(main())
