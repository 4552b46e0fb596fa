"""What all accounts have in common: the catalogue, the playlists, who there is; and how an account sees it and adds to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from simulator.world.catalogue import Album, Artist, Episode, Playlist, Track, User
from simulator.world.identifiers import make_id

Value = TypeVar("Value")


@dataclass
class Shared:
    """All that is the same whoever asks.

    `playlists` are those of everybody. `dead_ids` are ids that exist in lists but that Spotify refuses in a playlist write
    and does not find by id. `replaced_ids`: tracks that a list shows as another one when it is read, as Spotify does with
    old ids; they can be removed by either, or with `removes_only_written` by what was written alone.
    """

    users: dict[str, User] = field(default_factory=dict)
    artists: dict[str, Artist] = field(default_factory=dict)
    albums: dict[str, Album] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)
    episodes: dict[str, Episode] = field(default_factory=dict)
    playlists: dict[str, Playlist] = field(default_factory=dict)
    dead_ids: set[str] = field(default_factory=set)
    replaced_ids: dict[str, str] = field(default_factory=dict)
    removes_only_written: bool = False
    sequence: int = 0


class OfAll(Generic[Value]):
    """An attribute of an account that stands in its `shared`."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, seen: "SharedView", owner: type) -> Value:
        found: Value = getattr(seen.shared, self.name)
        return found

    def __set__(self, seen: "SharedView", value: Value) -> None:
        setattr(seen.shared, self.name, value)


class SharedView:
    """What an account sees of `shared`, under the same names, and how the catalogue grows."""

    shared: Shared
    users = OfAll[dict[str, User]]()
    artists = OfAll[dict[str, Artist]]()
    albums = OfAll[dict[str, Album]]()
    tracks = OfAll[dict[str, Track]]()
    episodes = OfAll[dict[str, Episode]]()
    playlists = OfAll[dict[str, Playlist]]()
    dead_ids = OfAll[set[str]]()
    replaced_ids = OfAll[dict[str, str]]()
    removes_only_written = OfAll[bool]()

    def new_artist(self, name: str = "New Artist", genres: list[str] | None = None) -> str:
        """Add an artist to the catalogue and return its id."""
        artist_id = self._next_id("artist")
        self.artists[artist_id] = Artist(artist_id, name, genres)
        return artist_id

    def new_album(
        self,
        tracks: int = 10,
        name: str = "New Album",
        artist_id: str | None = None,
        release_date: str = "2026-10-02",
        album_type: str = "album",
    ) -> str:
        """Add an album with `tracks` tracks to the catalogue (not to the saved albums); return its id."""
        artist_id = artist_id or self.new_artist(f"Artist of {name}")
        album_id = self._next_id("album")
        self.albums[album_id] = Album(
            album_id, name, [artist_id], album_type=album_type, release_date=release_date
        )
        for number in range(1, tracks + 1):
            self.new_track(name=f"{name}, part {number}", album_id=album_id, artist_id=artist_id)
        return album_id

    def new_track(
        self,
        name: str = "New Track",
        album_id: str | None = None,
        artist_id: str | None = None,
        duration_ms: int = 200_000,
        isrc: str | None = None,
        explicit: bool = False,
    ) -> str:
        """Add a track to the catalogue, at the end of `album_id` or on a new single; return its id.

        Without `isrc` it gets one of its own.
        """
        track_id = self._next_id("track")
        if album_id is None:
            album_id = self.new_album(tracks=0, name=name, artist_id=artist_id, album_type="single")
        album = self.albums[album_id]
        self.tracks[track_id] = Track(
            track_id,
            name,
            album_id,
            [artist_id] if artist_id else list(album.artist_ids),
            duration_ms=duration_ms,
            explicit=explicit,
            track_number=len(album.track_ids) + 1,
            isrc=isrc or f"ZZSIM26{self.shared.sequence:05d}",
        )
        album.track_ids.append(track_id)
        return track_id

    def list_on(self, album_id: str, track_ids: Iterable[str]) -> None:
        """List tracks at the end of another album as well, as on compilations: one id on several albums."""
        self._need(self.albums, album_id)
        self.albums[album_id].track_ids += track_ids

    def show_with(self, track_id: str, album_id: str) -> None:
        """Show a track with another album from now on, wherever it is not in an album's own listing."""
        self._need(self.albums, album_id)
        self.tracks[track_id].album_id = album_id

    def new_relink(self, track_id: str) -> str:
        """Add another id of the same recording, shown with the same album, whose listing does not have it; return it."""
        relink = replace(self.tracks[track_id], id=self._next_id("track"))
        self.tracks[relink.id] = relink
        return relink.id

    def album_track_ids(self, album_id: str) -> list[str]:
        """Ids of an album's tracks in album order."""
        return list(self.albums[album_id].track_ids)

    def _next_id(self, kind: str) -> str:
        self.shared.sequence += 1
        return make_id("new", kind, self.shared.sequence)

    @staticmethod
    def _need(known: dict[str, object] | object, wanted: str) -> None:
        if isinstance(known, dict) and wanted not in known:
            raise KeyError(wanted)
