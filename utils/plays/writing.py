"""What is written into `plays`: rows become one, come and go, each by one statement for many of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.plays.sources import API, OTHERS

if TYPE_CHECKING:
    from utils.plays.told import Sighting, Stored

MARGIN = timedelta(days=7)  # what is around: more than twice as far as one play says something of another


def lock(cursor: Cursor, user_id: str) -> None:
    """Let nobody else write plays of this listener until the transaction ends."""
    cursor.execute(statement("plays.lock"), {"user_id": user_id})


def told_by_api(cursor: Cursor, user_id: str, moments: Sequence[datetime]) -> set[tuple[datetime, str]]:
    """(moment, URI) of those of the API's moments that are part of a merged play already, or were taken out."""
    if not moments:
        return set()
    values = {
        "user_id": user_id,
        "begin": min(moments) - MARGIN,
        "end": max(moments) + MARGIN,
        "moments": list(moments),
    }
    cursor.execute(statement("plays.told_by_api"), values)
    return set(cursor.fetchall())


def note_seen_by_api(cursor: Cursor, user_id: str, keys: Sequence[tuple[datetime, str, int]]) -> None:
    """Other tools' plays of which the API tells under the very same key become its own; `also_in` names the tools.

    Part of a transaction that has called `lock`.
    """
    cursor.execute(
        statement("plays.note_seen_by_api"), {"user_id": user_id, "others": list(OTHERS), **columns_of(keys)}
    )


def take_out(cursor: Cursor, user_id: str, keys: Sequence[tuple[datetime, str, int]], now: datetime) -> None:
    """Take out plays, by played_at, item_key and part: they are kept apart, and stay out when a source tells of them again.

    Part of a transaction that has called `lock`.
    """
    if keys:
        cursor.execute(statement("plays.take_out"), {"user_id": user_id, "now": now, **columns_of(keys)})
        forget_tracks(cursor, user_id, [item_key for _, item_key, _ in keys])


def forget_tracks(cursor: Cursor, user_id: str, item_keys: Iterable[str]) -> None:
    """Of these plays, which are gone: note their tracks as not played, where no other play is of them."""
    gone = sorted({key for key in item_keys if key.startswith("spotify:track:")})
    if gone:
        cursor.execute(
            statement("plays.forget_tracks"),
            {
                "user_id": user_id,
                "track_ids": [key.rpartition(":")[2] for key in gone],
                "item_keys": gone,
            },
        )


class Changes:
    """What becomes of a listener's rows, where it is decided which of them are one play. `around`: as `plays.around`, which has read them, takes it."""

    def __init__(self, cursor: Cursor, user_id: str, around: Mapping[str, Any]) -> None:
        self._cursor, self._user_id, self._around = cursor, user_id, around

    def remove(self, hosts: "Sequence[Stored]", rows: "Sequence[Stored]") -> None:
        """The rows, each of which has become part of the host at its place; a host that counts plays its own track on."""
        if not rows:
            return
        for is_deleted in (False, True):
            some = [row for row in rows if row.is_deleted == is_deleted]
            if some:
                self._change("plays.remove", {"places": _places(some)}, is_deleted=is_deleted)
        gone = [
            row.item_key
            for host, row in zip(hosts, rows, strict=True)
            if host.is_deleted or host.item_key != row.item_key
        ]
        forget_tracks(self._cursor, self._user_id, gone)

    def merge(self, changed: "Sequence[tuple[Stored, Sighting | None]]") -> None:
        """Each row of the export says what the API has shown of it: with None, nothing any more."""
        for is_deleted in (False, True):
            some = [(row, each) for row, each in changed if row.is_deleted == is_deleted]
            values = {
                "places": _places(row for row, _ in some),
                "api_played_at": [each.at if each else None for _, each in some],
                "api_item_key": [
                    each.item_key if each and each.item_key != row.item_key else None for row, each in some
                ],
                "context_uri": [each.context_uri if each else None for _, each in some],
                "also_in": [
                    _listed({*(row.also_in or ()), *((each.holder.also_in or ()) if each else ())})
                    for row, each in some
                ],
            }
            if some:
                self._change("plays.merge", values, is_deleted=is_deleted)

    def _change(self, name: str, values: dict[str, Any], *, is_deleted: bool) -> None:
        """Run a statement that changes plays, or its like for those that were taken out."""
        query = statement(name)
        if is_deleted:
            query = query.replace("UPDATE plays", "UPDATE deleted_plays").replace(
                "DELETE FROM plays", "DELETE FROM deleted_plays"
            )
        self._cursor.execute(query, {**self._around, **values})

    def release(self, sightings: "Sequence[Sighting]") -> None:
        """What the API has seen, and a better division gives to no row of the export, is a play of its own again."""
        for each in sightings:
            values = {
                "user_id": self._user_id,
                "at": each.at,
                "item_key": each.item_key,
                "context_uri": each.context_uri,
            }
            self._cursor.execute(statement("plays.release"), values)

    def note_others(self, pairs: "Sequence[tuple[Stored, Stored]]", source: str) -> None:
        """Of each pair, the first row says that `source`, which has told the second, knows of it, too."""
        for is_deleted in (False, True):
            some = [(host, row) for host, row in pairs if host.is_deleted == is_deleted]
            values = {
                "places": _places(host for host, _ in some),
                "also_in": [
                    _listed({*(host.also_in or ()), source, *(row.also_in or ())}) for host, row in some
                ],
                "ms_played": [row.ms_played if host.source == API else None for host, row in some],
            }
            if some:
                self._change("plays.note_others", values, is_deleted=is_deleted)


def _listed(sources: set[str]) -> str | None:
    """Their names with commas between them, as the statements take them; NULL for none."""
    return ",".join(sorted(sources)) if sources else None


def _places(rows: "Iterable[Stored]") -> list[str]:
    return [row.place for row in rows]


def columns_of(keys: Sequence[tuple[datetime, str, int]]) -> dict[str, list[Any]]:
    """Rows, by played_at, item_key and part, as the arrays that a statement takes."""
    return {
        "played_at": [played_at for played_at, _, _ in keys],
        "item_key": [item_key for _, item_key, _ in keys],
        "part": [part for _, _, part in keys],
    }
