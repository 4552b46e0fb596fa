"""Where a list that was read in parts stands against the contents that are known of it from before.

An entry is aligned with the place in the known contents that it came from. Where the entries at both ends of what was not
read have the same distance now as they had, nothing has come or gone between them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple


class Gap(NamedTuple):
    """Places `start` up to `end`, without it, that were not read. `is_same`: nothing seems to have changed in them."""

    start: int
    end: int
    is_same: bool


class _Run(NamedTuple):
    """Entries that still follow each other: the place of the first now and before, and how many they are."""

    now: int
    before: int
    length: int


class Alignment:
    """The entries of a list of `size` read so far, against `known`, which is complete. `found`: None for what was not read."""

    def __init__(self, known: Sequence[str], size: int) -> None:
        self.known = known
        self.found: list[str | None] = [None] * size
        counts = Counter(known)
        # What is there twice does not say from which of its places it comes.
        self._place = {uri: place for place, uri in enumerate(known) if counts[uri] == 1}

    def add(self, found: Mapping[int, str]) -> None:
        """Take what was read, by place."""
        for place, uri in found.items():
            self.found[place] = uri

    def gaps(self) -> list[Gap]:
        """The stretches that were not read, in order. There is none before the first entry: it has to be read."""
        gaps, place, size = [], 0, len(self.found)
        while place < size:
            end = place
            while end < size and self.found[end] is None:
                end += 1
            if end > place:
                gaps.append(Gap(place, end, self._is_same(place, end)))
            place = max(end, place + 1)
        return gaps

    def presumed(self) -> list[str]:
        """All entries, where every gap is the same."""
        whole = list(self.found)
        for gap in self.gaps():
            before = self._before(gap.start - 1)
            assert gap.is_same
            assert before is not None
            whole[gap.start : gap.end] = self.known[before + 1 : before + 1 + gap.end - gap.start]
        return [uri if uri is not None else "" for uri in whole]

    def edits(self) -> int:
        """How many edits are the least that what was read can come from, if every gap is the same.

        An exchange of as many entries as there were in their place is none: that may be another id of the same track.
        """
        runs = [_Run(-1, -1, 1), *self._runs(), _Run(len(self.found), len(self.known), 1)]
        is_there = {place for run in runs for place in range(run.before, run.before + run.length)}
        edits = 0
        for run, following in pairwise(runs):
            new = following.now - (run.now + run.length)
            if following.before < run.before + run.length:
                edits += 1 + (new > 0)
                continue
            lost = sum(place not in is_there for place in range(run.before + run.length, following.before))
            if lost != new:
                edits += (lost > 0) + (new > 0)
        return edits

    def _before(self, place: int) -> int | None:
        """Where the entry at a place was before; None where that is not certain, or it was not there."""
        uri = self.found[place] if place >= 0 else None
        return self._place.get(uri) if uri is not None else None

    def _is_same(self, start: int, end: int) -> bool:
        first = self._before(start - 1)
        last = self._before(end) if end < len(self.found) else len(self.known)
        return first is not None and last is not None and last - first == end - (start - 1)

    def _runs(self) -> Iterator[_Run]:
        """The entries that were there before, as far as they still follow each other; a gap that is the same is one with both ends."""
        run: _Run | None = None
        for place, uri in enumerate(self.found):
            following = run.before + run.length if run is not None else len(self.known)
            is_next = run is not None and place == run.now + run.length and following < len(self.known)
            if run is not None and is_next and uri in (None, self.known[following]):
                run = run._replace(length=run.length + 1)
                continue
            before = self._before(place)
            if before is not None:
                if run is not None:
                    yield run
                run = _Run(place, before, 1)
        if run is not None:
            yield run
