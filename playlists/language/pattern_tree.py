"""The tree of a pattern after parsing, and the pattern in PostgreSQL's syntax."""

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
