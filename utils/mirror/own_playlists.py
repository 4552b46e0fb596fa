"""Lists of the listener that a job looks after: each is created once, also by a run that is killed on the way.

The intention is stored first (`playlist_mappings`), and a list that is there already is looked for before one is
created. A list that is known is found by its id, whatever its name has become.

`read_own_lists` is the one reading of GET /me/playlists that a whole run goes by: what has not changed since it was
written costs no request of its own.
"""

import html
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from utils.database.statements import statement
from utils.errors import JobError
from utils.job.run import Run
from utils.spotify.client import PAGE, Payload
from utils.spotify.payloads import BadItemError, page, parse_playlist, text

# Without these, Spotify leaves private or collaborative lists out.
_READ_SCOPES = {"playlist-read-private", "playlist-read-collaborative"}


@dataclass(frozen=True)
class Mapping:
    """A row of playlist_mappings. `playlist_id` is None while the list is being created."""

    playlist_id: str | None
    status: str
    last_synced_hash: str | None
    snapshot_id: str | None


class Created(NamedTuple):
    """What has come of creating a list. Not new: it was there already, such as from a killed run."""

    playlist_id: str
    is_new: bool


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


def load_mapping(run: Run, key: dict[str, object]) -> Mapping | None:
    """What we know of a list. `key`: user_id and slug."""
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.load"), key)
        row = cursor.fetchone()
    return Mapping(*row) if row else None


def find_playlist(run: Run, name: str, description: str) -> Payload | None:
    """The listener's own list of that name and description, which Spotify gives back HTML-escaped."""
    for offset in count(0, PAGE):
        content = page(run.spotify.my_playlists(offset))
        for playlist in content.items:
            owner = playlist.get("owner") if playlist is not None else None
            if playlist is None or not isinstance(owner, dict) or owner.get("id") != run.user.spotify_id:
                continue
            texts = [html.unescape(str(playlist.get(key))) for key in ("name", "description")]
            if texts == [name, description]:
                return playlist
        if not content.has_next:
            break
    return None


def create_once(
    run: Run,
    key: dict[str, object],
    name: str,
    description: str,
    *,
    may_exist: bool,
    intention: tuple[str, dict[str, object]] | None,
) -> Created:
    """A list of that name and description: one that is there, which is looked for if it `may_exist`, else a new private one.

    `intention`: the statement, with its values, that stores what is about to be done; None where that is stored already.
    """
    found = find_playlist(run, name, description) if may_exist else None
    if intention is not None:
        with run.batch() as cursor:
            cursor.execute(*intention)
    playlist_id = text(found or run.spotify.create_playlist(name, description), "id")
    if playlist_id is None:
        raise JobError(
            "Spotify created a playlist without an id.", "Run again: the list is looked for first."
        )
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.created"), {**key, "playlist_id": playlist_id})
    return Created(playlist_id, is_new=found is None)
