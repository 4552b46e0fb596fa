"""A playable release of the same recording in place of a track that the listener's market cannot play."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.dedupe import without_repeats
from playlists.arrangement.track import Track
from utils.database.statements import statement


def substitute_twins(
    cursor: Cursor, tracks: Sequence[Track], user_id: str, market: str | None
) -> list[Track]:
    """The tracks, with a twin in the place of each one known to be unplayable; without a twin, it is left out.

    A twin is a release that the database knows and the user has not excluded. It is sorted as the track that it stands
    for: genres, added_at, play_count and `values` are that one's. No track is in the result twice: one that was
    selected itself keeps its place and is no twin of another. Without a market nothing is known to be unplayable.
    """
    if not market or not tracks:
        return without_repeats(tracks)
    ids = [track.track_id for track in tracks]
    cursor.execute(statement("twins.playable"), {"user_id": user_id, "market": market, "ids": ids})
    found = {track_id: twin for track_id, *twin in cursor.fetchall()}  # for unplayable tracks only
    selected = set(ids)
    result = []
    for track in tracks:
        twin = found.get(track.track_id)
        if twin is None:
            result.append(track)
        elif twin[0] is not None and twin[0] not in selected:
            result.append(_stand_in(track, twin))
    return without_repeats(result)


def _stand_in(track: Track, twin: Sequence[Any]) -> Track:
    """The twin, as `twins.playable` gives it, in the role of the track."""
    (
        track_id,
        name,
        artist_ids,
        artists,
        album_id,
        album_name,
        release_date,
        duration_ms,
        isrc,
        is_playable,
    ) = twin
    return replace(
        track,
        track_id=track_id,
        name=name,
        artist_ids=tuple(artist_ids or ()),
        artists=tuple(artists or ()),
        album_id=album_id,
        album_name=album_name,
        release_date=release_date,
        duration_ms=duration_ms,
        isrc=isrc,
        is_playable=is_playable,
    )
