"""A pattern as a nondeterministic state machine, which walks a text once and follows all possible states at a time.

A step takes time for each state at most, so the time grows linearly with the length of the text. MAX_STATES is there
for PostgreSQL: it needs a quarter of a second to compile the worst pattern of that size, and 20 seconds for one four
times as large. So is MOST_BOUNDARIES: with 16 of them the worst takes 60 ms, with 24 PostgreSQL gives up.
"""

from dataclasses import dataclass

from playlists.language.pattern_tree import WORD, Anchor, Chain, Chars, Choice, Node, Ranges, Repeat

MAX_STATES = 500
MOST_BOUNDARIES = 16
DONE = 0


@dataclass(frozen=True)
class State:
    """A state that goes on to all of `following`, after a character of `ranges`; without ranges, at once.

    `sign`: it goes on only where this anchor is.
    """

    following: tuple[int, ...]
    ranges: Ranges = ()
    sign: str = ""


class Machine:
    """The states of a pattern. Raises ValueError for a pattern that needs too many."""

    def __init__(self, tree: Node) -> None:
        self._states = [State(())]  # DONE
        self._work = 0
        self._boundaries = 0
        self._first = self._add(tree, DONE)

    def fits(self, text: str) -> bool:
        """Whether the pattern fits somewhere in the text."""
        waiting: set[int] = set()
        before = ""
        for position in range(len(text) + 1):
            after = text[position] if position < len(text) else ""
            here = self._at(waiting | {self._first}, _anchors(before, after))
            if DONE in here:
                return True
            before = after
            if after:
                code = ord(after)
                waiting = {
                    following
                    for state in (self._states[number] for number in here)
                    if any(low <= code <= high for low, high in state.ranges)
                    for following in state.following
                }
        return False

    def _at(self, numbers: set[int], anchors: set[str]) -> set[int]:
        """The states `numbers`, and all that can be reached from them where these anchors are, without reading a character."""
        reached: set[int] = set()
        left = list(numbers)
        while left:
            number = left.pop()
            state = self._states[number]
            if number not in reached and (not state.sign or state.sign in anchors):
                reached.add(number)
                if not state.ranges:
                    left.extend(state.following)
        return reached

    def _new(self, state: State) -> int:
        self._states.append(state)
        return len(self._states) - 1

    def _add(self, node: Node, following: int) -> int:
        """Add the states of a node, which go on to `following`; the number of the first of them."""
        self._work += 1
        if max(self._work, len(self._states)) > MAX_STATES:
            raise ValueError("it is too large; fewer or smaller repetitions would do")
        match node:
            case Chars(ranges):
                return self._new(State((following,), ranges))
            case Anchor(sign):
                self._boundaries += sign in "bB"
                if self._boundaries > MOST_BOUNDARIES:
                    raise ValueError(
                        f"it has more than {MOST_BOUNDARIES} word boundaries (\\b), repetitions counted"
                    )
                return self._new(State((following,), sign=sign))
            case Chain(parts):
                for part in reversed(parts):
                    following = self._add(part, following)
                return following
            case Choice(options):
                return self._new(State(tuple(self._add(option, following) for option in options)))
            case Repeat():
                return self._repeat(node, following)

    def _repeat(self, node: Repeat, following: int) -> int:
        if node.high is None:
            loop = self._new(State(()))
            self._states[loop] = State((self._add(node.part, loop), following))
            following = loop
        else:
            end = following
            for _ in range(node.high - node.low):
                following = self._new(State((self._add(node.part, following), end)))
        for _ in range(node.low):
            following = self._add(node.part, following)
        return following


def _anchors(before: str, after: str) -> set[str]:
    """The anchors between two characters; each is empty where the text begins or ends."""
    found = {"B" if _is_of_word(before) is _is_of_word(after) else "b"}
    return found | {sign for sign, beside in (("^", before), ("$", after)) if not beside}


def _is_of_word(letter: str) -> bool:
    return bool(letter) and any(low <= ord(letter) <= high for low, high in WORD)
