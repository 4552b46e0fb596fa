"""The chain on a database that is spread over several servers stores the rows that it stores on one, and what people type behind it does and says the same:
every table, every view and every page compared.

Where no Citus is named, `tests/citus.py` stands for it, and what is shown is that the way is the same: consents, derived tables, one listener
after the other. `./run test --citus URL tests/integration/test_distributed_chain.py` asks a real one, as GitHub's CI does.
"""

import re
from collections import Counter
from contextlib import closing
from importlib import import_module

import psycopg2
import pytest

from api_syncs.chain import CHAIN
from simulator.exports import write_export
from tests.citus import pretend
from tests.clock import START, FakeClock
from tests.databases import ask
from tests.household.conftest import Household
from tests.stages import contents, difference
from utils.database.placement import Place, tables_at
from utils.database.views import load_views
from utils.errors import ExitCode
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

pytestmark = [pytest.mark.once, pytest.mark.slow(20)]

STEPS = [step.module for step in CHAIN]
SIZE = {"liked": 30, "albums": 5, "plays": 40, "playlists": 4, "followed": 4}
# The plan, and what is another text each time: a sealed token, and with it the row of its listener (`who` compares the rest).
OF_HERE = {
    "distribution",
    "consent_fingerprints",
    "users",
    "derived_from",
    "heard_until",
    "heard_before",
    "heard_since",
    "personality_months",
    "personality_artists",
}
MINUTE = re.compile(r"\b\d\d:\d\d\b")
# Commands that say the same on both, but for the minute in which they say it.
SAYS_THE_SAME = {
    ("reports.stats",),
    ("reports.together",),
    ("db.plays", "list"),
    ("playlists", "preview"),
    ("playlists", "explain"),
    ("api_syncs.library", "history"),
    ("db.users", "list"),
}


@pytest.fixture
def spread_dsn(request, empty_dsn):
    """A database with Citus in it, and nothing else."""
    given = request.config.getoption("--citus")
    if given is None:
        pretend(empty_dsn)
        return empty_dsn
    assert ask(given, "SELECT to_regclass('schema_migrations')") == [(None,)], (
        "--citus wants an empty database"
    )
    with closing(psycopg2.connect(given)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS citus")
    return given


def live(world, clock) -> None:
    """Two listeners are copied, change their minds, and are copied again."""
    household = Household(world)
    world.extra["SPOTIFY_MARKET"] = "DE"
    household.sim.add_account("anna", **SIZE)
    household.join("anna", market="DE")
    for day in range(2):
        for module in STEPS:
            for user in ("anna", ""):
                with world.settings():
                    outcome = run_job(import_module(module).JOB, Options(force=True, user=user), clock)
                assert outcome.exit_code == ExitCode.OK, (module, user, outcome.message)
        if not day:
            with world.sim.edit() as library:
                for track_id in sorted(library.liked_rows())[:3]:
                    library.unlike(track_id)
        clock.pass_time(days=1)


def ask_and_change(world, folder) -> list[tuple[tuple[str, ...], str]]:
    """What people do beside the chain, each with what it has said."""
    with world.sim.edit() as library:
        paths = write_export(library, folder / "export", START, rows=400, years=0.5).paths
    (artist,) = ask(
        world.dsn,
        "SELECT a.name FROM plays AS p JOIN track_artists AS t ON t.track_id = track_of(p.item_key) JOIN artists AS a USING (artist_id) "
        "WHERE a.name ~ '^[A-Z][a-z]+ [A-Z][a-z]+$' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    )[0]
    one, other = (
        track
        for (track,) in ask(
            world.dsn,
            "SELECT DISTINCT track_of(item_key) FROM plays JOIN users USING (user_id) WHERE spotify_id = 'listener1' ORDER BY 1 LIMIT 2",
        )
    )
    me = "listener1"
    backup, export = str(folder / "backup.zip"), str(folder / "anna.zip")
    commands: list[tuple[str, ...]] = [
        ("reports.sync_status",),
        ("reports.doctor",),
        *(("reports.stats", "top", of) for of in ("all", "2026", "week")),
        ("reports.stats", "year", "2026"),
        ("reports.stats", "artist", artist),
        ("reports.stats", "compare"),
        ("reports.logs",),
        ("reports.db_stats",),
        ("reports.check_schedules",),
        ("reports.export", "--into", str(folder / "plays.csv")),
        ("db.plays", "list"),
        ("db.plays", "exclude", artist, "--kind", "artist"),
        ("db.plays", "merge", one, "into", other),
        ("db.plays", "delete", "--track", other, "--yes"),
        ("api_syncs.materialized_views", "--force"),
        ("db.plays", "restore", "--all"),
        ("db.import_streaming_history", *map(str, paths)),
        ("playlists", "preview", "never_played"),
        ("playlists", "explain", "never_played"),
        ("playlists.update_dynamic_playlists", "--force"),
        ("api_syncs.library", "history", "likes"),
        ("db.control", "pause", "--job", "sync_liked_tracks"),
        ("db.control", "show"),
        ("db.control", "resume"),
        ("db.control", "reset"),
        ("db.settings", "set", "artist_albums_per_cycle", "10"),
        ("db.users", "agree", me, "anna"),
        ("db.users", "agree", "anna", me),
        ("db.users", "list"),
        ("reports.together", me, "anna"),
        ("db.backup", backup),
        ("db.restore", "--compare", backup),
        ("db.users", "export", "anna", export),
        ("db.users", "remove", "anna", "--yes"),
        ("db.users", "import", export),
        ("db.restore", "--replace", "--yes", backup),
        ("api_syncs.sync_all_users", "--force"),
        ("reports.build_dashboard", "--force"),
    ]
    said = []
    for command in commands:
        done = world.call("-m", *command)
        is_well = done.returncode == ExitCode.OK or command == (
            "reports.doctor",
        )  # it warns of days in which nothing ran
        assert is_well, (command, done.stdout + done.stderr)
        said.append((command, done.stdout))
    return said


def who(world) -> list[tuple]:
    sql = "SELECT user_id, spotify_id, name, market, time_zone, auth_status, is_active, consent_flow, granted_scopes FROM users ORDER BY 1"
    return ask(world.dsn, sql)


def of_views(world) -> dict[str, Counter]:
    """What the plain views show. The simulators' addresses differ, and the moments at which something was seen, which have parts of seconds."""
    return {
        view.name: Counter(
            re.sub(r"http://127.0.0.1:\d+|\d{4}-\d\d-\d\d [\d:]+\.\d+\+00", "", row)
            for (row,) in ask(world.dsn, f"SELECT t::text FROM {view.name} AS t")
        )
        for view in load_views()
        if not view.is_materialized and view.name != "heard_stretches"  # in how many rows it says the same
    }


def pages(world) -> dict[str, str]:
    """The site, without what tells when it was made, and where."""
    return {
        str(page.relative_to(world.folder)): re.sub(
            r"127\.0\.0\.1:\d+|\d\d:\d\d(:\d\d)?|[0-9a-f]{8}-[0-9a-f-]{27}|\?[0-9a-f]{16}",
            "",
            page.read_text("utf-8"),
        )
        for page in sorted((world.folder / "site").rglob("*.html"))
        if page.name != "status.html"
    }


def test_every_row_is_the_same_on_one_server_and_on_several(make_world, spread_dsn, tmp_path):
    clock, later = FakeClock(), FakeClock()
    plain = make_world(**SIZE, now=START, clock=clock)
    live(plain, clock)
    spread = make_world(**SIZE, now=START, clock=later)
    spread.dsn, spread.folder = spread_dsn, tmp_path / "spread"
    spread.folder.mkdir()
    for command in (("-m", "db.init_db"), ("-m", "db", "distribute", "--yes")):
        done = spread.call(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    live(spread, later)
    here, there = contents(plain, with_times=False), contents(spread, with_times=False)
    assert {name: rows for name, rows in difference(here, there).items() if name not in OF_HERE} == {}
    assert who(plain) == who(spread)
    assert of_views(plain) == of_views(spread)
    assert here["plays"].total() > 60
    assert here["unified_tracks"].total() > 40

    said = ask_and_change(plain, tmp_path / "plain"), ask_and_change(spread, tmp_path / "spread")
    for (command, on_one), (_, on_several) in zip(*said, strict=True):
        if command[:2] in SAYS_THE_SAME or command[:1] in SAYS_THE_SAME:
            assert MINUTE.sub("", on_one) == MINUTE.sub("", on_several), command
    here, there = contents(plain, with_times=False), contents(spread, with_times=False)
    of_now = OF_HERE | {"listener_claims", "uncounted_items"}
    assert {name: rows for name, rows in difference(here, there).items() if name not in of_now} == {}
    assert of_views(plain) == of_views(spread)
    assert pages(plain) == pages(spread)

    placed = dict(ask(spread.dsn, "SELECT logicalrelid::text, partmethod::text FROM pg_dist_partition"))
    assert {placed.get(name) for name in tables_at(Place.DISTRIBUTED)} == {"h"}
    done = spread.call("-m", "db", "distribute", "--back", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    back = contents(spread, with_times=False)
    assert {name: rows for name, rows in difference(here, back).items() if name not in of_now} == {}
