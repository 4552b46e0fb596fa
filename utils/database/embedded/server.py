"""The embedded PostgreSQL: a server of one's own below a folder, started and stopped by who uses it.

`acquire` starts the server of a folder or joins it when it runs, and `EmbeddedServer.release` leaves it;
the last one out stops it. Who is in is known by kernel locks (`flock`), which end with their process
however it ends. So a client killed with -9 leaves at most a running server, which the next user joins
and stops. In the folder:

    data/          the cluster, made beside under another name and renamed when complete
    server.log     what the server says; begun anew at a start when longer than 1 MB
    start.lock     held alone while somebody starts or stops the server
    users.lock     held shared by every user of the server; names the machine that runs it

The server listens on a unix socket in a private folder with a short path, never on TCP. A process is
signalled only after it was seen to be a PostgreSQL program at work in this very cluster. The folder must
not be used from two containers or machines at once; that is noticed as long as both have users.
"""

# ruff: noqa: S603 (every command here is a list of our own words, and no shell reads it)
import atexit
import contextlib
import hashlib
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, Self

from utils.database.embedded.programs import ELSEWHERE, find_binaries, unavailable
from utils.errors import DatabaseUnavailableError

if sys.platform != "win32":  # importable there too, so that `acquire` can say what to do
    import fcntl

    from utils.database.embedded.account import (
        DATABASE,
        make_cluster,
        private_socket_dir,
        server_account,
        usable_binaries,
    )

log = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 60.0
GATE_TIMEOUT_S = START_TIMEOUT_S + 30.0
LOG_LIMIT_BYTES = 1_000_000
# For a machine that has other things to do; `server_settings` go on top of it.
SETTINGS = {"shared_buffers": "64MB", "max_connections": "60", "jit": "off", "log_checkpoints": "off"}

_PROC = Path("/proc")
_SOCKET = ".s.PGSQL.5432"
_children: set[int] = set()


# Locks


class _Lock:
    """A `flock` on one file. A forked child does not have it, and no program it starts inherits it."""

    _all: ClassVar["weakref.WeakSet[_Lock]"] = weakref.WeakSet()

    def __init__(self, path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> None:
        self.fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._all.add(self)

    def take(self, operation: int, timeout_s: float = 0.0) -> bool:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(self.fd, operation | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.01)

    def close(self) -> None:
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    @classmethod
    def forget_all(cls) -> None:
        """In a forked child: closing gives up our copy of the descriptor, the parent keeps the lock."""
        for lock in list(cls._all):
            lock.close()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_Lock.forget_all)


# One cluster and its processes


class _Postmaster(NamedTuple):
    pid: int
    socket_dir: Path
    status: str

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.settimeout(5.0)
            probe.connect(str(self.socket_dir / _SOCKET))
            return True
        return False


class _Cluster:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.log = root / "server.log"
        self.key = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        self.name = f"spotify-{self.key}"  # shows in the command line and titles of the server's processes
        self.inode: tuple[int, int] | None = None  # known still when somebody removed the folder

    def postmaster(self) -> _Postmaster | None:
        """Return the live postmaster that postmaster.pid names; a foreign, dead or zombie process is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8", "surrogateescape").splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        if not self.is_server(pid):
            return None
        lines += [""] * 8
        return _Postmaster(pid, Path(lines[4]), lines[7].strip())

    def is_server(self, pid: int) -> bool:
        """Say whether `pid` is a live PostgreSQL process of this very cluster."""
        with contextlib.suppress(OSError):
            at = self.data.stat()
            self.inode = (at.st_dev, at.st_ino)
        process = _PROC / str(pid)
        if (_PROC / "self" / "exe").exists():
            try:
                program = process.joinpath("exe").readlink().name.removesuffix(" (deleted)")
                works_in = process.joinpath("cwd").stat()
            except OSError:  # gone, a zombie, or of another user
                return False
            return program == "postgres" and (works_in.st_dev, works_in.st_ino) == self.inode
        shown = _ps("-o", "stat=,ucomm=,args=", "-p", str(pid)).split(maxsplit=2)
        is_alive = len(shown) == 3 and not shown[0].startswith("Z")
        return is_alive and shown[1] == "postgres" and self.name in shown[2]

    def send(self, pid: int, number: signal.Signals) -> None:
        """Signal `pid` if it is this cluster's, through a handle where there are handles: a pid may be reused."""
        handle = -1
        with contextlib.suppress(OSError, AttributeError):  # a kernel or a system without them
            handle = os.pidfd_open(pid)
        try:
            if self.is_server(pid):
                with contextlib.suppress(ProcessLookupError):
                    if handle >= 0:
                        signal.pidfd_send_signal(handle, number)
                    else:
                        os.kill(pid, number)
        finally:
            if handle >= 0:
                os.close(handle)

    def stop(self, running: _Postmaster) -> None:
        """Stop the server (fast shutdown), wait until it is gone, and remove its socket's folder."""
        self.send(running.pid, signal.SIGINT)
        if not self.wait_gone(running.pid):
            log.warning("The embedded PostgreSQL is still stopping after %.0f s.", STOP_TIMEOUT_S)
            return
        with contextlib.suppress(OSError):
            running.socket_dir.rmdir()

    def wait_gone(self, pid: int) -> bool:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while self.is_server(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        if pid in _children:
            _children.discard(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        return True

    def end_orphans(self) -> None:
        """Ask this cluster's processes that outlived their postmaster to end; they keep a new one from starting."""
        if (_PROC / "self" / "exe").exists():
            pids = [entry.name for entry in _PROC.iterdir() if entry.name.isdigit()]
        else:
            pids = _ps("-ax", "-o", "pid=").split()
        for pid in map(int, pids):
            self.send(pid, signal.SIGTERM)

    def log_since(self, offset: int) -> str:
        with self.log.open("rb") as lines:
            lines.seek(max(0, offset))
            return lines.read().decode("utf-8", "replace")


def _ps(*options: str) -> str:
    return subprocess.run(["ps", "-ww", *options], capture_output=True, text=True, check=False).stdout  # noqa: S607 (its place differs)


# Starting


def _start(cluster: _Cluster, pgbin: str | None, settings: Mapping[str, str], deadline: float) -> _Postmaster:  # noqa: C901 - the steps of a start, in their order
    version_file = cluster.data / "PG_VERSION"
    binaries = find_binaries(pgbin, major=int(version_file.read_text()) if version_file.exists() else None)
    account = server_account(cluster.root, cluster.data, binaries)
    binaries = usable_binaries(account, binaries, cluster.root)
    if not cluster.data.exists():
        make_cluster(account, binaries, cluster.data, sync=settings.get("fsync") != "off")
    socket_dir = private_socket_dir(account, cluster.key)
    command: list[str | Path] = [binaries / "postgres", "-D", cluster.data, "-k", socket_dir]
    command += ["-p", "5432", "-c", f"cluster_name={cluster.name}"]
    for name, value in {**SETTINGS, **settings, "listen_addresses": ""}.items():
        command += ["-c", f"{name}={value}"]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        # One whose starter died may have come up only now.
        if found := cluster.postmaster():
            if running := _join(cluster, found, deadline):
                return running
            if cluster.postmaster():
                raise _late(cluster)
        # All stale: no live postmaster of this cluster was found, and the socket's folder is its alone.
        for stale in (cluster.data / "postmaster.pid", socket_dir / f"{_SOCKET}.lock", socket_dir / _SOCKET):
            stale.unlink(missing_ok=True)
        log_fd = os.open(cluster.log, flags, 0o600)
        try:
            if os.fstat(log_fd).st_size > LOG_LIMIT_BYTES:
                os.ftruncate(log_fd, 0)
            offset = os.fstat(log_fd).st_size
            process = account.start(command, log_fd)
        finally:
            os.close(log_fd)
        if running := _wait_ready(cluster, process, deadline):
            return running
        said = cluster.log_since(offset)
        is_occupied = re.search('pre-existing shared memory block|lock file ".*" already exists', said)
        if not is_occupied or time.monotonic() > deadline:
            with contextlib.suppress(OSError):
                socket_dir.rmdir()
            raise unavailable("The local database did not start", said, cluster.log)
        if "pre-existing" in is_occupied[0]:
            cluster.end_orphans()
        time.sleep(0.1)


def _wait_ready(cluster: _Cluster, process: "subprocess.Popen[bytes]", deadline: float) -> _Postmaster | None:
    """Wait until the started server is ready; None when it ended, an error when it is late."""
    while process.poll() is None:
        running = cluster.postmaster()
        is_ready = running and running.pid == process.pid and running.status == "ready"
        if is_ready or time.monotonic() > deadline:
            _children.add(process.pid)
            process.returncode = 0  # it outlives this object; wait_gone() takes its exit status
            if is_ready:
                return running
            raise _late(cluster)
        time.sleep(0.005)
    return None


def _join(cluster: _Cluster, running: _Postmaster, deadline: float) -> _Postmaster | None:
    """Wait until the running server is ready; None when it ended meanwhile or cannot be reached."""
    while running.status != "ready":
        if time.monotonic() > deadline:
            raise _late(cluster)
        if running.status == "stopping":
            cluster.wait_gone(running.pid)
        time.sleep(0.005)
        again = cluster.postmaster()
        if again is None:
            return None
        running = again
    return running if running.answers() else None


def _late(cluster: _Cluster) -> DatabaseUnavailableError:
    text = f"The local database is still starting or stopping after {START_TIMEOUT_S:.0f} s, as after a crash"
    return unavailable(text, cluster.log_since(cluster.log.stat().st_size - 4000), cluster.log)


# What others use


@dataclass(eq=False)
class EmbeddedServer:
    """This process's share of a running server; a context manager that releases it.

    `dsn` is for `psycopg2.connect`, `version` the server's major version. A forked child has no share: its
    `release` does nothing, and it calls `acquire` itself when it outlives its parent.
    """

    dsn: str
    version: int
    _cluster: _Cluster
    _postmaster: _Postmaster
    _gate: _Lock
    _users: _Lock

    def release(self) -> None:
        """Leave the server; the last one out stops it and waits for that, at most 60 s. May be called twice."""
        atexit.unregister(self.release)
        if self._users.fd < 0:
            return
        with _without_ctrl_c():
            self._release()

    def _release(self) -> None:
        try:
            if self._gate.take(fcntl.LOCK_EX, GATE_TIMEOUT_S) and self._users.take(fcntl.LOCK_EX):
                # postmaster.pid knows of a restart since; without it, the one we saw may be there still.
                self._cluster.stop(self._cluster.postmaster() or self._postmaster)
        finally:
            self._users.close()
            self._gate.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """What is nearly over is not left half done; Ctrl-C of meanwhile is forgotten."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def acquire(
    root: Path, *, pgbin: Path | str | None = None, server_settings: Mapping[str, str] | None = None
) -> EmbeddedServer:
    """Start the server whose cluster lies under `root`, or join it; it is released at exit at the latest.

    The first start makes the cluster and in it the database "spotify" (UTF8, owner postgres). A start waits
    for crash recovery, at most 60 s. `pgbin` is as for `find_binaries`; `server_settings` become `-c` options.
    Both count only for who starts the server.

    Raises DatabaseUnavailableError when no server can be had: no binaries, an unsupported system, a full
    disk, a folder that cannot be written, a server that does not start.
    """
    if sys.platform == "win32":
        raise DatabaseUnavailableError(
            "There is no embedded PostgreSQL on Windows.", f"There, {ELSEWHERE}; WSL works like Linux."
        )
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        cluster = _Cluster(root.resolve())
        if cluster.root.stat().st_mode & 0o066:
            cluster.root.chmod(0o700)
        return _acquire(cluster, str(pgbin) if pgbin else None, server_settings or {})
    except OSError as error:
        at = f" ({error.filename})" if error.filename else ""
        raise DatabaseUnavailableError(
            f"The local database in {root} cannot be used: {error.strerror or error}{at}.",
            f"Make room or give yourself access there and try again, or {ELSEWHERE}.",
        ) from error


def _acquire(cluster: _Cluster, pgbin: str | None, settings: Mapping[str, str]) -> EmbeddedServer:
    deadline = time.monotonic() + START_TIMEOUT_S
    here = f"{socket.gethostname()} ".encode()
    with contextlib.suppress(OSError):  # a system without /proc
        here += os.fsencode((_PROC / "self/ns/pid").readlink())
    with contextlib.ExitStack() as undo:
        gate = _Lock(cluster.root / "start.lock")
        undo.callback(gate.close)
        users = _Lock(cluster.root / "users.lock")
        undo.callback(users.close)
        if not gate.take(fcntl.LOCK_EX, GATE_TIMEOUT_S):
            raise DatabaseUnavailableError(
                f"Another process has been starting or stopping the local database in {cluster.root} "
                f"for {GATE_TIMEOUT_S:.0f} s.",
                f"End that process or wait for it, or {ELSEWHERE}.",
            )
        is_alone = users.take(fcntl.LOCK_EX)
        users.take(fcntl.LOCK_SH)  # nobody comes between: whoever wants either lock holds the gate
        found = cluster.postmaster()
        running = _join(cluster, found, deadline) if found else None
        if running is None:
            if not is_alone and (cluster.postmaster() or os.pread(users.fd, 1000, 0) not in (here, b"")):
                raise DatabaseUnavailableError(
                    f"The local database in {cluster.root} is in use where this process cannot reach it, "
                    "such as in another container.",
                    f"End what uses it there, or {ELSEWHERE}.",
                )
            if stuck := cluster.postmaster():  # without users, and its socket is gone
                cluster.stop(stuck)
            running = _start(cluster, pgbin, settings, deadline)
            os.ftruncate(users.fd, 0)
            os.pwrite(users.fd, here, 0)
        fcntl.flock(gate.fd, fcntl.LOCK_UN)
        dsn = f"host={running.socket_dir} port=5432 hostaddr='' user=postgres dbname={DATABASE}"
        version = int((cluster.data / "PG_VERSION").read_text())
        server = EmbeddedServer(dsn, version, cluster, running, gate, users)
        atexit.register(server.release)
        undo.pop_all()
        return server


# What others look at


def is_being_started(root: Path, patience_s: float = 0.0) -> bool:
    """Whether somebody is starting or stopping the server below `root`, and has not come to an end within that time."""
    try:
        gate = _Lock(root / "start.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not gate.take(fcntl.LOCK_SH, patience_s)
    finally:
        gate.close()


def was_cut_off(root: Path) -> bool:
    """Whether the server below `root` has left its postmaster.pid behind, and is not there any more."""
    cluster = _Cluster(root.resolve())
    return (cluster.data / "postmaster.pid").exists() and cluster.postmaster() is None
