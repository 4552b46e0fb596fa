"""Finds conditions that no track can ever meet: a value outside of what the field can have, or two that exclude each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

from playlists.language import times
from playlists.language.bounds import (
    ALWAYS_KNOWN,
    COUNT,
    FIRST_OF_MONTH,
    FORMS,
    MAY_GROW,
    NUMBERS,
    TEXTS,
    Range,
)
from playlists.language.document import quoted
from playlists.language.fields import FIELDS
from playlists.language.kinds import OF_LISTS, Field, Kind, Takes, to_decimal
from playlists.language.model import Condition, DayRange, Filter, Group, Span
from playlists.language.operators import OPERATORS
from playlists.language.pattern import Pattern
from playlists.language.synonyms import Words, hint, hint_for_value
from playlists.language.text_operators import folded_text
from playlists.language.texts import fold, link_in

_WHOLE = ("is", "is_not", "in", "not_in", "any_is", "all_are", "none_is")
_PRESENCE = {"is_null": False, "is_empty": False, "is_not_null": True, "is_not_empty": True}
_ONE_OF = {
    Kind.NUMBER: ("eq", "in"),
    Kind.DURATION: ("eq",),
    Kind.TEXT: ("is", "in"),
    Kind.YES_NO: ("is",),
}
_ANY_OF = {Kind.TEXTS: ("any_is", "in"), **dict.fromkeys(OF_LISTS, ("in",))}
_NONE_OF = {Kind.TEXTS: ("none_is", "not_in"), **dict.fromkeys(OF_LISTS, ("not_in",))}
_TODAY = times.RELATIVE_DAYS["today"]
_MOST_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


# One condition


def why_impossible(condition: Condition) -> str:
    """Why the value is none that the field can have, so that the condition makes no sense; empty where it can."""
    name, operator, value = condition.expression.field, condition.operator, condition.value
    field = FIELDS[name]
    takes = OPERATORS[field.kind][operator].takes
    if takes is Takes.YES:
        asks_for_none = operator in _PRESENCE and _PRESENCE[operator] is not value
        return f"it is known of every track{_zero_of(name)}" if asks_for_none and name in ALWAYS_KNOWN else ""
    if takes is Takes.YES_NO_UNKNOWN:
        return "it is yes or no for every track" if value is None and name in ALWAYS_KNOWN else ""
    if takes in (Takes.NUMBER, Takes.NUMBERS, Takes.TWO_NUMBERS):
        possible = _range_of_count(name) if operator.startswith("count_") else NUMBERS[name]
        return _why_no_number(name, possible, operator.removeprefix("count_"), _values(value))
    if takes is Takes.DURATION and operator == "lt" and value == 0:
        return "nothing is shorter than 0:00"
    if name in FIRST_OF_MONTH:
        return _why_no_first_day(operator, value)
    if name in TEXTS and not (name in MAY_GROW and isinstance(value, Pattern)):
        return _why_no_text(field, operator, value)
    if field.kind in (Kind.TEXT, Kind.TEXTS) and not isinstance(value, Pattern):
        why_not = _why_not_of_form if name in FORMS else _why_no_name
        texts = value if isinstance(value, tuple) else (value,)
        return next(filter(None, (why_not(name, operator, str(text)) for text in texts)), "")
    return ""


def _range_of_count(name: str) -> Range:
    return Range(0, len(TEXTS[name])) if name in TEXTS else COUNT


def _zero_of(name: str) -> str:
    return ", 0 where there is none" if name in NUMBERS else ""


def _values(value: object) -> tuple[float, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(one for one in values if isinstance(one, int | float))


def _why_no_number(name: str, possible: Range, operator: str, values: tuple[float, ...]) -> str:
    """A value that is compared with need not be one that the field can have; a comparison that none can meet is wrong."""
    if possible.scale and any(map(_is_part, values)) and not any(value > 1 for value in values):
        return _why_no_share(possible, values)
    for value in values:
        if name == "year" and 0 < value < 100:
            return f"{value:g} is none of what it can be: {possible}{_whole_year(value)}"
        if operator in ("eq", "ne", "in", "not_in") and not _is_one_of(possible, value):
            return f"{value:g} is none of what it can be: {possible}"
    low, high = possible.low, possible.high
    if (
        (operator == "gt" and high is not None and values[0] >= high)
        or (operator == "gte" and high is not None and values[0] > high)
        or (operator == "lt" and low is not None and values[0] <= low)
        or (operator == "lte" and low is not None and values[0] < low)
    ):
        return f"nothing is {'less' if operator[0] == 'l' else 'more'} than {values[0]:g}: it is one of {possible}"
    if operator == "between":
        if (low is not None and values[1] < low) or (high is not None and values[0] > high):
            return f"nothing is from {values[0]:g} to {values[1]:g}: it is one of {possible}"
        if possible.is_whole and values[1] < -(-values[0] // 1):
            return f"there is no whole number from {values[0]:g} to {values[1]:g}"
    return ""


def _is_part(value: float) -> bool:
    """Whether a number looks like a part of one: 0.5, or 1.0, which nobody writes for one percent."""
    return 0 < value < 1 or (value == 1 and isinstance(value, float))


def _why_no_share(possible: Range, values: tuple[float, ...]) -> str:
    parts, meant = [f"{value:g}" for value in values], [f"{100 * value:g}" for value in values]
    if len(values) > 1:
        shown = f"(write [{', '.join(meant)}])"
        return f"{' and '.join(parts)} look like shares of 1, and they are given as {possible.scale} {shown}"
    part, one = ("1.0", "; one of a hundred is 1") if values[0] == 1 else (parts[0], "")
    return (
        f"{part} looks like a share of 1, and it is given as {possible.scale} (did you mean {meant[0]}?){one}"
    )


def _is_one_of(possible: Range, value: float) -> bool:
    within = (possible.low is None or value >= possible.low) and (
        possible.high is None or value <= possible.high
    )
    return within and (value == int(value) or not possible.is_whole)


def _whole_year(value: float) -> str:
    """The year that two digits stand for, as in `90s`."""
    if value != int(value) or not 0 <= value <= 99:
        return ""
    return f" (did you mean {int(value) + (1900 if value >= 30 else 2000)}?)"


def _why_no_text(field: Field, operator: str, value: object) -> str:
    """Why a text is none of the words that the field has."""
    words = TEXTS[field.name]
    if isinstance(value, Pattern):
        return "" if any(map(value.fits, words)) else f"the pattern fits none of {', '.join(words)}"
    for text in map(str, value if isinstance(value, tuple) else (value,)):
        folded = fold(text)
        if folded not in words if operator in _WHOLE else not any(folded in word for word in words):
            several = _several_words(folded, words) if operator in _WHOLE else ""
            if several:
                shown = several if OPERATORS[field.kind][operator].takes is Takes.TEXTS else ""
                shown = shown or f"{field.name}: {several if operator == 'is' else f'{{not_in: {several}}}'}"
                return f"it is never {text!r} (write {shown}); known: {', '.join(words)}"
            meant = hint_for_value(field.name, field.kind, operator, text) or hint(Words.CHOICE, text, words)
            return f"it is never {text!r}{meant}; known: {', '.join(words)}"
    return ""


def _several_words(text: str, words: tuple[str, ...]) -> str:
    """`[single, album]` for `single or album`; empty where a text is no such thing."""
    parts = re.split(r"\s*(?:[,;|/+]|\bor\b|\band\b)\s*", text) if len(text) < 100 else []
    return f"[{', '.join(parts)}]" if len(parts) > 1 and all(part in words for part in parts) else ""


def _why_not_of_form(name: str, operator: str, text: str) -> str:
    form, is_whole = FORMS[name], operator in _WHOLE
    if re.fullmatch(form.whole if is_whole else form.part, fold(text), re.DOTALL):
        return ""
    none = hint_for_value(name, FIELDS[name].kind, operator, text)
    meant = f" (write {_form_meant(name, text)})" if is_whole and _form_meant(name, text) else none
    return f"it is never {quoted(text)}{meant}; it is {form.about}"


def _form_meant(name: str, text: str) -> str:
    """A text in the form of the field that it was probably meant for; empty where it is no such thing."""
    link, code = link_in(text), re.sub(r"(?i)^isrc|[\W_]+", "", text).upper()
    is_code = re.fullmatch(FORMS["isrc"].whole, fold(code))
    match name:
        case "track_id" if link and link.kind == "track":
            return link.spotify_id
        case "last_context" if link and link.kind != "track":
            return link.uri
        case "isrc" if is_code:
            return code
        case "recording_key" if is_code:
            return f"isrc {code}"
    return ""


def _why_no_name(name: str, operator: str, text: str) -> str:  # noqa: ARG001 - as for a form
    """A link where names are compared."""
    link = link_in(text)
    if link is None:
        return ""
    meant = {
        "playlist": f" (write playlist: {link.uri})",
        "track": f" (write track_id: {link.spotify_id})",
    }.get(link.kind, "")
    return f"{quoted(text)} is {link}, and it is compared with names{meant or '; write the name'}"


# Days


def _why_no_first_day(operator: str, value: object) -> str:
    """Why a day is none that begins a month."""
    if operator in ("on", "not_on") and isinstance(value, DayRange) and value.first is not None:
        is_other_day = value.first == value.last and value.first.day != 1
        return f"it is the first day of a month (write {value.text[:7]})" if is_other_day else ""
    if operator == "day_of_month" and isinstance(value, tuple) and 1 not in value:
        return "it is the first day of a month (write 1)"
    return ""


# A condition, and what the list is made of


def outside_of_library(match: Filter) -> Iterator[Condition]:
    """Conditions that have to hold and never do for a track of the library."""
    some = [match] if isinstance(match, Condition) else _all_to_hold(match) if match.kind == "all" else ()
    for one in some:
        is_outside = one.expression.field == "in_library" and one.value is False
        if is_outside or (one.expression.field == "removed_at" and _asks_for_value(one)):
            yield one


# Two conditions


def contradictions(match: Filter) -> Iterator[tuple[Condition, Condition]]:
    """Pairs of conditions of one field that have to hold both, and never do for any track."""
    if isinstance(match, Condition):
        return
    if match.kind == "all":
        by_key: dict[str, list[Condition]] = {}
        for condition in _all_to_hold(match):
            by_key.setdefault(condition.expression.key, []).append(condition)
        for same_field in by_key.values():
            yield from (pair for pair in combinations(same_field, 2) if _exclude_each_other(*pair))
    for member in match.members:
        # What stands in groups of the kind `all` has been looked at together with this one.
        is_part = match.kind == "all" and isinstance(member, Group) and member.kind == "all"
        yield from _inner_contradictions(member) if is_part else contradictions(member)


def _inner_contradictions(group: Filter) -> Iterator[tuple[Condition, Condition]]:
    if isinstance(group, Group):
        for member in group.members:
            is_part = isinstance(member, Group) and member.kind == "all"
            yield from _inner_contradictions(member) if is_part else contradictions(member)


def _all_to_hold(group: Group) -> Iterator[Condition]:
    """The conditions of a group `all`, and of those groups `all` that are in it."""
    for member in group.members:
        if isinstance(member, Condition):
            yield member
        elif member.kind == "all":
            yield from _all_to_hold(member)


def _exclude_each_other(one: Condition, other: Condition) -> bool:
    """Whether two conditions of the same expression never hold for the same track, whatever the day."""
    kind = FIELDS[one.expression.field].kind
    presence = _asks_for_value(one), _asks_for_value(other)
    if False in presence:
        return True in presence
    if kind in _ONE_OF:
        for first, second in ((one, other), (other, one)):
            if first.operator in _ONE_OF[kind]:
                return not any(_allows(second, value) for value in _candidates(kind, first))
    if kind in _ANY_OF:
        return any(_any_but_none(kind, first, second) for first, second in ((one, other), (other, one)))
    if kind in (Kind.NUMBER, Kind.DURATION):
        return _is_gap(_bounds_of_number(one), _bounds_of_number(other), is_whole=_is_whole(one))
    if kind in (Kind.DAY, Kind.MOMENT):
        return _are_other_days(one, other)
    return False


def _asks_for_value(condition: Condition) -> bool | None:
    """Whether the condition holds only where there is a value (true), only where there is none (false), or in both cases."""
    if condition.operator in _PRESENCE:
        return _PRESENCE[condition.operator] is condition.value
    if condition.operator == "is" and FIELDS[condition.expression.field].kind is Kind.YES_NO:
        return None
    fits_empty = (
        isinstance(condition.value, Pattern) and condition.operator == "matches" and condition.value.fits("")
    )
    if fits_empty or condition.operator.startswith("count_"):
        return None
    operator = OPERATORS[FIELDS[condition.expression.field].kind][condition.operator]
    return None if operator.holds_for_null else True


def _candidates(kind: Kind, condition: Condition) -> tuple[object, ...]:
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return tuple(folded_text(str(value)) if kind is Kind.TEXT else to_decimal(value) for value in values)


def _allows(condition: Condition, actual: object) -> bool:
    """Whether a condition can hold of a value: a folded text, a number, yes, no, or None for unknown; true where only the library can say."""
    kind = FIELDS[condition.expression.field].kind
    one_of = _candidates(kind, condition)
    match condition.operator:
        case "is" | "eq" | "in":
            return actual in one_of
        case "is_not" | "ne" | "not_in":
            return actual not in one_of
    if isinstance(actual, str):
        return _allows_text(condition, actual, one_of)
    if condition.operator == "not_between":
        low, high = one_of
        return not low <= actual <= high  # type: ignore[operator]  # numbers, as the field's
    if isinstance(actual, int | float | Decimal) and not isinstance(actual, bool):
        value = float(actual)
        return not _is_gap(_bounds_of_number(condition), (value, True, value, True), is_whole=False)
    return True


def _allows_text(condition: Condition, actual: str, one_of: tuple[object, ...]) -> bool:
    (part,) = map(str, one_of)
    match condition.operator:
        case "contains":
            return part in actual
        case "not_contains":
            return part not in actual
        case "starts_with":
            return actual.startswith(part)
        case "ends_with":
            return actual.endswith(part)
    return not isinstance(condition.value, Pattern) or condition.value.fits(actual)


def _any_but_none(kind: Kind, one: Condition, other: Condition) -> bool:
    """Whether one condition wants any of some texts, and the other none of these or of more."""
    if one.operator not in _ANY_OF[kind] or other.operator not in _NONE_OF[kind]:
        return False
    assert isinstance(one.value, tuple)
    assert isinstance(other.value, tuple)
    return {fold(str(text)) for text in one.value} <= {fold(str(text)) for text in other.value}


# Ranges of numbers: lowest and highest, and whether each is itself in the range

_Bounds = tuple[float | None, bool, float | None, bool]
_OPEN: _Bounds = (None, True, None, True)


def _bounds_of_number(condition: Condition) -> _Bounds:
    value = condition.value
    match condition.operator, value:
        case "gt" | "gte", int() | float():
            return value, condition.operator == "gte", None, True
        case "lt" | "lte", int() | float():
            return None, True, value, condition.operator == "lte"
        case "between", (int() | float() as low, int() | float() as high):
            return low, True, high, True
    return _OPEN


def _is_whole(condition: Condition) -> bool:
    possible: Mapping[str, Range] = NUMBERS
    name = condition.expression.field
    return name in possible and possible[name].is_whole


def _is_gap(one: _Bounds, other: _Bounds, *, is_whole: bool) -> bool:
    """Whether no number is in both ranges."""
    for (low, with_low, _, _), (_, _, high, with_high) in ((one, other), (other, one)):
        if low is None or high is None:
            continue
        if low > high or (low == high and not (with_low and with_high)):
            return True
        first = low // 1 + 1 if not with_low else -(-low // 1)
        last = -(-high // 1) - 1 if not with_high else high // 1
        if is_whole and first > last:
            return True
    return False


# Days

_Days = tuple[DayRange | None, DayRange | None]  # from the first day of the one to the last day of the other


def _are_other_days(one: Condition, other: Condition) -> bool:
    for first, second in ((one, other), (other, one)):
        match (first.operator, first.value), (second.operator, second.value):
            case ("in_last", Span() as recent), ("not_in_last", Span() as past):
                return past == recent or times.is_surely_longer(past, recent)
            case ("month", tuple(months)), ("day_of_month", tuple(days)):
                return bool(min(days) > max(_MOST_DAYS_OF_MONTH[month - 1] for month in months))
        if first.operator in ("weekday", "month", "day_of_month") and first.operator == second.operator:
            assert isinstance(first.value, tuple)
            assert isinstance(second.value, tuple)
            return not {*first.value} & {*second.value}
    (first_day, last_day), (other_first, other_last) = _days_of(one), _days_of(other)
    return any(
        begin is not None and end is not None and times.is_reversed(begin, end)
        for begin, end in ((first_day, other_last), (other_first, last_day))
    )


def _days_of(condition: Condition) -> _Days:
    """Days between which the field's value lies, as far as the condition says."""
    match condition.operator, condition.value:
        case "on", DayRange() as days:
            return days, days
        case "before", DayRange() as days:
            return None, _moved(days, days.first, -1)
        case "after", DayRange() as days:
            return _moved(days, days.last, 1), None
        case "between", (DayRange() as first, DayRange() as last):
            return first, last
        case "in_last", Span() as span:
            return DayRange("", None, None, span), _TODAY
        case "year", tuple(years):
            return _days(date(min(years), 1, 1)), _days(date(max(years), 12, 31))
        case "decade", tuple(decades):
            return _days(date(min(decades), 1, 1)), _days(date(max(decades) + 9, 12, 31))
    return None, None


def _days(day: date) -> DayRange:
    return DayRange("", day, day)


def _moved(days: DayRange, day: date | None, by: int) -> DayRange:
    """The day before or after a written one; a relative date stays as it is, which is less strict."""
    return days if day is None else replace(_days(day + timedelta(days=by)), text=days.text)
