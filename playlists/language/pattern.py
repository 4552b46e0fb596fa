r"""Patterns of `matches`: regular expressions that take linear time, and mean the same in Python and in PostgreSQL.

Letters, `.`, classes such as `[a-z]` and `[^0-9]`, `\d` `\w` `\s` and their opposites, groups, `|`, `? * + {2,5}`, `^`, `$`, and `\b` for the
beginning or end of a word (`\B`: neither). `.` is any character; `\w` is a letter of any script, a digit, or `_`. Patterns ignore case and
accents, so `(?i)` says nothing new; nor does `?` behind a repetition (`.*?`), because it does not matter where a pattern fits.
"""

import unicodedata
from dataclasses import dataclass, field

from playlists.language.pattern_tree import (
    ANYTHING,
    SETS,
    Anchor,
    Chain,
    Chars,
    Choice,
    Machine,
    Node,
    Ranges,
    Repeat,
    for_postgres,
    opposite,
    union,
)
from playlists.language.texts import fold

LONGEST = 500
MAX_DEPTH = 30
MOST_TIMES = 255  # PostgreSQL's own bound
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}
_WIDEST_RANGE = 2000
_AFTER_QUESTION_MARK = {
    "=": "look-around",
    "!": "look-around",
    "<": "look-around and named groups",
    "P": "named groups and references to them",
    ">": "an atomic group",
    "#": "a comment",
}


@dataclass(frozen=True)
class Pattern:
    """A pattern, as the operator `matches` takes it. Two patterns are equal if they have the same text."""

    text: str
    postgres: str = field(compare=False, repr=False)  # the same pattern for PostgreSQL's operator `~`
    machine: Machine = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def fits(self, folded: str) -> bool:
        """Whether the pattern fits somewhere in a folded text."""
        return self.machine.fits(folded)


def compile_pattern(text: str) -> Pattern:
    """Compile a pattern. Raises ValueError that says what is not supported, and at which character."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("it holds a character that no text can hold")
    if text == "(?i)":
        raise ValueError("nothing stands behind (?i), so that it would fit every text")
    tree = _Reader(unicodedata.normalize("NFC", text)).whole()
    return Pattern(text, for_postgres(tree), Machine(tree))


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        tree = self._choice()
        if self._next():
            raise self._error_at("this ) closes nothing")
        return tree

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _error_at(self, what: str, at: int | None = None) -> ValueError:
        return ValueError(f"{what} (character {(self._at if at is None else at) + 1})")

    def _choice(self) -> Node:
        options = [self._chain()]
        while self._next() == "|":
            self._take()
            options.append(self._chain())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _chain(self) -> Node:
        parts: list[Node] = []
        while self._next() not in ("", "|", ")"):
            start = self._at
            part = self._part()
            if self._next() and self._next() in "?*+{":
                if isinstance(part, Anchor) and self._text[start] != "(":
                    raise self._error_at(f"{self._text[start : self._at]} cannot be repeated", start)
                part = self._repeated(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _part(self) -> Node:
        start = self._at
        sign = self._take()
        match sign:
            case ".":
                return ANYTHING
            case "^" | "$":
                return Anchor(sign)
            case "(":
                return self._group(start)
            case "[":
                return self._class(start)
            case "\\" if self._next() and self._next() in "bB":
                return Anchor(self._take())
            case "\\":
                escaped = self._escape(start)
                return Chars(escaped) if isinstance(escaped, tuple) else _literal(escaped)
            case "?" | "*" | "+" | "{":
                raise self._error_at(
                    f"there is nothing to repeat before {sign}; for the sign itself write \\{sign}", start
                )
        return _literal(sign)

    def _group(self, start: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error_at(f"groups are nested more than {MAX_DEPTH} deep", start)
        if self._next() == "?":
            self._take()
            if start == 0 and self._text.startswith("(?i)"):  # case is ignored anyway
                self._at += len("i)")
                self._depth -= 1
                return Chain(())
            if self._text.startswith("i:", self._at):
                self._take()
            kind = self._next()
            if kind != ":":
                raise self._error_at(f"{_AFTER_QUESTION_MARK.get(kind, 'a flag')} is not supported", start)
            self._take()
        inner = self._choice()
        if not self._next():
            raise self._error_at("this ( is never closed", start)
        self._take()
        self._depth -= 1
        return inner

    def _repeated(self, part: Node) -> Node:
        start = self._at
        sign = self._take()
        low, high = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(sign) or self._bounds(start)
        after = self._next()
        if after == "+":
            raise self._error_at(f"a possessive repetition ({sign}+) is not supported")
        if after == "?":
            self._take()  # as few as possible: the pattern fits all the same
            after = self._next()
        if after and after in "?*+{":
            raise self._error_at("a repetition of a repetition needs a group")
        return Repeat(part, low, high)

    def _bounds(self, start: int) -> tuple[int, int | None]:
        end = self._text.find("}", start)
        low, comma, high = self._text[start + 1 : end].partition(",") if end > 0 else ("", "", "")
        numbers = [low, *([high] if high else [])]
        if not all(number.isascii() and number.isdigit() and len(number) <= 9 for number in numbers):
            raise self._error_at("a repetition is {2}, {2,} or {2,5}; for the sign itself write \\{", start)
        self._at = end + 1
        least = int(low)
        most = int(high) if high else (None if comma else least)
        if least > MOST_TIMES or (most or 0) > MOST_TIMES:
            raise self._error_at(f"{MOST_TIMES} times is the most", start)
        if most is not None and most < least:
            raise self._error_at("the repetition's bounds are reversed", start)
        return least, most

    def _escape(self, start: int) -> Ranges | str:
        """Read what follows a backslash: a set of characters, or one character."""
        if not self._next():
            raise self._error_at("a backslash at the end escapes nothing", start)
        letter = self._take()
        if letter in SETS:
            return SETS[letter]
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter.isdigit():
            raise self._error_at("a reference to a group is not supported", start)
        if letter in "bB":
            raise self._error_at(f"a word boundary (\\{letter}) is no character of a class", start)
        if letter.isalpha():
            raise self._error_at(f"\\{letter} is not supported", start)
        return letter

    def _class(self, start: int) -> Node:
        is_opposite = self._next() == "^"
        if is_opposite:
            self._take()
        ranges_of_members: list[tuple[int, int]] = []
        is_first = True
        while is_first or self._next() != "]":
            is_first = False
            low = self._member(start)
            if isinstance(low, tuple):
                ranges_of_members += low
            elif self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in ("", "]"):
                self._take()
                ranges_of_members += self._range(low, self._member(start), start)
            else:
                ranges_of_members += _folded(low)
        self._take()
        ranges = union(ranges_of_members)
        if not ranges:
            raise self._error_at("of this class nothing is left without case and accents", start)
        ranges = opposite(ranges) if is_opposite else ranges
        if not ranges:
            raise self._error_at("this class holds no character at all", start)
        return Chars(ranges)

    def _member(self, start: int) -> Ranges | str:
        if not self._next():
            raise self._error_at("this [ is never closed", start)
        at = self._at
        sign = self._take()
        if sign == "\\":
            return self._escape(at)
        if sign == "[" and self._next() and self._next() in ":.=":
            raise self._error_at("a named class such as [:alpha:] is not supported", at)
        return sign

    def _range(self, low: str, high: Ranges | str, start: int) -> list[tuple[int, int]]:
        if isinstance(high, tuple):
            raise self._error_at("a range ends with a character, not with a set", start)
        first, last = ord(low), ord(high)
        if last < first:
            raise self._error_at(f"the range {low}-{high} is reversed", start)
        if last - first > _WIDEST_RANGE:
            raise self._error_at(f"the range {low}-{high} is too wide", start)
        return [folded_range for code in range(first, last + 1) for folded_range in _folded(chr(code))]


def _literal(letter: str) -> Node:
    codes = [ord(one) for one in fold(letter)]
    parts = tuple(Chars(((code, code),)) for code in codes)
    return parts[0] if len(parts) == 1 else Chain(parts)


def _folded(letter: str) -> list[tuple[int, int]]:
    """The range of the character that a letter becomes when it is folded; empty where it becomes none or several."""
    folded = fold(letter)
    return [(ord(folded), ord(folded))] if len(folded) == 1 and folded != "\0" else []
