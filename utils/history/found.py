"""Which files of the paths that somebody gives are histories, and why a path is none.

Chosen by base name and by shape, never by folder. Every file that is chosen is read once, for its fingerprint and so that
damage is found, before anything is kept. Personal files are never opened.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from utils.history import archive
from utils.history.json_stream import READ_ERRORS
from utils.history.names import (
    Kind,
    base_name,
    is_history_name,
    is_library_name,
    is_personal,
    is_readable_name,
    is_spotify_name,
    is_spotify_zip_name,
    is_unfinished,
    is_zip_name,
    natural,
    number_of,
)
from utils.history.refusals import Refusal, RefusedExportError, refuse
from utils.history.shape import look, own_export
from utils.words import counted

ASK_FOR_IT = (
    "Give what Spotify sends after a request at https://www.spotify.com/account/privacy/: "
    "'Extended streaming history' has all plays, 'Account data' those of the last year."
)
_TECHNICAL = 60  # JSON files without a history: the technical log has 157, the account data some 20
_ORDER = {kind: place for place, kind in enumerate(Kind)}
# Videos stand between the songs of all years: what comes behind them is looked at again in all those days. They are few, so they come first.
_ORDER[Kind.EXTENDED_VIDEO] = -1


@dataclass(frozen=True)
class HistoryFile:
    """A file to read. `name`: as a person knows it; `sha256`: of its content, the same in a zip and beside it."""

    name: str
    base: str  # of its path, without folders
    kind: Kind
    size: int  # bytes, unpacked
    sha256: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class Found:
    """What the paths hold, in the order to read it, whatever the order of the paths."""

    files: tuple[HistoryFile, ...]
    copies: tuple[tuple[str, str], ...]  # (a file, the one of equal content that is read)
    left_alone: int  # other files, of which none was kept and no personal one was opened

    @property
    def histories(self) -> tuple[HistoryFile, ...]:
        """Those that `reading.read` reads."""
        return tuple(file for file in self.files if file.kind.is_history)

    @property
    def library(self) -> tuple[HistoryFile, ...]:
        """Those that `library_files` reads."""
        return tuple(file for file in self.files if not file.kind.is_history)

    def notes(self) -> list[str]:
        """What a person should know, a line each."""
        said = [f"{name} has the same content as {read} and is read once" for name, read in self.copies]
        if self.left_alone:
            said.append(
                f"{counted(self.left_alone, 'other file holds', 'other files hold')} no history: left alone"
            )
        kinds = {file.kind for file in self.files}
        if any(kind.name.startswith("ACCOUNT") for kind in kinds) and Kind.EXTENDED_AUDIO not in kinds:
            said.append(
                "this is account data: the last year, to the minute, equal plays counted once; "
                "the extended streaming history has everything"
            )
        return said


@dataclass(frozen=True)
class _Candidate:
    """A file that may be one."""

    name: str
    base: str
    open: Callable[[], AbstractContextManager[BinaryIO]]


@dataclass
class _Source:
    """What one path has."""

    candidates: list[_Candidate]
    others: list[str]  # base names


def find(paths: Sequence[str | Path], *, needs_history: bool = True) -> Found:
    """The files to read. Raises RefusedExportError with all that is wrong, and then nothing should be read.

    Without `needs_history` a path may also have nothing but the library or playlists of the account data.
    """
    refusals: list[Refusal] = []
    files: list[HistoryFile] = []
    left_alone = 0
    for path, given in {
        Path(path): str(path) for path in paths if str(path)
    }.items():  # "" would be this folder
        try:
            source = _source(path, given)
            chosen, wrong = _chosen(source.candidates)
            others = source.others + [base_name(each.base) for each in wrong]
            if not any(file.kind.is_history or not needs_history for file in chosen):
                raise _no_history(str(path), others, chosen)
        except RefusedExportError as error:
            refusals += error.refusals
        else:
            files += chosen
            left_alone += len(others)
    if not any(map(str, paths)):
        refusals.append(Refusal("nothing was given", "a path is needed", ASK_FOR_IT))
    if refusals:
        raise RefusedExportError(refusals)
    return _once(files, left_alone)


def _once(files: list[HistoryFile], left_alone: int) -> Found:
    ordered = sorted(
        files,
        key=lambda file: (
            _ORDER[file.kind],
            number_of(file.base),
            natural(file.name),
            file.name,
            file.sha256,
        ),
    )
    read: dict[str, HistoryFile] = {}
    copies = []
    for file in ordered:
        first = read.setdefault(file.sha256, file)
        if first is not file:
            copies.append((file.name, first.name))
    return Found(tuple(read.values()), tuple(copies), left_alone)


def _source(path: Path, given: str) -> _Source:
    name = str(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _missing(given) from None
    except (OSError, ValueError) as error:
        raise archive.unreadable(
            name, error if isinstance(error, OSError) else OSError(str(error))
        ) from error
    if stat.S_ISDIR(mode):
        return _of_folder(path)
    # From here on a name is enough for a file that somebody has given by itself: it need not be one of Spotify's.
    if not stat.S_ISREG(mode):
        raise refuse(name, "it is neither a file nor a folder", ASK_FOR_IT)
    if is_unfinished(path.name):
        raise _unfinished(name)
    if is_personal(path.name):
        raise refuse(name, "it is personal data without plays, which is never opened", ASK_FOR_IT)
    if is_zip_name(path.name) or (not is_readable_name(path.name) and zipfile.is_zipfile(path)):
        return _of_zip(path, name)
    if path.name.lower().endswith(".parquet"):
        raise own_export(name)
    if not is_readable_name(path.name):
        raise refuse(name, "it is neither a zip nor JSON or CSV", ASK_FOR_IT)
    return _Source([_Candidate(name, path.name, partial(_plain, path))], [])


def _missing(given: str) -> RefusedExportError:
    """For a path that leads to nothing; quotes keep the shell from reading what it would read."""
    if "://" in given:
        return refuse(given, "it is an address, and no file", "Download what is there, and give that file.")
    remedy = "Look for a typing error in the path."
    if given.startswith("~"):
        remedy = "Write ~ outside of the quotes, as in ~/'My Data.zip': within them it is not your folder."
    elif set(given) & set("*?["):
        remedy = "Write * and ? outside of the quotes, as in ~/Downloads/'My Data'*.zip; or nothing has such a name."
    return refuse(given, "there is no such file or folder", remedy)


def _plain(path: Path) -> BinaryIO:
    return path.open("rb")


def _unfinished(name: str) -> RefusedExportError:
    return refuse(name, "its download has not ended", "Wait until the browser is done, or download it again.")


def _of_zip(path: Path, name: str) -> _Source:
    members = archive.members_of(path, name)
    wanted = [member for member in members if _is_wanted(base_name(member.filename))]
    archive.check_members(wanted, name)
    others = [base_name(member.filename) for member in members if member not in wanted]
    candidates = [
        _Candidate(
            f"{name}: {archive.shown(member)}",
            base_name(member.filename),
            partial(archive.member_stream, path, member),
        )
        for member in wanted
    ]
    return _Source(candidates, others)


def _is_wanted(base: str) -> bool:
    return is_history_name(base) or is_library_name(base)


def _of_folder(folder: Path) -> _Source:
    found = _Source([], [])
    for path in _walk(folder):
        base = path.name
        if not path.is_file():  # a link to nowhere, a socket, a pipe
            found.others.append(base)
        elif is_zip_name(base):
            _take_zip(path, found)
        elif is_unfinished(base) and is_spotify_zip_name(base):
            raise _unfinished(str(path))
        elif _is_wanted(base):
            found.candidates.append(_Candidate(str(path), base, partial(_plain, path)))
        else:
            found.others.append(base)
    if not found.candidates and not found.others:
        raise refuse(str(folder), "the folder is empty", ASK_FOR_IT)
    return found


def _take_zip(path: Path, found: _Source) -> None:
    """A zip in a folder: other people's may be damaged as they like, and those without a history are other files."""
    try:
        inner = _of_zip(path, str(path))
    except RefusedExportError:
        if is_spotify_zip_name(path.name) or archive.has_member(path, is_history_name):
            raise
        inner = _Source([], [])
    if inner.candidates:
        found.candidates += inner.candidates
        found.others += inner.others
    else:
        found.others.append(path.name)


def _walk(folder: Path) -> Iterator[Path]:
    """The files below a folder, in the order of their names. Links to folders are not followed: what is inside comes anyway."""

    def fail(error: OSError) -> None:
        raise archive.unreadable(str(error.filename), error) from error

    root = folder.resolve()
    for place, folders, files in os.walk(folder, onerror=fail):
        folders.sort()
        for name in sorted(files) + folders:
            path = Path(place, name)
            if path.is_symlink() and not _is_left_alone(path) and not _target(path).is_relative_to(root):
                raise refuse(
                    str(path),
                    "it is a link that leads out of the folder",
                    "Remove the link, or give only the folders and files that hold the histories.",
                )
        for name in sorted(files):
            yield Path(place, name)


def _target(link: Path) -> Path:
    return Path(os.path.realpath(link))  # Path.resolve fails at a link to itself


def _is_left_alone(path: Path) -> bool:
    """True of a link that would not be read anyway."""
    return not (path.is_dir() or _is_wanted(path.name) or is_zip_name(path.name))


def _chosen(candidates: Iterable[_Candidate]) -> tuple[list[HistoryFile], list[_Candidate]]:
    """(those whose shape agrees, those whose shape is another)"""
    chosen, wrong = [], []
    for candidate in candidates:
        try:
            with candidate.open() as stream:
                seen = look(stream, candidate.name, candidate.base)
        except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
            raise archive.damaged(candidate.name, error) from error
        except READ_ERRORS as error:
            raise archive.unreadable(candidate.name, OSError(str(error))) from error
        if seen.kind is None and is_spotify_name(candidate.base):
            raise refuse(candidate.name, "its rows are not those of a streaming history", ASK_FOR_IT)
        if seen.kind is None:
            wrong.append(candidate)
        else:
            chosen.append(
                HistoryFile(candidate.name, candidate.base, seen.kind, seen.size, seen.sha256, candidate.open)
            )
    return chosen, wrong


def _no_history(name: str, others: list[str], chosen: list[HistoryFile]) -> RefusedExportError:
    lower = {other.lower() for other in others}
    if chosen or lower & {"userdata.json", "yourlibrary.json", "payments.json", "identifiers.json"}:
        reason = "this is account data without a streaming history"
    elif sum(other.endswith(".json") for other in lower) >= _TECHNICAL:
        reason = "this looks like the technical log, which has no plays"
    else:
        reason = "there is no streaming history in it"
    return refuse(
        name,
        reason,
        f"{ASK_FOR_IT} A history under a name of your own is read where the file itself is given.",
    )
