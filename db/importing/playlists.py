"""What the account data adds to the history of playlists: entries that were in a list on the day of the export, and are no more.

A playlist of the export has no id, and its name is all that tells it. It is told only where exactly one of the listener's own lists has
that name; what has been renamed, deleted, or has a namesake is left alone. What is in the export was in the list since its last
change, at the latest; that an entry is gone was seen when the list was read for the first time. Nothing follows from what an
export lacks: it takes nothing away. `YourLibrary.json` has no dates, so nothing is taken from it.
"""

from collections import Counter
from datetime import UTC, date, datetime, time

from psycopg2.extensions import cursor as Cursor

from utils.database.statements import statement
from utils.history.found import HistoryFile
from utils.history.library_files import ExportedPlaylist, read_playlists
from utils.job.run import Run


def add_playlists(run: Run, user_id: str, file: HistoryFile) -> Counter[str]:
    """Note what a file tells. How many lists are `told`, `unknown` or `newer` here, and how many `entries` were noted."""
    found = Counter[str]()
    with file.open() as stream, run.transaction() as cursor:
        for playlist in read_playlists(stream, file.name):
            found.update(_add(cursor, user_id, playlist))
    return found


def _add(cursor: Cursor, user_id: str, playlist: ExportedPlaylist) -> dict[str, int]:
    cursor.execute(statement("importing.own_playlists"), {"user_id": user_id, "name": playlist.name})
    lists = cursor.fetchall()
    if len(lists) != 1:
        return {"unknown": 1}
    ((playlist_id, first_read_at),) = lists
    as_of = _midnight(playlist.last_modified_on)
    if first_read_at is None or as_of is None or as_of >= first_read_at:
        return {"newer": 1}
    items = {item.uri: item for item in playlist.items if item.uri}
    values = {
        "user_id": user_id,
        "playlist_id": playlist_id,
        "removed_at": first_read_at,
        "item_uri": list(items),
        "first_seen_at": [_midnight(item.added_on) or as_of for item in items.values()],
        "name": [item.name for item in items.values()],
        "artists": [item.artist_name for item in items.values()],
    }
    cursor.execute(statement("importing.add_entries"), values)
    return {"told": 1, "entries": cursor.rowcount}


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
