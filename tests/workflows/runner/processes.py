"""A step's process, and how GitHub ends one that is cancelled."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_TRACKED = "RUNNER_TRACKING_ID"


@dataclass(frozen=True)
class Patience:
    """How long is waited, in seconds: after each signal; what a minute of `timeout-minutes` is; for what could only hang."""

    interrupt_s: float = 7.5
    terminate_s: float = 2.5
    minute_s: float = 60
    hang_s: float = 600


RunProcess = Callable[
    [list[str], Mapping[str, str], Path, Path, Callable[[], bool], Patience], int
]  # what `run` is


def run(
    command: list[str],
    env: Mapping[str, str],
    folder: Path,
    output: Path,
    must_end: Callable[[], bool],
    patience: Patience,
) -> int:
    """Run a process to its end, which `must_end` may ask for; its exit code, negative for a signal.

    Its output goes to a file: a process that it leaves behind cannot keep anybody waiting.
    """
    with (
        output.open("wb") as file,
        subprocess.Popen(
            command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        ) as process,
    ):
        begun = time.monotonic()
        try:
            while not _ended(process, 0.01):
                if must_end():
                    _cancel(process, patience)
                    break
                if time.monotonic() - begun > patience.hang_s:
                    raise AssertionError(f"{command} hangs")
        finally:
            if process.poll() is None:
                _kill_tree(process.pid)
        return process.wait()


def _ended(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _cancel(process: "subprocess.Popen[bytes]", patience: Patience) -> None:
    """Signals go to the step's first process only; what has not ended then is killed with all that it started."""
    for number, seconds in ((signal.SIGINT, patience.interrupt_s), (signal.SIGTERM, patience.terminate_s)):
        process.send_signal(number)
        if _ended(process, seconds):
            return
    _kill_tree(process.pid)


def _children() -> dict[int, list[int]]:
    """Of each process, as far as the system has a /proc."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
        except OSError:
            continue  # ended meanwhile
        children.setdefault(int(parent), []).append(int(status.parent.name))
    return children


def _kill_tree(root: int) -> None:
    children, pids = _children(), [root]
    for pid in pids:
        pids += children.get(pid, [])
    for pid in pids:
        _kill(pid)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has ended meanwhile


def kill_orphans(tracking_id: str) -> None:
    """End what a job has left running, at its end. Where the system has no /proc, nothing is found."""
    mark = f"{_TRACKED}={tracking_id}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            held = environment.read_bytes()
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if mark in held.split(b"\0"):
            _kill(int(environment.parent.name))
