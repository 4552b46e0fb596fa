"""Reads the value behind an operator from a node of the document, by `Takes`, and formats it again as text."""

import json
import re
from collections.abc import Callable
from typing import TypeVar

from playlists.language import times
from playlists.language.document import ListNode, Mistake, Node, ScalarNode, described
from playlists.language.kinds import Takes
from playlists.language.model import DayRange
from playlists.language.pattern import compile_pattern
from playlists.language.synonyms import Words, hint
from playlists.language.texts import fold, link_in

LONGEST_TEXT = 200
LARGEST_NUMBER = 10**12
MOST_TRACKS = 10_000  # Spotify's own limit of a playlist
DAYPARTS = ("night", "morning", "afternoon", "evening")
SOURCES = ("api", "import")
CONTEXTS = ("playlist", "album", "artist", "liked")
YES = ("yes", "true", "on")
NO = ("no", "false", "off")
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,12})(\.[0-9]{1,6})?")
_PLAIN_TEXT = re.compile(r"[\w](?:[\w /&.'()+!-]*[\w.')!])?")

_CONDITION_FOR = {
    "album": "; a condition for its tracks is album: NAME",
    "artist": "; a condition for its tracks is artist: NAME",
    "track": "; a condition for it is track_id: ID",
}

T = TypeVar("T")
Number = int | float


def read_value(takes: Takes, node: Node) -> object:
    """Read a node as the Python value that `Takes` documents. Raises Mistake."""
    return _READERS[takes](node)


def format_value(takes: Takes, value: object) -> str:
    """A value as text, as a definition would have it: `read_value` reads the same value from it."""
    if isinstance(value, tuple) and takes is not Takes.HOURS:
        shown = [_format_one(takes, one) for one in value]
        is_pair = takes in (Takes.TWO_NUMBERS, Takes.TWO_DURATIONS, Takes.TWO_DAYS)
        return shown[0] if len(shown) == 1 and not is_pair else f"[{', '.join(shown)}]"
    return _format_one(takes, value)


def _format_one(takes: Takes, value: object) -> str:
    match takes, value:
        case (Takes.HOURS, (first, end)):
            return f"{first}-{end}"
        case (Takes.DURATION | Takes.TWO_DURATIONS, int()):
            return times.format_duration(value)
        case (Takes.WEEKDAYS, int()):
            return times.WEEKDAYS[value - 1][:3]
        case (Takes.DECADES, int()):
            return f"{value}s"
        case (_, None):
            return "unknown"
        case (_, bool()):
            return "yes" if value else "no"
        case (_, DayRange()):
            return value.text
        case (_, float()):
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case (_, str()):
            return format_text(value)
    return format_text(str(value)) if takes is Takes.PATTERN else str(value)


def format_text(text: str) -> str:
    """A text as a document would have it: in quotes where it needs them."""
    is_plain = _PLAIN_TEXT.fullmatch(text) and text not in ("null", "Null", "NULL")
    return text if is_plain else json.dumps(text, ensure_ascii=False)


# Texts


def read_text(node: Node) -> str:
    """Read one text of 1 to LONGEST_TEXT characters, as written. Raises Mistake."""
    if not isinstance(node, ScalarNode) or node.is_null:
        raise Mistake(node.place, f"{described(node)} is not a text")
    if not fold(node.text).strip():  # a lone accent, too: as folded text it would be in every other
        raise Mistake(node.place, "an empty text is not allowed")
    if len(node.text) > LONGEST_TEXT:
        raise Mistake(node.place, f"{described(node)} is longer than {LONGEST_TEXT} characters")
    return node.text


def read_choice(node: Node, known: tuple[str, ...]) -> str:
    """Read one of the known words. Raises Mistake."""
    text = read_text(node)
    if text not in known:
        raise Mistake(
            node.place,
            f"{described(node)} is not known{hint(Words.CHOICE, text, known)}; known: {', '.join(known)}",
        )
    return text


def read_texts(node: Node) -> tuple[str, ...]:
    """Read one text or several. Raises Mistake."""
    return _read_several(node, read_text)


def read_lists(node: Node) -> tuple[str, ...]:
    """Read the names of other lists: slugs, or names, links, URIs or ids of playlists. Raises Mistake."""
    return _read_several(node, _read_list)


def _read_list(node: Node) -> str:
    text = read_text(node)
    link = link_in(text)
    if link is not None and link.kind != "playlist":
        raise Mistake(
            node.place, f"{described(node)} is {link}, and no list{_CONDITION_FOR.get(link.kind, '')}"
        )
    return text


def _read_context(node: Node) -> str:
    """A URI, or one of CONTEXTS."""
    text = read_text(node)
    link = link_in(text)
    if link is not None and link.kind in ("playlist", "album", "artist"):
        return link.uri
    if link is not None:
        raise Mistake(node.place, f"{described(node)} is {link}; {Takes.CONTEXTS.value} is needed")
    return read_choice(node, CONTEXTS)


def _read_pattern(node: Node) -> object:
    text = read_text(node)
    try:
        return compile_pattern(text)
    except ValueError as error:
        raise Mistake(node.place, f"the pattern {described(node)} cannot be used: {error}") from None


# Numbers


def read_number(node: Node) -> Number:
    """Read a finite number, quoted or not. Raises Mistake."""
    text = node.text if isinstance(node, ScalarNode) else ""
    match = _NUMBER.fullmatch(text)
    if not match:
        raise Mistake(node.place, f"{described(node)} is not {Takes.NUMBER.value}")
    number = float(text) if match[1] else int(text)
    if abs(number) > LARGEST_NUMBER:
        raise Mistake(node.place, f"{text} is too large; {LARGEST_NUMBER} is the largest number")
    return number


def read_whole(node: Node, lowest: int, highest: int) -> int:
    """Read a whole number from `lowest` to `highest`. Raises Mistake."""
    text = node.text if isinstance(node, ScalarNode) else ""
    match = _NUMBER.fullmatch(text)
    if not match or match[1] or not lowest <= int(text) <= highest:
        raise Mistake(node.place, f"{described(node)} is not a whole number from {lowest:,} to {highest:,}")
    return int(text)


def read_percent(node: Node) -> float:
    """Read a percentage from 1 to 100. Raises Mistake."""
    text = node.text if isinstance(node, ScalarNode) else ""
    if not _NUMBER.fullmatch(text) or not 1 <= float(text) <= 100:
        meant = ""
        if _NUMBER.fullmatch(text[:-1]) and text[-1] == "%":
            meant = f"; write {text[:-1]}"
        elif _NUMBER.fullmatch(text) and 0 < float(text) < 1:  # a share of 1
            meant = f" (did you mean {100 * float(text):g}?)"
        raise Mistake(node.place, f"{described(node)} is not {Takes.PERCENT.value}{meant}")
    if re.fullmatch(r"1\.0+", text):
        raise Mistake(
            node.place, f"{described(node)} looks like a share of 1 (did you mean 100?); one percent is 1"
        )
    return float(text)


def read_yes(node: Node) -> bool:
    """Read yes or no, in any spelling that a version of YAML has had. Raises Mistake."""
    text = node.text.lower() if isinstance(node, ScalarNode) else ""
    if text not in YES + NO:
        raise Mistake(node.place, f"{described(node)} is not {Takes.YES.value}")
    return text in YES


def _read_yes_no_unknown(node: Node) -> bool | None:
    text = node.text.lower() if isinstance(node, ScalarNode) else ""
    if text not in (*YES, *NO, "unknown"):
        raise Mistake(node.place, f"{described(node)} is not {Takes.YES_NO_UNKNOWN.value}")
    return None if text == "unknown" else text in YES


# Times


def reader_of_time(read: Callable[[str], T], takes_text: str) -> Callable[[Node], T]:
    """Make a reader of nodes from a reader of texts, whose ValueError continues the message "… is not `takes_text`"."""

    def read_node(node: Node) -> T:
        if not isinstance(node, ScalarNode) or node.is_null:
            raise Mistake(node.place, f"{described(node)} is not {takes_text}")
        try:
            return read(node.text)
        except ValueError as error:
            raise Mistake(node.place, f"{described(node)} is not {takes_text}{error}") from None

    return read_node


read_span = reader_of_time(times.read_span, Takes.SPAN.value)
read_day = reader_of_time(times.read_day, Takes.DAY.value)
read_duration = reader_of_time(times.read_duration, Takes.DURATION.value)
read_weekday = reader_of_time(lambda text: times.read_name(text, times.WEEKDAYS), "a weekday")
_read_month = reader_of_time(lambda text: times.read_name(text, times.MONTHS), "a month")
_read_day_of_month = reader_of_time(times.read_day_of_month, "a day of the month from 1 to 31")
_read_year = reader_of_time(times.read_year, "a year such as 1994")
read_decade = reader_of_time(times.read_decade, "a decade such as 1990, 1990s or 90s")
_read_hours = reader_of_time(times.read_hours, Takes.HOURS.value)


def read_weekdays(node: Node) -> tuple[int, ...]:
    """Read weekdays, each once, in their order; 1 is Monday. Raises Mistake."""
    return _read_sorted(node, read_weekday)


# Several values


def _read_several(node: Node, read: Callable[[Node], T]) -> tuple[T, ...]:
    """Read one value or several, each once, in the order as written. Raises Mistake."""
    items = node.items if isinstance(node, ListNode) else (node,)
    if not items:
        raise Mistake(node.place, "an empty list; it needs one value or more")
    return tuple(dict.fromkeys(map(read, items)))


def _read_sorted(node: Node, read: Callable[[Node], int]) -> tuple[int, ...]:
    return tuple(sorted(_read_several(node, read)))


def _read_two(node: Node, read: Callable[[Node], T], takes: Takes) -> tuple[T, T]:
    if not isinstance(node, ListNode) or len(node.items) != 2:
        raise Mistake(node.place, f"{described(node)} is not {takes.value}: write [first, second]")
    return read(node.items[0]), read(node.items[1])


def _reader_of_two_in_order(
    read: Callable[[Node], Number], takes: Takes
) -> Callable[[Node], tuple[Number, Number]]:
    def read_node(node: Node) -> tuple[Number, Number]:
        low, high = _read_two(node, read, takes)
        if low > high:
            raise Mistake(node.place, f"the range is reversed: it takes {takes.value}")
        return low, high

    return read_node


def _read_two_days(node: Node) -> tuple[DayRange, DayRange]:
    first, last = _read_two(node, read_day, Takes.TWO_DAYS)
    if times.is_reversed(first, last):
        raise Mistake(node.place, f"the range is reversed: it takes {Takes.TWO_DAYS.value}")
    return first, last


_READERS: dict[Takes, Callable[[Node], object]] = {
    Takes.TEXT: read_text,
    Takes.TEXTS: read_texts,
    Takes.PATTERN: _read_pattern,
    Takes.NUMBER: read_number,
    Takes.NUMBERS: lambda node: _read_several(node, read_number),
    Takes.TWO_NUMBERS: _reader_of_two_in_order(read_number, Takes.TWO_NUMBERS),
    Takes.PERCENT: read_percent,
    Takes.DURATION: read_duration,
    Takes.TWO_DURATIONS: _reader_of_two_in_order(read_duration, Takes.TWO_DURATIONS),
    Takes.DAY: read_day,
    Takes.TWO_DAYS: _read_two_days,
    Takes.SPAN: read_span,
    Takes.WEEKDAYS: read_weekdays,
    Takes.MONTHS: lambda node: _read_sorted(node, _read_month),
    Takes.DAYS_OF_MONTH: lambda node: _read_sorted(node, _read_day_of_month),
    Takes.YEARS: lambda node: _read_sorted(node, _read_year),
    Takes.DECADES: lambda node: _read_sorted(node, read_decade),
    Takes.YES: read_yes,
    Takes.YES_NO_UNKNOWN: _read_yes_no_unknown,
    Takes.LISTS: read_lists,
    Takes.COUNT: lambda node: read_whole(node, 1, MOST_TRACKS),
    Takes.DAYPARTS: lambda node: _read_several(node, lambda one: read_choice(one, DAYPARTS)),
    Takes.HOURS: _read_hours,
    Takes.SOURCES: lambda node: _read_several(node, lambda one: read_choice(one, SOURCES)),
    Takes.CONTEXTS: lambda node: _read_several(node, _read_context),
}
