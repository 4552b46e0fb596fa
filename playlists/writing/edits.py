"""Works out edits that turn one list into another: removals, moves and additions."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Literal

from playlists.writing.steps import CALL_MAX, PLAYLIST_MAX, Add, Move, Remove, Step, is_addressable, moved
from utils.increasing import longest_increasing

# What comes first. With "turns", what is removed and added again goes and comes part by part, in the order that is wanted; with
# "copies", all copies of one item after another, behind what else is added or before it.
First = Literal["removals", "additions", "turns", "copies", "additions, copies"]


class _TooManyCallsError(Exception):
    """Raised where an edit needs more calls than another way that is known already, or cannot be made in this order."""


class Edit:
    """A list that is edited call by call, from `current` to `wanted`.

    Its items are tokens: the index in `wanted` for an item that stays, -1 - the index in `current` for one that is
    removed. The tokens `in_place` are always in the right order among each other; at the end these are all tokens.
    `readded`: URIs of which all occurrences are removed, and the wanted ones added again.
    """

    def __init__(self, current: list[str], wanted: list[str], readded: set[str]) -> None:
        self.current, self.wanted, self.readded = current, wanted, readded
        targets: defaultdict[str, deque[int]] = defaultdict(deque)
        for token, uri in enumerate(wanted):
            if uri not in readded:
                targets[uri].append(token)
        self.state = [
            targets[uri].popleft() if targets.get(uri) else -1 - place for place, uri in enumerate(current)
        ]
        kept = [token for token in self.state if token >= 0]
        forced = {token for token in kept if not is_addressable(wanted[token])}
        self.in_place = longest_increasing(_between(kept, forced) if forced else kept)
        self.to_move = set(kept) - set(self.in_place)
        self.to_add = sorted(set(range(len(wanted))) - set(kept))
        self.calls: list[Step] = []
        self.sizes = [len(current)]
        self.shortest = min(CALL_MAX, len(current), len(wanted))
        self.most: int | None = None

    def steps(self, *, first: First, most: int | None = None, may_lack: int = 0) -> list[Step] | None:
        """Make all edits; the calls, or None where they are more than `most`, or leave too few or too many items in between.

        `may_lack`: so many items the list may be shorter in between than it otherwise has to be.
        """
        self.most = most
        self.shortest -= may_lack
        try:
            if first.startswith("additions"):
                self._add([token for token in self.to_add if self.wanted[token] not in self.readded])
            if first == "turns":
                self._take_turns()
            if first.endswith("copies"):
                self._thin_out()
            self._remove(self.current[-1 - token] for token in self.state if token < 0)
            self._move()
            self._add(self.to_add)
        except _TooManyCallsError:
            return None
        longest = max(PLAYLIST_MAX, len(self.current))
        return self.calls if self.shortest <= min(self.sizes) and max(self.sizes) <= longest else None

    def _call(self, step: Step) -> None:
        self.calls.append(step)
        self.sizes.append(len(self.state))
        if self.most is not None and len(self.calls) > self.most:
            raise _TooManyCallsError

    def _gap(self, token: int) -> int:
        """Between which two of the tokens in place a token belongs, counted from 0 before the first of them."""
        return bisect_left(self.in_place, token)

    def _place(self, token: int) -> int:
        """The place in the list where a token belongs: right behind the token in place before it."""
        gap = self._gap(token)
        return self.state.index(self.in_place[gap - 1]) + 1 if gap else 0

    def _add(self, tokens: Sequence[int]) -> None:
        """Add the tokens: one call per gap and 100 tokens. Tokens that still have to be moved may lie in a gap."""
        gaps: dict[int, list[int]] = defaultdict(list)
        for token in tokens:
            gaps[self._gap(token)].append(token)
        added = set(tokens)
        self.to_add = [token for token in self.to_add if token not in added]
        for run in gaps.values():
            for start in range(0, len(run), CALL_MAX):
                chunk = run[start : start + CALL_MAX]
                place = self._place(chunk[0])
                position = None if place == len(self.state) else place
                self.state[place:place] = chunk
                for token in chunk:
                    insort(self.in_place, token)
                self._call(Add(tuple(self.wanted[token] for token in chunk), position))

    def _remove(self, uris: Iterable[str]) -> None:
        going = list(dict.fromkeys(uris))
        for start in range(0, len(going), CALL_MAX):
            chunk = tuple(going[start : start + CALL_MAX])
            gone = set(chunk)
            self.state = [token for token in self.state if token >= 0 or self.current[-1 - token] not in gone]
            self._call(Remove(chunk))

    def _take_turns(self) -> None:
        """Add all that is to be added, in the order of `wanted`; before each call, remove what it adds again.

        So the list never lacks more than one call's items. What is not wanted goes in the same calls, as far as there is room.
        """
        waiting = deque(self.to_add)
        unwanted = deque(dict.fromkeys(self.current[-1 - token] for token in self.state if token < 0))
        held = Counter(self.current)
        removed: set[str] = set()
        while waiting:
            tokens: list[int] = []
            going: list[str] = []
            left = len(self.state)
            while waiting and len(tokens) < CALL_MAX:
                uri = self.wanted[waiting[0]]
                if uri in self.readded and uri not in removed:
                    if left - held[uri] < self.shortest:
                        break
                    left -= held[uri]
                    going.append(uri)
                    removed.add(uri)
                tokens.append(waiting.popleft())
            while unwanted and len(going) < CALL_MAX and left - held[unwanted[0]] >= self.shortest:
                uri = unwanted.popleft()
                if uri not in self.readded:
                    left -= held[uri]
                    going.append(uri)
            if not tokens:
                raise _TooManyCallsError
            self._remove(going)
            self._add(tokens)

    def _thin_out(self) -> None:
        """Remove all copies of what is readded, and add the wanted ones again: in one part as long as the list stays long enough meanwhile."""
        copies = Counter(self.current)
        tokens = [token for token in self.to_add if self.wanted[token] in self.readded]
        waiting = deque(dict.fromkeys(self.wanted[token] for token in tokens))
        while waiting:
            part = {waiting.popleft()}
            room = len(self.state) - self.shortest - sum(copies[uri] for uri in part)
            while waiting and len(part) < CALL_MAX and copies[waiting[0]] <= room:
                room -= copies[waiting[0]]
                part.add(waiting.popleft())
            self._remove(part)
            self._add([token for token in tokens if self.wanted[token] in part])

    def _move(self) -> None:
        """Move what is in the wrong order: one call per range of items that belongs to one gap."""
        while self.to_move:
            start = next(place for place, token in enumerate(self.state) if token in self.to_move)
            end = start + 1
            while end < len(self.state) and self._follows(self.state[end - 1], self.state[end]):
                end += 1
            run = self.state[start:end]
            place = self._place(run[0])
            if not start <= place <= end:  # else other calls have brought it to where it belongs
                step = Move(start, place, len(run))
                self.state = moved(self.state, step)
                self._call(step)
            self.to_move -= set(run)
            for token in run:
                insort(self.in_place, token)

    def _follows(self, token: int, following: int) -> bool:
        return following in self.to_move and token < following and self._gap(token) == self._gap(following)


def _between(tokens: list[int], forced: set[int]) -> list[int]:
    """The tokens that can be in an increasing subsequence together with all of `forced`."""
    following: list[int] = []
    least = len(tokens) + max(tokens, default=0) + 1
    for token in reversed(tokens):
        following.append(least)
        least = token if token in forced else least
    allowed, greatest = [], -1
    for token, least in zip(tokens, reversed(following), strict=True):
        if greatest < token < least:
            allowed.append(token)
            greatest = token if token in forced else greatest
    return allowed
