"""No script mixes listeners: what is stored of one is the same, row by row, whether there are others or not."""

import re
from collections import Counter
from importlib import import_module

import pytest

from api_syncs.chain import CHAIN
from tests.clock import START, FakeClock
from tests.conftest import new_database
from tests.household.conftest import Household
from tests.stages import difference
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

pytestmark = [pytest.mark.once, pytest.mark.slow(15)]
OTHERS = ("anna", "ben", "carl", "dora")
# Of runs; and a view of all that is in the catalogue, which all share.
LEFT_OUT = {"logs", "sync_history", "job_controls", "sync_state", "users", "listener_claims", "known_tracks"}
STEPS = [step.module for step in CHAIN if step.module != "reports.build_dashboard"]


def rows_of_first(household: Household) -> dict[str, Counter]:
    """table → its rows of the first listener, without numbers that are given in turn. Lists that we have made are named by their slugs."""
    user_id = household.sim.account().account_id
    made = dict(
        household.world.rows("SELECT playlist_id, slug FROM playlist_mappings WHERE user_id = %s", user_id)
    )
    changes = re.compile("|".join([r"http://127.0.0.1:\d+", *made]))
    columns = household.world.rows(
        "SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm', 'v') "
        "GROUP BY 1 HAVING bool_or(a.attname = 'user_id')"
    )
    found = {}
    for table, names in columns:
        if table in LEFT_OUT:
            continue
        kept = ", ".join(name for name in names if name != "event_id" and "snapshot" not in name)
        rows = household.world.rows(f"SELECT ROW({kept})::text FROM {table} WHERE user_id = %s", user_id)
        found[table] = Counter(changes.sub(lambda hit: made.get(hit[0], ""), row) for (row,) in rows)
    return found


def copy(household: Household, clock: FakeClock, others: tuple[str, ...]) -> None:
    """Each script for everybody, the first listener last."""
    for module in STEPS:
        for user in (*others, ""):
            with household.world.settings():
                outcome = run_job(import_module(module).JOB, Options(force=True, user=user), clock)
            assert outcome.exit_code == 0, (module, user, outcome.message)


def test_the_first_listeners_rows_are_the_same_with_one_and_with_five(make_world, server, template):
    seen = []
    for beside in ((), OTHERS):
        clock = FakeClock()
        world = make_world(liked=12, albums=3, plays=60, playlists=3, followed=3, now=START, clock=clock)
        with new_database(server, template) as world.dsn:
            household = Household(world)
            world.extra["SPOTIFY_MARKET"] = "DE"
            for name in beside:
                household.sim.add_account(name, liked=8, albums=3, plays=40, playlists=2, followed=3)
                household.join(name, market="DE")
            copy(household, clock, beside)
            copy(household, clock, beside)  # once more: what is known is not mixed up either
            seen.append(rows_of_first(household))
    alone, among_others = seen
    assert {"liked_tracks", "plays", "playlist_items", "track_plays", "daily_metrics"} <= {
        table for table, rows in alone.items() if rows
    }
    different = difference(alone, among_others)
    assert different == {}, "\n".join(f"{table}: {rows}" for table, rows in different.items())
