"""A simulated Spotify, and the login script as a child process that talks to it."""

import os
import queue
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator import Simulator, generate
from utils import ROOT

SCRIPT = ROOT / "utils" / "login"
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START")


@pytest.fixture
def spotify() -> Iterator[Simulator]:
    with Simulator(generate(seed=1, liked=0, albums=0, plays=0)) as simulator:
        yield simulator
    assert simulator.errors == []


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Login:
    """The script at work: what it has said so far, and how it ends."""

    def __init__(self, environment: dict[str, str], *options: str, module: bool = False) -> None:
        command = [sys.executable, *(["-m", "utils.login"] if module else [str(SCRIPT)]), *options]
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=SCRIPT.parents[1],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.output = ""
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def url(self) -> str:
        """The link that the listener is asked to open."""
        while True:
            line = self._lines.get(timeout=600)
            self.output += line
            found = re.match(r"http\S+/authorize\?\S+", line)
            if found:
                return found.group()
            assert line, f"it ended without a link:\n{self.output}"

    def end(self) -> int:
        """The exit code, with all output read."""
        code = self.process.wait(timeout=600)
        self._reader.join(timeout=600)
        while not self._lines.empty():
            self.output += self._lines.get()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=600)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def settings(spotify: Simulator, port: int, tmp_path: Path) -> dict[str, str]:
    """The child's whole environment; the .env lies in `tmp_path`."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **passed_on,
        "ENV_FILE": str(tmp_path / ".env"),
        "SPOTIFY_ACCOUNTS_URL": spotify.accounts_url,
        "SPOTIFY_API_URL": spotify.api_url,
        "SPOTIFY_CLIENT_ID": spotify.client_id,
        "SPOTIFY_CLIENT_SECRET": spotify.client_secret,
        "SPOTIFY_REDIRECT_URI": f"http://127.0.0.1:{port}/callback",
        "TZ": "Europe/Vienna",
    }


Start = Callable[..., Login]


@pytest.fixture
def start(settings: dict[str, str]) -> Iterator[Start]:
    """Start the script as `start("--yes", ...)`."""
    started: list[Login] = []

    def begin(*options: str, module: bool = False) -> Login:
        started.append(Login(settings, *options, module=module))
        return started[-1]

    yield begin
    for each in started:
        each.close()
