"""Folders of test sessions that were killed, with servers that nobody stops any more: the next session removes them."""

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "mirror-tests-"
_LOCK = "in-use"  # held by the session whose folder it is; the kernel lets go of it, however that ends


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Say so of a session's folder, while the body runs."""
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep(parent: Path) -> None:
    """Remove the folders that no session uses any more. One that is only just being made has no lock yet, and stays."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for notes in folder.rglob("postmaster.pid"):
                with suppress(OSError):  # it is gone
                    _end(int(notes.read_text().split()[0]), folder)
            shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int, folder: Path) -> None:
    """A server of that folder; another process that has the number by now is left alone."""
    if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
        os.kill(pid, signal.SIGQUIT)
