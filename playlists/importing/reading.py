"""Reads a file of another tool, and finds out which tool that is."""

import json
import plistlib
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.parsers.expat import ExpatError

import yaml

from playlists.importing import beets, itunes, jellyfin, navidrome, smarter
from playlists.importing.draft import Draft, Unreadable
from utils.errors import SettingsError

MAX_BYTES = 400_000_000  # a library of iTunes holds all tracks, too
MAX_BYTES_OF_RULES = 5_000_000  # of anything else, which holds rules alone
_DEEPEST = 60
_KNOWN = (
    "Known are: lists of Navidrome (.nsp), the configuration of beets with its smartplaylist part (.yaml), programs of Smarter "
    "Playlists and config.json of jellyfin-smartlists (.json), and libraries or playlists that iTunes or Music exported (.xml)."
)
Read = Callable[[Mapping[str, object], str], list[Draft]]


def read_lists(path: Path) -> list[Draft]:
    """The lists that a file holds, in our words. Raises SettingsError where it cannot be read, or is of no tool that is known."""
    data = _bytes_of(path)
    read, document = _recognised(path, data)
    try:
        return read(document, path.stem)
    except Unreadable as error:
        raise SettingsError(
            f"{path} cannot be translated: {error}.", "Correct it there, or export it again."
        ) from None


def _bytes_of(path: Path) -> bytes:
    """The contents of a file. Raises SettingsError for one that is too large, and for pipes and devices, which may never end."""
    try:
        if path.exists() and not path.is_file():
            raise SettingsError(f"{path} is no file.", "Save what is in it as a file, and name that.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES_OF_RULES + 1)
            if _is_property_list(data):
                data += file.read(MAX_BYTES + 1 - len(data))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.", "Name a file that is there."
        ) from None
    most = MAX_BYTES if _is_property_list(data) else MAX_BYTES_OF_RULES
    if len(data) > most:
        raise SettingsError(f"{path} is larger than {most:,} bytes.", "Export a single playlist.")
    return data


def _recognised(path: Path, data: bytes) -> tuple[Read, Mapping[str, object]]:
    document = _document(path, data)
    if not isinstance(document, Mapping):
        raise SettingsError(f"{path} holds no smart playlist.", _KNOWN)
    if not _is_property_list(data) and _is_too_deep(document):
        raise SettingsError(f"{path} is nested too deeply.", "Write its groups into fewer ones.")
    document = {str(key): value for key, value in document.items()}
    small = {key.casefold() for key in document}
    for keys, read in (
        ({"playlists"} if _is_property_list(data) else {""}, itunes.read),
        ({"expressionsets"}, jellyfin.read),
        ({"components"}, smarter.read),
        ({"smartplaylist"}, beets.read),
        ({"all"}, navidrome.read),
        ({"any"}, navidrome.read),
        ({"query"}, beets.read),
        ({"album_query"}, beets.read),
        ({"playlists"}, beets.read),
    ):
        if keys <= small:
            return read, document
    raise SettingsError(f"{path} is of no tool that is known.", _KNOWN)


def _is_property_list(data: bytes) -> bool:
    return data[:6] in (b"<?xml ", b"<plist", b"bplist")


class _WithoutAliases(yaml.SafeLoader):
    """Refuses aliases: a few lines of them stand for more than any memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias", problem_mark=mark)
        return super().compose_node(parent, index)


def _is_too_deep(document: object) -> bool:
    """Whether lists and mappings are in one another deeper than any rules are."""
    level = [document]
    for _ in range(_DEEPEST):
        level = [
            child
            for one in level
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def _document(path: Path, data: bytes) -> object:
    """The contents as plain values: a property list, JSON with comments, or YAML."""
    try:
        if _is_property_list(data):
            return plistlib.loads(data)
        text = data.decode("utf-8-sig")
        if path.suffix.casefold() in (".yaml", ".yml"):
            return yaml.load(text, _WithoutAliases)  # noqa: S506  # as safe as safe_load
        return json.loads(navidrome.without_comments(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        if getattr(error, "problem", "") == "an alias":
            raise SettingsError(
                f"{path} has an alias (*name){place}.", "Write out what it stands for."
            ) from None
        raise SettingsError(f"{path} is not YAML{place}.", _KNOWN) from None
    except json.JSONDecodeError as error:
        message = f"{path} is not JSON: {error.msg.lower()} in line {error.lineno}."
        raise SettingsError(message, _KNOWN) from None
    except (ValueError, ExpatError, RecursionError, plistlib.InvalidFileException):
        raise SettingsError(f"{path} is neither a property list nor JSON nor YAML.", _KNOWN) from None
