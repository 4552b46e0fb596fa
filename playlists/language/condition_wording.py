"""A condition in words, for people who do not know the language: a clause that stands behind "tracks", such as `played at least 5 times`.

Texts of the definition stand in quotes, so that no two different conditions read the same.
"""

from typing import get_args

from playlists.language.bounds import ALWAYS_KNOWN
from playlists.language.field_wording import (
    DATES,
    DURATIONS,
    LISTS,
    NOUNS,
    NUMBERS,
    TEXTS,
    YEARS,
    YES_NO,
    TextsWords,
    Words,
)
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind, Takes
from playlists.language.model import Condition, DayRange, Expression, ForEach, Grouping, Span
from playlists.language.operators import OPERATORS
from playlists.language.value_wording import day_words, either, joined, one_value, or_list, span_words
from playlists.language.values import format_value

_ABSENT = ("is_null", "is_empty")


def condition_words(condition: Condition) -> str:
    """A condition as a clause: `played at least 5 times`, `not by “Radiohead”`."""
    name, operator, value = condition.expression.field, condition.operator, condition.value
    kind = FIELDS[name].kind
    if kind is Kind.YES_NO:
        return _yes_no_words(name, value)
    takes = OPERATORS[kind][operator].takes
    if name in LISTS and isinstance(value, tuple):
        return f"{'not ' if operator == 'not_in' else ''}{_list_words(condition.expression)} {or_list(value, takes)}"
    is_there = (operator in _ABSENT) is not value
    if kind is Kind.TEXTS:
        is_asked = takes is Takes.YES
        return (
            _presence_of_texts(TEXTS[name], is_there=is_there)
            if is_asked
            else _texts_words(name, operator, value)
        )
    noun = expression_words(condition.expression)
    if takes is Takes.YES and operator != "same_day_as_today":
        return f"{'with' if is_there else 'without'} a known {noun}"
    if takes is Takes.PERCENT:
        high, low = ("greatest", "smallest") if kind is Kind.DURATION else ("highest", "lowest")
        which = high if operator == "top_percent" else low
        return f"among the {format_value(takes, value)} % with the {which} {noun}"
    if kind is Kind.TEXT:
        text = f"whose {noun} {_TEXT[operator].format(either(takes, value))}"
    elif kind in (Kind.DAY, Kind.MOMENT):
        text = f"{DATES[name].clause.format(_when(kind, operator, takes, value))}{_options_words(condition.expression)}"
    elif name in YEARS:
        text = _YEARS[operator].format(*_years(name, takes, value))
    else:
        text = _amount_words(condition.expression, operator, value)
    return f"{text}{_or_nothing(name, kind)}" if OPERATORS[kind][operator].holds_for_null else text


def expression_words(expression: Expression) -> str:
    """What a field is called, with its options: `play count`, `number of plays in the last 30 days, in the night`."""
    return f"{NOUNS[expression.field]}{_options_words(expression)}"


def _options_words(expression: Expression) -> str:
    """` in the last 30 days, in the night`; empty where there are none."""
    if not expression.options:
        return ""
    options, takes = dict(expression.options), dict(FIELDS[expression.field].options)
    phrases = {**_OPTION_PHRASES, **_OWN_PHRASES.get(expression.field, {})}
    given = [option for option in phrases if option in options]
    return f" {', '.join(phrases[each].format(either(takes[each], options[each])) for each in given)}"


def _list_words(expression: Expression) -> str:
    """`in the list`, `by an artist among the first 20 of the list`."""
    words = LISTS[expression.field]
    for end, count in expression.options:
        words = words.replace("in the list", f"among the {end} {count} of the list")
    return words


def template_words(template: ForEach) -> str:
    """What a template has a list for each of: `genre`, `month of the first play`, `answer to whether it is liked`."""
    if template.by in get_args(Grouping):
        return template.by
    noun = NOUNS[template.by]
    if template.per:
        return (
            f"{template.per} {noun.removeprefix('date ') if noun.startswith('date ') else f'of the {noun}'}"
        )
    return f"answer to {noun}" if FIELDS[template.by].kind is Kind.YES_NO else noun


_OPTION_PHRASES = {
    "window": "{}",
    "from": "since the beginning of {}",
    "to": "until the end of {}",
    "weekdays": "on a {}",
    "hours": "from {}",
    "dayparts": "in the {}",
    "sources": "known from {}",
    "context": "from {}",
    "playlist": "in the list {}",
}
_OWN_PHRASES = {"added_to": {"playlist": "to the list {}"}}
# What a number is compared with; {} has its unit.
_AMOUNTS = {
    "eq": "exactly {}",
    "ne": "not exactly {}",
    "gt": "more than {}",
    "gte": "at least {}",
    "lt": "less than {}",
    "lte": "at most {}",
    "between": "{} to {}",
    "not_between": "less than {} or more than {}",
    "in": "exactly {}",
    "not_in": "not exactly {}",
}
# The same of a number that counts nothing.
_PLACES = {**_AMOUNTS, "eq": "{}", "ne": "other than {}", "in": "{}", "not_in": "other than {}"}
_YEARS = {
    "eq": "released in {}",
    "ne": "not released in {}",
    "gt": "released after {}",
    "gte": "released in {} or later",
    "lt": "released before {}",
    "lte": "released in {} or earlier",
    "between": "released from {} to {}",
    "not_between": "released before {} or after {}",
    "in": "released in {}",
    "not_in": "not released in {}",
}
_TEXT = {
    "is": "is {}",
    "is_not": "is not {}",
    "contains": "contains {}",
    "not_contains": "does not contain {}",
    "starts_with": "begins with {}",
    "ends_with": "ends with {}",
    "matches": "fits the pattern {}",
    "in": "is {}",
    "not_in": "is not {}",
}
_DATES = {
    "before": "before {}",
    "after": "after {}",
    "in_last": "{}",
    "not_in_last": "longer ago than {}",
    "weekday": "on a {}",
    "month": "in {} of any year",
    "day_of_month": "on day {} of a month",
    "year": "in the year {}",
    "decade": "in {}",
}
_NAMES_OF_TEXTS = {
    "any_is": "{words.clause} {value}",
    "in": "{words.clause} {value}",
    "none_is": "not {words.clause} {value}",
    "not_in": "not {words.clause} {value}",
    "all_are": "{words.clause} {value} alone",
    "any_contains": "{words.before} {a} whose name contains {value}",
    "none_contains": "{words.before} no {words.one} whose name contains {value}",
    "any_matches": "{words.before} {a} whose name fits the pattern {value}",
}


def _yes_no_words(name: str, value: object) -> str:
    yes, no = YES_NO[name]
    if value is None:
        return f"not known to be {yes} or not"
    return yes if value else no or f"not {yes}"


def _texts_words(name: str, operator: str, value: object) -> str:
    words = TEXTS[name]
    if operator.startswith("count_"):
        comparison = operator.removeprefix("count_")
        return f"with {_AMOUNTS[comparison].format(_counted(value, words.noun))}"
    shown = either(OPERATORS[Kind.TEXTS][operator].takes, value)
    return _NAMES_OF_TEXTS[operator].format(words=words, value=shown, a=_a(words.one))


def _presence_of_texts(words: TextsWords, *, is_there: bool) -> str:
    return f"{words.before} {_a(words.one) if is_there else f'no {words.one}'}"


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _amount_words(expression: Expression, operator: str, value: object) -> str:
    name = expression.field
    words, options = (NUMBERS | DURATIONS)[name], _options_words(expression)
    if words.zero and operator in ("eq", "in") and value in (0, (0,)):
        return f"{words.zero}{options}"
    takes = OPERATORS[FIELDS[name].kind][operator].takes
    has_places = name in NUMBERS and not words.unit
    return f"{words.clause.format(_amount(words, takes, operator, value, has_places=has_places))}{options}"


def _amount(words: Words, takes: Takes, operator: str, value: object, *, has_places: bool) -> str:
    phrase = (_PLACES if has_places else _AMOUNTS)[operator]
    if not isinstance(value, tuple):
        return phrase.format(_counted(value, words.unit, takes))
    shown = [format_value(takes, one) for one in value]
    if takes in (Takes.TWO_NUMBERS, Takes.TWO_DURATIONS):
        return phrase.format(shown[0], _counted(value[1], words.unit, takes))
    if len(value) == 1:
        return phrase.format(_counted(value[0], words.unit, takes))
    return phrase.format(joined([*shown[:-1], _counted(value[-1], words.unit, takes)]))


def _counted(value: object, unit: str, takes: Takes = Takes.NUMBER) -> str:
    """`5 times`, `once`, `50 %`; without a unit the value alone."""
    shown = format_value(takes, value)
    if unit == "time" and value == 1:
        return "once"
    return f"{shown} {unit}{'' if value == 1 or unit == '%' else 's'}" if unit else shown


def _years(name: str, takes: Takes, value: object) -> tuple[str, ...]:
    """`the year 1994`, `the 1990s`: two for a range, else one, in which several stand side by side."""
    values = value if isinstance(value, tuple) else (value,)
    shown = [format_value(takes, one) for one in values]
    shown = [f"the {one}s" if name == "decade" else f"the year {one}" for one in shown]
    return tuple(shown) if takes is Takes.TWO_NUMBERS else (joined(shown),)


def _when(kind: Kind, operator: str, takes: Takes, value: object) -> str:
    """When something was: `in 1994`, `in the last 30 days`, `longer ago than 6 months`."""
    if operator == "same_day_as_today":
        return "on this day of any year" if value else "on another day of the year than today"
    if operator in ("on", "not_on") and isinstance(value, DayRange):
        return _on(value) if operator == "on" else f"at another time than {_on(value)}"
    if operator == "between" and isinstance(value, tuple):
        return f"between {one_value(takes, value[0])} and {one_value(takes, value[1])}"
    if operator == "not_in_last" and kind is Kind.DAY:  # which may also lie in the future
        return f"not {one_value(Takes.SPAN, value)}"
    shown = (
        span_words(value) if operator == "not_in_last" and isinstance(value, Span) else either(takes, value)
    )
    if operator == "decade" and isinstance(value, tuple):
        shown = joined([f"the {one_value(takes, one)}" for one in value])
    return _DATES[operator].format(shown)


def _on(days: DayRange) -> str:
    """`on 5 May 1994`, `in May 1994`; `today`."""
    if days.first is None or days.last is None:
        return day_words(days)
    return f"{'on' if days.first == days.last else 'in'} {day_words(days)}"


def _or_nothing(name: str, kind: Kind) -> str:
    if name in ALWAYS_KNOWN:
        return ""
    return " (or never)" if kind is Kind.MOMENT or name == "days_since_played" else " (or not known)"
