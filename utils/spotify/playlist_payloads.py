"""Spotify's JSON of playlists → what is listed, and what stands in them. As in `payloads.py`: pure, and nothing is trusted."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from utils.spotify.fields import (
    LONGEST_KEY,
    Payload,
    as_given,
    flag,
    image_url,
    moment_of,
    number,
    text,
    unread,
)
from utils.spotify.payloads import (
    BadItemError,
    TrackPayload,
    identified,
    is_identified,
    parse_track,
    snapshot_of,
    uri_of,
    uri_without_names,
)


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
    unread: tuple[str, ...] = ()  # of its fields
    parts: tuple[()] = ()

    @property
    def label(self) -> str:
        """As a log calls it."""
        return f"playlist {self.item_id}"


class PlaylistEntry(NamedTuple):
    """An entry of a playlist. `item_type`: track, episode, local, or unknown (Spotify gives no content)."""

    item_uri: str | None = None
    item_type: str = "unknown"
    name: str | None = None
    added_at: datetime | None = None
    added_by: str | None = None
    payload: TrackPayload | None = None


def parse_playlist(entry: Payload) -> PlaylistPayload:
    """A playlist as listed. Its texts come HTML-escaped, and are stored as they were written."""
    import html  # only where there are playlists

    playlist_id, item = identified(entry, "playlist")
    owner = item.get("owner")
    owner_id = as_given(owner, "id") if isinstance(owner, dict) else None
    contents = next((item[key] for key in ("items", "tracks") if isinstance(item.get(key), dict)), None)
    description = text(item, "description")
    playlist = ListedPlaylist(
        playlist_id,
        owner_id,
        text(item, "name"),
        html.unescape(description) if description else None,
        flag(item, "public"),
        flag(item, "collaborative"),
        snapshot_of(item),
        number(contents, "total") if contents is not None else None,
        image_url(item),
    )
    has_no_image = "images" in item and not item["images"]
    is_old_spelling = isinstance(item.get("tracks"), dict)
    lost = ["owner.id"] if owner_id is None else []
    lost += unread(item, playlist, ("name", "description", "snapshot_id"))
    return PlaylistPayload(
        playlist_id, playlist, contents is not None, is_old_spelling, has_no_image, tuple(lost)
    )


def parse_playlist_entry(entry: Payload) -> PlaylistEntry:
    """An entry of a playlist, of every odd kind.

    Raises BadItemError for an entry or a track that cannot be read, with an entry that keeps its place.
    """
    added_by, moment = entry.get("added_by"), moment_of(entry.get("added_at"))
    by = as_given(added_by, "id") if isinstance(added_by, dict) else None
    inner = _media(entry, PlaylistEntry(None, "unknown", None, moment, by))
    if inner is None:
        return PlaylistEntry(None, "unknown", None, moment, by, None)
    uri, name, kind = _uri(inner), text(inner, "name"), inner.get("type")
    if (
        entry.get("is_local") is True
        or inner.get("is_local") is True
        or (uri or "").startswith("spotify:local:")
    ):
        return PlaylistEntry(uri, "local", name, moment, by, None)
    if kind == "episode" or (uri or "").startswith("spotify:episode:"):
        return PlaylistEntry(uri, "episode", name, moment, by, None)
    if not is_identified(inner):
        stand_in = PlaylistEntry(uri, "unknown", name, moment, by)
        raise BadItemError(f"a playlist's track without an id ({uri_without_names(uri)})", stand_in)
    payload = parse_track(inner)
    return PlaylistEntry(uri or f"spotify:track:{payload.track.track_id}", "track", name, moment, by, payload)


def _uri(inner: Payload) -> str | None:
    """What an entry is known by. That of a local file is made of names, and may be longer than an index takes: then its digest ends it."""
    uri = uri_of(inner)
    if uri is None or len(uri.encode()) <= LONGEST_KEY:
        return uri
    begins = uri.encode()[: LONGEST_KEY // 2].decode(errors="ignore")
    return f"{begins}#{sha256(uri.encode()).hexdigest()}"


def playlist_entry_uri(entry: Payload) -> str | None:
    """The URI of a playlist entry; None for one without content. Raises BadItemError where that cannot be read."""
    inner = _media(entry)
    if inner is None:
        return None
    uri = uri_of(inner)
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
