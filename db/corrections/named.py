"""Which track, artist or list a person means by an id, a link, a URI, or a part of a name. What is ambiguous is never guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.errors import SettingsError
from utils.plays.recording import key_of_names
from utils.text_table import text_table

Kind = Literal["track", "artist", "playlist"]
KINDS: Sequence[Kind] = ("artist", "track", "playlist")
MOST_SHOWN = 20  # of what may be meant
_REFERENCE = re.compile(
    r"(?:.*[/:](?P<kind>track|artist|playlist)[/:])?(?P<id>[0-9A-Za-z_-]+)/?(?:\?.*)?", re.DOTALL
)


class SeveralError(SettingsError):
    """More than one thing may be meant; `table` names them."""

    def __init__(self, message: str, remedy: str, table: str) -> None:
        super().__init__(message, remedy)
        self.table = table


@dataclass(frozen=True)
class Thing:
    """What is meant. `item_ids`: of Spotify, of a name that several tracks have all; else `names:` and a hash."""

    kind: Kind
    item_ids: tuple[str, ...]
    name: str | None
    artist: str | None = None  # of a track

    @property
    def uris(self) -> list[str]:
        """As a person may give it."""
        return [each if is_by_name(each) else f"spotify:{self.kind}:{each}" for each in self.item_ids]

    def __str__(self) -> str:
        """In words: `the track Hello (Adele)`."""
        name = self.name or ", ".join(self.item_ids)
        return f"the {self.kind} {name}" + (f" ({self.artist})" if self.artist else "")


def is_by_name(item_id: str) -> bool:
    """Whether an import alone has named it."""
    return item_id.startswith("names:")


def find(
    cursor: Cursor,
    user_id: str,
    wanted: str,
    kinds: Sequence[Kind] = KINDS,
    *,
    only_played: bool = True,
    among: Sequence[str] | None = None,
) -> Thing:
    """The one thing that is meant. Raises SettingsError where there is none, and SeveralError with all that it may be.

    An id is preferred to a name, and a whole name to a part of one. `only_played`: among the tracks that were played. `among`: tracks with one of
    these item_keys only.
    """
    reference = _REFERENCE.fullmatch(wanted.strip())
    kind, item_id = (reference["kind"], reference["id"]) if reference else (None, "")
    if kind is not None and kind not in kinds:
        raise SettingsError(
            f"{wanted!r} is a {kind}; what is meant here is a {' or a '.join(kinds)}.",
            "Give the link or the name of one.",
        )
    cursor.execute(statement("corrections.fold"), {"text": wanted.strip()})
    ((text,),) = cursor.fetchall()
    values = {
        "user_id": user_id,
        "id": item_id,
        "item_key": f"spotify:track:{item_id}",
        "text_key": wanted.strip(),
        "text": "" if kind else text,
        "only_played": only_played,
        "among": None if among is None else list(among),
    }
    found = [
        each
        for one in kinds
        if kind in (None, one)
        for each in {"track": _tracks, "artist": _artists, "playlist": _playlists}[one](cursor, values)
    ]
    for is_best in (lambda each: each[1] == "id", lambda each: each[1] == "whole", lambda _: True):
        best = [thing for thing, rank in found if is_best((thing, rank))]
        if best:
            break
    if not best and kind == "playlist":  # somebody else's list, which we need not know
        return Thing("playlist", (item_id,), None)
    if not best:
        raise SettingsError(
            f"No {' and no '.join(kinds)} that the database knows is called {wanted!r}.",
            "Give an id, a link, a URI, or a part of the name.",
        )
    if len(best) > 1:
        rows = [(uri, each.name, each.artist) for each in best for uri in each.uris]
        raise SeveralError(
            f"{wanted!r} may be any of {len(rows)}"
            + (f", of which {MOST_SHOWN} stand above." if len(rows) > MOST_SHOWN else "; they stand above."),
            "Give the URI of one, or more of the name.",
            text_table(("uri", "name", "artist"), rows[:MOST_SHOWN]),
        )
    return best[0]


def item_keys_of(cursor: Cursor, user_id: str, thing: Thing) -> list[str]:
    """What plays of a track or an artist have as item_key. An artist's are all tracks with the credit."""
    if thing.kind == "track":
        return thing.uris
    (artist_id,) = thing.item_ids
    cursor.execute(statement("corrections.fold"), {"text": thing.name or ""})
    ((name,),) = cursor.fetchall()
    values = {"user_id": user_id, "artist_id": artist_id, "name": name}
    cursor.execute(statement("corrections.keys_of_artist"), values)
    return [item_key for (item_key,) in cursor.fetchall()]


def _tracks(cursor: Cursor, values: dict[str, object]) -> list[tuple[Thing, str]]:
    """Tracks of one title and artist are one thing, unless one of them is meant by its id."""
    cursor.execute(statement("corrections.named_tracks"), values)
    found: dict[str, tuple[Thing, str]] = {}
    for item_key, title, artist, whole, is_whole in cursor.fetchall():
        item_id = item_key.removeprefix("spotify:track:")
        if item_key in (values["item_key"], values["text_key"]):
            found[item_key] = Thing("track", (item_id,), title, artist), "id"
            continue
        before = found[whole][0].item_ids if whole in found else ()
        thing = Thing("track", (*before, item_id), title, artist)
        found[whole] = thing, "whole" if is_whole else "part"
    return list(found.values())


def _artists(cursor: Cursor, values: dict[str, object]) -> list[tuple[Thing, str]]:
    """An artist whose id is not known is one of that name whose id is."""
    cursor.execute(statement("corrections.named_artists"), values)
    rows = cursor.fetchall()
    with_id = {folded for artist_id, _, folded, _ in rows if artist_id is not None}
    found: dict[str, tuple[Thing, str]] = {}
    for artist_id, name, folded, is_whole in rows:
        if artist_id is None and folded in with_id:
            continue
        key = artist_id or key_of_names("artist", name, None)
        rank = (
            "id" if artist_id is not None and artist_id == values["id"] else "whole" if is_whole else "part"
        )
        found[key] = Thing("artist", (key,), name), rank
    by_key = found.get(str(values["text_key"]))
    return [(by_key[0], "id")] if by_key else list(found.values())


def _playlists(cursor: Cursor, values: dict[str, object]) -> list[tuple[Thing, str]]:
    cursor.execute(statement("corrections.named_playlists"), values)
    return [
        (
            Thing("playlist", (playlist_id,), name),
            "id" if playlist_id == values["id"] else "whole" if is_whole else "part",
        )
        for playlist_id, name, _, is_whole in cursor.fetchall()
    ]
