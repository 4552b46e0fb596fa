"""No script mixes listeners: what is stored of one is the same, row by row, whether there are others or not.

Two meet in one command and in lists that name several, and there only by agreement: no other statement asks about what more than one hears.
"""

import re
from collections import Counter
from importlib import import_module

import pytest

from tests.clock import START, FakeClock
from tests.conftest import new_database
from tests.databases import ask
from tests.household.conftest import LEFT_OUT, STEPS, Household
from tests.stages import difference
from utils import ROOT
from utils.database.statements import statement, statement_names
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

pytestmark = pytest.mark.once
FOLDERS = ("api_syncs", "db", "playlists", "reports", "utils")
OTHERS = ("anna", "ben", "carl", "dora")


# What is asked of several listeners at once: of runs, of gaps, of settings, and who was active of late, which tells nothing of what is heard.
OF_RUNS = {"job_controls", "sync_history", "users", "logs", "listener_claims", "play_gaps"}
WHO_IS_DUE = {"listener_claims.due", "heard.to_take_up", "jobs.gates"}
MEETING = {
    "listener_agreements.between",
    "smart_playlists.for_everybody",
    "together.artists",
    "together.tracks",
}
ASKED_FROM = {"utils/job/agreements.py", "playlists/selection/members.py", "reports/figures/together.py"}
SEVERAL = r"user_id\s*(?:=\s*ANY|<>\s*ALL|IN\s*\(\s*%\(\w+\)s\s*,\s*%)|user_id\s*=\s*%\((?!user_id\)|with_user_id\))"


def test_no_other_statement_asks_what_several_listeners_hear(dsn):
    names = ask(
        dsn,
        "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' "
        "WHERE c.relkind IN ('r', 'v', 'm') AND c.relnamespace = 'public'::regnamespace",
    )
    heard = {name for (name,) in names} - OF_RUNS | {"together_heard"}
    found = {
        name
        for name in statement_names()
        if re.search(SEVERAL, statement(name)) and heard & {*re.findall(r"\w+", statement(name))}
    }
    assert found - WHO_IS_DUE == MEETING


def test_who_asks_them_asks_for_agreements_before():
    files = {
        str(path.relative_to(ROOT)): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")
    }
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    asking = {
        name
        for name, text in texts.items()
        if any(f'"{each}"' in text for each in MEETING) or "together.{" in text
    }
    assert asking == ASKED_FROM
    for name in asking - {"utils/job/agreements.py"}:
        assert "refuse_missing(missing_pairs(" in texts[name], name


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


@pytest.mark.slow(15)
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
