"""Lists of the listener that a job looks after: each is created once, also by a run that is killed on the way.

The intention is stored first (`playlist_mappings`), and a list that is there already is looked for before one is
created. A list that is known is found by its id, whatever its name has become.
"""

import html
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from db.statements import statement
from utils.errors import JobError
from utils.payloads import page, text
from utils.run import Run
from utils.spotify import PAGE, Payload


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
