"""Spotify's JSON → rows. Pure functions: they see a dict and return rows, or raise BadItemError.

What Spotify sends is untrusted: fields are missing in Development Mode, names are empty or contain NUL, dates are
`0000`, entries are null. An id that is missing makes an item bad; anything else that is odd becomes None.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeGuard

from utils.database.tables import Album, Artist, Track
from utils.errors import PayloadError

Payload = dict[str, Any]

LONGEST_TEXT = 10_000  # characters: far more than any that Spotify has sent
_ID_MAX = 64  # far more than Spotify's 22, far less than an index of PostgreSQL takes
_URI = re.compile(r"spotify:[a-z]+:[0-9A-Za-z]{1,64}")


class BadItemError(ValueError):
    """An item is not what Spotify's reference says. The message names the field and, where known, the id.

    `stand_in`: what keeps the item's place, where a place counts.
    """

    def __init__(self, message: str, stand_in: object = None) -> None:
        super().__init__(message)
        self.stand_in = stand_in


@dataclass(frozen=True)
class AlbumPayload:
    """An album with its artists in order and the tracks that came with it."""

    album: Album
    artists: list[Artist] = field(default_factory=list)
    tracks: "list[TrackPayload]" = field(default_factory=list)
    has_all_tracks: bool = False  # every one of total_tracks is in `tracks`
    bad_tracks: int = 0  # of those that came with it: how many cannot be read


@dataclass(frozen=True)
class TrackPayload:
    """A track with its artists in order, and its album where the answer has one."""

    track: Track
    artists: list[Artist]
    album: AlbumPayload | None


class Saved(NamedTuple):
    """An entry of the listener's library. `payload`: what it was parsed to."""

    item_id: str
    added_at: datetime
    payload: Any


class ListedPlaylist(NamedTuple):
    """A playlist as listed, without what is learnt about its items. None: Spotify did not say."""

    playlist_id: str
    owner_id: str | None
    name: str | None
    description: str | None
    is_public: bool | None
    is_collaborative: bool | None
    snapshot_id: str | None
    track_count: int | None
    image_url: str | None


class PlaylistPayload(NamedTuple):
    """A playlist of /me/playlists. `has_items`: the answer has a key for its items, as it has for readable lists;
    `is_old_spelling`: that key is `tracks`, so the app has the old endpoints; `has_no_image`: Spotify says so."""

    item_id: str
    playlist: ListedPlaylist
    has_items: bool
    is_old_spelling: bool
    has_no_image: bool


class PlaylistEntry(NamedTuple):
    """An entry of a playlist. `item_type`: track, episode, local, or unknown (Spotify gives no content)."""

    item_uri: str | None = None
    item_type: str = "unknown"
    name: str | None = None
    added_at: datetime | None = None
    added_by: str | None = None
    payload: TrackPayload | None = None


PAGE = 50  # items per page of the library, the history and album tracks


class Page(NamedTuple):
    """An offset page: its entries as they came, which may be null or no objects at all."""

    items: list[object]
    total: int
    has_next: bool


# Fields


def text(payload: Payload, key: str) -> str | None:
    """A non-empty string that PostgreSQL can store, else None."""
    value = payload.get(key)
    return _storable(value) if isinstance(value, str) else None


def _storable(value: str) -> str | None:
    """Without NUL, and with `?` for half a surrogate pair: PostgreSQL stores neither. None where nothing is left.

    Cut off behind LONGEST_TEXT characters.
    """
    return value[:LONGEST_TEXT].replace("\x00", "").encode(errors="replace").decode() or None


def number(payload: Payload, key: str) -> int | None:
    """A count, which PostgreSQL's `integer` holds, else None. Spotify has sent integers as `12.0` (2024)."""
    value = payload.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        return None
    return value


def flag(payload: Payload, key: str) -> bool | None:
    """A boolean field; None where it is missing, or anything else."""
    value = payload.get(key)
    return value if isinstance(value, bool) else None


def identified(payload: object, kind: str) -> tuple[str, Payload]:
    """(id, object). Raises BadItemError where there is no id."""
    if not isinstance(payload, dict):
        raise BadItemError(f"{kind} missing")
    value = payload.get("id")
    if not _is_id(value):
        raise BadItemError(f"{kind} without an id ({_uri_without_names(payload.get('uri'))})")
    return value, payload


def id_of(payload: Payload) -> str | None:
    """The object's id, or None where it has none that can be one."""
    value = payload.get("id")
    return value if _is_id(value) else None


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isalnum() and value.isascii() and len(value) <= _ID_MAX


def _is_identified(item: object) -> TypeGuard[Payload]:
    """True for an object with an id: what is credited or embedded without one is left out."""
    return isinstance(item, dict) and _is_id(item.get("id"))


def _uri_without_names(uri: object) -> str:
    """What a log may show of a URI: the one of a local file is made of names."""
    if isinstance(uri, str) and uri.startswith("spotify:local:"):
        return "a local file"
    return f"uri {uri}" if isinstance(uri, str) and _URI.fullmatch(uri) else "without a uri"


def instant(value: object, name: str, item_id: str) -> datetime:
    """`2026-01-31T12:00:00Z`, with or without a fraction → aware UTC. Raises BadItemError."""
    moment = moment_of(value)
    if moment is None:
        raise BadItemError(f"{item_id}: {name} is not a time")
    return moment


def moment_of(value: object) -> datetime | None:
    """`2026-01-31T12:00:00Z`, with or without a fraction → aware UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: year 1 or 9999 with an offset
        return None


def texts(values: list[Any]) -> list[str]:
    """The texts of a list; what is none is left out."""
    return [stored for value in values if isinstance(value, str) and (stored := _storable(value))]


def image_url(payload: Payload) -> str | None:
    """The first (widest) image's URL, if there is one."""
    images = payload.get("images")
    first = images[0] if isinstance(images, list) and images else None
    return text(first, "url") if isinstance(first, dict) else None


def page(payload: Payload) -> Page:
    """An offset page. Raises PayloadError where it is none: then nothing on it can be trusted."""
    items, total = payload.get("items"), number(payload, "total")
    if not isinstance(items, list) or total is None:
        raise PayloadError("Spotify answered with a page without items or total.")
    return Page(items, total, bool(payload.get("next")))


# Objects


def parse_artist(payload: object) -> Artist:
    """A full or simplified artist."""
    artist_id, item = identified(payload, "artist")
    genres, followers = item.get("genres"), item.get("followers")
    return Artist(
        artist_id,
        text(item, "name"),
        texts(genres) if isinstance(genres, list) else None,
        number(item, "popularity"),
        number(followers, "total") if isinstance(followers, dict) else None,
        image_url(item),
    )


def parse_artists(payload: object) -> list[Artist]:
    """The credited artists that have an id, in order."""
    artists = payload if isinstance(payload, list) else []
    return [parse_artist(artist) for artist in artists if _is_identified(artist)]


def parse_album(payload: object) -> AlbumPayload:
    """A full or simplified album, with the embedded page of tracks where there is one."""
    album_id, item = identified(payload, "album")
    external_ids = item.get("external_ids")
    total = number(item, "total_tracks")
    album_type = text(item, "album_type")
    album = Album(
        album_id,
        text(item, "name"),
        album_type.lower() if album_type else None,
        text(item, "release_date"),
        text(item, "release_date_precision"),
        total,
        text(item, "label"),
        number(item, "popularity"),
        text(external_ids, "upc") if isinstance(external_ids, dict) else None,
        image_url(item),
    )
    embedded = item.get("tracks")
    items = embedded.get("items") if isinstance(embedded, dict) else None
    entries = [entry for entry in items if entry is not None] if isinstance(items, list) else []
    tracks = [parse_track(entry, album_id) for entry in entries if _is_identified(entry)]
    has_all = isinstance(embedded, dict) and not embedded.get("next") and total == len(tracks)
    bad_tracks = len(entries) - len(tracks)
    return AlbumPayload(album, parse_artists(item.get("artists")), tracks, has_all, bad_tracks)


def parse_track(payload: object, album_id: str | None = None) -> TrackPayload:
    """A full track, or a simplified one of the album given, which then counts."""
    track_id, item = identified(payload, "track")
    album_payload = item.get("album") if album_id is None else None
    album = parse_album(album_payload) if _is_identified(album_payload) else None
    external_ids = item.get("external_ids")
    isrc = text(external_ids, "isrc") if isinstance(external_ids, dict) else None
    track = Track(
        track_id,
        album.album.album_id if album else album_id,
        text(item, "name"),
        number(item, "disc_number"),
        number(item, "track_number"),
        number(item, "duration_ms"),
        flag(item, "explicit"),
        isrc.upper() if isrc else None,
        number(item, "popularity"),
    )
    return TrackPayload(track, parse_artists(item.get("artists")), album)


# Entries


def parse_saved(entry: Payload, kind: str, parse: Callable[[object], object]) -> Saved | None:
    """An entry of the library, such as `{"added_at": …, "track": {…}}` of the kind "track".

    None where Spotify gives the thing as null. Raises BadItemError.
    """
    if kind in entry and entry[kind] is None:
        return None
    item_id, item = identified(entry.get(kind), kind)
    payload = parse(item)
    return Saved(item_id, instant(entry.get("added_at"), "added_at", item_id), payload)


def parse_playlist(entry: Payload) -> PlaylistPayload:
    """A playlist as listed. Its texts come HTML-escaped, and are stored as they were written."""
    playlist_id, item = identified(entry, "playlist")
    owner = item.get("owner")
    contents = next((item[key] for key in ("items", "tracks") if isinstance(item.get(key), dict)), None)
    description = text(item, "description")
    playlist = ListedPlaylist(
        playlist_id,
        text(owner, "id") if isinstance(owner, dict) else None,
        text(item, "name"),
        html.unescape(description) if description else None,
        flag(item, "public"),
        flag(item, "collaborative"),
        text(item, "snapshot_id"),
        number(contents, "total") if contents is not None else None,
        image_url(item),
    )
    has_no_image = "images" in item and not item["images"]
    is_old_spelling = isinstance(item.get("tracks"), dict)
    return PlaylistPayload(playlist_id, playlist, contents is not None, is_old_spelling, has_no_image)


def parse_playlist_entry(entry: Payload) -> PlaylistEntry:
    """An entry of a playlist, of every odd kind.

    Raises BadItemError for an entry or a track that cannot be read, with an entry that keeps its place.
    """
    added_by, moment = entry.get("added_by"), moment_of(entry.get("added_at"))
    by = text(added_by, "id") if isinstance(added_by, dict) else None
    inner = _media(entry, PlaylistEntry(None, "unknown", None, moment, by))
    if inner is None:
        return PlaylistEntry(None, "unknown", None, moment, by, None)
    uri, name, kind = text(inner, "uri"), text(inner, "name"), inner.get("type")
    if (
        entry.get("is_local") is True
        or inner.get("is_local") is True
        or (uri or "").startswith("spotify:local:")
    ):
        return PlaylistEntry(uri, "local", name, moment, by, None)
    if kind == "episode" or (uri or "").startswith("spotify:episode:"):
        return PlaylistEntry(uri, "episode", name, moment, by, None)
    if not _is_identified(inner):
        stand_in = PlaylistEntry(uri, "unknown", name, moment, by)
        raise BadItemError(f"a playlist's track without an id ({_uri_without_names(uri)})", stand_in)
    payload = parse_track(inner)
    return PlaylistEntry(uri or f"spotify:track:{payload.track.track_id}", "track", name, moment, by, payload)


def playlist_entry_uri(entry: Payload) -> str | None:
    """The URI of a playlist entry; None for one without content. Raises BadItemError where that cannot be read."""
    inner = _media(entry)
    if inner is None:
        return None
    uri = text(inner, "uri")
    if uri is None:
        raise BadItemError("a playlist's entry without a uri")
    return uri


def _media(entry: Payload, stand_in: object = None) -> Payload | None:
    """The track or episode of an entry: `item` today, `track` in the old spelling. None where Spotify gives it as null.

    Raises BadItemError where an entry has neither: what is missing has not been given as null.
    """
    found = [entry[key] for key in ("item", "track") if key in entry]
    if not any(inner is None or isinstance(inner, dict) for inner in found):
        raise BadItemError("a playlist's entry without item", stand_in)
    return next((inner for inner in found if isinstance(inner, dict)), None)
