"""A listener's account as plain objects, with the edits a listener can make.

Used by the server for its answers and by tests for edits and expectations. Inside a running simulator, edit
only within `Simulator.edit()`.
"""

import base64
import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from simulator.world.catalogue import (
    LocalFile,
    Play,
    Playlist,
    PlaylistItem,
    SavedAlbum,
    SavedTrack,
    User,
    to_millisecond,
    to_second,
)
from simulator.world.identifiers import make_id
from simulator.world.shared import Shared, SharedView

FIRST_MOMENT = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
RECENT_PLAYS = 50
KEPT_VERSIONS = 50
TIME_RANGES = ("short_term", "medium_term", "long_term")


def _empty_ranges() -> dict[str, list[str]]:
    return {time_range: [] for time_range in TIME_RANGES}


@dataclass
class Library(SharedView):
    """Everything one account holds, and what it sees of what all have in common.

    `liked`, `saved_albums` and `plays` are kept newest first. `user_playlists` is the order of
    `GET /me/playlists`; None stands for a null entry. `unlisted` are playlists that `GET /me/playlists` shows as null
    although they are the listener's, as Spotify does with its own.
    """

    user: User
    shared: Shared = field(default_factory=Shared)
    liked: list[SavedTrack] = field(default_factory=list)
    saved_albums: list[SavedAlbum] = field(default_factory=list)
    saved_episodes: list[str] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    user_playlists: list[str | None] = field(default_factory=list)
    plays: list[Play] = field(default_factory=list)
    top_tracks: dict[str, list[str]] = field(default_factory=_empty_ranges)
    top_artists: dict[str, list[str]] = field(default_factory=_empty_ranges)
    unlisted: set[str] = field(default_factory=set)
    hides_account_id: bool = False  # /me has been seen without it
    remembered_plays: int = RECENT_PLAYS  # Spotify has been seen to remember fewer

    @classmethod
    def empty(cls) -> "Library":
        """Return an account that has nothing, for tests that build their own."""
        return cls(User(id="listener", account_id=make_id("account"), display_name="Listener"))

    # Liked Songs and saved albums

    def like(self, track_id: str, at: datetime | None = None) -> None:
        """Save a track; liking it again moves it to the front with a new `added_at`."""
        self._need(self.tracks, track_id)
        self.liked = [entry for entry in self.liked if entry.track_id != track_id]
        at = to_second(at) if at else _after([entry.added_at for entry in self.liked])
        place = bisect_left(self.liked, -at.timestamp(), key=lambda entry: -entry.added_at.timestamp())
        self.liked.insert(place, SavedTrack(track_id, at))

    def unlike(self, track_id: str) -> bool:
        """Remove a track from Liked Songs; False when it was not there."""
        kept = [entry for entry in self.liked if entry.track_id != track_id]
        changed = len(kept) != len(self.liked)
        self.liked = kept
        return changed

    def save_album(self, album_id: str, at: datetime | None = None) -> None:
        """Save an album; saving it again moves it to the front with a new `added_at`."""
        self._need(self.albums, album_id)
        self.saved_albums = [entry for entry in self.saved_albums if entry.album_id != album_id]
        at = to_second(at) if at else _after([entry.added_at for entry in self.saved_albums])
        place = bisect_left(self.saved_albums, -at.timestamp(), key=lambda entry: -entry.added_at.timestamp())
        self.saved_albums.insert(place, SavedAlbum(album_id, at))

    def unsave_album(self, album_id: str) -> bool:
        """Remove a saved album; False when it was not there."""
        kept = [entry for entry in self.saved_albums if entry.album_id != album_id]
        changed = len(kept) != len(self.saved_albums)
        self.saved_albums = kept
        return changed

    def replace_liked(self, position: int, track_id: str | None) -> None:
        """Put another track (or null) at a position, keeping its `added_at`: same count, other content."""
        self.liked[position] = SavedTrack(track_id, self.liked[position].added_at)

    def replace_saved_album(self, position: int, album_id: str | None) -> None:
        """Put another album (or null) at a position, keeping its `added_at`."""
        self.saved_albums[position] = SavedAlbum(album_id, self.saved_albums[position].added_at)

    def clear_liked(self) -> None:
        """Remove all Liked Songs, null entries too."""
        self.liked = []

    def clear_saved_albums(self) -> None:
        """Remove all saved albums, null entries too."""
        self.saved_albums = []

    # Plays

    def play(
        self,
        track_id: str,
        at: datetime | None = None,
        context_uri: str | None = None,
        kind: str = "track",
    ) -> Play:
        """Add a finished play; `at` may lie in the past, as plays of offline devices do."""
        at = to_millisecond(at) if at else _after([play.played_at for play in self.plays[:1]], 180)
        play = Play(track_id, at, context_uri, kind)
        self.plays.insert(
            bisect_left(self.plays, -at.timestamp(), key=lambda p: -p.played_at.timestamp()), play
        )
        return play

    def recent_plays(self) -> list[Play]:
        """Return the newest 50 plays of tracks, newest first: all that Spotify ever gives (`remembered_plays`: fewer)."""
        found: list[Play] = []
        for play in self.plays:
            if play.kind == "track":
                found.append(play)
                if len(found) == self.remembered_plays:
                    break
        return found

    # Followed artists

    def follow(self, artist_id: str) -> None:
        """Follow an artist; twice is the same as once."""
        self._need(self.artists, artist_id)
        if artist_id not in self.followed:
            self.followed.append(artist_id)

    def unfollow(self, artist_id: str) -> None:
        """Stop following an artist; no error when not followed."""
        self.followed = [known for known in self.followed if known != artist_id]

    # Playlists

    def new_playlist(
        self,
        name: str = "New Playlist",
        track_ids: Iterable[str] = (),
        owner_id: str | None = None,
        description: str | None = None,
        public: bool | None = False,
        collaborative: bool = False,
        followed: bool = True,
        at: datetime | None = None,
    ) -> str:
        """Add a playlist (own, unless `owner_id` is another user) and return its id."""
        playlist_id = self._next_id("playlist")
        playlist = Playlist(
            playlist_id, name, owner_id or self.user.id, description, public, collaborative, has_images=False
        )
        self.playlists[playlist_id] = playlist
        if followed:
            self.user_playlists.insert(0, playlist_id)
        playlist.items = self._items([f"spotify:track:{track_id}" for track_id in track_ids], at)
        self.touch_playlist(playlist_id)
        return playlist_id

    def playlist_add(
        self,
        playlist_id: str,
        uris: Sequence[str],
        position: int | None = None,
        at: datetime | None = None,
    ) -> str:
        """Insert URIs (or bare track ids) at `position`, by default at the end; return the new snapshot id."""
        items = self.playlists[playlist_id].items
        place = len(items) if position is None else position
        self.playlists[playlist_id].items = items[:place] + self._items(uris, at) + items[place:]
        return self.touch_playlist(playlist_id)

    def playlist_replace(self, playlist_id: str, uris: Sequence[str], at: datetime | None = None) -> str:
        """Give a playlist this content and no other; return the new snapshot id."""
        self.playlists[playlist_id].items = self._items(uris, at)
        return self.touch_playlist(playlist_id)

    def playlist_remove(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Remove every occurrence of the URIs (or bare track ids); return the new snapshot id."""
        gone = {uri if ":" in uri else f"spotify:track:{uri}" for uri in uris}
        playlist = self.playlists[playlist_id]

        def names(item: PlaylistItem) -> set[str | None]:
            return {item.uri} if self.removes_only_written else {item.uri, self.shown_uri(item)}

        playlist.items = [item for item in playlist.items if gone.isdisjoint(names(item))]
        return self.touch_playlist(playlist_id)

    def playlist_add_local(
        self, playlist_id: str, artist: str, album: str, title: str, seconds: int = 200
    ) -> str:
        """Append a local file, which only the desktop application can do; return the new snapshot id."""
        item = PlaylistItem("local", local=LocalFile(artist, album, title, seconds))
        item.added_at, item.added_by = FIRST_MOMENT, self.user.id
        self.playlists[playlist_id].items.append(item)
        return self.touch_playlist(playlist_id)

    def playlist_change(self, playlist_id: str, **details: object) -> str:
        """Change `name`, `description`, `public` or `collaborative`; return the new snapshot id."""
        for name, value in details.items():
            if name not in {"name", "description", "public", "collaborative"}:
                raise ValueError(f"a playlist has no detail {name!r}")
            setattr(self.playlists[playlist_id], name, value)
        return self.touch_playlist(playlist_id)

    def unfollow_playlist(self, playlist_id: str) -> None:
        """Take a playlist out of the listener's lists; for an own one that is deleting it."""
        self.user_playlists = [known for known in self.user_playlists if known != playlist_id]

    def follow_playlist(self, playlist_id: str) -> None:
        """Put a playlist in front of the listener's lists, unless it is there already."""
        self._need(self.playlists, playlist_id)
        if playlist_id not in self.user_playlists:
            self.user_playlists.insert(0, playlist_id)

    def join_playlist(self, playlist_id: str) -> None:
        """Accept the invitation to a collaborative list: from now on the listener may read and change its entries."""
        playlist = self.playlists[playlist_id]
        if not playlist.collaborative:
            raise ValueError(f"the playlist {playlist.name!r} is not collaborative")
        if self.user.id not in playlist.collaborators:
            playlist.collaborators.append(self.user.id)
        self.follow_playlist(playlist_id)

    def touch_playlist(self, playlist_id: str) -> str:
        """Count an edit: new snapshot id, and the content is remembered under it."""
        playlist = self.playlists[playlist_id]
        playlist.edits += 1
        digest = hashlib.blake2b(f"{playlist_id}:{playlist.edits}".encode(), digest_size=20).digest()
        playlist.snapshot_id = base64.b64encode(playlist.edits.to_bytes(4, "big") + digest).decode()
        playlist.versions[playlist.snapshot_id] = list(playlist.items)
        while len(playlist.versions) > KEPT_VERSIONS:
            del playlist.versions[next(iter(playlist.versions))]
        return playlist.snapshot_id

    # Views for assertions

    def liked_rows(self) -> dict[str, datetime]:
        """Map each liked track to its `added_at`; null entries are left out."""
        return {entry.track_id: entry.added_at for entry in self.liked if entry.track_id}

    def saved_album_rows(self) -> dict[str, datetime]:
        """Map each saved album to its `added_at`; null entries are left out."""
        return {entry.album_id: entry.added_at for entry in self.saved_albums if entry.album_id}

    def play_rows(self) -> set[tuple[datetime, str]]:
        """`(played_at, track_id)` of the 50 newest plays that the API shows."""
        return {(play.played_at, play.track_id) for play in self.recent_plays()}

    def all_plays(self) -> set[tuple[datetime, str]]:
        """`(played_at, track_id)` of every play of a track, however old."""
        return {(play.played_at, play.track_id) for play in self.plays if play.kind == "track"}

    def may_read_items(self, playlist_id: str) -> bool:
        """Tell whether the listener owns the playlist or collaborates on it."""
        playlist = self.playlists[playlist_id]
        return self.user.id == playlist.owner_id or self.user.id in playlist.collaborators

    def shown_id(self, item: PlaylistItem) -> str | None:
        """Id of an entry as a list shows it: perhaps another one than was written."""
        return self.replaced_ids.get(item.id, item.id) if item.kind == "track" and item.id else item.id

    def shown_uri(self, item: PlaylistItem) -> str | None:
        """URI of an entry as a list shows it."""
        return f"spotify:track:{self.shown_id(item)}" if item.kind == "track" and item.id else item.uri

    def _items(self, uris: Iterable[str], at: datetime | None) -> list[PlaylistItem]:
        at = to_second(at or FIRST_MOMENT)
        items = []
        for uri in uris:
            kind, _, item_id = uri.removeprefix("spotify:").rpartition(":")
            items.append(PlaylistItem(kind or "track", item_id, at, self.user.id))
        return items


def _after(moments: Iterable[datetime], seconds: int = 60) -> datetime:
    """Return a moment later than all of `moments`."""
    return to_second(max(moments, default=FIRST_MOMENT) + timedelta(seconds=seconds))
