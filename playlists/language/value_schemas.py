"""JSON Schemas of the values behind operators, by `Takes`, and functions that make parts of schemas."""

from collections.abc import Iterable, Mapping

from playlists.language import times, values
from playlists.language.kinds import Takes

Schema = dict[str, object]


# Parts of schemas


def described(about: str, one: Schema) -> Schema:
    """A schema with a sentence that editors show."""
    return {"description": about, **one}


def any_of(*some: Schema) -> Schema:
    """A schema that accepts any of several forms."""
    return {"anyOf": list(some)}


def several(one: Schema) -> Schema:
    """A schema of one value, or of a list of one or more."""
    return any_of(one, {"type": "array", "items": one, "minItems": 1})


def keyed(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A schema of a mapping with at least one of these keys, and no others."""
    shape: Schema = {"type": "object", "additionalProperties": False, "minProperties": 1}
    return {**shape, "properties": dict(properties), "required": list(required)}


def words(*some: str) -> Schema:
    """A schema of some words, in lower case, capitalised, or in upper case, as the parser accepts them."""
    spelt = [spelling for word in some for spelling in (word, word.capitalize(), word.upper())]
    return {"enum": list(dict.fromkeys(spelt))}


def pattern(expression: str) -> Schema:
    """A schema of texts that the regular expression fits from end to end."""
    return {"type": "string", "pattern": f"^(?:{expression})$"}


def whole_number(lowest: int, highest: int) -> Schema:
    """A schema of whole numbers of a range, or of any whole number in quotes."""
    return any_of(
        {"type": "integer", "minimum": lowest, "maximum": highest}, pattern("[+-]?(0|[1-9][0-9]{0,12})")
    )


# Values

YES = any_of({"type": "boolean"}, words(*values.YES, *values.NO))
_TEXT: Schema = {
    "type": ["string", "number", "boolean"],  # an artist may be called 1984 or No
    "pattern": r"\S",
    "maxLength": values.LONGEST_TEXT,
}
NUMBER = any_of(
    {"type": "number", "minimum": -values.LARGEST_NUMBER, "maximum": values.LARGEST_NUMBER},
    pattern(r"[+-]?(0|[1-9][0-9]{0,12})(\.[0-9]{1,6})?"),
)
PERCENT = any_of({"type": "number", "minimum": 1, "maximum": 100}, pattern(r"[0-9]{1,3}(\.[0-9]{1,6})?"))
_DURATION = pattern(r"([0-9]{1,6}:(?=[0-9]{2}:))?[0-9]{1,5}:[0-9]{2}|[0-9]{1,7}[smh]")
SPAN = pattern("[1-9][0-9]{0,5}[hdwmy]")
_YEAR = whole_number(times.FIRST_YEAR, times.LAST_YEAR)
_DAY = any_of(
    _YEAR,
    words(*times.RELATIVE_DAYS),
    pattern("[0-9]{4}-[0-9]{2}(-[0-9]{2})?"),
    pattern("-[1-9][0-9]{0,5}[dwmy]"),
)
_DECADE = pattern("[0-9]{3}0s?|[0-9]0s")
_WEEKDAY = words(*times.WEEKDAYS, *(name[:3] for name in times.WEEKDAYS))
_MONTH = any_of(
    whole_number(1, 12), pattern("0?[1-9]|1[0-2]"), words(*times.MONTHS, *(name[:3] for name in times.MONTHS))
)
_CONTEXT = r"(https?://)?(open|play)\.spotify\.com/.{1,260}|spotify:.{1,260}"
SEASON_DAY = pattern("[0-9]{1,2}-[0-9]{1,2}")


def _two(one: Schema) -> Schema:
    return {"type": "array", "items": one, "minItems": 2, "maxItems": 2}


TAKES: dict[Takes, Schema] = {
    Takes.TEXT: _TEXT,
    Takes.TEXTS: several(_TEXT),
    Takes.PATTERN: _TEXT,
    Takes.NUMBER: NUMBER,
    Takes.NUMBERS: several(NUMBER),
    Takes.TWO_NUMBERS: _two(NUMBER),
    Takes.PERCENT: PERCENT,
    Takes.DURATION: _DURATION,
    Takes.TWO_DURATIONS: _two(_DURATION),
    Takes.DAY: _DAY,
    Takes.TWO_DAYS: _two(_DAY),
    Takes.SPAN: SPAN,
    Takes.WEEKDAYS: several(_WEEKDAY),
    Takes.MONTHS: several(_MONTH),
    Takes.DAYS_OF_MONTH: several(any_of(whole_number(1, 31), pattern("0?[1-9]|[12][0-9]|3[01]"))),
    Takes.YEARS: several(_YEAR),
    Takes.DECADES: several(any_of(_YEAR, _DECADE)),
    Takes.YES: YES,
    Takes.YES_NO_UNKNOWN: any_of(YES, words("unknown")),
    Takes.LISTS: several(_TEXT),
    Takes.COUNT: whole_number(1, values.MOST_TRACKS),
    Takes.DAYPARTS: several({"enum": list(values.DAYPARTS)}),
    Takes.HOURS: pattern(r"[0-9]{1,2}\s*-\s*[0-9]{1,2}"),
    Takes.SOURCES: several({"enum": list(values.SOURCES)}),
    Takes.CONTEXTS: several(any_of({"enum": list(values.CONTEXTS)}, pattern(_CONTEXT))),
}
_FIRST_YEAR: Schema = {
    "type": "integer",
    "minimum": times.FIRST_YEAR,
    "maximum": times.LAST_YEAR,
    "multipleOf": 10,
}
_NUMBER_OR_DECADE = any_of(_FIRST_YEAR, _DECADE)
# In place of those above, for a number that is a decade.
TAKES_OF_DECADE: dict[Takes, Schema] = {
    Takes.NUMBER: _NUMBER_OR_DECADE,
    Takes.NUMBERS: several(_NUMBER_OR_DECADE),
    Takes.TWO_NUMBERS: _two(_NUMBER_OR_DECADE),
}
