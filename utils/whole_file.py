"""A file that is there whole, or not at all."""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from utils.errors import JobError, SettingsError

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

    Until then it is `<name>.<some letters>.part` beside it. Raises what `check_place` does, and JobError where the disk does
    not take it.
    """
    check_place(path, may_replace=may_replace)
    temporary = path.parent / f"{path.name[:200]}.{secrets.token_hex(4)}.part"
    try:
        with temporary.open("xb") as out:
            os.fchmod(out.fileno(), 0o600)
            yield out
            out.flush()
            os.fsync(out.fileno())
        check_place(path, may_replace=may_replace)
        temporary.replace(path)
    except OSError as error:
        raise JobError(
            f"{path} cannot be written ({error.strerror or error}).",
            "Nothing was left there; name another place.",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM is an exception while the body runs, so that what it has begun is tidied up."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
