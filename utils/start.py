"""What every script does before it imports anything: each runs this file by its path, so that it needs no package.

Where the packages are missing it says what to do. A reader that goes away (`… | head`) ends no run: what is written from
then on goes nowhere. Ctrl-C is said in one line, whatever was under way.
"""

from __future__ import annotations  # an older Python has to come as far as being refused

import atexit
import errno
import gc
import io
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from traceback import format_exception
from types import TracebackType
from typing import cast

ROOT = Path(__file__).resolve().parents[1]
SCRIPT_FOLDERS = ("db", "api_syncs", "playlists", "reports")  # ./run finds what is in them by its name
DOORS = {
    "utils/login/__main__.py": "login",
    "utils/github/__main__.py": "setup-github",
    "simulator/demo.py": "demo",
}
# What requirements.txt installs, by the names that are imported; the last is the project itself.
PACKAGES = (
    "cronsim",
    "cryptography",
    "dotenv",
    "psycopg2",
    "requests",
    "spotipy",
    "urllib3",
    "yaml",
    "utils",
)

CTRL_C = "Ctrl-C (SIGINT)"  # what has stopped a script, as every message says it


class Outlet(io.FileIO):
    """A file that may be closed at its other end, from then on it leads nowhere; or on a disk that is full."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write, or do nothing."""
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                raise
        return len(data)


def way_in(path: Path) -> tuple[str, str]:
    """What a script is called, and how to start it with all that it needs."""
    path = path.resolve()
    if not path.is_relative_to(ROOT):  # somebody else's, who uses ours
        return path.stem, "./run setup"
    parts = path.relative_to(ROOT).parts
    place = "/".join(parts)
    if place in DOORS or (parts[0] in SCRIPT_FOLDERS and len(parts) == 2):
        name = DOORS.get(place) or (parts[0] if path.stem == "__main__" else path.stem)
        return name, f"./run {name}, which sets everything up"
    module = ".".join(parts).removesuffix(".py").removesuffix(".__main__")
    return module, f"./run setup, then .local/venv/bin/python -m {module}"


def check_python(name: str, way: str) -> None:
    """End the process where this Python is too old, or lacks a package."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one place that says so
        version = sys.version.split()[0]
        sys.stderr.write(f"{name}: Python 3.11 or newer is needed, and this is {version}. Run {way}\n")
        sys.exit(2)
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        shown = ", ".join(package for package in missing if package != "utils") or "the project itself"
        sys.stderr.write(
            f"{name}: this Python ({sys.executable}) lacks what is needed: {shown}. Run {way}, or install it: "
            "python -m pip install -r requirements.txt\n"
        )
        sys.exit(2)


def survive_closed_pipes() -> None:
    """Let standard output and standard error be closed by who reads them, or from the start; what their encoding lacks becomes `?`."""
    for stream in ("stdout", "stderr"):
        old = getattr(sys, stream)
        if old is None:
            setattr(sys, stream, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(old, io.TextIOWrapper) and isinstance(old.buffer, (io.BufferedWriter, io.FileIO)):
            outlet = cast(io.RawIOBase, Outlet(old.fileno(), "w", closefd=False))
            is_buffered = isinstance(old.buffer, io.BufferedWriter)  # not with PYTHONUNBUFFERED
            new = io.TextIOWrapper(
                io.BufferedWriter(outlet) if is_buffered else cast(io.BufferedWriter, outlet),
                old.encoding,
                "replace" if old.errors == "strict" else old.errors,
                line_buffering=old.line_buffering,
                write_through=not is_buffered,
            )
            setattr(sys, stream, new)


def say_ctrl_c(name: str) -> None:
    """Where nobody takes care of Ctrl-C, one line instead of a traceback; the process ends by the signal (130). A traceback has no secrets.

    ./run holds the signal back until here: what was pressed while Python itself was starting is answered now.
    """

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.stderr.write(f"\n{name}: stopped by {CTRL_C}\n")
            return
        try:
            from utils.redaction import without_secrets
        except ImportError:  # that is what is wrong
            sys.__excepthook__(kind, error, trace)
        else:
            sys.stderr.write(without_secrets("".join(format_exception(kind, error, trace))))

    sys.excepthook = hook
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def start() -> None:
    """All of it, for the script that this process was started with.

    Python looks for cycles among objects less often than it would: while modules are loaded there are none, and it looks again and
    again, for a tenth of that time. Nor are they looked for once all is done, three times over, among all that there is: the process gives
    its memory back as a whole.
    """
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    name, way = way_in(Path(sys.modules["__main__"].__file__ or ""))
    say_ctrl_c(name)
    check_python(name, way)
    survive_closed_pipes()
    from utils.stand_ins import stand_ins  # all that is needed is here

    with stand_ins({"inspect": {}}):  # which is asked about classes without a docstring
        import dataclasses  # noqa: F401 - to have it loaded
    with stand_ins({"ssl": {}}):  # which psycopg2 loads for an OpenSSL older than any that Python takes
        import psycopg2  # noqa: F401 - to have it loaded


if __name__ == "<run_path>":
    start()
