"""The database and the Spotify that each job of the chain meets when its turn comes, and what is stored then."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path

import psycopg2
from psycopg2.extensions import parse_dsn

from api_syncs.chain import CHAIN
from simulator import Simulator, generate
from simulator.server import state
from tests.clock import START, FakeClock
from tests.conftest import World, execute, new_database
from tests.connections import wait_until_alone
from tests.imported_history import import_plays
from tests.made_once import alike_covers
from utils.database.embedded.server import EmbeddedServer
from utils.errors import ExitCode

MODULES = [step.module for step in CHAIN]
ON_SPOTIFY = [module for module in MODULES if import_module(module).JOB.groups]
# What is kept about runs, whatever they have done.
OF_RUNS = {
    "sync_history",
    "sync_state",
    "logs",
    "api_calls",
    "api_capabilities",
    "job_controls",
    *(
        "changed_plays",
        "derived_from",
        "heard_until",
    ),  # what has to be made again, and of which transactions it was made
    "schema_migrations",
}
# Of the columns with a moment those that Spotify says; the others tell when we have looked.
OF_SPOTIFY = {"liked_at", "added_at", "played_at", "first_played_at", "last_played_at", "excluded_at"}
SIZE = {"seed": 5, "liked": 70, "albums": 9, "plays": 30, "playlists": 6, "followed": 4}
# Covers lie where the simulator is.
HERE = "".join(
    f"UPDATE {table} SET image_url = regexp_replace(image_url, '^http://[^/]+', %s);"
    for table in ("artists", "albums", "playlists")
)
Stages = dict[str, tuple[str, Path]]  # module → (a database, a file of the simulator's state)
Contents = dict[str, Counter[str]]  # table → its rows


@contextmanager
def recorded(
    server: EmbeddedServer,
    template: str,
    folder: Path,
    *,
    mode: str = "development",
    long_albums: Sequence[int] = (),
    **size: object,
) -> Iterator[Stages]:
    """Run the chain once, and keep what each job meets; gone at the end. `long_albums`: how many tracks further saved albums have."""
    found: Stages = {}
    library = generate(**{**SIZE, **size, "now": START})
    for length in long_albums:
        album_id = library.new_album(length)
        library.albums[album_id].label, library.albums[album_id].upc = "A label", "0123456789012"
        library.save_album(album_id)
    with ExitStack() as stack:
        stack.enter_context(alike_covers())
        dsn = stack.enter_context(new_database(server, template))
        whole = parse_dsn(dsn)["dbname"]
        clock = FakeClock()
        sim = stack.enter_context(Simulator(library, mode, clock=clock, state_file=folder / "state.json"))
        world = world_of(sim, dsn, folder)
        for number, module in enumerate(MODULES):
            if module == "api_syncs.sync_tracks":
                import_years(world, clock)
            sim.save()
            file = folder / f"{number}.json"
            shutil.copy(folder / "state.json", file)
            name = f"{whole}_{number}"
            wait_until_alone(dsn)
            execute(server.dsn, f"CREATE DATABASE {name} TEMPLATE {whole} STRATEGY FILE_COPY")
            stack.callback(execute, server.dsn, f"DROP DATABASE {name} WITH (FORCE)")
            found[module] = (name, file)
            outcome = world.run(module, clock=clock)
            assert outcome.exit_code == ExitCode.OK, f"{module}: {outcome.message}"
        yield found


@contextmanager
def copied(
    server: EmbeddedServer, template: str, folder: Path, scripts: Sequence[str], **size: object
) -> Iterator[tuple[str, Path]]:
    """The database and the Spotify behind these scripts, for `world_at`: for modules all of whose tests begin there; gone at the end."""
    with ExitStack() as stack:
        dsn = stack.enter_context(new_database(server, template))
        sim = stack.enter_context(Simulator(generate(seed=1, **size), state_file=folder / "state.json"))
        world = World(sim, dsn, folder)
        for script in scripts:
            assert world.run(script).status == "done"
        sim.save()
        wait_until_alone(dsn)
        yield parse_dsn(dsn)["dbname"], folder / "state.json"


@contextmanager
def world_at(
    server: EmbeddedServer,
    stage: tuple[str, Path],
    folder: Path,
    clock: Callable[[], datetime] | None = None,
    *,
    mode: str = "development",
) -> Iterator[World]:
    """A world of its own as it was at that stage; gone at the end, which looks whether the simulator had trouble."""
    name, file = stage
    with new_database(server, name) as dsn:
        library, data = state.load(file)
        sim = Simulator(library, mode, clock=clock)
        state.restore_accounts(sim.accounts, data)
        with sim:
            world = world_of(sim, dsn, folder)
            with suppress(psycopg2.errors.UndefinedTable):  # where nothing is yet
                world.change(HERE, *[sim.api_url.removesuffix("/v1")] * 3)
            yield world
    assert sim.errors == [], "the simulator itself had trouble"


def world_of(sim: Simulator, dsn: str, folder: Path) -> World:
    """As the settings of the stages are."""
    world = World(sim, dsn, folder)
    world.extra["SPOTIFY_MARKET"] = "DE"
    return world


def import_years(world: World, clock: FakeClock) -> None:
    """A history with tracks that are known by name only: of albums, and one whose album is asked for by sync_artists."""
    with world.sim.edit() as library:
        albums = [library.album_track_ids(library.new_album(length)) for length in (12, 4, 1)]
        others = [library.new_relink(albums[0][0])]
    import_plays(world, dict.fromkeys([*albums[0], *albums[1], *albums[2], *others], 1), clock)


def contents(world: World, *, with_times: bool = True) -> Contents:
    """What is kept, but of runs; `with_times`: also when we have looked at something."""
    found = {}
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname ORDER BY a.attnum), array_agg(t.typname ORDER BY a.attnum) "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "JOIN pg_type t ON t.oid = a.atttypid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm') GROUP BY 1"
        )
        for table, columns, types in cursor.fetchall():
            if table in OF_RUNS:
                continue
            kept = [
                column
                for column, kind in zip(columns, types, strict=True)
                if column not in ("event_id", "seen_at", "last_active_at", "token_fingerprint")
                and (with_times or kind != "timestamptz" or column in OF_SPOTIFY)
            ]
            cursor.execute(f"SELECT ROW({', '.join(kept)})::text FROM {table}")
            found[table] = Counter(re.sub(r"http://127.0.0.1:\d+", "", row) for (row,) in cursor)
    return found


def difference(before: Contents, after: Contents) -> dict[str, tuple[list[str], list[str]]]:
    """table → what is only in one of the two, for a message that can be read."""
    return {
        table: (
            sorted((before[table] - after[table]).elements())[:3],
            sorted((after[table] - before[table]).elements())[:3],
        )
        for table in before
        if before[table] != after[table]
    }
