"""Start scripts again and again, and tell each to stop at some point, while Spotify or the database does not answer.

`told_to_stop.py SEED TRIES script…`: each script is `module` or `module argument…`, or `=module`, which nobody disturbs. A point is a statement, a
commit, a request, or a file that gets its name. Prints a line of JSON for each try: {"script", "trouble", "signal", "point", "seconds", "queued", "code", "said"}; `point`
is null for the run that ends each script's tries, which nobody disturbs. Each run is forked from this process, which has
nothing open.
"""

import importlib
import json
import os
import random
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg2
import requests
from psycopg2.extensions import connection, cursor

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.connections import parents_of_processes, signal_all, wait_until_alone

DSN = os.environ["DATABASE_URL"]
TROUBLES = ("none", "slow", "locked", "frozen")
FIRST_POINTS = 40  # among so many the first point is chosen; then among as many as there were
HANGS_S = 30.0  # then it is killed, and the test fails
LOCKED = (
    "sync_state",
    "sync_history",
    "job_controls",
    "logs",
    "api_calls",
    "app_settings",
    "tracks",
    "albums",
    "plays",
)


@dataclass
class Try:
    """One run, and how it ended. `seconds` since the signal; None where it was over before that. `queued`: so long of these, at least, others
    had the cores (that thread of it which had to wait longest)."""

    script: str
    trouble: str
    signal: str
    point: int | None
    seconds: float | None = None
    queued: float = 0.0
    code: int | None = None
    said: str = ""


def run_until(script: str, point: int | None, tell: int, go: int) -> int:
    """The child: the script, which waits at that point until it may go on. Tells how many points there were."""
    seen = 0

    def pass_point() -> None:
        nonlocal seen
        seen += 1
        if seen == point:
            os.write(tell, b"reached ")
            os.read(go, 1)

    class Counted(cursor):
        def execute(self, *args: object) -> None:  # type: ignore[override]
            pass_point()
            super().execute(*args)  # type: ignore[arg-type]

        def copy_expert(self, *args: object, **options: object) -> None:  # type: ignore[override]
            pass_point()
            super().copy_expert(*args, **options)  # type: ignore[arg-type]

    class Committing(connection):
        def commit(self) -> None:
            pass_point()
            super().commit()

    connect, send, rename = psycopg2.connect, requests.Session.send, Path.replace

    def sent(self: requests.Session, *args: object, **options: object) -> object:
        pass_point()
        return send(self, *args, **options)  # type: ignore[arg-type]

    def renamed(self: Path, target: Path) -> Path:
        pass_point()
        return rename(self, target)

    factories = {"connection_factory": Committing, "cursor_factory": Counted}
    psycopg2.connect = lambda *args, **options: connect(*args, **{**options, **factories})
    requests.Session.send = sent  # type: ignore[method-assign,assignment]
    Path.replace = renamed  # type: ignore[method-assign,assignment]
    sys.argv = script.split()
    found = importlib.import_module(sys.argv[0])
    code = int(found.main(found.JOB))
    os.write(tell, str(seen).encode())
    return code


def start(script: str, point: int | None, said: int) -> tuple[int, int, int]:
    """Fork it: its pid, where it tells what it does, and where it is let go on."""
    telling, tell = os.pipe()
    go, going = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(telling)
        os.close(going)
        os.dup2(said, 1)
        os.dup2(said, 2)
        code = 70
        try:
            code = run_until(script, point, tell, go)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(tell)
    os.close(go)
    return pid, telling, going


def begin_anew(script: str) -> None:
    """Let it read again what it has read to the end, so that there is something to disturb."""
    entities = [entity.name for entity in importlib.import_module(script.split()[0]).JOB.entities]
    with closing(psycopg2.connect(DSN)) as opened, opened, opened.cursor() as asking:
        asking.execute("DELETE FROM sync_state WHERE entity_type = ANY(%s)", (entities,))


def queued_so_far(pid: int) -> dict[str, int]:
    """Of each of its threads, how long it was ready and did not run (ns); nothing where the system does not tell."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError, IndexError):
            found[task.parent.name] = int(task.read_text().split()[1])
    return found


def wait_for(pid: int) -> tuple[int, float]:
    """Its exit code, negative where a signal ended it, -SIGKILL for what hangs; and how long others had the cores meanwhile."""
    begun, before, queued = time.monotonic(), queued_so_far(pid), 0
    while True:
        queued = max([queued, *(each - before.get(task, 0) for task, each in queued_so_far(pid).items())])
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), queued / 1e9
        if time.monotonic() - begun > HANGS_S:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def attempt(chance: random.Random, trying: Try) -> int:
    """Do it. How many points there were, where it came to its end; else 0."""
    with tempfile.TemporaryFile() as said:
        pid, telling, going = start(trying.script, trying.point, said.fileno())
        told = os.read(telling, 100)
        if told.startswith(b"reached"):
            number = signal.Signals[trying.signal]
            with IN_TROUBLE[trying.trouble]():
                is_signal_first = chance.random() < 0.5
                if not is_signal_first:
                    os.write(going, b".")
                    time.sleep(chance.uniform(0.0, 0.6))
                begun = time.monotonic()
                os.kill(pid, number)
                if is_signal_first:
                    os.write(going, b".")
                trying.code, trying.queued = wait_for(pid)
                trying.seconds = time.monotonic() - begun
        else:
            trying.code, _ = wait_for(pid)
        rest = os.read(telling, 100) if told.startswith(b"reached") else told
        os.close(telling)
        os.close(going)
        said.seek(0)
        trying.said = said.read().decode()[-3000:]
    wait_until_alone(DSN)
    sys.stdout.write(f"{json.dumps(asdict(trying))}\n")
    sys.stdout.flush()
    return int(rest) if rest.isdigit() else 0


@contextmanager
def nothing_wrong() -> Iterator[None]:
    """As ever."""
    yield


@contextmanager
def slow_answers() -> Iterator[None]:
    """Spotify does not answer for a minute: what only reads, since what changes something would be carried out in the end."""
    control("POST", {"kind": "slow", "match": "^GET |token", "seconds": 60, "times": None})
    try:
        yield
    finally:
        control("DELETE", {})


def control(method: str, body: dict[str, object]) -> None:
    """Order trouble of the simulator, or withdraw it."""
    address = os.environ["SPOTIFY_API_URL"].removesuffix("/v1") + "/_simulator/faults"
    asked = urllib.request.Request(address, json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(asked) as answer:
        answer.read()


@contextmanager
def locked_tables() -> Iterator[None]:
    """Somebody holds tables, as far as the run does not."""
    with closing(psycopg2.connect(DSN)) as opened, opened.cursor() as asking:
        asking.execute("SET LOCAL lock_timeout = '50ms'")
        for name in LOCKED:
            asking.execute("SAVEPOINT before")
            try:
                asking.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            except psycopg2.errors.LockNotAvailable:
                asking.execute("ROLLBACK TO SAVEPOINT before")
        yield


@contextmanager
def frozen_server() -> Iterator[None]:
    """The server's processes stand still."""
    with closing(psycopg2.connect(DSN)) as opened:
        postmaster = parents_of_processes()[opened.info.backend_pid]
    pids = [postmaster, *(pid for pid, parent in parents_of_processes().items() if parent == postmaster)]
    signal_all(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


IN_TROUBLE: dict[str, Callable[[], object]] = {
    "none": nothing_wrong,
    "slow": slow_answers,
    "locked": locked_tables,
    "frozen": frozen_server,
}


def main() -> None:
    """All tries of all scripts."""
    chance, tries = random.Random(int(sys.argv[1])), int(sys.argv[2])
    others = TROUBLES[1:]
    for script in sys.argv[3:]:  # once, not in each of the processes that are forked from this one
        importlib.import_module(script.removeprefix("=").split()[0])
    for place, script in enumerate(sys.argv[3:]):
        points = FIRST_POINTS
        for number in range(0 if script.startswith("=") else 2 * tries):
            trouble = "none" if number % 4 == 0 else others[(place + number) % len(others)]
            name = "SIGINT" if chance.random() < 0.2 else "SIGTERM"
            found = attempt(chance, Try(script, trouble, name, chance.randint(1, points)))
            if found:
                points = found
                begin_anew(script)
        attempt(chance, Try(script.removeprefix("="), "none", "", None))


if __name__ == "__main__":
    main()
