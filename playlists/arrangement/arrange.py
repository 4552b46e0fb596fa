"""From selected tracks to a list: the steps of an arrangement, and lists put together from parts."""

from collections.abc import Iterator, Sequence
from typing import Literal

from playlists.arrangement.chance import Chance
from playlists.arrangement.dedupe import dedupe, without_repeats
from playlists.arrangement.groups import album_or_itself, artist_or_itself, at_most, random_group, round_robin
from playlists.arrangement.limits import limited
from playlists.arrangement.order import shuffle_tracks, sort_tracks
from playlists.arrangement.separation import separate
from playlists.arrangement.track import Track
from playlists.language.model import Arrangement


def arrange(tracks: Sequence[Track], arrangement: Arrangement, chance: Chance) -> list[Track]:
    """The list: the steps in the order that `Arrangement` gives. Without sort and shuffle the order given stays.

    The same input gives the same list everywhere. No track is in it twice. Raises ValueError for a track that was
    selected without a value that the order asks for.
    """
    plan, found = arrangement, dedupe(tracks, arrangement.dedupe)
    if plan.sort:
        found = sort_tracks(found, plan.sort, chance)
    if plan.shuffle:
        found = shuffle_tracks(found, plan.shuffle, chance)
    if plan.random_group:
        found = random_group(found, plan.random_group, chance)
    if plan.per_artist is not None:
        found = at_most(found, plan.per_artist, artist_or_itself)
    if plan.per_album is not None:
        found = at_most(found, plan.per_album, album_or_itself)
    if plan.round_robin:
        found = round_robin(found, plan.round_robin)
    if plan.separation and plan.separation.otherwise == "drop":
        found = separate(found, plan.separation)
    found = limited(found[plan.offset :], plan.limit, chance)
    if plan.separation and plan.separation.otherwise == "reorder":
        found = separate(found, plan.separation)
    return found


def mix(parts: Sequence[tuple[Sequence[Track], int]], how: Literal["in_turn", "alternate"]) -> list[Track]:
    """Parts as one list: one after another, or in turn so many of each as stands beside it, until all are empty.

    No track is in it twice: the first occurrence counts, and in turn the next track takes the place of a repeat.
    """
    if how == "in_turn":
        return without_repeats(track for tracks, _ in parts for track in tracks)
    taken: dict[str, Track] = {}
    waiting = [(iter(tracks), take) for tracks, take in parts]
    while waiting:
        waiting = [(rest, take) for rest, take in waiting if _take(rest, take, taken)]
    return list(taken.values())


def _take(tracks: Iterator[Track], count: int, taken: dict[str, Track]) -> bool:
    """Take so many that are not taken yet; whether there were as many."""
    for _ in range(count):
        track = next((track for track in tracks if track.track_id not in taken), None)
        if track is None:
            return False
        taken[track.track_id] = track
    return True
