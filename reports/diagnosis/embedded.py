"""Checks of the embedded database, made before it is started: its programs, its folder, and who has it in use."""

import shutil
import stat
from collections.abc import Iterator

from reports.diagnosis.finding import Finding, NotChecked, fault, fault_of, ok, warning
from reports.diagnosis.places import nearest, why_not_writable
from reports.diagnosis.situation import Situation
from utils.database.embedded.programs import find_binaries
from utils.database.embedded.server import is_being_started, was_cut_off
from utils.errors import DatabaseUnavailableError, ExitCode

PATIENCE_S = 5.0  # of a start by somebody else
MEGABYTE = 1_000_000
_LITTLE_MB, _TOO_LITTLE_MB = 1_000, 200  # free on the disk


def check_programs(at: Situation) -> Iterator[Finding]:
    """Whether there are programs to start it with, of the version that made it."""
    root = at.embedded.root
    version_file = root / "data" / "PG_VERSION"
    try:
        major = int(version_file.read_text()) if version_file.exists() else None
        folder = find_binaries(at.embedded.pgbin, major=major)
    except DatabaseUnavailableError as error:
        yield fault_of("embedded-programs", error)
    except ValueError:
        yield fault(
            "embedded-folder",
            f"{version_file} names no version: the embedded database is damaged.",
            f"Put {root / 'data'} aside, and restore a backup: ./run restore FILE",
        )
    else:
        yield ok(f"The embedded database is started by the programs in {folder}.")


def check_folder(at: Situation) -> Iterator[Finding]:
    """Whether its folder can be used, by us alone."""
    root = at.embedded.root
    data = root / "data"
    if wrong := why_not_writable(root):
        yield fault(
            "embedded-folder",
            f"The embedded database lies in {root}, and {wrong}.",
            f"Give yourself access (chmod u+rwx {root}), or name another folder in EMBEDDED_POSTGRES_DIR.",
        )
    elif data.exists() and stat.S_IMODE(data.stat().st_mode) & 0o027:
        yield fault(
            "embedded-folder",
            f"Other accounts of this machine may enter {data}: PostgreSQL refuses to start so.",
            f"chmod 700 {data}",
        )
    else:
        yield ok(f"The folder of the embedded database is {root}.")


def check_users(at: Situation) -> Iterator[Finding]:
    """Whether somebody else is starting or stopping it, and whether it was stopped in order the last time."""
    root = at.embedded.root
    if not at.embedded.is_made:
        raise NotChecked("the embedded database was never started")
    if is_being_started(root, PATIENCE_S):
        yield fault(
            "embedded-busy",
            f"Another process has been starting or stopping the embedded database in {root} for {PATIENCE_S:.0f} seconds or more.",
            f"Wait for it, or end it: fuser -v {root / 'start.lock'} shows which it is",
            ExitCode.FAILED,
        )
    elif was_cut_off(root):
        yield warning(
            "embedded-cut-off",
            f"The embedded database in {root} was not stopped in order, as when this machine loses its power or its container is ended. What was "
            "committed is there; this start brings it in order.",
            "Nothing is to be done; where it comes again and again, see server.log there.",
        )
    else:
        yield ok("The embedded database was stopped in order, or is in use.")


def check_disk(at: Situation) -> Iterator[Finding]:
    """Whether there is room for it to grow."""
    root = at.embedded.root
    free = shutil.disk_usage(nearest(root)).free // MEGABYTE
    remedy = f"Make room on the disk of {root}, or move to another database: ./run db copy-to"
    if free < _TOO_LITTLE_MB:
        yield fault(
            "disk", f"Only {free:,} MB are free where the embedded database lies.", remedy, ExitCode.FAILED
        )
    elif free < _LITTLE_MB:
        yield warning("disk", f"Only {free:,} MB are free where the embedded database lies.", remedy)
    else:
        yield ok(f"{free:,} MB are free where the embedded database lies.")
