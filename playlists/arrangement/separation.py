"""Keeps artists apart: at least `distance` other tracks lie between two of the same main artist.

Let w be the distance plus one. Divide the places that are still empty into blocks of w, from the end; the first block may
be shorter, with p places. The tracks left can be placed exactly when no artist has more of them than there are blocks,
and at most p artists have as many. So each place gets the first track, in the order given, of an artist who has rested
for the distance. But where p artists have as many tracks left as there are blocks, each of them needs one of the p
places of this block, and the place gets a track of theirs.
tests/playlists/arrangement/test_separation.py compares the result with every permutation of small lists.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from heapq import heappop, heappush

from playlists.arrangement.groups import artist_or_itself, at_most
from playlists.arrangement.track import Track
from playlists.language.model import Separation


def separate_artists(tracks: Sequence[Track], separation: Separation) -> list[Track]:
    """Order the tracks so that those of one artist are apart, as close to the order given as that allows.

    Where all can be placed at the distance, the result is the first of all possible orders: each place has the earliest
    track that it can have. Where they cannot, `drop` leaves out as few tracks as possible, the last ones of the artists
    with the most. `reorder` keeps all tracks at the largest distance that is possible for all, and at the full distance
    where there is a choice; where an artist has more than half of the list, its surplus follows at the end.
    """
    distance = separation.distance
    placeable = drop_surplus(tracks, distance)
    if separation.otherwise == "drop" or len(placeable) == len(tracks):
        return _place(placeable, distance, distance)
    least_distance = _possible_distance(tracks, distance)
    if least_distance:
        return _place(tracks, distance, least_distance)
    body = drop_surplus(tracks, 1)
    in_body = {track.track_id for track in body}
    return _place(body, distance, 1) + [track for track in tracks if track.track_id not in in_body]


def drop_surplus(tracks: Sequence[Track], distance: int) -> list[Track]:
    """Keep as many tracks as can be placed: the first ones of each artist, in the order given.

    With at most k tracks per artist there are (k - 1) * w places before the last round. If all artists together, with at
    most k - 1 tracks each, can fill these places, k is possible.
    """
    counts = Counter(artist_or_itself(track) for track in tracks)
    return at_most(tracks, _most_per_artist(list(counts.values()), distance), artist_or_itself)


def _most_per_artist(counts: Sequence[int], distance: int) -> int:
    """The largest number of tracks of one artist that can be placed. `counts`: the number of tracks of each artist."""
    of_size = Counter(counts)
    artists, filled, most = len(counts), 0, 1
    while artists:
        filled += artists  # the tracks of all artists, at most `most` each
        if filled < most * (distance + 1):
            break
        artists -= of_size[most]
        most += 1
    return most


def _possible_distance(tracks: Sequence[Track], distance: int) -> int:
    """The largest distance, at most the one given, at which all tracks can be placed; it may be 0."""
    counts = Counter(artist_or_itself(track) for track in tracks)
    most = max(counts.values(), default=0)
    if most < 2:
        return distance
    artists_with_most = sum(count == most for count in counts.values())
    # (most - 1) rounds of w places, and one place more for each artist of the last round
    return min(distance, (len(tracks) - artists_with_most) // (most - 1) - 1)


def _place(tracks: Sequence[Track], distance: int, least_distance: int) -> list[Track]:
    """Place all tracks: artists `least_distance` apart, which has to be possible, and `distance` where there is a choice."""
    artist_of = [artist_or_itself(track) for track in tracks]
    waiting = _Waiting(artist_of)
    placed: list[int] = []
    last_place: dict[str, int] = {}
    for place in range(len(tracks)):
        if place > least_distance:
            waiting.rested_least(artist_of[placed[place - least_distance - 1]])
        if place > distance:
            artist = artist_of[placed[place - distance - 1]]
            if last_place[artist] == place - distance - 1:
                waiting.rested_fully(artist)
        left = len(tracks) - place
        blocks = -(-left // (least_distance + 1))
        index = waiting.take(blocks, left - (blocks - 1) * (least_distance + 1))
        placed.append(index)
        last_place[artist_of[index]] = place
    return [tracks[index] for index in placed]


class _Waiting:
    """The tracks not placed yet, by index. Each heap holds the next track of artists that have rested.

    A track that was placed through one of the heaps stays in the others until it comes up there.
    """

    def __init__(self, artist_of: Sequence[str]) -> None:
        self.artist_of = artist_of
        self.queues: dict[str, deque[int]] = defaultdict(deque)
        for index, artist in enumerate(artist_of):
            self.queues[artist].append(index)
        self.artists_with = Counter(
            len(queue) for queue in self.queues.values()
        )  # tracks left → number of artists
        self.full: list[int] = []  # a heap: artists who have rested for the full distance
        self.by_left: dict[int, list[int]] = defaultdict(
            list
        )  # heaps, by tracks left: rested for the least distance
        self.least: deque[int] = deque()  # the same tracks, the longest rested first
        for artist in self.queues:
            self.rested_least(artist)
            self.rested_fully(artist)

    def rested_least(self, artist: str) -> None:
        """Note that the artist has rested for the least distance, and may be placed again."""
        if queue := self.queues[artist]:
            heappush(self.by_left[len(queue)], queue[0])
            self.least.append(queue[0])

    def rested_fully(self, artist: str) -> None:
        """Note that the artist has rested for the full distance."""
        if queue := self.queues[artist]:
            heappush(self.full, queue[0])

    def take(self, blocks: int, places: int) -> int:
        """Take the track for the next place. `places`: how many the first of the `blocks` has left."""
        if self.artists_with[blocks] == places:
            index = self._next(self.by_left[blocks])
        else:
            index = self._next(self.full)
        if index is None:
            index = self._longest_rested()
        queue = self.queues[self.artist_of[index]]
        self.artists_with[len(queue)] -= 1
        queue.popleft()
        self.artists_with[len(queue)] += 1
        return index

    def _is_waiting(self, index: int) -> bool:
        queue = self.queues[self.artist_of[index]]
        return bool(queue) and queue[0] == index

    def _next(self, heap: list[int]) -> int | None:
        while heap:
            index = heappop(heap)
            if self._is_waiting(index):
                return index
        return None

    def _longest_rested(self) -> int:
        while not self._is_waiting(self.least[0]):
            self.least.popleft()
        return self.least[0]
