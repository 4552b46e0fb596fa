"""Rules of smart playlists in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from playlists.language.model import Definition
from playlists.language.wording import Line, definition_lines

LONGEST_CLAUSE = 160  # characters, of the rules as a whole
_FROM_LIBRARY = "From your library, "
_ALL_HOLD = (" of which all of this holds:", " of which this holds:")


@dataclass
class Words:
    """A line, and the lines in it."""

    text: str
    lines: list["Words"] = field(default_factory=list)


def nested(lines: Sequence[Line]) -> list[Words]:
    """The lines, each in the one that it belongs to."""
    whole = Words("")
    path = [whole]
    for line in lines:
        del path[line.depth + 1 :]
        words = Words(line.text)
        path[-1].lines.append(words)
        path.append(words)
    return whole.lines


def clause(definition: Definition) -> str:
    """The rules in one line, `tracks never played; at most 100 tracks`: what it begins with, as far as there is room."""
    first, *others = map(_in_one_line, nested(definition_lines(definition)))
    first = first.removeprefix(_FROM_LIBRARY)
    said = "; ".join([first[0].lower() + first[1:], *(each[0].lower() + each[1:] for each in others)])
    if len(said) <= LONGEST_CLAUSE:
        return said
    return f"{said[:LONGEST_CLAUSE].rsplit(' ', 1)[0].rstrip(',;')} …"


def _in_one_line(words: Words) -> str:
    """A line with those in it: behind it where all of them hold, else in brackets, so that they cannot be read for that."""
    if not words.lines:
        return words.text
    inner = ", ".join(map(_in_one_line, words.lines))
    for end in _ALL_HOLD:
        if words.text.endswith(end):
            return f"{words.text.removesuffix(end)} {inner}"
    return f"{words.text.removesuffix(':')} ({inner})"
