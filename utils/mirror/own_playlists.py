"""One reading of all playlists that the listener owns or follows, which a whole run goes by.

What has not changed since it was written costs no request of its own. A list that is known is found by its id, whatever
its name has become.
"""

import html
from dataclasses import dataclass
from itertools import count

from utils.job.spotify_run import SpotifyRun
from utils.mirror.passes import Reader
from utils.spotify.client import PAGE
from utils.spotify.payloads import Payload, page, parse_playlist

# Without these, Spotify leaves private or collaborative lists out.
EXCLUSIONS = "exclusions"  # the slug of the list that keeps tracks out of smart playlists
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

    `shows_all`: nothing was left out for lack of a scope or by an edit between two pages. `is_complete`: moreover
    every entry could be read. Only then does the absence of a list say that it is gone.
    """

    by_id: dict[str, OwnList]  # with those that are created later in the run
    shows_all: bool
    is_complete: bool


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
    shows_all = is_steady and scopes >= _READ_SCOPES
    return OwnLists(found, shows_all, shows_all and not unreadable)


def _own_list(item: Payload, listener: str) -> OwnList:
    listed = parse_playlist(item).playlist
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
