"""The plain objects a simulated Spotify account is made of. No HTTP, no JSON."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote_plus

MARKETS = ("BE", "BR", "DE", "FR", "GB", "IN", "JP", "NL", "SE", "US")


@dataclass(slots=True)
class User:
    """A Spotify user. `account_id` never changes, `id` is a free-form name."""

    id: str
    account_id: str
    display_name: str | None
    country: str = "NL"
    email: str = "listener@example.invalid"
    product: str = "premium"


@dataclass(slots=True)
class Artist:
    """An artist; `genres` None means that development mode leaves the key out."""

    id: str
    name: str
    genres: list[str] | None = None
    popularity: int = 0
    followers: int = 0
    has_image: bool = True


@dataclass(slots=True)
class Album:
    """An album with its tracks in order. `release_date` keeps Spotify's text ("0000", "1981", "1981-12")."""

    id: str
    name: str
    artist_ids: list[str]
    track_ids: list[str] = field(default_factory=list)
    album_type: str = "album"
    release_date: str = "2020-01-31"
    upc: str | None = None
    label: str = ""
    popularity: int = 0
    copyrights: list[str] = field(default_factory=list)
    has_image: bool = True

    @property
    def release_date_precision(self) -> str:
        """`year`, `month` or `day`, read from the length of the date."""
        return {4: "year", 7: "month"}.get(len(self.release_date), "day")


@dataclass(slots=True)
class Track:
    """A track. `relinked_to` is the id given instead when a market is asked for (track relinking)."""

    id: str
    name: str
    album_id: str
    artist_ids: list[str]
    duration_ms: int = 200_000
    explicit: bool = False
    disc_number: int = 1
    track_number: int = 1
    isrc: str | None = None
    popularity: int = 0
    relinked_to: str | None = None
    restriction: str | None = None


@dataclass(slots=True)
class Episode:
    """A podcast episode, which only playlists and saved episodes can hold."""

    id: str
    name: str
    show_id: str
    show_name: str
    duration_ms: int = 1_800_000
    release_date: str = "2026-01-31"
    description: str = ""


@dataclass(slots=True)
class SavedTrack:
    """One position of Liked Songs; `track_id` None is an entry whose track Spotify no longer gives."""

    track_id: str | None
    added_at: datetime


@dataclass(slots=True)
class SavedAlbum:
    """One position of the saved albums; `album_id` None as in `SavedTrack`."""

    album_id: str | None
    added_at: datetime


@dataclass(slots=True)
class LocalFile:
    """A file of the listener's own computer inside a playlist; every part may be empty."""

    artist: str
    album: str
    title: str
    seconds: int

    @property
    def uri(self) -> str:
        """`spotify:local:{artist}:{album}:{title}:{seconds}` with encoded parts."""
        parts = (quote_plus(part) for part in (self.artist, self.album, self.title))
        return f"spotify:local:{':'.join(parts)}:{self.seconds}"


@dataclass(slots=True, eq=False)
class PlaylistItem:
    """One position of a playlist: `kind` is track, episode, local or gone (a null entry).

    Compared by identity, because the same track may stand in a list twice.
    """

    kind: str
    id: str | None = None
    added_at: datetime | None = None
    added_by: str | None = None
    local: LocalFile | None = None

    @property
    def uri(self) -> str | None:
        """URI of the content; None for a null entry."""
        if self.local is not None:
            return self.local.uri
        return f"spotify:{self.kind}:{self.id}" if self.id else None


@dataclass(slots=True)
class Playlist:
    """A playlist. `image` holds an uploaded JPEG; `has_images` False answers `images: null` like a new list."""

    id: str
    name: str
    owner_id: str
    description: str | None = None
    public: bool | None = True
    collaborative: bool = False
    collaborators: list[str] = field(default_factory=list)
    items: list[PlaylistItem] = field(default_factory=list)
    followers: int = 0
    image: bytes | None = None
    has_images: bool = True
    edits: int = 0
    snapshot_id: str = ""
    versions: dict[str, list[PlaylistItem]] = field(default_factory=dict)

    def track_ids(self) -> list[str]:
        """Ids of the tracks in order, without episodes, local files and null entries."""
        return [item.id for item in self.items if item.kind == "track" and item.id]

    def uris(self) -> list[str | None]:
        """URIs of all positions in order; None for null entries."""
        return [item.uri for item in self.items]


@dataclass(slots=True, frozen=True)
class Play:
    """One finished play. `kind` "local" and "episode" never reach the recently-played answer."""

    track_id: str
    played_at: datetime
    context_uri: str | None = None
    kind: str = "track"


def to_second(moment: datetime) -> datetime:
    """`moment` in UTC without fraction, the resolution of `added_at`."""
    return _aware(moment).astimezone(UTC).replace(microsecond=0)


def to_millisecond(moment: datetime) -> datetime:
    """`moment` in UTC cut to milliseconds, the resolution of `played_at`."""
    moment = _aware(moment).astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment
