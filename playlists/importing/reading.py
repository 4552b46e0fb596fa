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
_KNOWN = (
    "Known are: lists of Navidrome (.nsp), the configuration of beets with its smartplaylist part (.yaml), programs of Smarter "
    "Playlists and config.json of jellyfin-smartlists (.json), and libraries or playlists that iTunes or Music exported (.xml)."
)
Read = Callable[[Mapping[str, object], str], list[Draft]]


def read_lists(path: Path) -> list[Draft]:
    """The lists that a file holds, in our words. Raises SettingsError where it cannot be read, or is of no tool that is known."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path} is larger than {MAX_BYTES:,} bytes.", "Export a single playlist.")
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.", "Name a file that is there."
        ) from None
    read, document = _recognised(path, data)
    try:
        return read(document, path.stem)
    except Unreadable as error:
        raise SettingsError(
            f"{path} cannot be translated: {error}.", "Correct it there, or export it again."
        ) from None


def _recognised(path: Path, data: bytes) -> tuple[Read, Mapping[str, object]]:
    document = _document(path, data)
    if not isinstance(document, Mapping):
        raise SettingsError(f"{path} holds no smart playlist.", _KNOWN)
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


def _document(path: Path, data: bytes) -> object:
    """The contents as plain values: a property list, JSON with comments, or YAML."""
    try:
        if _is_property_list(data):
            return plistlib.loads(data)
        text = data.decode("utf-8-sig")
        if path.suffix.casefold() in (".yaml", ".yml"):
            return yaml.safe_load(text)
        return json.loads(navidrome.without_comments(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{path} is not YAML{place}.", _KNOWN) from None
    except json.JSONDecodeError as error:
        message = f"{path} is not JSON: {error.msg.lower()} in line {error.lineno}."
        raise SettingsError(message, _KNOWN) from None
    except (ValueError, ExpatError, RecursionError, plistlib.InvalidFileException):
        raise SettingsError(f"{path} is neither a property list nor JSON nor YAML.", _KNOWN) from None
