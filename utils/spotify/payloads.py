"""Spotify's JSON → rows. Pure functions: they see a dict and return rows, or raise BadItemError.

What Spotify sends is untrusted: fields are missing in Development Mode, names are empty or contain NUL, dates are
`0000`, entries are null. An id that is missing makes an item bad; anything else that is odd becomes None.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeGuard

from utils.database.tables import Album, Artist, Track
from utils.errors import PayloadError
from utils.spotify.fields import (
    Payload,
    flag,
    image_url,
    moment_of,
    number,
    text,
    texts,
    unread,
)

LONGEST_SNAPSHOT = 150  # characters: twice as many as the longest of Spotify's
_ID_MAX = 64  # far more than Spotify's 22, far less than an index of PostgreSQL takes
_OF_ALBUM = (
    "name",
    "album_type",
    "release_date",
    "release_date_precision",
    "total_tracks",
    "label",
    "popularity",
)
_OF_TRACK = ("name", "disc_number", "track_number", "duration_ms", "explicit", "popularity")
_URI = re.compile(r"spotify:[a-z]+:[0-9A-Za-z]{1,64}")


class BadItemError(ValueError):
    """An item is not what Spotify's reference says. The message names the field and, where known, the id.

    `stand_in`: what keeps the item's place, where a place counts.
    """

    def __init__(self, message: str, stand_in: object = None) -> None:
        super().__init__(message)
        self.stand_in = stand_in


class AlbumPayload(NamedTuple):
    """An album with its artists in order, none where one cannot be read, and the tracks that came with it."""

    album: Album
    artists: Sequence[Artist] = ()
    tracks: "Sequence[TrackPayload]" = ()
    has_all_tracks: bool = False  # every one of total_tracks is in `tracks`
    bad_tracks: int = 0  # of those that came with it: how many cannot be read
    unread: tuple[str, ...] = ()  # of its fields

    @property
    def label(self) -> str:
        """As a log calls it."""
        return f"album {self.album.album_id}"

    @property
    def parts(self) -> "Sequence[TrackPayload]":
        """What it holds."""
        return self.tracks

    @property
    def is_readable(self) -> bool:
        """Whether nothing that came of it, or of its tracks, is unknown only because it cannot be read."""
        return not (self.bad_tracks or self.unread or any(track.unread for track in self.tracks))


class TrackPayload(NamedTuple):
    """A track with its artists in order, none where one cannot be read, and its album where the answer has one."""

    track: Track
    artists: list[Artist]
    album: AlbumPayload | None
    unread: tuple[str, ...] = ()  # of its fields

    @property
    def label(self) -> str:
        """As a log calls it."""
        return f"track {self.track.track_id}"

    @property
    def parts(self) -> list[AlbumPayload]:
        """What it holds."""
        return [self.album] if self.album is not None else []


class Saved(NamedTuple):
    """An entry of the listener's library. `payload`: what it was parsed to."""

    item_id: str
    added_at: datetime
    payload: Any


PAGE = 50  # items per page of the library, the history and album tracks


class Page(NamedTuple):
    """An offset page: its entries as they came, which may be null or no objects at all."""

    items: list[object]
    total: int
    has_next: bool


# Ids and moments


def identified(payload: object, kind: str) -> tuple[str, Payload]:
    """(id, object). Raises BadItemError where there is no id."""
    if not isinstance(payload, dict):
        raise BadItemError(f"{kind} missing")
    value = payload.get("id")
    if not _is_id(value):
        raise BadItemError(f"{kind} without an id ({uri_without_names(payload.get('uri'))})")
    return value, payload


def id_of(payload: Payload) -> str | None:
    """The object's id, or None where it has none that can be one."""
    value = payload.get("id")
    return value if _is_id(value) else None


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isalnum() and value.isascii() and len(value) <= _ID_MAX


def is_identified(item: object) -> TypeGuard[Payload]:
    """True for an object with an id: what is credited or embedded without one is left out."""
    return isinstance(item, dict) and _is_id(item.get("id"))


def uri_of(payload: Payload) -> str | None:
    """The URI of something; None where that has none, or one that cannot be Spotify's."""
    uri = text(payload, "uri")
    return uri if uri is not None and uri.startswith("spotify:") else None


def uri_without_names(uri: object) -> str:
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


def snapshot_of(payload: Payload) -> str | None:
    """The version of a playlist, as far as it is compared: cut off, so that an index takes it."""
    return (text(payload, "snapshot_id") or "")[:LONGEST_SNAPSHOT] or None


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


def _credits(item: Payload) -> tuple[list[Artist], list[str]]:
    """The credited artists in order, and what cannot be read of them.

    Where an id cannot be read, all are unknown: without it the others would move up, as if they stood there.
    """
    artists = item.get("artists")
    if not isinstance(artists, list):
        return [], [] if artists is None else ["artists"]
    lost = [f"artists[{place}].id" for place, each in enumerate(artists) if not is_identified(each)]
    return [] if lost else [parse_artist(artist) for artist in artists], lost


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
    tracks = [parse_track(entry, album_id) for entry in entries if is_identified(entry)]
    has_all = isinstance(embedded, dict) and not embedded.get("next") and total == len(tracks)
    bad_tracks = len(entries) - len(tracks)
    artists, lost = _credits(item)
    lost += unread(item, album, _OF_ALBUM) + unread(external_ids, album, ["upc"], "external_ids.")
    return AlbumPayload(album, artists, tracks, has_all, bad_tracks, tuple(lost))


def parse_track(payload: object, album_id: str | None = None) -> TrackPayload:
    """A full track, or a simplified one of the album given, which then counts."""
    track_id, item = identified(payload, "track")
    album_payload = item.get("album") if album_id is None else None
    album = parse_album(album_payload) if is_identified(album_payload) else None
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
    artists, lost = _credits(item)
    lost += unread(item, track, _OF_TRACK) + unread(external_ids, track, ["isrc"], "external_ids.")
    if album is None and album_payload is not None:
        lost.append("album.id")
    return TrackPayload(track, artists, album, tuple(lost))


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
