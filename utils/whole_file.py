"""A file that is there whole, or not at all."""

import fcntl
import os
import re
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from utils.errors import JobError, SettingsError

_LONGEST = 200  # letters of the name that stand in the temporary one, too
ENDED = 143  # the exit code of a process that was told to end


def place_of(named: str, usual: str, *, may_replace: bool) -> Path:
    """The file that a person means who has named a file, a folder for one of the `usual` name, or nothing.

    Raises what `check_place` does.
    """
    path = Path(named or usual).expanduser()
    if os.path.isdir(path):  # noqa: PTH112 - Path's raises an error for a name that is too long
        path /= usual
    check_place(path, may_replace=may_replace)
    return path


def check_place(path: Path, *, may_replace: bool) -> None:
    """Raise SettingsError where there is no place for a file, or something stands there that may not be replaced."""
    is_there = True
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        is_there = False
    except (OSError, ValueError) as error:  # a name too long, a NUL
        raise SettingsError(f"{str(path)[:100]!r} cannot be a file: {error}.", "Name another one.") from None
    if not path.parent.is_dir():
        raise SettingsError(f"There is no folder {path.parent}.", "Make it first, or name another one.")
    if is_there and not path.is_file():
        raise SettingsError(f"{path} is no file.", "Name a file or a folder.")
    if is_there and not may_replace:
        raise SettingsError(f"{path} is there already.", "Name another file, or say --overwrite.")


@contextmanager
def whole_file(path: Path, *, may_replace: bool) -> Iterator[BinaryIO]:
    """A file to write, which gets its name once the body has ended well. Only its owner can read it.

    Until then it is `<name>.<some letters>.part` beside it, locked, so that it is known whether anybody still writes it. Raises
    what `check_place` does, and JobError where the disk does not take it.
    """
    check_place(path, may_replace=may_replace)
    out, temporary = _begin(path)
    try:
        with out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        check_place(path, may_replace=may_replace)
        temporary.replace(path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _begin(path: Path) -> tuple[BinaryIO, Path]:
    """A new file beside it, locked."""
    while True:
        temporary = path.parent / f"{path.name[:_LONGEST]}.{secrets.token_hex(4)}.part"
        try:
            out = temporary.open("xb")
        except OSError as error:
            raise _not_written(path, error) from error
        os.fchmod(out.fileno(), 0o600)
        with suppress(OSError):  # a disk that knows no locks
            fcntl.flock(out, fcntl.LOCK_EX)
        if os.fstat(out.fileno()).st_nlink:
            return out, temporary
        out.close()  # taken for one that was left behind, before it was locked


def _not_written(path: Path, error: OSError) -> JobError:
    return JobError(
        f"{path} cannot be written ({error.strerror or error}).",
        "Nothing was left there; name another place.",
    )


def remove_left_behind(folder: Path, *names: str) -> list[str]:
    """Remove what killed processes have left of files of these names (regular expressions) that were not whole yet; what was removed.

    What somebody is writing just now stays, and what cannot be removed.
    """
    ours = re.compile(rf"(?:{'|'.join(names)})\.[0-9a-f]{{8}}\.part")
    removed = []
    for file in sorted(each for each in folder.glob("*.part") if ours.fullmatch(each.name)):
        if file.is_symlink() or not file.is_file():
            continue
        with suppress(OSError), file.open("rb") as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink()
            removed.append(file.name)
    return removed


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM is an exception while the body runs, so that what it has begun is tidied up."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
