"""One term of a query of beets: `artist:beatles`, `year:1990..1999`, `^added:-6w..`, `title::^The`, or a mere word."""

import re
from datetime import date, timedelta

from playlists.importing.conditions import condition, negated, why_not
from playlists.importing.draft import Lost, Member, together
from playlists.language.fields import FIELDS
from playlists.language.kinds import Kind
from playlists.language.pattern import compile_pattern
from playlists.language.times import FIRST_YEAR, LAST_YEAR

PREFIXES = ("=", ":")
_FIELDS = {
    **{
        name: name
        for name in ("title", "artist", "album", "year", "label", "isrc", "play_count", "last_played")
    },
    **{"artists": "artist", "albumartist": "album_artist", "albumartists": "album_artist", "genre": "genres"},
    **{"genres": "genres", "original_year": "year", "track": "track_number", "disc": "disc_number"},
    **{"length": "duration", "added": "added_at", "albumtype": "album_type", "comp": "album_type"},
    **{"skip_count": "skip_count", "tracktotal": "album_total_tracks", "loved": "liked"},
}
# What a mere word is looked for in; comments, too, which nobody has here.
_EVERYWHERE = ("title", "artist", "album", "album_artist", "genres")
_DAYS_OF_UNIT = {"d": 1, "w": 7, "m": 30, "y": 365}
_RELATIVE = re.compile(r"([+-]?)([0-9]+)([dwmy])")
_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_MOST_YEARS = 100
_ALBUM_TYPES = ("album", "single", "compilation")


def term(what: str, field: str, value: str, *, is_negated: bool) -> Member:
    """The condition for one term. `what`: the term as written. `field`: empty for a mere word, which is looked for everywhere."""
    ours = _FIELDS.get(field)
    if field and ours is None:
        return Lost(what, why_not(field))
    fields = (ours,) if ours else _EVERYWHERE
    members = [_condition(what, field, one, value) for one in fields]
    lost = next((one for one in members if isinstance(one, Lost)), None)
    member = lost or together("any", members)
    return negated(what, member) if is_negated else member


def _condition(what: str, field: str, ours: str, value: str) -> Member:
    kind = FIELDS[ours].kind
    if field == "comp":
        return condition(
            what, ours, "is" if value.casefold() in ("1", "true", "yes") else "is_not", "compilation"
        )
    if kind is Kind.YES_NO:
        return condition(what, ours, "is", value.casefold() in ("1", "true", "yes"))
    if ours == "year" and value.startswith(":"):
        return _years(what, value.removeprefix(":"))
    if kind in (Kind.NUMBER, Kind.DURATION) and not value.startswith(":"):
        return _number(what, ours, value.lstrip("=~"))
    if kind is Kind.MOMENT and not value.startswith(PREFIXES):
        return _time(what, ours, value)
    if field == "albumtype" and value.lstrip("=~") not in _ALBUM_TYPES:
        return Lost(what, "Spotify knows albums, singles and compilations")
    return _text(what, ours, value)


def _text(what: str, ours: str, value: str) -> Member:
    """A part of the text; the whole of it behind `=` and `=~`; a pattern behind `:`."""
    for prefix, meaning in (("=~", "is"), ("=", "is"), (":", "matches")):
        if value.startswith(prefix):
            return condition(what, ours, meaning, value.removeprefix(prefix))
    return condition(what, ours, "contains", value)


def _number(what: str, ours: str, value: str) -> Member:
    is_duration = FIELDS[ours].kind is Kind.DURATION
    ends = value.split("..")
    if len(ends) > 2 or not any(ends):
        return Lost(what, "it is no number and no range")
    numbers = [_seconds(end) if is_duration else end for end in ends]
    if len(numbers) == 1:
        return condition(what, ours, "is", numbers[0])
    low, high = numbers
    if not low or not high:
        return condition(what, ours, "gte" if low else "lte", low or high)
    return condition(what, ours, "between", [low, high])


def _years(what: str, pattern: str) -> Member:
    """A pattern for years, as the years that it fits."""
    try:
        fits = compile_pattern(pattern).fits
    except ValueError as error:
        return Lost(what, f"the pattern cannot be used here: {error}")
    years = [year for year in range(FIRST_YEAR, LAST_YEAR + 1) if fits(str(year))]
    if not years or len(years) > _MOST_YEARS:
        return Lost(what, "a year is no text here, and the pattern fits too many years, or none")
    is_range = len(years) > 2 and years[-1] - years[0] == len(years) - 1
    return condition(
        what, "year", "between" if is_range else "in", [years[0], years[-1]] if is_range else years
    )


def _seconds(text: str) -> object:
    """`4:30` as 270; any other text as it is."""
    clock = re.fullmatch(r"([0-9]+):([0-9]{2})", text)
    return int(clock[1]) * 60 + int(clock[2]) if clock else text


# Times


def _time(what: str, ours: str, value: str) -> Member:
    ends = value.split("..")
    if len(ends) > 2 or not any(ends):
        return Lost(what, "it is no date and no range")
    if any("t" in end.casefold() or " " in end for end in ends):
        return Lost(what, "dates are whole days here")
    days = [_day(end) for end in ends]
    if None in days:
        return Lost(what, "it is no date that is known here")
    if len(days) == 1:
        return condition(what, ours, "is", days[0])
    first, last = _in_order(str(days[0]), str(days[1]))
    if first and last:
        return condition(what, ours, "between", [first, last])
    if first.startswith("-"):
        return condition(what, ours, "in_last", first.removeprefix("-"))
    return condition(what, ours, "since", first) if first else _up_to(what, ours, last)


def _day(text: str) -> str | None:
    """`2008-12` as it is, `-3w` as -21d, since months are 30 days and years 365 there; "" for an open end, None for others."""
    relative = _RELATIVE.fullmatch(text)
    if relative and not _DAY.fullmatch(text):
        amount = int(relative[2]) * _DAYS_OF_UNIT[relative[3]]
        return f"-{amount}d" if relative[1] == "-" else None
    return text if not text or _DAY.fullmatch(text) else None


def _in_order(first: str, last: str) -> tuple[str, str]:
    """An interval that is written back to front means the same there."""
    if first.startswith("-") and last.startswith("-"):
        is_reversed = int(first[1:-1]) < int(last[1:-1])
    else:
        is_reversed = (
            bool(first and last) and not first.startswith("-") and not last.startswith("-") and first > last
        )
    return (last, first) if is_reversed else (first, last)


def _up_to(what: str, ours: str, last: str) -> Member:
    """Up to a day, a month or a year with all of it; so long ago, or longer."""
    if last.startswith("-"):
        longer_ago = {"not_in_last": last.removeprefix("-"), "is_not_null": True}
        return {ours: longer_ago}
    return condition(what, ours, "before", _day_behind(last))


def _day_behind(text: str) -> str:
    """What comes after a day, a month or a year: 2010 after 2009, 2009-01 after 2008-12."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return f"{parts[0] + 1:04}"
    if len(parts) == 2:
        years, month = divmod(parts[0] * 12 + parts[1], 12)
        return f"{years:04}-{month + 1:02}"
    try:
        return (date(*parts) + timedelta(days=1)).isoformat()
    except ValueError:
        return text
