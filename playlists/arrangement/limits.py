"""Limits a list by count, by share, or by playing time."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from playlists.arrangement.chance import Chance
from playlists.arrangement.order import sort_tracks
from playlists.arrangement.track import Track
from playlists.language.model import Limit


def limit_tracks(tracks: Sequence[Track], limit: Limit, chance: Chance) -> list[Track]:
    """Keep the first tracks, in the order given or in the order `limit.by`; the order of the result is as given.

    A share is rounded up, so that a list that is not empty stays so. A playing time ends before the first track that
    would exceed it; tracks of unknown duration are left out, since with them the playing time would not be known.
    """
    if limit.by:
        chosen = {track.track_id for track in _first(sort_tracks(tracks, limit.by, chance), limit)}
        return [track for track in tracks if track.track_id in chosen]
    return _first(tracks, limit)


def _first(tracks: Sequence[Track], limit: Limit) -> list[Track]:
    if limit.count is not None:
        return list(tracks[: limit.count])
    if limit.percent is not None:
        # As a fraction of its decimal text: 7 % of 100 tracks are 7. A binary float would be rounded up to 8.
        return list(tracks[: ceil(len(tracks) * Fraction(str(limit.percent)) / 100)])
    if limit.duration_ms is not None:
        return _first_of_duration(tracks, limit.duration_ms)
    return list(tracks)


def _first_of_duration(tracks: Sequence[Track], longest_ms: int) -> list[Track]:
    kept, total = [], 0
    for track in tracks:
        if track.duration_ms is None:
            continue
        total += track.duration_ms
        if total > longest_ms:
            break
        kept.append(track)
    return kept
