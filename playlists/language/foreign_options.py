"""Values of options in the forms of other tools, and how they are written here: `limit: 50%`, `refresh: every 3 days`, `weekdays: mon-fri`.

Only for messages.
"""

import re
from collections.abc import Callable

from playlists.language.document import ListNode, MappingNode, Node, ScalarNode
from playlists.language.foreign_values import number_meant, percentage_meant
from playlists.language.kinds import Takes
from playlists.language.synonyms import yes_or_no_meant
from playlists.language.texts import LONGEST, of_short_texts
from playlists.language.times import (
    MONTHS,
    WEEKDAYS,
    day_of_year_meant,
    duration_meant,
    read_duration,
    span_meant,
)
from playlists.language.values import format_text

_NONE = (
    "none",
    "no",
    "off",
    "false",
    "all",
    "unlimited",
    "infinite",
    "infinity",
    "everything",
    "0",
    "-1",
    "null",
    "~",
    "",
)
_DAYS = tuple(name[:3] for name in WEEKDAYS)
_MONTHS = tuple(name[:3] for name in MONTHS)
_LAST_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NAMED_DAYS = {"weekend": "[sat, sun]", "weekends": "[sat, sun]"} | dict.fromkeys(
    ("weekdays", "weekday", "workdays", "working days", "workweek"), "[mon, tue, wed, thu, fri]"
)
_DAYS_OF_WORD = {
    "other day": "2d",
    "second day": "2d",
    "two days": "2d",
    "fortnight": "2w",
    "quarter": "90d",
    "year": "365d",
    "yearly": "365d",
    "annually": "365d",
    "quarterly": "90d",
    "biweekly": "2w",
    "fortnightly": "2w",
    "bimonthly": "2m",
}
# Of the north; who lives in the south writes months.
_SEASONS = {
    "spring": "[mar, apr, may]",
    "summer": "[jun, jul, aug]",
    "autumn": "[sep, oct, nov]",
    "fall": "[sep, oct, nov]",
    "winter": "[dec, jan, feb]",
}
_PLACEHOLDERS = {
    "value": ("year", "decade", "genre", "artist", "album", "key", "group", "name", "month"),
    "date": ("today", "now", "day", "week", "updated", "time", "datetime"),
    "count": ("tracks", "total", "n", "number", "size", "length"),
}
_HOUR = r"([0-9]{1,2})(?::00)?\s*(am|pm)?"
_OFTEN = (
    "hourly",
    "every hour",
    "hour",
    "live",
    "realtime",
    "real-time",
    "instantly",
    "every minute",
    "minute",
)


def option_meant(key: str, node: Node) -> str:
    """` (write limit: {percent: 50})` for a value of an option that is wrong in a way that others are right; else empty."""
    if isinstance(node, ScalarNode) and key in _MAY_BE_LEFT_OUT and node.text.strip().casefold() in _NONE:
        return f" (leave {key} out)"
    form = form_meant(key, node)
    return f" (write {key}: {form})" if form else ""


def form_meant(key: str, node: Node) -> str:
    """A value of an option in the form that it takes, where it has another one; else empty."""
    if not isinstance(node, ScalarNode):
        return _lists_meant(node) if key in ("union", "minus", "intersect") else ""
    text = node.text.strip().casefold()
    if len(text) > LONGEST or key not in _READERS:
        return ""
    form = _READERS[key](text)
    return form if form != text else ""


@of_short_texts
def words_meant(takes: Takes, text: str) -> str:
    """Weekdays, months or hours as they are written here: `[sat, sun]` for `weekend`, `6-12` for `6am to 12pm`; else empty."""
    text = text.strip().casefold()
    match takes:
        case Takes.WEEKDAYS:
            return _weekdays(text)
        case Takes.MONTHS:
            return _several(text, _MONTHS) or _SEASONS.get(text, "")
        case Takes.HOURS:
            return _hours(text)
    return ""


@of_short_texts
def placeholder_meant(text: str) -> str:
    """` (did you mean {value}?)` for a placeholder of another name; else empty."""
    word = text.strip("{}$% ").casefold()
    meant = next((name for name, words in _PLACEHOLDERS.items() if word in words), "")
    return f" (did you mean {{{meant}}}?)" if meant else ""


def _hours(text: str) -> str:
    match = re.fullmatch(rf"{_HOUR}\s*(?:-|\u2013|to|until|,|\.\.)\s*{_HOUR}", text.strip("[]()"))
    if not match:
        return ""
    first, last = (
        int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
        for hour, half in ((match[1], match[2]), (match[3], match[4]))
    )
    return f"{first}-{last}" if first != last and first < 24 and last <= 24 else ""


def with_number(message: str, node: Node) -> str:
    """A message whose last example has the person's own number: `(write limit: {minutes: 90})` for `max_minutes: 45`."""
    text = node.text.strip().casefold() if isinstance(node, ScalarNode) else ""
    time = _playing_time(text) if re.search(r"limit: \{(?:minutes|hours): ", message) else ""
    if time:
        return re.sub(r"\(write limit: \{\w+: \d+\}\)", f"(write limit: {time})", message)
    number = text if re.fullmatch(r"[1-9][0-9]{0,4}", text) else percentage_meant(text) or number_meant(text)
    return re.sub(r"(\(write limit: \{\w+: )\d+(\}\))", rf"\g<1>{number}\2", message) if number else message


def _limit(text: str) -> str:
    share = percentage_meant(text)
    if share:
        return f"{{percent: {share}}}"
    return _whole(text) or _playing_time(text)


def _playing_time(text: str) -> str:
    minutes = _minutes(text)
    if not minutes:
        return ""
    return f"{{hours: {minutes // 60:g}}}" if minutes % 60 == 0 else f"{{minutes: {minutes:g}}}"


def _minutes(text: str) -> float:
    """The minutes of a playing time; 0: it is none."""
    written = text if re.fullmatch(r"[0-9]+[smh]|[0-9:]*:[0-9]+", text) else duration_meant(text)
    try:
        return round(read_duration(written) / 60_000, 2)
    except ValueError:
        return 0


def _of_minutes(unit: int) -> Callable[[str], str]:
    """A number of minutes or hours. `1:30` hours are an hour and a half."""

    def read(text: str) -> str:
        written = f"{text}:00" if unit == 60 and re.fullmatch(r"[0-9]{1,4}:[0-9]{2}", text) else text
        minutes = _minutes(written)
        return f"{minutes / unit:g}" if minutes else number_meant(text)

    return read


def _whole(text: str) -> str:
    number = number_meant(text)
    return number if number.isdecimal() and int(number) else ""


def _refresh(text: str) -> str:
    if text in _OFTEN:
        return "always"
    plain = text.removeprefix("every ").removeprefix("each ").strip()
    span = _DAYS_OF_WORD.get(plain) or (
        plain if re.fullmatch(r"[1-9][0-9]*[dwm]", plain) else span_meant(plain)
    )
    return f"{{every: {span}}}" if span and span[-1] in "dwm" else ""


def _every(text: str) -> str:
    return "1d" if re.fullmatch(r"([1-9]|1[0-9]|2[0-4])h", text) else _DAYS_OF_WORD.get(text, "")


def _weekdays(text: str) -> str:
    if text in _NAMED_DAYS:
        return _NAMED_DAYS[text]
    return _several(text, _DAYS)


def _several(text: str, names: tuple[str, ...]) -> str:
    """Names of days or months in one text, as a list; a range goes over the end of the week."""
    ends = re.fullmatch(r"(\w+)\s*(?:-|\u2013|to|\.\.)\s*(\w+)", text)
    if ends:
        first, last = _name(ends[1], names), _name(ends[2], names)
        if first and last:
            begin, end = names.index(first), names.index(last)
            some = names[begin : end + 1] if begin <= end else (*names[begin:], *names[: end + 1])
            return f"[{', '.join(some)}]"
    some = tuple(_name(part, names) for part in re.split(r"\s*(?:,|;|/|\band\b|\+)\s*|\s+", text) if part)
    return f"[{', '.join(dict.fromkeys(some))}]" if len(some) > 1 and all(some) else ""


def _name(word: str, names: tuple[str, ...]) -> str:
    return word[:3] if word[:3] in names and len(word) > 2 else ""


def _active(text: str) -> str:
    ends = re.fullmatch(r"(.+?)\s*(?:-|\u2013|to|\.\.)\s*(.+)", text)
    first, last = (ends[1], ends[2]) if ends else (text, text)
    if _name(first, _MONTHS) and _name(last, _MONTHS) and first.isalpha() and last.isalpha():
        begin, end = (1 + _MONTHS.index(name[:3]) for name in (first, last))
        return f"{{from: {begin:02}-01, to: {end:02}-{_LAST_DAYS[end - 1]}}}"
    begin_day, end_day = day_of_year_meant(first), day_of_year_meant(last)
    return f"{{from: {begin_day}, to: {end_day}}}" if begin_day and end_day else ""


def _guard(text: str) -> str:
    share = percentage_meant(text)
    if share:
        return f"{{max_removed_percent: {share}}}"
    return "{never_empty: yes}" if yes_or_no_meant(text) == "yes" else ""


def _lists_meant(node: Node) -> str:
    """The lists of `{playlist: x}`, or of several such."""
    if isinstance(node, ListNode):
        names = [_list_meant(item) for item in node.items]
        return f"[{', '.join(names)}]" if names and all(names) else ""
    name = _list_meant(node)
    return f"[{name}]" if name else ""


def _list_meant(node: Node) -> str:
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        node = node.entries[0][1]
    return format_text(node.text) if isinstance(node, ScalarNode) and node.text else ""


_COUNTS = (
    "offset",
    "per_artist",
    "per_album",
    "min_tracks",
    "artist_separation",
    "count",
    "distance",
    "take",
    "max_lists",
)
_FLAGS = ("public", "collaborative", "include_unplayable", "never_empty")
_MAY_BE_LEFT_OUT = (
    *(
        "limit",
        "offset",
        "per_artist",
        "per_album",
        "min_tracks",
        "artist_separation",
        "max_lists",
        "max_removed_percent",
    ),
    *(
        "shuffle",
        "dedupe",
        "guard",
        "active",
        "weekdays",
        "round_robin",
        "random_group",
        "sort",
        "substitute",
    ),
)
_READERS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_COUNTS, _whole),
    **dict.fromkeys(_FLAGS, yes_or_no_meant),
    "limit": _limit,
    "minutes": _of_minutes(1),
    "hours": _of_minutes(60),
    "percent": lambda text: percentage_meant(text) or number_meant(text),
    "max_removed_percent": lambda text: percentage_meant(text) or number_meant(text),
    "refresh": _refresh,
    "every": _every,
    "weekdays": _weekdays,
    "active": _active,
    "from": day_of_year_meant,
    "to": day_of_year_meant,
    "guard": _guard,
}
