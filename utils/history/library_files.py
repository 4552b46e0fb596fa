"""The library and the playlists of Spotify's account data: `YourLibrary.json`, `Playlist1.json`.

The library has no dates, and may have no tracks although there are some: nothing follows from what it lacks. A playlist has
no id, and the day of its last change. Never looked at: the names of collaborators.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import BinaryIO, NamedTuple

from utils.history.json_stream import Progress, members, silent
from utils.history.rows import text, text_of, value_of, whole

_SECTIONS: Mapping[str, str] = {
    "tracks": "track",
    "albums": "album",
    "artists": "artist",
    "shows": "show",
    "episodes": "episode",
    "bannedTracks": "banned track",
    "bannedArtists": "banned artist",
}


class LibraryEntry(NamedTuple):
    """What was in the library on the day of the export. `kind`: track, album, artist, show, episode, banned track, banned artist."""

    kind: str
    uri: str | None
    name: str | None
    artist_name: str | None  # of a show its publisher
    collection_name: str | None  # a track's album, an episode's show


class PlaylistItem(NamedTuple):
    """An entry of a playlist, in its place. `kind`: track, episode, audiobook, local, or unknown (the file says nothing)."""

    kind: str
    uri: str | None
    name: str | None
    artist_name: str | None
    collection_name: str | None  # album, show
    added_on: date | None  # known since about 2024


class ExportedPlaylist(NamedTuple):
    """A playlist as of the day of the export."""

    name: str | None
    last_modified_on: date | None
    description: str | None
    follower_count: int | None
    items: tuple[PlaylistItem, ...]


def read_library(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[LibraryEntry]:
    """The entries with a URI or a name; others are left out. Raises BrokenFileError behind what stood before the fault."""
    for section, value in members(stream, name, progress):
        if section in _SECTIONS and isinstance(value, dict):
            entry = _parse_entry(_SECTIONS[section], value)
            if entry.uri or entry.name:
                yield entry


def _parse_entry(kind: str, value: object) -> LibraryEntry:
    if kind in ("track", "banned track"):
        title, artist, collection = "track", "artist", "album"
    elif kind == "album":
        title, artist, collection = "album", "artist", ""
    else:
        title, artist, collection = "name", "publisher", "show"
    return LibraryEntry(
        kind,
        _spotify_uri(value_of(value, "uri")),
        text_of(value, title) or text_of(value, "name"),
        text_of(value, artist),
        text_of(value, collection),
    )


def read_playlists(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[ExportedPlaylist]:
    """The playlists of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    for key, value in members(stream, name, progress):
        if key == "playlists" and isinstance(value, dict):
            yield parse_playlist(value)


def parse_playlist(value: object) -> ExportedPlaylist:
    """One playlist; what is missing is None."""
    items = value_of(value, "items")
    followers = whole(value_of(value, "numberOfFollowers"))
    return ExportedPlaylist(
        text_of(value, "name"),
        _day(value_of(value, "lastModifiedDate")),
        text_of(value, "description"),
        followers if followers is not None and 0 <= followers < 2**31 else None,
        tuple(_parse_item(item) for item in items) if isinstance(items, list) else (),
    )


def _parse_item(item: object) -> PlaylistItem:
    added_on = _day(value_of(item, "addedDate"))
    for key, kind in (
        ("track", "track"),
        ("episode", "episode"),
        ("audiobook", "audiobook"),
        ("localTrack", "local"),
    ):
        found = value_of(item, key)
        if isinstance(found, dict):
            name, artist, collection = _NAMES[kind]
            return PlaylistItem(
                kind,
                _spotify_uri(value_of(found, f"{key}Uri")) or _spotify_uri(value_of(found, "uri")),
                text_of(found, name) or text_of(found, "name"),
                text_of(found, artist),
                text_of(found, collection),
                added_on,
            )
    return PlaylistItem("unknown", None, None, None, None, added_on)


_NAMES: Mapping[str, tuple[str, str, str]] = {
    "track": ("trackName", "artistName", "albumName"),
    "episode": ("episodeName", "", "showName"),
    "audiobook": ("audiobookName", "authorName", ""),
    "local": ("trackName", "artistName", "albumName"),
}


def _spotify_uri(value: object) -> str | None:
    found = text(value)
    return found if found and found.startswith("spotify:") else None


def _day(value: object) -> date | None:
    """`2025-03-04`, also with a time behind it; None for anything else."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
