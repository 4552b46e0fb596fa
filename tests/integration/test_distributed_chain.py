"""The chain on a database that is spread over several servers stores the rows that it stores on one: every table and every view, compared row by row.

Here no Citus can be had, so that `tests/citus.py` stands for it, and what is shown is that the way is the same: consents, derived tables, one listener
after the other. `./run test --citus URL tests/integration/test_distributed_chain.py` asks a real one, as GitHub's CI does.
"""

import re
from collections import Counter
from contextlib import closing
from importlib import import_module

import psycopg2
import pytest

from api_syncs.chain import CHAIN
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

STEPS = [step.module for step in CHAIN if step.module != "reports.build_dashboard"]
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


def who(world) -> list[tuple]:
    sql = "SELECT user_id, spotify_id, name, market, time_zone, auth_status, is_active, consent_flow, granted_scopes FROM users ORDER BY 1"
    return ask(world.dsn, sql)


def of_views(world) -> dict[str, Counter]:
    """What the plain views show. The simulators' addresses differ."""
    return {
        view.name: Counter(
            re.sub(r"http://127.0.0.1:\d+", "", row)
            for (row,) in ask(world.dsn, f"SELECT t::text FROM {view.name} AS t")
        )
        for view in load_views()
        if not view.is_materialized and view.name != "heard_stretches"  # in how many rows it says the same
    }


def test_every_row_is_the_same_on_one_server_and_on_several(make_world, spread_dsn):
    clock, later = FakeClock(), FakeClock()
    plain = make_world(**SIZE, now=START, clock=clock)
    live(plain, clock)
    spread = make_world(**SIZE, now=START, clock=later)
    spread.dsn = spread_dsn
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

    placed = dict(ask(spread.dsn, "SELECT logicalrelid::text, partmethod::text FROM pg_dist_partition"))
    assert {placed.get(name) for name in tables_at(Place.DISTRIBUTED)} == {"h"}
    done = spread.call("-m", "db", "distribute", "--back", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    back = contents(spread, with_times=False)
    assert {name: rows for name, rows in difference(here, back).items() if name not in OF_HERE} == {}
