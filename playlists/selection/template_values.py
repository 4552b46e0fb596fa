"""The values of a template: those that tracks have of its field, how each is shown, and which condition finds its tracks."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.track import Track
from playlists.language.fields import FIELDS
from playlists.language.kinds import Context, Kind
from playlists.language.model import Condition, DayRange, Expression, Filter, ForEach
from playlists.language.texts import fold
from playlists.language.times import MONTHS
from playlists.language.written import as_written
from playlists.selection.query import ABOUT_AVAILABILITY
from playlists.selection.tracks import select_tracks


@dataclass(frozen=True)
class TemplateValue:
    """A value with how many tracks have it, and these. `key`: a text that no other value of the template has, such as `2026-03`."""

    key: str
    count: int
    tracks: Sequence[Track] = field(default=(), compare=False, repr=False)


_fold = lru_cache(maxsize=10_000)(fold)  # the same values come again and again


def template_values(
    cursor: Cursor,
    context: Context,
    match: Filter,
    source: str,
    template: ForEach,
    expressions: Sequence[Expression] = (),
) -> list[TemplateValue]:
    """The values that the tracks of a filter have, the most tracks first, then by value; each with its tracks, in one statement for all.

    Spellings that fold to the same text count as one value, in its most frequent spelling. Tracks without a value are left
    out. A track counts for each of several, such as its genres. Days are those of the listener's time zone. `expressions`: values that
    the tracks have beside that of the template.
    """
    expression = as_written(template.field)
    tracks = select_tracks(
        cursor,
        match,
        context,
        source=source,
        include_unplayable=template.field in ABOUT_AVAILABILITY,  # as the condition of each list does
        expressions=list({each.key: each for each in (expression, *expressions)}.values()),
    )
    values = [_hashable(track.values[expression.key]) for track in tracks]
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    tracks_of: dict[str, list[Track]] = defaultdict(list)  # in the order of their ids
    lists_of: dict[object, list[list[Track]]] = {}  # value → those lists that its tracks belong to
    for value, count in Counter(values).items():
        by_folded: dict[str, list[str]] = defaultdict(list)
        for key in _keys(value, template, context):
            by_folded[_fold(key)].append(key)
        by_folded.pop("", None)  # no condition finds it
        for folded, keys in by_folded.items():
            spellings[folded].update(dict.fromkeys(keys, count))
        lists_of[value] = [tracks_of[folded] for folded in by_folded]
    for track, value in zip(tracks, values, strict=True):
        for some in lists_of[value]:
            some.append(track)
    counts = [
        TemplateValue(min(counter, key=lambda key: (-counter[key], key)), counter.total(), tracks_of[folded])
        for folded, counter in spellings.items()
    ]
    return sorted(counts, key=lambda one: (-one.count, one.key))


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _keys(value: object, template: ForEach, context: Context) -> Iterator[str]:
    for one in dict.fromkeys(value) if isinstance(value, tuple) else (value,):
        if isinstance(one, bool):
            yield "yes" if one else "no"
        elif isinstance(one, Decimal):
            yield f"{one.normalize():f}"
        elif isinstance(one, date):  # a datetime, too
            day = one.astimezone(context.zone).date() if isinstance(one, datetime) else one
            yield {"day": f"{day}", "month": f"{day:%Y-%m}", "year": f"{day:%Y}"}[template.per]
        elif one not in (None, ""):
            yield str(one)


def value_text(template: ForEach, key: str) -> str:
    """A value as it stands in the names of lists: `1990s` for the decade 1990, `March 2026` for 2026-03."""
    if template.by == "decade":
        return f"{key}s"
    if template.per in ("day", "month"):
        year, month, *day = key.split("-")
        return " ".join((*(str(int(one)) for one in day), MONTHS[int(month) - 1].capitalize(), year))
    return key


def condition_of_value(template: ForEach, key: str) -> Condition:
    """The condition that holds for the tracks of a value."""
    looked_at = FIELDS[template.field]
    operator, value = _comparison(looked_at.kind, key)
    return Condition(Expression(looked_at.name), operator, value, f"{looked_at.name}: {key}")


def _comparison(kind: Kind, key: str) -> tuple[str, object]:
    match kind:
        case Kind.NUMBER:
            return "eq", float(key) if "." in key else int(key)
        case Kind.YES_NO:
            return "is", key == "yes"
        case Kind.DAY | Kind.MOMENT:
            return "on", _days(key)
        case Kind.TEXTS:
            return "any_is", (key,)
    return "is", key


def _days(key: str) -> DayRange:
    """The days of `2026`, `2026-03` or `2026-03-05`."""
    numbers = [int(part) for part in key.split("-")]
    first = date(*(*numbers, 1, 1)[:3])
    following: Sequence[int] = {
        1: (first.year + 1, 1, 1),
        2: (first.year + first.month // 12, first.month % 12 + 1, 1),
        3: (),
    }[len(numbers)]
    return DayRange(key, first, date(*following) - timedelta(days=1) if following else first)
