"""Recordings that the rule does not see as one, and the listener does: plays of the one count for the other."""

from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from db.corrections.named import SeveralError, Thing, find, is_by_name
from db.corrections.stored_plays import FOLLOWS
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.text_table import text_table


def merge(cursor: Cursor, user_id: str, wanted: str, goal: str, now: datetime) -> str:
    """Let plays of a track's recording count for another's. What is said about it. Raises SettingsError."""
    one, other = _track(cursor, user_id, wanted), _track(cursor, user_id, goal)
    track_id, into_id = one.item_ids[0], other.item_ids[0]
    if track_id == into_id:
        raise SettingsError("That is one track.", "Give the two tracks that are to count as one.")
    through = ""
    cursor.execute(statement("corrections.goal_of"), {"user_id": user_id, "track_id": into_id})
    for (further,) in cursor.fetchall():
        into_id, through = further, f", which was merged into spotify:track:{further}"
    if into_id == track_id:
        raise SettingsError(
            "The two are one already.",
            "./run plays merged shows what is merged; ./run plays unmerge parts it.",
        )
    values = {"user_id": user_id, "track_id": track_id, "into_id": into_id, "now": now}
    cursor.execute(statement("corrections.merge"), values)
    return f"{one} counts for {other}{through}. {FOLLOWS}"


def unmerge(cursor: Cursor, user_id: str, wanted: str) -> str:
    """Let a recording count for itself again. What is said about it. Raises SettingsError."""
    merges = _merges(cursor, user_id)
    thing = find(cursor, user_id, wanted, ("track",), only_played=False)
    ids = [row[0] for row in merges if row[0] in thing.item_ids]
    if not ids:
        raise SettingsError(f"{thing} was not merged into anything.", "./run plays merged shows what was.")
    for track_id in ids:
        cursor.execute(statement("corrections.unmerge"), {"user_id": user_id, "track_id": track_id})
    return f"{thing} counts for itself again. {FOLLOWS}"


def merged(cursor: Cursor, user_id: str) -> str:
    """What is merged into what."""
    rows = _merges(cursor, user_id)
    if not rows:
        return "no recordings are merged\n"
    return text_table(
        ("track", "artist", "uri", "counts for", "artist", "uri"),
        [
            (name, artist, f"spotify:track:{track_id}", into, into_artist, f"spotify:track:{into_id}")
            for track_id, name, artist, into_id, into, into_artist in rows
        ],
    )


def _merges(cursor: Cursor, user_id: str) -> list[tuple[str, ...]]:
    cursor.execute(statement("corrections.merges"), {"user_id": user_id})
    return cursor.fetchall()


def _track(cursor: Cursor, user_id: str, wanted: str) -> Thing:
    """One track with an id of Spotify's: what is known by its names alone is no recording yet."""
    thing = find(cursor, user_id, wanted, ("track",), only_played=False)
    known = tuple(item_id for item_id in thing.item_ids if not is_by_name(item_id))
    if not known:
        raise SettingsError(
            f"{thing} is known by its names alone, from an import.", "Only tracks with an id can be merged."
        )
    if len(known) > 1:
        raise SeveralError(
            f"{wanted!r} is the name of {len(known)} tracks; they stand above.",
            "Give the URI of one.",
            text_table(
                ("uri", "name", "artist"),
                [(f"spotify:track:{each}", thing.name, thing.artist) for each in known],
            ),
        )
    return Thing("track", known, thing.name, thing.artist)
