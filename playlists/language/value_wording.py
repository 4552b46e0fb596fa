"""Values of a definition in words: `30 days`, `May 1994`, `Saturday or Sunday`, texts in quotes of their own."""

from collections.abc import Sequence

from playlists.language import times
from playlists.language.kinds import Takes
from playlists.language.model import DayRange, Span
from playlists.language.values import format_value

_UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}


def either(takes: Takes, value: object) -> str:
    """A value, or several of which one will do."""
    if isinstance(value, tuple) and takes is not Takes.HOURS:
        return or_list(value, takes)
    return one_value(takes, value)


def or_list(values: tuple[object, ...], takes: Takes) -> str:
    """Values in words, of which one will do: `Saturday or Sunday`."""
    return joined([one_value(takes, value) for value in values])


def joined(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def one_value(takes: Takes, value: object) -> str:
    """One value in words."""
    match takes, value:
        case _, Span():
            return f"in the last {span_words(value).removeprefix('1 ')}"
        case _, DayRange():
            return day_words(value)
        case Takes.WEEKDAYS, int():
            return times.WEEKDAYS[value - 1].capitalize()
        case Takes.MONTHS, int():
            return times.MONTHS[value - 1].capitalize()
        case Takes.HOURS, (first, end):
            return f"{first}:00 to {end}:00"
        case ((Takes.DAYPARTS | Takes.SOURCES), str()):
            return value
        case Takes.CONTEXTS, str():
            return _CONTEXTS.get(value, value)
        case ((Takes.TEXT | Takes.TEXTS | Takes.LISTS | Takes.PATTERN), _):
            return quoted(str(value))
    return format_value(takes, value)


_CONTEXTS = {
    "playlist": "a playlist",
    "album": "an album",
    "artist": "the page of an artist",
    "liked": "Liked Songs",
}


def quoted(text: str) -> str:
    """A text of the definition between quotes of its own."""
    return f"“{text.replace('”', '””')}”"


def span_words(span: Span) -> str:
    """`30 days`, `1 month`."""
    return f"{span.amount} {_UNITS[span.unit]}{'' if span.amount == 1 else 's'}"


def day_words(days: DayRange) -> str:
    if days.first is None or days.last is None:
        is_ago = days.text.startswith("-") and days.offset is not None
        return (
            f"{span_words(days.offset)} ago"
            if is_ago and days.offset
            else days.text.lower().replace("_", " ")
        )
    month = times.MONTHS[days.first.month - 1].capitalize()
    if days.first == days.last:
        return f"{days.first.day} {month} {days.first.year}"
    is_year = days.first.month != days.last.month
    return f"{days.first.year}" if is_year else f"{month} {days.first.year}"
