"""The listener's playlists as Spotify lists them, and the creation of a private one.

`read_own_lists` reads GET /me/playlists once for a whole run: a list whose snapshot_id has not changed since it was
written costs no request of its own.
"""

import html
from dataclasses import dataclass
from itertools import count

from utils.database.statements import statement
from utils.errors import JobError
from utils.job.run import Run
from utils.spotify.client import PAGE, Payload
from utils.spotify.payloads import BadItemError, page, parse_playlist, text

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

    `shows_all`: nothing was left out for lack of a scope or by an edit between two pages. `is_complete`: moreover
    every entry could be read. Only then does the absence of a list say that it is gone.
    """

    by_id: dict[str, OwnList]  # with those that are created later in the run
    shows_all: bool
    is_complete: bool


def read_own_lists(run: Run) -> OwnLists:
    """All of GET /me/playlists: one request per 50. Raises what the client raises; there is no partial result."""
    found: dict[str, OwnList] = {}
    totals: set[int] = set()
    entries = unreadable = 0
    for offset in count(0, PAGE):
        content = page(run.spotify.my_playlists(offset))
        totals.add(content.total)
        entries += len(content.items)
        for item in content.items:
            try:
                listed = _own_list(item or {}, run.user.spotify_id)
            except BadItemError:
                unreadable += 1
            else:
                found[listed.playlist_id] = listed
        if not content.has_next:
            break
    scopes = set((run.user.granted_scopes or "").split())
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


def create_private_playlist(run: Run, key: dict[str, object], name: str, description: str) -> str:
    """Create a private playlist and store its id in its row of playlist_mappings, which has to exist; the id.

    `key`: user_id and slug of the row. A run that is killed in between leaves a playlist that the next run has to look
    for by its name. Raises JobError where Spotify answers without an id.
    """
    playlist_id = text(run.spotify.create_playlist(name, description), "id")
    if playlist_id is None:
        raise JobError(
            "Spotify created a playlist without an id.", "Run again: the list is looked for first."
        )
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.created"), {**key, "playlist_id": playlist_id})
    return playlist_id
