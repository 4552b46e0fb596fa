"""What every job of the chain has to hold, taken from the chain itself, so that a new one cannot be forgotten.

Each job meets the database and the Spotify that the jobs before it have left behind.
"""

import re
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path

import psycopg2
import pytest

from api_syncs import covers
from tests.clock import FakeClock
from tests.made_once import to_webp
from tests.stages import MODULES, OF_RUNS, ON_SPOTIFY, contents, difference, recorded, world_at
from utils.database.steady import SteadyConnection
from utils.errors import ExitCode, Status
from utils.job.app_settings import SETTINGS
from utils.mirror.removals import Membership

pytestmark = [pytest.mark.slow(1, together=True), pytest.mark.once]

KILLED = str(Path(__file__).with_name("killed_script.py"))

every_job = pytest.mark.parametrize("module", MODULES)
every_job_on_spotify = pytest.mark.parametrize("module", ON_SPOTIFY)


@pytest.fixture(scope="module")
def stages(server, template, tmp_path_factory):
    """module → what its world is made of when its turn comes."""
    with recorded(server, template, tmp_path_factory.mktemp("stages")) as found:
        yield found


@pytest.fixture
def at(server, stages, tmp_path):
    """`at(module)`: a world of its own, in which it is that job's turn."""
    with ExitStack() as stack:

        def make(module, *, clock=None):
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            world = stack.enter_context(world_at(server, stages[module], folder, clock))
            world.clock = clock
            return world

        yield make


@pytest.fixture(scope="module")
def healthy(server, stages, tmp_path_factory):
    """`healthy(module, what)`: of the job's world when it was run once and nothing went wrong, made once for each.

    What: `contents` that are kept; these `without times`; the number of its `batches`.
    """
    found = {}

    def of(module, what="contents"):
        if module not in found:
            clock = FakeClock()
            with world_at(server, stages[module], tmp_path_factory.mktemp("healthy"), clock) as world:
                assert world.run(module, clock=clock).status == Status.DONE
                batches = "SELECT batch_number FROM sync_history WHERE job = %s"
                found[module] = {
                    "contents": contents(world),
                    "without times": contents(world, with_times=False),
                    "batches": world.rows(batches, import_module(module).JOB.name),
                }
        return found[module][what]

    return of


def run(world, module, *, force=True):
    return world.run(module, force=force, clock=world.clock)


@every_job
def test_run_twice_nothing_changes(at, module):
    world = at(module, clock=FakeClock())
    assert run(world, module).status == Status.DONE
    before = contents(world)
    assert run(world, module).exit_code == ExitCode.OK
    assert difference(before, contents(world)) == {}


@every_job
@pytest.mark.search("moment", ["after"], ["before", "after"])
@pytest.mark.once
def test_killed_at_each_commit_and_resumed_gives_the_same_rows(at, module, moment, monkeypatch):
    healthy, killed = at(module), at(module)
    monkeypatch.setattr(covers, "to_webp", to_webp)  # each picture, as the process that is killed makes them
    assert run(healthy, module).exit_code == ExitCode.OK
    process = killed.call(KILLED, moment, module, "--force")
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    assert int(process.stdout.split()[-2]) >= 2, "how often it was killed"
    assert difference(contents(healthy, with_times=False), contents(killed, with_times=False)) == {}
    assert killed.rows("SELECT count(*) FROM sync_seen") == healthy.rows("SELECT count(*) FROM sync_seen")


@every_job_on_spotify
@pytest.mark.once
def test_answers_that_nobody_can_read_lose_and_stamp_nothing(at, healthy, module):
    """As after a change of the API: no item on any page has its id. The next healthy run is complete."""
    world = at(module, clock=FakeClock())
    if module != MODULES[1]:  # the first one that asks Spotify learns who the listener is
        world.sim.faults.add("unreadable", match="GET ", times=None)
    else:
        world.sim.faults.add("unreadable", match="GET /me/", times=None)
    before = contents(world)
    outcome = run(world, module)
    if module == MODULES[1]:
        before["users"] = contents(world)["users"]
    after = contents(world)
    after["refusals"] = before["refusals"]  # what could not be read is noted, to be asked for again
    assert difference(before, after) == {}
    assert outcome.status == Status.FAILED, "it is said"
    world.sim.faults.clear()
    assert run(world, module).status == Status.DONE
    assert difference(healthy(module), contents(world)) == {}


@every_job_on_spotify
@pytest.mark.search("page", [0, 1], [0, 1, 2, 3, 4, 5])
@pytest.mark.once
def test_after_one_page_that_nobody_could_read_the_next_run_is_complete(at, healthy, module, page):
    world = at(module, clock=FakeClock())
    world.sim.faults.add(
        "unreadable", match="GET /(me/|albums|artists|tracks|search|playlists)", after=page, times=1
    )
    run(world, module)
    world.sim.faults.clear()
    assert run(world, module).status == Status.DONE
    assert difference(healthy(module), contents(world)) == {}


@every_job_on_spotify
@pytest.mark.search("page", [0, 1], [0, 1, 2, 3, 4, 5])
@pytest.mark.once
def test_a_page_that_comes_emptied_takes_nothing_away(at, module, page):
    """Spotify has answered so in the middle of lists: no items, nowhere to go on, and the total that it was.

    Here in the first run, and again when everything is known.
    """
    clock = FakeClock()
    healthy, world = at(module, clock=clock), at(module, clock=clock)
    for hours in (
        1,
        25,
    ):  # what was missed of a day is asked for on that day, what may have moved on the next
        before = contents(world, with_times=False)
        world.sim.faults.add("emptied", match="GET /(me/|albums|artists|playlists)", after=page, times=1)
        run(world, module)
        world.sim.faults.clear()
        after = contents(world, with_times=False)
        # A list that is not shown, and still is the listener's, is said to be missing.
        lost = {
            name: rows
            for name in before
            if (rows := before[name] - after[name]) and name != "playlist_mappings"
        }
        assert hours == 1 or lost == {}
        clock.pass_time(hours=hours)
        for each in (healthy, world):
            assert run(each, module, force=hours > 1).exit_code == ExitCode.OK
    assert difference(contents(healthy, with_times=False), contents(world, with_times=False)) == {}


@every_job_on_spotify
@pytest.mark.once
def test_a_burst_of_404_costs_nothing(at, healthy, module):
    """Spotify knows no artist, album or track for a while. The next run is complete."""
    world = at(module, clock=FakeClock())
    world.sim.faults.add("status", match=r"GET /(artists|albums|tracks)/", status=404, times=None)
    assert run(world, module).exit_code == ExitCode.OK
    world.sim.faults.clear()
    assert run(world, module).status == Status.DONE
    assert difference(healthy(module), contents(world)) == {}


# What is read page by page writes each batch so that it can be done again.
REPEATABLE = [module for module in ON_SPOTIFY if import_module(module).JOB.entities] + [
    "api_syncs.sync_images"
]


@pytest.mark.parametrize("module", REPEATABLE)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_at_each_commit_is_made_again_and_gives_the_same_rows(
    at, healthy, module, moment, monkeypatch
):
    """Before it the batch is undone; right behind it nobody knows that it was written, and it is written again."""
    world = at(module, clock=FakeClock())
    real, lost = SteadyConnection.repeat, []

    def repeat(self, act):
        calls = []

        def once(cursor):
            result = act(cursor)
            calls.append(1)
            if len(calls) == 1:
                if moment == "after":
                    cursor.connection.commit()
                cursor.connection.close()
                lost.append(1)
                raise psycopg2.OperationalError("server closed the connection unexpectedly")
            return result

        return real(self, once)

    monkeypatch.setattr(SteadyConnection, "repeat", repeat)
    outcome = run(world, module)
    assert (outcome.status, bool(lost)) == (Status.DONE, True), outcome.message
    assert difference(healthy(module, "without times"), contents(world, with_times=False)) == {}
    batches = f"SELECT batch_number FROM sync_history WHERE job = '{outcome.job}'"
    assert outcome.tally.batch_number - len(lost) <= 2, "but the end of the pass"
    assert world.rows(batches) == healthy(module, "batches")


def memberships():
    """What comes to the library and goes: (module, declaration)."""
    return [
        (module, value)
        for module in MODULES
        for value in vars(import_module(module)).values()
        if isinstance(value, Membership)
    ]


def add_what_spotify_lacks(world, membership):
    """A row of something that is not in the library, in the catalogue first where there is a table of its things."""
    table, (_, id_column) = membership.name, membership.row.table.key
    gone = "Gone".ljust(22, "0")
    catalogue = world.rows(
        "SELECT confrelid::regclass::text FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid "
        "AND a.attnum = ANY(c.conkey) WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND a.attname = %s",
        table,
        id_column,
    )
    for (name,) in catalogue:
        world.change(f"INSERT INTO {name} ({id_column}) VALUES (%s)", gone)
    needed = world.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND NOT attisdropped",
        table,
    )
    others = ", ".join(sorted({name for (name,) in needed} - {"user_id", id_column}))
    world.change(
        f"INSERT INTO {table} (user_id, {id_column}, {others}) SELECT user_id, %s, {others} FROM {table} LIMIT 1",
        gone,
    )
    return gone


@pytest.mark.parametrize(
    ("module", "membership"), memberships(), ids=lambda value: getattr(value, "name", "")
)
def test_what_has_left_the_library_is_asked_about_marked_and_said(at, module, membership):
    """Of everything that is read as a collection or a listing, so also of a new one."""
    world = at(module, clock=FakeClock())
    assert run(world, module).exit_code == ExitCode.OK
    gone = add_what_spotify_lacks(world, membership)
    for key, setting in SETTINGS.items():
        if key.startswith("spotify.remove_") and not setting.default:
            world.change(
                "INSERT INTO app_settings (user_id, key, value) SELECT user_id, %s, 'true' FROM users", key
            )
    before = contents(world)
    world.sim.clear_requests()
    outcome = run(world, module)
    assert (outcome.exit_code, outcome.tally.removed_items) == (ExitCode.OK, 1), outcome.message
    assert world.asked().count("GET /me/library/contains") == 1
    id_column = membership.row.table.key[1]
    left = f"SELECT {id_column} FROM {membership.name} WHERE removed_at IS NOT NULL AND {id_column} = %s"
    assert world.rows(left, gone) == [(gone,)]
    events = difference(before, contents(world))["library_events"]
    assert (len(events[0]), len(events[1])) == (0, 1)
    assert gone in events[1][0]
    assert membership.events.went in events[1][0]


class TickingClock(FakeClock):
    """Each look at it takes a millisecond."""

    def now(self):
        self.pass_time(milliseconds=1)
        return super().now()


@every_job
def test_with_a_time_budget_that_is_always_spent_it_gets_to_its_end(at, module):
    """Each run writes one batch, and the next one goes on behind it."""
    expected = at(module, clock=TickingClock())
    assert run(expected, module).status in (Status.DONE, Status.SKIPPED)
    world = at(module, clock=TickingClock())
    world.extra["JOB_TIME_BUDGET_MINUTES"] = "0.0000001"
    status = run(world, module).status
    for _ in range(60):
        if status is not Status.STOPPED:
            break
        world.clock.pass_time(minutes=10)
        status = run(world, module, force=False).status
    assert status in (Status.DONE, Status.SKIPPED)
    assert contents(world, with_times=False) == contents(expected, with_times=False)


@every_job
@pytest.mark.once
def test_while_the_same_job_is_running_it_has_nothing_to_do(at, module):
    world = at(module, clock=FakeClock())
    job = import_module(module).JOB
    assert run(world, module).exit_code == ExitCode.OK
    user_id = world.rows("SELECT user_id FROM users")[0][0] if job.groups else "*"
    before = contents(world)
    world.sim.clear_requests()
    with closing(psycopg2.connect(world.dsn)) as other, other.cursor() as cursor:
        lock = f"{job.lock or job.name}:{user_id}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        assert cursor.fetchone() == (True,)
        outcome = run(world, module)
    assert (outcome.status, outcome.exit_code) == (Status.SKIPPED, ExitCode.OK)
    assert "already running" in outcome.message
    assert world.asked() == []
    assert difference(before, contents(world)) == {}


def endpoint(request):
    """`GET /albums/{id}/tracks`"""
    path = re.sub(r"/(albums|artists|tracks|playlists)/[0-9A-Za-z]{22}", r"/\1/{id}", request.path)
    return f"{request.method} {path}"


@every_job
@pytest.mark.once
def test_the_help_is_true(at, module):
    """It names every endpoint that is asked and every table that is written."""
    world = at(module, clock=FakeClock())
    job = import_module(module).JOB
    written = dict(world.rows("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"))
    world.sim.clear_requests()
    assert run(world, module).status == Status.DONE
    asked = {endpoint(request) for request in world.sim.requests if request.kind == "api"} - {"GET /me"}
    said = set()
    for methods, path in re.findall(
        r"((?:GET|PUT|POST|DELETE|, | and )+) (/[\w/{}-]+)", f"{job.reads} {job.writes}"
    ):
        said |= {f"{method} {path}" for method in re.findall(r"[A-Z]+", methods)}
    said |= {f"{call}/{{id}}" for call in said if "one by one" in job.reads}
    assert asked <= said
    now = dict(world.rows("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"))
    tables = {table for table, count in now.items() if count > written.get(table, 0)}
    tables -= {*OF_RUNS, "users", "consent_fingerprints", "sync_seen", "sync_pauses", "playlist_items_staged"}
    words = set(re.findall(r"\w+", job.writes))
    if "credits" in words:
        words |= {"album_artists", "track_artists"}
    if "views" in words:
        tables -= {name for (name,) in world.rows("SELECT matviewname FROM pg_matviews")} | {"managed_views"}
    assert tables <= words
