"""What each script asks of the database, and how much it writes, is what docs/performance.md says: nobody makes it more without noticing."""

import re
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor

from api_syncs.chain import CHAIN
from tests.clock import START, FakeClock
from utils import ROOT

pytestmark = [pytest.mark.once, pytest.mark.slow(10)]
PAGE = ROOT / "docs" / "performance.md"
ROW = re.compile(r"^\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)
SIZE = {"liked": 330, "albums": 110, "followed": 120, "playlists": 12, "plays": 60, "odd": False}
# Only rows of tables: how many of a view change is its own business. Of runs and requests there are as many as there are runs and requests.
WRITTEN = (
    "SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables "
    "JOIN pg_class ON pg_class.oid = relid WHERE relkind = 'r' AND schemaname = 'public' AND pg_class.relname <> ALL(%s)"
)
OF_EVERY_RUN = ["logs", "sync_history", "api_calls", "job_controls"]


def is_close(found, said):
    """As many rows, first and again; two statements, or some of thousands, are a matter of chance: which of two threads comes first."""
    return found[1::2] == said[1::2] and all(
        abs(one - other) <= max(2, other // 400) for one, other in zip(found, said, strict=True)
    )


@contextmanager
def counted_statements(monkeypatch):
    """A counter of the statements that were sent since, BEGIN and COMMIT being none, and of the connections that were made."""
    sent = Counter()

    class Counting(Cursor):
        def execute(self, query, vars=None):
            sent["statements"] += 1
            return super().execute(query, vars)

        def copy_expert(self, sql, file, size=8192):
            sent["statements"] += 1
            return super().copy_expert(sql, file, size)

    connect = psycopg2.connect

    def connect_counting(*where, cursor_factory=None, **how):
        """`cursor_factory` is the one that --verbose wants, which may be on since another test."""
        sent["connections"] += 1
        return connect(*where, cursor_factory=Counting, **how)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg2, "connect", connect_counting)
        yield sent


def test_statements_and_rows_are_those_of_the_table(make_world, monkeypatch):
    """A first run of everything, and one where nothing has changed: each script as the chain starts it, in a new library of this size."""
    clock = FakeClock()  # what is stored depends on the moment: how many of the plays are of the library, say
    world = make_world(**SIZE, now=START, clock=clock)
    world.extra["SPOTIFY_MARKET"] = "DE"
    found = {step.module.rpartition(".")[2]: [] for step in CHAIN}
    # What the chain itself has made on Spotify is copied by its second run.
    for time in ("first", "settles", "again"):
        for step in CHAIN:
            [(before,)] = world.rows(WRITTEN, OF_EVERY_RUN)
            with counted_statements(monkeypatch) as sent:
                outcome = world.run(step.module, force=step.can_be_forced, clock=clock)
            assert outcome.exit_code == 0, outcome.message
            [(after,)] = world.rows(WRITTEN, OF_EVERY_RUN)
            if time != "settles":
                found[step.module.rpartition(".")[2]] += [sent["statements"], after - before]
    said = {
        name: [int(number.replace(",", "")) for number in numbers]
        for name, *numbers in ROW.findall(PAGE.read_text("utf-8"))
    }
    rows = "\n".join(
        f"| `{name}` | {' | '.join(format(number, ',') for number in numbers)} |"
        for name, numbers in found.items()
    )
    assert list(said) == list(found), rows
    other = {name for name in found if not is_close(found[name], said[name])}
    assert other == set(), f"more is a step back, less belongs into docs/performance.md:\n{rows}"


def test_a_look_for_plays_that_finds_nothing_new_is_cheap(make_world, monkeypatch):
    """One connection for the work and what is noted of it, one for the running-lock, and nothing is loaded that only news need."""
    clock = FakeClock()
    world = make_world(**SIZE, now=START, clock=clock)
    assert world.run("api_syncs.track_plays", clock=clock).tally.new_items > 0
    clock.pass_time(minutes=10)
    requests = len(world.sim.requests)
    with counted_statements(monkeypatch) as sent:
        outcome = world.run("api_syncs.track_plays", clock=clock)
    assert outcome.exit_code == 0, outcome.message
    assert outcome.tally.new_items == 0
    assert len(world.sim.requests) - requests == 2, "a token, and the plays"
    assert sent["connections"] == 2
    [(lines,)] = world.rows("SELECT count(DISTINCT run_id) FROM logs WHERE source = 'track_plays'")
    assert lines == 2


def test_what_only_news_need_is_not_loaded_by_a_look_for_plays():
    late = (
        "{'utils.mirror.catalogue', 'utils.plays.merging', 'utils.database.embedded', 'utils.database.views', 'dotenv', 'charset_normalizer', "
        "'idna', 'importlib.metadata', 'http.server', 'webbrowser', 'concurrent.futures.thread', 'getpass', 'platform'}"
    )
    code = f"import sys, api_syncs.track_plays; print(sorted({late} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
