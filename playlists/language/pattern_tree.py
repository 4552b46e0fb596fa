"""A pattern after parsing: as a tree, in PostgreSQL's syntax, and as a state machine, which Python asks.

The machine walks a text once and follows all possible states at a time, so its time grows linearly with the length of the text. It is also the
measure of what PostgreSQL can compile: MAX_STATES and MOST_BOUNDARIES are bounds for that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LAST = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]  # of code points, both ends included; sorted, apart from each other


@dataclass(frozen=True)
class Chars:
    """One character of the ranges."""

    ranges: Ranges


@dataclass(frozen=True)
class Anchor:
    """`^`, the start of the text; `$`, its end; `b`, where a word begins or ends; `B`, where none does."""

    sign: str


@dataclass(frozen=True)
class Chain:
    """Parts one after another; no parts: the empty text."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """Any one of the options."""

    options: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """A part from `low` to `high` times; `high` None: any number of times."""

    part: "Node"
    low: int
    high: int | None


Node = Chars | Anchor | Chain | Choice | Repeat
ANYTHING = Chars(((1, LAST),))


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The ranges sorted, and joined where they overlap or touch."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def opposite(ranges: Ranges) -> Ranges:
    """The ranges of all other characters, except code point 0, which no text in the database holds."""
    remaining = []
    start = 1
    for low, high in ranges:
        if low > start:
            remaining.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        remaining.append((start, LAST))
    return tuple(remaining)


_DIGIT: Ranges = ((0x30, 0x39),)
_SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
# Letters beyond ASCII by blocks, without punctuation and symbols: the same for every version of Unicode.
_LETTERS = ((0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x1FFF))
_FURTHER = ((0x2C00, 0x2DFF), (0x3040, 0xD7FF), (0xF900, 0xFDFF), (0xFE70, 0xFEFE), (0x10000, 0x1BFFF))
WORD = union([*_DIGIT, (0x5F, 0x5F), (0x61, 0x7A), *_LETTERS, *_FURTHER, (0x20000, 0x3FFFF)])
SETS = {"d": _DIGIT, "s": _SPACE, "w": WORD}
SETS |= {name.upper(): opposite(ranges) for name, ranges in SETS.items()}


def for_postgres(node: Node) -> str:
    """The pattern as an advanced regular expression of PostgreSQL, without its classes and shorthands."""
    match node:
        case Chars():
            return _chars(node)
        case Anchor(sign):
            return _BOUNDARIES.get(sign, sign)
        case Chain(parts):
            return "".join(for_postgres(part) for part in parts) or "(?:)"
        case Choice(options):
            return f"(?:{'|'.join(for_postgres(option) for option in options)})"
        case Repeat(part, low, high):
            inner = for_postgres(part)
            return f"{inner if isinstance(part, Chars) else f'(?:{inner})'}{_times(low, high)}"


def _chars(chars: Chars) -> str:
    if chars == ANYTHING:
        return "."
    ((low, high), *further) = chars.ranges
    if low == high and not further:
        return _escaped(low)
    inside = (_escaped(a) if a == b else f"{_escaped(a)}-{_escaped(b)}" for a, b in chars.ranges)
    return f"[{''.join(inside)}]"


def _escaped(code: int) -> str:
    letter = chr(code)
    if letter.isascii() and letter.isalnum():
        return letter
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


_WORD = _chars(Chars(WORD))
# PostgreSQL's own \y goes by the database's locale.
_BOUNDARIES = {
    "b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}


def _times(low: int, high: int | None) -> str:
    if high is None:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    return "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"


# A pattern as a nondeterministic state machine, which walks a text once and follows all possible states at a time

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
