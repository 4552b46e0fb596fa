"""What stands for Spotify, the browser, GitHub and a hosted database while somebody sets the project up in a folder."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import parse_dsn

from simulator.demo import is_free, simulator
from simulator.gh import GREEN, RED, FakeGh, fork
from utils import ROOT
from utils.config import REDIRECT_URI
from utils.database.embedded import server as embedded

# Loopback by its old short form, which needs no name server, and which the scripts take for a host elsewhere.
HOSTED = "127.1"
ADDRESS = "https://github.com/OWNER/NAME.git"  # the one in the guide
_BROWSER = """import sys, urllib.request
urllib.request.urlopen(sys.argv[1]).read()
"""
_OURS = ("SPOTIFY_", "DB_", "GH_", "GIT", "PG", "PYTHON", "SSH_")
_NOT_PASSED_ON = ("DATABASE_URL", "ENV_FILE", "VIRTUAL_ENV", "EMBEDDED_POSTGRES_DIR", "RUN_DOOR")


@dataclass(frozen=True)
class Place:
    """A folder where nothing is installed, the shell's environment, and what somebody copies from pages, by its name."""

    folder: Path
    environment: dict[str, str]
    values: dict[str, str]
    gh: FakeGh

    def press_the_button(self) -> None:
        """Enable the workflows of the new fork."""
        with self.gh.edit() as state:
            state["repositories"]["me/mirror"]["listed"] = True


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Such a place, until the body has ended."""
    home = folder / "home"
    home.mkdir()
    gh = FakeGh(folder / "bin")
    with gh.edit() as state:
        state.update(logged_in=False, course=[], repositories={"me/mirror": fork(listed=False)})
    with (
        simulator(folder / "spotify.json", "development") as spotify,
        embedded.acquire(folder / "hosted") as server,
        _over_loopback(server.dsn) as port,
    ):
        parts = parse_dsn(server.dsn)
        environment = {
            **_passed_on(),
            "HOME": str(home),
            "PATH": f"{gh.folder}{os.pathsep}{_path()}",
            "BROWSER": f"{_browser(gh.folder)} %s",
            "SPOTIFY_API_URL": spotify["SPOTIFY_API_URL"],
            "SPOTIFY_ACCOUNTS_URL": spotify["SPOTIFY_ACCOUNTS_URL"],
            # The address of the guide leads to this repository.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{ROOT}.insteadOf",
            "GIT_CONFIG_VALUE_0": ADDRESS,
        }
        if not is_free(8888):
            environment["SPOTIFY_REDIRECT_URI"] = REDIRECT_URI.replace("8888", str(_free_port()))
        values = {
            "client id": spotify["SPOTIFY_CLIENT_ID"],
            "client secret": spotify["SPOTIFY_CLIENT_SECRET"],
            "database": f"postgresql://{parts['user']}:a-password@{HOSTED}:{port}/{parts['dbname']}?sslmode=disable",
        }
        here = Place(folder, environment, values, gh)
        ended = threading.Event()
        machine = threading.Thread(target=_work_for_github, args=(here, ended))
        machine.start()
        try:
            yield here
        finally:
            ended.set()
            machine.join()


def _work_for_github(here: Place, ended: threading.Event) -> None:
    """When the first run is started, do what it does: the chain, with the secrets and variables that were sent."""
    held = here.gh.folder / "held"
    held.touch()
    while not here.gh.state["dispatched"]:
        if ended.wait(0.2):
            return
    mirror, clone = here.gh.mirror, here.folder / "NAME"
    environment = {
        **{name: value for name, value in here.environment.items() if name != "SPOTIFY_REDIRECT_URI"},
        **mirror["secrets"],
        **mirror["variables"],
        "ENV_FILE": "",
        "GITHUB_ACTIONS": "true",
    }
    chain = [str(clone / ".local/venv/bin/python"), "-P", "-m", "api_syncs.run_all"]
    done = subprocess.run(chain, cwd=clone, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    (here.folder / "run.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    _let_it_end(here, GREEN if done.returncode == 0 else RED)
    held.unlink()


def _let_it_end(here: Place, how: Mapping[str, object]) -> None:
    """Set how the run ends. `gh` may write its state at the same moment: so until it stands there."""
    while not here.gh.state["course"]:
        with here.gh.edit() as state:
            state["course"] = [how]
        time.sleep(0.1)


def _passed_on() -> dict[str, str]:
    """The environment of whoever runs this, without what would be a setting."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name not in _NOT_PASSED_ON
    }


def _path() -> str:
    """PATH without the virtual environment that this runs in."""
    own = Path(sys.executable).parent if sys.prefix != sys.base_prefix else None
    return os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if Path(each) != own)


def _browser(folder: Path) -> Path:
    """A program that opens a link, and follows where it leads."""
    program = folder / "browser"
    program.write_text(f"#!{sys.executable} -IS\n{_BROWSER}", encoding="utf-8")
    program.chmod(0o755)
    return program


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


# The hosted database


@contextmanager
def _over_loopback(dsn: str) -> Iterator[int]:
    """A port that leads to a server that only listens on a socket in a folder."""
    target = str(Path(parse_dsn(dsn)["host"], f".s.PGSQL.{parse_dsn(dsn).get('port', '5432')}"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, target), daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, target: str) -> None:
    with suppress(OSError):  # it was closed
        while True:
            near, _ = listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(target)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
