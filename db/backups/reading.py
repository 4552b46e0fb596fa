"""A backup is read: opened, decrypted, and checked from its first byte to its last before anything is done with it."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO
from zipfile import BadZipFile, ZipFile

from db.backups.age import MAGIC, AgeReader, damaged
from db.backups.manifest import ABOUT, NAME, Manifest, StoredTable
from utils.errors import SettingsError

CHUNK = 65_536  # bytes
_LARGEST_MANIFEST = 4_000_000  # bytes
# What the reader of an archive says of one that is not as it was written.
_BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, KeyError, OverflowError)


@dataclass(frozen=True)
class Backup:
    """A backup that is open."""

    manifest: Manifest
    _archive: ZipFile

    def rows(self, stored: StoredTable) -> IO[bytes]:
        """The rows of a table, as its COPY takes them."""
        return self._archive.open(stored.file)

    def check(self) -> None:
        """Read everything, and compare it with the manifest. Raises JobError for what is not as it was written."""
        tables = self.manifest.tables
        found = self._archive.namelist()
        if len(found) != len(set(found)) or set(found) != {ABOUT, NAME, *(each.file for each in tables)}:
            raise damaged("what is in it is not what its manifest says")
        self._read(ABOUT)
        for each in tables:
            if self._read(each.file) != (each.size, each.sha256):
                raise damaged(f"{each.file} is not what was written")

    def _read(self, name: str) -> tuple[int, str]:
        """The size and the SHA-256 of a file of the archive."""
        size, digest = 0, sha256()
        try:
            with self._archive.open(name) as member:
                while chunk := member.read(CHUNK):
                    size += len(chunk)
                    digest.update(chunk)
        except _BROKEN as error:
            raise damaged(f"{name} cannot be read ({error or type(error).__name__})") from None
        return size, digest.hexdigest()


@contextmanager
def open_backup(path: Path, key: Callable[[], str]) -> Iterator[Backup]:
    """A backup, opened; `key` is asked for its key where it has one.

    Raises SettingsError for a file that is none, a key that does not open it, or a newer one; JobError for a damaged one.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            archive = stack.enter_context(_archive(stack.enter_context(_plain(file, key))))
            backup = Backup(_manifest(archive), archive)
        except OSError as error:
            raise SettingsError(
                f"{path} cannot be read: {error.strerror or error}.",
                "Name a file that ./run backup has made.",
            ) from None
        yield backup


def _plain(file: BinaryIO, key: Callable[[], str]) -> BinaryIO:
    """The file as it was before it was encrypted, if it was."""
    beginning = file.read(len(MAGIC))
    file.seek(0)
    if beginning == MAGIC:
        return io.BufferedReader(AgeReader(file, key()), CHUNK)
    if not beginning.startswith(b"PK\x03\x04"):
        raise _foreign()
    return file


def _archive(plain: BinaryIO) -> ZipFile:
    try:
        return ZipFile(plain)
    except _BROKEN:
        raise damaged("it was cut off, or its end was changed") from None


def _manifest(archive: ZipFile) -> Manifest:
    names = archive.namelist()
    if NAME not in names:
        inner = next((name for name in names if name.endswith((".zip", ".zip.age"))), "")
        if inner:
            raise SettingsError(
                "The file is an archive with a backup in it, as GitHub hands out what a run has kept.",
                f"Unpack it, and name {Path(inner).name!r}.",
            )
        raise _foreign()
    try:
        with archive.open(NAME) as member:
            return Manifest.from_json(member.read(_LARGEST_MANIFEST))
    except _BROKEN as error:
        raise damaged(f"its manifest cannot be read ({error or type(error).__name__})") from None


def _foreign() -> SettingsError:
    return SettingsError("The file is no backup of this program.", "Name one that ./run backup has made.")
