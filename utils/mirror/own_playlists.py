"""One reading of all playlists that the listener owns or follows, which a whole run goes by.

What has not changed since it was written costs no request of its own. A list that is known is found by its id, whatever
its name has become. Where the reading lacks a known list, its id is asked for: a listing alone never says that a list is
gone. See docs/decisions/0001-removals-are-confirmed.md.
"""

import html
from dataclasses import dataclass
from itertools import count

from utils.errors import PayloadError
from utils.job.spotify_run import SpotifyRun
from utils.mirror.reading import Reader
from utils.spotify.fields import Payload
from utils.spotify.payloads import PAGE, BadItemError, page
from utils.spotify.playlist_payloads import parse_playlist

# Without these, Spotify leaves private or collaborative lists out.
_READ_SCOPES = {"playlist-read-private", "playlist-read-collaborative"}


@dataclass(frozen=True)
class OwnList:
    """A playlist of the listener as listed. Texts as they were written; None: Spotify did not say."""

    playlist_id: str
    name: str
    description: str
    snapshot_id: str | None
    is_public: bool | None
    is_collaborative: bool | None
    is_own: bool  # false: the listener follows it
    item_count: int | None


@dataclass(frozen=True)
class OwnLists:
    """One reading of all playlists that the listener owns or follows, by id.

    `has_scopes`: none had to be left out for lack of consent. `is_steady`: there was no edit between two pages. Null
    and unreadable entries are in neither: whether one of them is a certain list, only its id can tell.
    """

    by_id: dict[str, OwnList]  # with those that are created later in the run
    has_scopes: bool
    is_steady: bool

    @property
    def shows_all(self) -> bool:
        """Whether a list that is not known by its id is here, if there is one that can be read."""
        return self.has_scopes and self.is_steady

    def lacks(self, playlist_id: str) -> bool:
        """Whether a list is not here although it would be shown if there is nothing odd about it."""
        return self.has_scopes and playlist_id not in self.by_id


def read_own_lists(run: SpotifyRun) -> OwnLists:
    """All of GET /me/playlists: one request per 50. Raises what the client raises; there is no partial result.

    Raises PayloadError where too much could not be read: then nothing can be said of what is there and what is not.
    """
    reader = Reader(run)
    found: dict[str, OwnList] = {}
    totals: set[int] = set()
    entries = 0
    for offset in count(0, PAGE):
        content = page(run.spotify.my_playlists(offset))
        totals.add(content.total)
        entries += len(content.items)
        for listed in reader.read(content.items, lambda item: _own_list(item, run.user.spotify_id)).entries:
            found[listed.playlist_id] = listed
        if not content.has_next:
            break
    reader.check_readable()
    scopes = set((run.user.granted_scopes or "").split())
    unreadable = entries - reader.good
    is_steady = totals == {entries} and len(found) + unreadable == entries
    return OwnLists(found, scopes >= _READ_SCOPES, is_steady)


def read_own_list(run: SpotifyRun, playlist_id: str) -> OwnList:
    """A list by its id, whether it is listed or not. Raises NotFoundError, and PayloadError where it cannot be read."""
    try:
        return _own_list(run.spotify.playlist(playlist_id), run.user.spotify_id)
    except BadItemError as error:
        raise PayloadError(f"Spotify answered with a playlist that cannot be read: {error}.") from None


def is_in_library(run: SpotifyRun, playlist_id: str) -> bool:
    """Whether Spotify, asked for its id, says that a list is the listener's."""
    return run.spotify.library_contains([f"spotify:playlist:{playlist_id}"]) == [True]


def is_gone(run: SpotifyRun, lists: OwnLists, playlist_id: str) -> bool:
    """Whether a list is the listener's no more: it is not listed, and Spotify, asked for its id, says so.

    One of the two alone leaves it in doubt, and then nothing is done that could not be undone.
    """
    return lists.lacks(playlist_id) and not is_in_library(run, playlist_id)


def why_in_doubt(lists: OwnLists) -> str:
    """Why it is not certain whether a list that is not listed is gone."""
    if not lists.has_scopes:
        return "the consent lacks a scope without which Spotify leaves playlists out"
    return "Spotify does not list it, and says, asked for it, that it is in your library"


def _own_list(item: Payload, listener: str) -> OwnList:
    listed = parse_playlist(item).playlist
    if listed.owner_id is None:  # an own list would be taken for somebody else's
        raise BadItemError(f"playlist {listed.playlist_id}: owner.id, so whose it is is not known")
    return OwnList(
        listed.playlist_id,
        html.unescape(listed.name or ""),
        listed.description or "",
        listed.snapshot_id,
        listed.is_public,
        listed.is_collaborative,
        listed.owner_id == listener,
        listed.track_count,
    )
