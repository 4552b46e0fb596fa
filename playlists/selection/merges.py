"""What a listener has merged: tracks of one recording that the rule does not see as one (`./run plays merge`)."""

from collections.abc import Sequence
from dataclasses import replace

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.track import Track
from utils.database.statements import statement


def with_merges(cursor: Cursor, user_id: str, tracks: Sequence[Track]) -> list[Track]:
    """The tracks, each with the ids of those that the listener has merged with it."""
    cursor.execute(statement("corrections.merged_with"), {"user_id": user_id})
    merged = {track_id: frozenset(other_ids) for track_id, other_ids in cursor.fetchall()}
    if not merged:
        return list(tracks)
    return [replace(track, merged_with=merged.get(track.track_id, frozenset())) for track in tracks]
