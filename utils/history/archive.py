"""Zips as Spotify sends them: what is in one, refused where it is none, or could harm. Nothing is ever unpacked to the disk."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from utils.history.json_stream import READ_ERRORS
from utils.history.names import base_name, is_zip_name
from utils.history.refusals import RefusedExportError, refuse

MOST_MEMBERS = 10_000  # the technical log has 157 files
LARGEST_MEMBER = 2 << 30  # bytes, unpacked; Spotify's files have 13 MB
LARGEST_ZIP = 8 << 30  # bytes, unpacked, of all that is read
LARGEST_RATIO = 250  # histories are packed to a tenth or a twentieth; deflate can do a thousandth
_SMALL = 1 << 20  # bytes below which a ratio says nothing
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1

AGAIN = "Download it again from the link in Spotify's mail."
_NOT_SPOTIFYS = "Spotify makes no such zip: give the one that it sent."


def members_of(path: Path, name: str) -> list[zipfile.ZipInfo]:
    """The files in a zip. Raises RefusedExportError for all that is wrong with it as a whole; reads its table only."""
    try:
        with zipfile.ZipFile(path) as opened:
            found = opened.infolist()
    except READ_ERRORS as error:
        if isinstance(error, OSError):
            raise unreadable(name, error) from error
        raise refuse(name, "it is no complete zip: its table is missing or damaged", AGAIN) from error
    except (ValueError, NotImplementedError, UnicodeError) as error:
        raise refuse(name, f"its table cannot be read ({error})", AGAIN) from error
    if len(found) > MOST_MEMBERS:
        raise refuse(name, f"it has {len(found):,} files, more than any export", _NOT_SPOTIFYS)
    for member in found:
        _check_place(member, name)
    _check_overlap(found, name)
    return [member for member in found if not member.is_dir()]


def _check_place(member: zipfile.ZipInfo, name: str) -> None:
    parts = member.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or (len(parts[0]) > 1 and parts[0][1] == ":"):
        raise refuse(name, f"it has a file that would leave its folder: {member.filename!r}", _NOT_SPOTIFYS)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refuse(name, f"it has a link: {member.filename!r}", _NOT_SPOTIFYS)
    if is_zip_name(base_name(member.filename)):
        raise refuse(
            name,
            f"it has another zip in it: {member.filename!r}",
            "Unpack the outer zip and give its folder, or the inner zip.",
        )


def _check_overlap(members: list[zipfile.ZipInfo], name: str) -> None:
    """No byte belongs to two members: a bomb may name the same ones thousands of times."""
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset < end:
            raise refuse(name, "it names the same bytes twice, as a zip bomb does", _NOT_SPOTIFYS)
        end = member.header_offset + member.compress_size


def has_member(path: Path, is_wanted: Callable[[str], bool]) -> bool:
    """Whether a zip, however bad, names such a file."""
    try:
        with zipfile.ZipFile(path) as opened:
            return any(is_wanted(base_name(name)) for name in opened.namelist())
    except (*READ_ERRORS, ValueError, NotImplementedError):
        return False


def check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """What is declared of the members that shall be read. Raises RefusedExportError."""
    for member in members:
        inner = f"{name}: {shown(member)}"
        if member.flag_bits & _ENCRYPTED:
            raise refuse(inner, "it is encrypted", "Unpack the zip with its password and give the folder.")
        if member.compress_type not in _METHODS:
            raise refuse(
                inner, "it is packed in a way that is not read here", "Unpack the zip and give the folder."
            )
        if member.file_size > LARGEST_MEMBER:
            raise refuse(
                inner, f"it would be {member.file_size:,} bytes, more than any history", _NOT_SPOTIFYS
            )
        if member.file_size > max(_SMALL, LARGEST_RATIO * member.compress_size):
            raise refuse(inner, "it would grow as only a zip bomb does", _NOT_SPOTIFYS)
    total = sum(member.file_size for member in members)
    if total > LARGEST_ZIP:
        raise refuse(name, f"its histories would be {total:,} bytes, more than any", _NOT_SPOTIFYS)


def shown(member: zipfile.ZipInfo) -> str:
    """A member's path for a person's eyes: it may have signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else "?" for sign in member.filename)


@contextmanager
def member_stream(path: Path, member: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    """A member's bytes: never more than are declared, and at their end the checksum is compared (zipfile.BadZipFile)."""
    with zipfile.ZipFile(path) as opened, opened.open(member) as stream:
        yield cast(BinaryIO, stream)


def damaged(name: str, error: Exception) -> RefusedExportError:
    """For a member whose bytes are not what the table says."""
    return refuse(name, f"it is damaged, or not as long as its zip says ({error})", AGAIN)


def unreadable(name: str, error: OSError) -> RefusedExportError:
    """For what the system does not let us read."""
    return refuse(
        name, f"it cannot be read: {error.strerror or error}", "Give a file or folder that you may read."
    )
