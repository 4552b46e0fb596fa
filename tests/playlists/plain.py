"""What conditions and filters mean, in plain Python over the values of fields: the measure for the SQL of the operators, after docs/rules.md."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache

from playlists.language.date_operators import days_of, moment_before, today
from playlists.language.fields import FIELDS
from playlists.language.kinds import Context, Kind
from playlists.language.model import Condition, DayRange, Filter
from playlists.language.texts import fold

Row = Mapping[str, object]  # Expression.key → value of a track
Columns = Mapping[str, Sequence[object]]  # Expression.key → the values of all tracks of the source

TRACK_ARTISTS = "track_artists"
# Operators that hold where the field has no value.
OF_NOTHING = {
    *("is_not", "not_contains", "not_in", "none_is", "none_contains", "ne", "not_between", "not_on", "not_in_last"),
}  # fmt: skip


def holds(match: Filter, row: Row, context: Context, columns: Columns) -> bool:
    """Whether a filter holds for a track. What asks for artists of lists needs pairs (track id, artist id) among `columns`: TRACK_ARTISTS."""
    if isinstance(match, Condition):
        key = match.expression.key
        kind = FIELDS[match.expression.field].kind
        if kind is Kind.ARTISTS:
            return _artists(match, row[key], context, columns[TRACK_ARTISTS])
        if kind is Kind.PLAYLIST:
            return (row[key] in _tracks_of_lists(match, context)) is (match.operator == "in")
        return condition_holds(kind, match.operator, row[key], match.value, context, columns.get(key, ()))
    each = [holds(member, row, context, columns) for member in match.members]
    return {"all": all(each), "any": any(each), "none": not any(each)}[match.kind]


def condition_holds(
    kind: Kind, operator: str, actual: object, value: object, context: Context, column: Sequence[object] = ()
) -> bool:
    """Whether an operator holds for one value of a field, with what the definition says behind it."""
    if kind is Kind.YES_NO:
        return actual is value
    if operator in ("is_null", "is_not_null"):
        return (actual is None) is (value is (operator == "is_null"))
    if operator in ("is_empty", "is_not_empty"):
        return (not actual) is (value is (operator == "is_empty"))
    if actual is None:
        return operator in OF_NOTHING
    if operator in ("top_percent", "bottom_percent"):
        return _counted_once(tuple(column), float(str(value)), operator == "top_percent")[actual]
    if kind is Kind.MOMENT and operator not in ("in_last", "not_in_last"):
        assert isinstance(actual, datetime)
        actual = actual.astimezone(context.zone).date()
    meaning = _MEANINGS[_GROUPS.get(kind, kind)]
    return bool(meaning(operator, actual, value, context))


def counted(values, percent, *, is_top):
    """By counting: which of the values are in; None is no value.

    The share is as many percent of those that have a value, rounded up. A value is in if fewer than the share are further
    out than it, and no more than the share are equal to it. 0 is in no top; if nothing is below 0, 0 is in the bottom.
    """
    known = [value for value in values if value is not None]
    share = -(-Fraction(str(percent)) * len(known) // 100)

    def is_in(value):
        if value is None or (is_top and value <= 0):
            return False
        if not is_top and value == min(known) == 0:
            return True
        further_out = sum(other > value if is_top else other < value for other in known)
        return further_out < share and known.count(value) <= share

    verdicts = {value: is_in(value) for value in set(values)}
    return [verdicts[value] for value in values]


@cache
def _counted_once(column: tuple[object, ...], percent: float, is_top: bool) -> Mapping[object, bool]:
    return dict(zip(column, counted(column, percent, is_top=is_top), strict=True))


def _text(operator: str, actual: str, value: object, _: Context) -> bool:
    texts = [fold(str(one)) or str(one) for one in (value if isinstance(value, tuple) else (value,))]
    match operator:
        case "is" | "in":
            return actual in texts
        case "is_not" | "not_in":
            return actual not in texts
        case "contains":
            return texts[0] in actual
        case "not_contains":
            return texts[0] not in actual
        case "starts_with":
            return actual[: len(texts[0])] == texts[0]
        case "ends_with":
            return actual[-len(texts[0]) :] == texts[0]
    assert operator == "matches", operator
    return value.fits(actual)  # type: ignore[attr-defined]


def _texts(operator: str, actual: list[str], value: object, context: Context) -> bool:
    if operator.startswith("count_"):
        return _number(operator.removeprefix("count_"), len(actual), value, context)
    if operator == "any_matches":
        return any(value.fits(one) for one in actual)  # type: ignore[attr-defined]
    assert isinstance(value, tuple)
    texts = [fold(one) or one for one in value]
    match operator:
        case "any_is" | "in":
            return any(one in texts for one in actual)
        case "none_is" | "not_in":
            return all(one not in texts for one in actual)
        case "all_are":
            return len(actual) > 0 and all(one in texts for one in actual)
        case "any_contains":
            return any(text in one for text in texts for one in actual)
    assert operator == "none_contains", operator
    return all(text not in one for text in texts for one in actual)


def _number(operator: str, actual: object, value: object, _: Context) -> bool:
    number = Decimal(str(actual))
    others = [Decimal(str(one)) for one in (value if isinstance(value, tuple) else (value,))]
    first, last = others[0], others[-1]
    match operator:
        case "eq" | "in":
            return number in others
        case "ne" | "not_in":
            return number not in others
        case "gt":
            return number > first
        case "gte":
            return number >= first
        case "lt":
            return number < first
        case "lte":
            return number <= first
        case "between":
            return first <= number <= last
    assert operator == "not_between", operator
    return not first <= number <= last


def _time(operator: str, actual: date, value: object, context: Context) -> bool:
    """Of a day, or of a moment where the operator is one of `in_last`."""
    if operator in ("in_last", "not_in_last"):
        begin, end = moment_before(context, value), context.now  # type: ignore[arg-type]
        if not isinstance(actual, datetime):
            within = begin.astimezone(context.zone).date() <= actual <= today(context)
        else:
            within = begin <= actual <= end
        return within is (operator == "in_last")
    if operator in ("on", "not_on", "before", "after", "between"):
        ranges = value if isinstance(value, tuple) else (value,)
        assert all(isinstance(one, DayRange) for one in ranges)
        first, last = days_of(context, ranges[0])[0], days_of(context, ranges[-1])[1]
        return {
            "on": first <= actual <= last,
            "not_on": not first <= actual <= last,
            "before": actual < first,
            "after": actual > last,
            "between": first <= actual <= last,
        }[operator]
    if operator == "same_day_as_today":
        now = today(context)
        return ((actual.month, actual.day) == (now.month, now.day)) is value
    assert isinstance(value, tuple)
    part = {
        "weekday": actual.isoweekday(),
        "month": actual.month,
        "day_of_month": actual.day,
        "year": actual.year,
        "decade": actual.year // 10 * 10,
    }[operator]
    return part in value


def _artists(match: Condition, actual: object, context: Context, track_artists: Sequence[object]) -> bool:
    assert isinstance(actual, list)
    tracks = _tracks_of_lists(match, context)
    in_lists = {artist for track, artist in track_artists if track in tracks}  # type: ignore[misc]
    return any(artist in in_lists for artist in actual) is (match.operator == "in")


def _tracks_of_lists(match: Condition, context: Context) -> set[str]:
    """The tracks of the lists, or of the first or last so many of each."""
    assert isinstance(match.value, tuple)
    options = dict(match.expression.options)
    first, last = options.get("first", 10**6), options.get("last", 10**6)
    assert isinstance(first, int)
    assert isinstance(last, int)
    return {
        track
        for name in match.value
        for contents in context.lists[name]
        for track in [*contents][:first][-last:]
    }


_GROUPS = {Kind.DURATION: Kind.NUMBER, Kind.MOMENT: Kind.DAY}
_MEANINGS: Mapping[Kind, Callable[..., bool]] = {
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.NUMBER: _number,
    Kind.DAY: _time,
}
