"""A playlist that a job makes on Spotify for a slug is made once, also after killed runs; or one that is there is taken.

The row of playlist_mappings is stored, with status `creating`, before the playlist is created, and its id right after that. A
run that finds such a row looks for the playlist that an earlier run may have created.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.job.spotify_run import SpotifyRun
from utils.mirror.own_playlists import OwnList, OwnLists
from utils.spotify.payloads import snapshot_of


@dataclass(frozen=True)
class Intended:
    """The row of a list that is to be made or taken. `rules`: JSON; `details`: what is to be set on Spotify."""

    slug: str
    name: str
    rules: str = "{}"
    rules_source: str = "database"
    is_dynamic: bool = False
    details: Mapping[str, object] | None = None

    def values(self, run: SpotifyRun) -> dict[str, object]:
        """For the statements of playlist_mappings."""
        return {
            "user_id": run.user.user_id,
            "slug": self.slug,
            "name": self.name,
            "rules": self.rules,
            "rules_source": self.rules_source,
            "is_dynamic": self.is_dynamic,
            "details": _json(self.details),
        }


def intend_list(run: SpotifyRun, intended: Intended) -> None:
    """Store that a playlist is about to be created."""
    run.execute("playlist_mappings.intend_list", intended.values(run))


def map_list(
    run: SpotifyRun,
    slug: str,
    playlist_id: str,
    details: Mapping[str, object] | None = None,
    before: Mapping[str, object] | None = None,
) -> None:
    """Store the playlist of a slug. `details`: those that it was created with; None: not known. `before`: what it was, if it was taken over."""
    run.write(lambda cursor: _map(cursor, run, slug, playlist_id, details, before))


def take_list(
    run: SpotifyRun, intended: Intended, playlist_id: str, before: Mapping[str, object] | None = None
) -> None:
    """Store a playlist that is there as that of a slug, and what it was `before`, in one transaction."""

    def write(cursor: Cursor) -> None:
        cursor.execute(statement("playlist_mappings.intend_list"), intended.values(run))
        _map(cursor, run, intended.slug, playlist_id, None, before)

    run.write(write)


def create_once(
    run: SpotifyRun,
    lists: OwnLists,
    intended: Intended,
    description: str,
    *,
    is_public: bool = False,
    is_collaborative: bool = False,
) -> OwnList:
    """A new, empty playlist for a slug, as Spotify would list it. Raises UnknownOutcomeError where the next run has to look for it."""
    intend_list(run, intended)
    answer = run.spotify.create_playlist(
        intended.name, description, is_public=is_public, is_collaborative=is_collaborative
    )
    playlist_id = str(answer["id"])
    map_list(run, intended.slug, playlist_id, intended.details)
    listed = OwnList(
        playlist_id,
        intended.name,
        description,
        snapshot_of(answer) or "",
        is_public,
        is_collaborative,
        is_own=True,
        item_count=0,
    )
    lists.by_id[playlist_id] = listed  # else it would look as if it had been deleted
    return listed


def own_lists_called(lists: OwnLists, name: str, taken_ids: Collection[str | None]) -> list[OwnList]:
    """The listener's own playlists of that name that belong to no other slug."""
    return [
        listed
        for listed in lists.by_id.values()
        if listed.is_own and listed.name == name and listed.playlist_id not in taken_ids
    ]


def is_described(listed: OwnList, description: str) -> bool:
    """Whether a playlist has this description, whatever Spotify made of its white space."""
    return " ".join(listed.description.split()) == description


def _map(
    cursor: Cursor,
    run: SpotifyRun,
    slug: str,
    playlist_id: str,
    details: Mapping[str, object] | None,
    before: Mapping[str, object] | None,
) -> None:
    values = {
        "user_id": run.user.user_id,
        "slug": slug,
        "playlist_id": playlist_id,
        "details": _json(details),
        "before_adoption": _json(before),
    }
    cursor.execute(statement("playlist_mappings.map_list"), values)


def _json(value: Mapping[str, object] | None) -> str | None:
    return None if value is None else json.dumps(value)
