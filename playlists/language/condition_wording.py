"""A condition in words, for people who do not know the language: `play count is at least 5`.

Texts of the definition stand in quotes, so that no two different conditions read the same.
"""

from collections.abc import Sequence

from playlists.language import times
from playlists.language.bounds import ALWAYS_KNOWN, NUMBERS
from playlists.language.fields import FIELDS
from playlists.language.kinds import OF_LISTS, Kind, Takes
from playlists.language.model import Condition, DayRange, Expression, Span
from playlists.language.operators import OPERATORS
from playlists.language.values import format_value

_UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "y": "year"}
_NAMES = {  # of fields whose own name says too little
    "is_playable": "playable",
    "is_feature": "with a guest",
    "in_library": "in your library",
    "artist_followed": "by an artist that you follow",
    "album_saved": "from an album that you saved",
    "liked": "liked by you",
    "release_age": "age of the release in days",
    "track_id": "Spotify's id",
    "isrc": "recording's code (ISRC)",
}


def condition_words(condition: Condition) -> str:
    """A condition as a phrase: `play count is at least 5`, `no artist is “Radiohead”`."""
    name, operator, value = condition.expression.field, condition.operator, condition.value
    kind = FIELDS[name].kind
    subject = expression_words(condition.expression)
    if kind is Kind.YES_NO:
        return f"{subject}: {'not known' if value is None else 'yes' if value else 'no'}"
    takes = OPERATORS[kind][operator].takes
    if kind in OF_LISTS and isinstance(value, tuple):
        whose = "by an artist " if kind is Kind.ARTISTS else ""
        return f"{'not ' if operator == 'not_in' else ''}{whose}in the list {or_list(value, takes)}"
    if takes is Takes.YES and operator != "same_day_as_today":
        return _presence_words(subject, kind, is_there=(operator in ("is_null", "is_empty")) is not value)
    if kind is Kind.TEXTS:
        return _texts_words(subject, operator, value)
    shown = _value_words(name, takes, value)
    text = f"{subject} {_PHRASES[kind][operator].format(*shown if isinstance(shown, tuple) else (shown,))}"
    if takes is Takes.YES:  # same_day_as_today
        text = f"{subject} {'is' if value else 'is not'} on today's day and month, in any year"
    return f"{text}{_or_nothing(name, kind)}" if OPERATORS[kind][operator].holds_for_null else text


def expression_words(expression: Expression) -> str:
    """What a field is called, with its options: `play count`, `number of plays in the last 30 days, at night`."""
    name = expression.field
    if name not in _WINDOWS:
        return _NAMES.get(name, "chance" if name == "random" else name.replace("_", " "))
    options = dict(expression.options)
    takes = dict(FIELDS[name].options)
    parts = []
    for option, phrase in _OPTION_PHRASES.items():
        if option in options:
            value = options[option]
            shown = (
                or_list(value, takes[option])
                if isinstance(value, tuple) and option != "hours"
                else _one(takes[option], value)
            )
            parts.append(phrase.format(shown))
    return f"{_WINDOWS[name]} {', '.join(parts)}"


_WINDOWS = {
    "plays_in": "number of plays",
    "skips_in": "number of skips",
    "artist_plays_in": "number of plays of its artist",
    "album_plays_in": "number of plays of its album",
}
_OPTION_PHRASES = {
    "window": "in the last {}",
    "from": "since the beginning of {}",
    "to": "until the end of {}",
    "weekdays": "on a {}",
    "hours": "from {}",
    "dayparts": "in the {}",
    "sources": "known from {}",
    "context": "from {}",
}
_COMPARISONS = {
    "eq": "is {}",
    "ne": "is not {}",
    "gt": "is more than {}",
    "gte": "is at least {}",
    "lt": "is less than {}",
    "lte": "is at most {}",
    "between": "is from {} to {}",
    "not_between": "is not from {} to {}",
    "in": "is {}",
    "not_in": "is not {}",
    "top_percent": "is among the highest {} %",
    "bottom_percent": "is among the lowest {} %",
}
_DATES = {
    "on": "is {}",
    "not_on": "is not {}",
    "before": "is before {}",
    "after": "is after {}",
    "between": "is from {} to {}",
    "in_last": "is in the last {}",
    "not_in_last": "is not in the last {}",
    "weekday": "is on a {}",
    "month": "is in the month of {}",
    "day_of_month": "is on day {} of a month",
    "same_day_as_today": "",
    "year": "is in the year {}",
    "decade": "is in the {}",
}
_PHRASES: dict[Kind, dict[str, str]] = {
    Kind.TEXT: {
        "is": "is {}",
        "is_not": "is not {}",
        "contains": "contains {}",
        "not_contains": "does not contain {}",
        "starts_with": "begins with {}",
        "ends_with": "ends with {}",
        "matches": "fits the pattern {}",
        "in": "is {}",
        "not_in": "is not {}",
    },
    Kind.NUMBER: _COMPARISONS,
    Kind.DURATION: _COMPARISONS,
    Kind.DAY: _DATES,
    Kind.MOMENT: _DATES,
}
_TEXTS_PHRASES = {
    "any_is": "{a} is {}",
    "in": "{a} is {}",
    "all_are": "every {one} is {}",
    "none_is": "no {one} is {}",
    "not_in": "no {one} is {}",
    "any_contains": "{a} contains {}",
    "none_contains": "no {one} contains {}",
    "any_matches": "{a} fits the pattern {}",
}


def _texts_words(subject: str, operator: str, value: object) -> str:
    one = subject.removesuffix("s")
    if operator.startswith("count_"):
        phrase = _COMPARISONS[operator.removeprefix("count_")].format(format_value(Takes.NUMBER, value))
        return f"number of {one}s {phrase}"
    takes = OPERATORS[Kind.TEXTS][operator].takes
    shown = or_list(value, takes) if isinstance(value, tuple) else _one(takes, value)
    return _TEXTS_PHRASES[operator].format(shown, one=one, a=_a(one))


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _presence_words(subject: str, kind: Kind, *, is_there: bool) -> str:
    if kind is Kind.TEXTS:
        one = subject.removesuffix("s")
        return f"there is {_a(one) if is_there else f'no {one}'}"
    if kind is Kind.MOMENT:
        return f"{subject} is known" if is_there else f"{subject} is not known, or never was"
    return f"{subject} is known" if is_there else f"{subject} is not known"


def _or_nothing(name: str, kind: Kind) -> str:
    if name in ALWAYS_KNOWN:
        return ""
    return " (or never was)" if kind is Kind.MOMENT else " (or is not known)"


# Values


def _value_words(name: str, takes: Takes, value: object) -> str | tuple[str, ...]:
    unit = " %" if name in NUMBERS and NUMBERS[name].scale == "percent" and takes is not Takes.PERCENT else ""
    if takes in (Takes.TWO_NUMBERS, Takes.TWO_DURATIONS, Takes.TWO_DAYS) and isinstance(value, tuple):
        return tuple(f"{_named_decade(name, _one(takes, one))}{unit}" for one in value)
    if isinstance(value, tuple):
        words = [f"{_named_decade(name, _one(takes, one))}{unit}" for one in value]
        return joined(words)
    if takes is Takes.DAY and isinstance(value, DayRange):
        return _day_words(value)
    return f"{_named_decade(name, _one(takes, value))}{unit}"


def _named_decade(name: str, shown: str) -> str:
    return f"the {shown}s" if name == "decade" and shown.isdecimal() and len(shown) == 4 else shown


def or_list(values: tuple[object, ...], takes: Takes) -> str:
    """Values in words, of which one will do: `Saturday or Sunday`."""
    return joined([_one(takes, value) for value in values])


def joined(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _one(takes: Takes, value: object) -> str:
    """One value in words."""
    match takes, value:
        case _, Span():
            return span_words(value)
        case _, DayRange():
            return _day_words(value)
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


def _day_words(days: DayRange) -> str:
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
