"""Artists kept apart: at least so many other tracks between two of the same main artist.

Let w be the distance plus one, and cut what is still to be placed into blocks of w from the end; the first block may
be shorter, p places. A placement is possible exactly when no artist has more tracks left than there are blocks, and
at most p artists have that many. Each place then goes to the first track, in the order given, that leaves a
possible rest: any artist who has rested, unless p artists must have a place in this block; then one of these.
tests/playlists/arrangement/test_separation.py compares that with every permutation of small lists.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from heapq import heappop, heappush

from playlists.arrangement.groups import artist_or_itself, at_most
from playlists.arrangement.track import Track
from playlists.language.model import Separation


def separate(tracks: Sequence[Track], wish: Separation) -> list[Track]:
    """The tracks with artists apart, as close to the order given as that allows.

    Where it is possible, the result is the first of all possible ones: each place has the earliest track that it can
    have. Where it is not, `drop` leaves out as few tracks as will do, the last ones of the artists with the most.
    `reorder` keeps all tracks as far apart as is possible for all, and those at the distance wished for that can be;
    where an artist has more than half of the list, no two of its tracks meet until its surplus follows at the end.
    """
    distance = wish.distance
    possible = drop_surplus(tracks, distance)
    if wish.otherwise == "drop" or len(possible) == len(tracks):
        return _place(possible, distance, distance)
    least = _possible_distance(tracks, distance)
    if least:
        return _place(tracks, distance, least)
    body = drop_surplus(tracks, 1)
    kept = {track.track_id for track in body}
    return _place(body, distance, 1) + [track for track in tracks if track.track_id not in kept]


def drop_surplus(tracks: Sequence[Track], distance: int) -> list[Track]:
    """The most tracks that can be placed: the first ones of each artist, in the order given.

    With at most k per artist there are k - 1 times w places before the last round. What all artists can fill of these
    with at most k - 1 each decides about k.
    """
    counts = Counter(artist_or_itself(track) for track in tracks)
    return at_most(tracks, _most_per_artist(list(counts.values()), distance), artist_or_itself)


def _most_per_artist(counts: Sequence[int], distance: int) -> int:
    """How many tracks of one artist can be placed at the most. `counts`: the tracks of each artist."""
    of_size = Counter(counts)
    artists, filled, most = len(counts), 0, 1
    while artists:
        filled += artists  # the tracks of all artists, at most `most` each
        if filled < most * (distance + 1):
            break
        artists -= of_size[most]
        most += 1
    return most


def _possible_distance(tracks: Sequence[Track], wished: int) -> int:
    """The largest distance, at most the one wished for, at which all tracks can be placed; maybe 0."""
    counts = Counter(artist_or_itself(track) for track in tracks)
    most = max(counts.values(), default=0)
    if most < 2:
        return wished
    with_most = sum(count == most for count in counts.values())
    # (most - 1) rounds of w places, and one place more for each artist of the last round
    return min(wished, (len(tracks) - with_most) // (most - 1) - 1)


def _place(tracks: Sequence[Track], wished: int, least: int) -> list[Track]:
    """All tracks, artists `least` apart, which has to be possible; and `wished` apart where there is a choice."""
    artist_of = [artist_or_itself(track) for track in tracks]
    waiting = _Waiting(artist_of)
    placed: list[int] = []
    last_place: dict[str, int] = {}
    for place in range(len(tracks)):
        if place > least:
            waiting.rested_least(artist_of[placed[place - least - 1]])
        if place > wished:
            artist = artist_of[placed[place - wished - 1]]
            if last_place[artist] == place - wished - 1:
                waiting.rested_fully(artist)
        left = len(tracks) - place
        blocks = -(-left // (least + 1))
        index = waiting.take(blocks, left - (blocks - 1) * (least + 1))
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
        self.artists_with = Counter(len(queue) for queue in self.queues.values())  # so many tracks left
        self.full: list[int] = []  # a heap: rested for the distance wished for
        self.by_left: dict[int, list[int]] = defaultdict(list)  # heaps, by tracks left: rested for the least
        self.least: deque[int] = deque()  # likewise, the longest rested first
        for artist in self.queues:
            self.rested_least(artist)
            self.rested_fully(artist)

    def rested_least(self, artist: str) -> None:
        """The artist may be placed again."""
        if queue := self.queues[artist]:
            heappush(self.by_left[len(queue)], queue[0])
            self.least.append(queue[0])

    def rested_fully(self, artist: str) -> None:
        """The artist is as far from its last place as was wished for."""
        if queue := self.queues[artist]:
            heappush(self.full, queue[0])

    def take(self, blocks: int, places: int) -> int:
        """The track for the next place: the first block of `blocks` has so many places left."""
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
