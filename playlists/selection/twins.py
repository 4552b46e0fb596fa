"""Replaces tracks that cannot be played in the listener's market by twins: playable releases of the same recording."""

from collections.abc import Sequence
from typing import Any

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.dedupe import without_repeats
from playlists.arrangement.track import Track
from playlists.selection.tracks import with_merges
from utils.database.statements import statement


def substitute_twins(
    cursor: Cursor, tracks: Sequence[Track], user_id: str, market: str | None
) -> list[Track]:
    """Replace each track known to be unplayable by its twin, or leave it out where it has none.

    A twin is a release that the database knows and the user has not excluded. It is sorted like the track that it
    replaces: it gets the genres, added_at, play_count and `values` of that. No track is in the result twice: a twin that
    was selected itself keeps its own place. Without a market, no track is known to be unplayable.
    """
    if not market or not tracks:
        return without_repeats(tracks)
    ids = [track.track_id for track in tracks]
    cursor.execute(statement("twins.playable"), {"user_id": user_id, "market": market, "ids": ids})
    twins = {track_id: twin for track_id, *twin in cursor.fetchall()}  # of unplayable tracks only
    selected = set(ids)
    result = []
    for track in tracks:
        twin = twins.get(track.track_id)
        if twin is None:
            result.append(track)
        elif twin[0] is not None and twin[0] not in selected:
            result.append(_stand_in(track, twin))
    return with_merges(cursor, user_id, without_repeats(result))


def _stand_in(track: Track, twin: Sequence[Any]) -> Track:
    """The track with the values of its twin, a row of `twins.playable`, in place of its own."""
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
    return track._replace(
        track_id=track_id,
        name=name,
        artist_ids=artist_ids or (),
        artists=artists or (),
        album_id=album_id,
        album_name=album_name,
        release_date=release_date,
        duration_ms=duration_ms,
        isrc=isrc,
        is_playable=is_playable,
    )
