"""Arranges selected tracks into a list, within its caps and limits, and puts lists together from blocks."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import filterfalse, islice
from math import ceil
from typing import Literal

from playlists.arrangement.dedupe import dedupe, tell_repeats, without_repeats
from playlists.arrangement.groups import album_or_itself, artist_or_itself, at_most, random_group, round_robin
from playlists.arrangement.order import Chance, shuffle_tracks, sort_tracks
from playlists.arrangement.separation import separate_artists
from playlists.arrangement.track import Track
from playlists.language.model import Arrangement, Dedupe, Limit


def arrange(tracks: Sequence[Track], arrangement: Arrangement, chance: Chance) -> list[Track]:
    """Make a list of the selected tracks, by the steps in the order that `Arrangement` gives.

    Without sort and shuffle the tracks stay in the order given. The same input gives the same list everywhere. No track is
    in it twice. Raises ValueError for a track that was selected without a value that the order asks for.
    """
    separation = arrangement.separation
    arranged = dedupe(tracks, arrangement.dedupe)
    if arrangement.sort:
        arranged = sort_tracks(arranged, arrangement.sort, chance)
    if arrangement.shuffle:
        arranged = shuffle_tracks(arranged, arrangement.shuffle, chance)
    if arrangement.random_group:
        arranged = random_group(arranged, arrangement.random_group, chance)
    if arrangement.per_artist is not None:
        arranged = at_most(arranged, arrangement.per_artist, artist_or_itself)
    if arrangement.per_album is not None:
        arranged = at_most(arranged, arrangement.per_album, album_or_itself)
    if arrangement.round_robin:
        arranged = round_robin(arranged, arrangement.round_robin)
    if separation and separation.otherwise == "drop":
        arranged = separate_artists(arranged, separation)
    arranged = limit_tracks(arranged[arrangement.offset :], arrangement.limit, chance)
    if separation and separation.otherwise == "reorder":
        arranged = separate_artists(arranged, separation)
    return arranged


def mix_blocks(
    parts: Sequence[tuple[Sequence[Track], int]], how: Literal["in_turn", "alternate"], same: Dedupe = "id"
) -> list[Track]:
    """Put blocks together as one list: one block after another, or alternately `take` tracks of each until all are empty.

    `parts`: (tracks, take) of each block. No track is in the list twice: the first occurrence counts, and where blocks
    alternate, the next track of the block takes the place of a repeat. `same`: what of tracks in turn is a repeat.
    """
    if how == "in_turn":
        return without_repeats(track for tracks, _ in parts for track in tracks)
    taken: list[Track] = []
    is_repeat = tell_repeats(same)
    waiting = [(filterfalse(is_repeat, tracks), take) for tracks, take in parts]
    while waiting:
        waiting = [(rest, take) for rest, take in waiting if _take(rest, take, taken)]
    return taken


def _take(tracks: Iterator[Track], count: int, taken: list[Track]) -> bool:
    """Move `count` tracks to `taken`; False where there were fewer."""
    moved = list(islice(tracks, count))
    taken += moved
    return len(moved) == count


# Caps and limits


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
