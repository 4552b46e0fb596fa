"""Times as definitions write them: dates, lengths of time, durations, weekdays, months, hours.

Each `read_` function makes a value of one text, or raises ValueError. Its message continues the caller's "… is not a
date", and is empty where there is nothing to add. Each `format_` function is the inverse of a `read_` function.
"""

import calendar
import re
from datetime import date

from playlists.language.model import DayRange, Span
from playlists.language.texts import of_short_texts
from utils.errors import suggestion

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
RELATIVE_DAYS = {
    day.text: day
    for day in (
        DayRange("today", None, None, Span(0, "d")),
        DayRange("yesterday", None, None, Span(1, "d")),
        DayRange("this_week", None, None, Span(0, "w"), "w"),
        DayRange("this_month", None, None, Span(0, "m"), "m"),
        DayRange("this_year", None, None, Span(0, "y"), "y"),
        DayRange("last_week", None, None, Span(1, "w"), "w"),
        DayRange("last_month", None, None, Span(1, "m"), "m"),
        DayRange("last_year", None, None, Span(1, "y"), "y"),
    )
}
FIRST_YEAR, LAST_YEAR = 1000, 2999
_LONGEST = {"h": 876_000, "d": 36_500, "w": 5_200, "m": 1_200, "y": 100}  # a hundred years
_DAYS = {"h": (0, 1), "d": (1, 1), "w": (7, 7), "m": (28, 31), "y": (365, 366)}  # at least and at most
_SPAN = re.compile(r"([1-9][0-9]{0,5})([hdwmy])")
_SPAN_IN_WORDS = re.compile(
    r"(?:in )?(?:the )?(?:last |past |previous |-|p(?=[0-9]))?\s*([0-9]{1,6}|an?|one)?[\s_-]*(h|d|w|y|hr|hour|day|week|month|mo|year|yr)s?(?: ago| back)?"
)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MONTH_NAME = rf"({'|'.join(month[:3] for month in MONTHS)})[a-z]*"
_OTHER_DATES = (
    re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})(?:[-/. ]([0-9]{1,2}))?(?:[t ][0-9:.+z-]*)?"),
    re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4})"),
    re.compile(rf"(?:([0-9]{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?)?{_MONTH_NAME},? ([0-9]{{4}})"),
    re.compile(rf"{_MONTH_NAME} ([0-9]{{1,2}})(?:st|nd|rd|th)?,? ([0-9]{{4}})"),
)
_CLOCK = re.compile(r"(?:([0-9]{1,6}):(?=[0-9]{2}:))?([0-9]{1,5}):([0-9]{2})")
_AMOUNT = re.compile(r"([0-9]{1,7})(s|m|h)")
_LENGTH_IN_WORDS = re.compile(
    r"(?:pt)?(?:([0-9]{1,3}(?:[.,][0-9]{1,2})?)\s*(?:h|hrs?|hours?)[\s,]*)?"
    r"(?:([0-9]{1,5}(?:[.,][0-9]{1,2})?)\s*(?:m|mins?|minutes?|'|(?<=[.,][0-9])|(?<=[.,][0-9]{2}))[\s,]*(?:and )?)?"
    r"(?:([0-9]{1,5})\s*(?:s|secs?|seconds?|\"|''))?"
)
_HOURS = re.compile(r"([0-9]{1,2})\s*-\s*([0-9]{1,2})")
_MONTH_AND_DAY = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")
_DECADE_NAMES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_LONGEST_S = 10**9  # 10^12 milliseconds


def read_span(text: str) -> Span:
    """`36h`, `30d`, `6w`, `3m`, `2y`: at least one, at most a hundred years. Raises ValueError."""
    match = _SPAN.fullmatch(text)
    if not match:
        meant = span_meant(text)
        raise ValueError(f" (did you mean {meant}?)" if meant else "")
    amount, unit = int(match[1]), match[2]
    if amount > _LONGEST[unit]:
        raise ValueError("; a hundred years are the longest")
    return Span(amount, unit)  # type: ignore[arg-type]  # the pattern knows no other unit


@of_short_texts
def span_meant(text: str) -> str:
    """A length of time in words, or in days without a unit: `the last 30 days` → 30d; empty where it is none."""
    words = _SPAN_IN_WORDS.fullmatch(text.strip().lower())
    if words:
        amount = int(words[1]) if words[1] and words[1].isdecimal() else 1
        return f"{amount}{words[2][0]}" if amount else ""
    return f"{int(text)}d" if text.isascii() and text.isdigit() and int(text) else ""


def read_day(text: str) -> DayRange:
    """`2026-05-01`, `2026-05`, `2026`, `today`, `last_month`, `-30d`. Raises ValueError."""
    if text.lower() in RELATIVE_DAYS:
        return RELATIVE_DAYS[text.lower()]
    if text.startswith("-"):
        span = read_span(text[1:])
        if span.unit == "h":
            raise ValueError("; days are the shortest: -1d")
        return DayRange(text, None, None, span)
    if not _DATE.fullmatch(text):
        raise ValueError(_suggested_day(text))
    return _calendar_days(text)


@of_short_texts
def _suggested_day(text: str) -> str:
    """What somebody may have meant who wrote a text that is no day: `30d` for -30d, or a misspelt word."""
    meant = day_meant(text.strip().lower())
    if meant:
        return f" (did you mean {meant}?)"
    try:
        read_span(text)
    except ValueError:
        span = span_meant(text) if re.search("[0-9][^0-9]", text) else ""
        return f" (did you mean -{span}?)" if span and span[-1] != "h" else suggestion(text, RELATIVE_DAYS)
    return f" (did you mean -{text}, so long before today?)"


@of_short_texts
def day_meant(text: str) -> str:
    """A date in the order or the words of others: `2026/5/1`, `1.5.2026`, `May 2026`, `30 days ago`; empty where it is none.

    Of `5/4/2026` nobody knows which is the month, so that it has none.
    """
    word = {"now": "today", "now()": "today", "current_date": "today"}.get(text, re.sub(r"[\s-]+", "_", text))
    if word in RELATIVE_DAYS:
        return word
    ago = _SPAN_IN_WORDS.fullmatch(text)
    if ago and text.endswith((" ago", " back")):
        span = span_meant(text)
        return "" if not span else f"-{span}" if span[-1] != "h" else "-1d"
    year_first, year_last, day_and_name, name_and_day = (form.fullmatch(text) for form in _OTHER_DATES)
    if year_first:
        return _written_day(year_first[1], year_first[2], year_first[3])
    if year_last:
        day, month = year_last[1], year_last[3]
        if year_last[2] != "." and int(day) <= 12 and int(month) <= 12 and day != month:
            return ""
        day, month = (month, day) if year_last[2] != "." and int(month) > 12 else (day, month)
        return _written_day(year_last[4], month, day)
    if day_and_name:
        return _written_day(day_and_name[3], _number_of_month(day_and_name[2]), day_and_name[1])
    if name_and_day:
        return _written_day(name_and_day[3], _number_of_month(name_and_day[1]), name_and_day[2])
    return ""


@of_short_texts
def day_of_year_meant(text: str) -> str:
    """A day of any year, `12-01`, of `Dec 1`, `1. December` or `2026-12-01`; empty where it is none."""
    text = text.strip().lower()
    of_year = re.fullmatch(r"[0-9]{4}-([0-9]{1,2})-([0-9]{1,2})", text)
    month_first = re.fullmatch(rf"{_MONTH_NAME}\.? ([0-9]{{1,2}})(?:st|nd|rd|th)?", text)
    day_first = re.fullmatch(rf"([0-9]{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?{_MONTH_NAME}", text)
    if of_year:
        month, day = of_year.groups()
    elif month_first:
        month, day = _number_of_month(month_first[1]), month_first[2]
    elif day_first:
        month, day = _number_of_month(day_first[2]), day_first[1]
    else:
        return ""
    return _written_day("2024", month, day)[5:]  # a leap year


def _number_of_month(name: str) -> str:
    return str(1 + [month[:3] for month in MONTHS].index(name[:3]))


def _written_day(year: str, month: str, day: str | None) -> str:
    """`2026-05-01`, or `2026-05`; empty where there is no such day."""
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return ""
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")


def _calendar_days(text: str) -> DayRange:
    """The day, or all days of the month or year, that a text of the form `2026-05-01` names. Raises ValueError."""
    parts = [int(part) for part in text.split("-")]  # year, month, day; the last ones may be missing
    if not FIRST_YEAR <= parts[0] <= LAST_YEAR:
        raise ValueError(f"; years are from {FIRST_YEAR} to {LAST_YEAR}")
    year, month, day = [*parts, 1, 1][:3]
    try:
        first = date(year, month, day)
    except ValueError:
        raise ValueError("; there is no such day") from None
    match len(parts):
        case 1:
            return DayRange(text, first, date(year, 12, 31))
        case 2:
            return DayRange(text, first, date(year, month, calendar.monthrange(year, month)[1]))
    return DayRange(text, first, first)


def is_reversed(first: DayRange, last: DayRange) -> bool:
    """Whether a range ends before it begins on every day that the list can be made; False where that depends on the day."""
    if first.first is not None and last.last is not None:
        return first.first > last.last
    if first.offset is not None and last.offset is not None:
        if (first.whole, first.offset.unit) == (last.whole, last.offset.unit):
            return first.offset.amount < last.offset.amount
        return _begins_ago(first.offset, first.whole) < _ends_ago(last.offset, last.whole)
    return False


def is_surely_longer(one: Span, other: Span) -> bool:
    """Whether a length of time is at least as long as another one, whichever months and changes of the clock are in them."""
    if one.unit == other.unit:
        return one.amount >= other.amount
    return _hours(one)[0] >= _hours(other)[1]


def _hours(span: Span) -> tuple[int, int]:
    """How many hours a length of time has at least, and at most; a day may have an hour less or more."""
    if span.unit == "h":
        return span.amount, span.amount
    shortest, longest = _DAYS[span.unit]
    return 24 * span.amount * shortest - 1, 24 * span.amount * longest + 1


def _begins_ago(offset: Span, whole: str | None) -> int:
    """How many days ago the first day of the range is at most."""
    return offset.amount * _DAYS[offset.unit][1] + (_DAYS[whole][1] - 1 if whole else 0)


def _ends_ago(offset: Span, whole: str | None) -> int:
    """How many days ago the last day of the range is at least."""
    if whole is None:
        return offset.amount * _DAYS[offset.unit][0]
    shortest, longest = _DAYS[whole]
    return 1 + (offset.amount - 1) * shortest if offset.amount else 1 - longest


def read_duration(text: str) -> int:
    """`3:30`, `1:02:03`, `90s`, `5m` (minutes), `2h` → milliseconds. Raises ValueError."""
    clock, amount = _CLOCK.fullmatch(text), _AMOUNT.fullmatch(text)
    if clock:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        if seconds > 59 or (clock[1] and minutes > 59):
            raise ValueError("; there are 60 minutes in an hour, and 60 seconds in a minute")
        total = hours * 3600 + minutes * 60 + seconds
    elif amount:
        total = int(amount[1]) * _SECONDS[amount[2]]
    else:
        raise ValueError(_suggested_duration(text))
    if total > _LONGEST_S:
        raise ValueError("; that is too long")
    return total * 1000


@of_short_texts
def _suggested_duration(text: str) -> str:
    """Seconds, or where that would be hours, milliseconds, as Spotify and other tools count; or words: `5 minutes`."""
    meant = duration_meant(text.strip().lower())
    if meant:
        return f" (did you mean {meant}?)"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return ""
    number = int(text)
    if number < 60:
        return f" (did you mean {text}m or {text}s?)" if number else " (did you mean 0s?)"
    if number < 10_000:
        return f" (did you mean {text}s?)"
    minutes, seconds = divmod(round(number / 1000), 60)
    return f" (milliseconds? did you mean {minutes}:{seconds:02}?)"


@of_short_texts
def duration_meant(text: str) -> str:
    """`5 minutes` → 5m, `3m30s` → 3:30, `3.5 min` → 3:30, `3.5` → 3:30; empty where it is none."""
    milliseconds = re.fullmatch(r"([0-9]{4,9})\s*(?:ms|milliseconds?)", text)
    if milliseconds:
        return format_duration(round(int(milliseconds[1]), -3))
    clock = re.fullmatch(r"([0-9]{1,3})[.,]([0-5][0-9])", text)
    if clock:
        return f"{int(clock[1])}:{clock[2]}"
    parts = _LENGTH_IN_WORDS.fullmatch(text)
    if not parts or not text:
        return ""
    given = [float((part or "0").replace(",", ".")) for part in parts.groups()]
    seconds = round(sum(amount * unit for amount, unit in zip(given, (3600, 60, 1), strict=True)))
    if re.fullmatch(r"[0-9]+\s*[a-z]+", text):
        amount = next(int(part) for part in parts.groups() if part)
        return f"{amount}{'hms'[[bool(part) for part in parts.groups()].index(True)]}"
    return format_duration(seconds * 1000) if seconds else ""


def format_duration(milliseconds: int) -> str:
    """Milliseconds, of whole seconds → `3:30`, `1:02:03`."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours}:{minutes_left:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def read_name(text: str, names: tuple[str, ...]) -> int:
    """The number, from 1, of a weekday (`mon`, `Monday`) or a month (`dec`, `12`) among `names`. Raises ValueError."""
    folded = text.lower()
    for number, name in enumerate(names, start=1):
        if folded in (name, name[:3]) or (names is MONTHS and folded in (str(number), f"{number:02}")):
            return number
    raise ValueError(f"; known: {', '.join(name[:3] for name in names)}")


def read_year(text: str) -> int:
    """`1994`. Raises ValueError."""
    if not re.fullmatch(r"[0-9]{4}", text) or not FIRST_YEAR <= int(text) <= LAST_YEAR:
        short = re.fullmatch(r"['\u2019]?([0-9]{2})", text)
        meant = f" (did you mean {19 if int(short[1]) >= 30 else 20}{short[1]}?)" if short else ""
        raise ValueError(f"; years are from {FIRST_YEAR} to {LAST_YEAR}{meant}")
    return int(text)


def read_decade(text: str) -> int:
    """`1990`, `1990s`, `90s` → the first year; `20s` are those of 2020, `30s` those of 1930. Raises ValueError."""
    if re.fullmatch(r"[0-9]0s", text):
        return int(text[:2]) + (1900 if text >= "30s" else 2000)
    if not re.fullmatch(r"[0-9]{3}0s?", text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(f"; a decade is named by its first year{_decade_meant(text.strip().lower())}")
    return int(text[:4])


@of_short_texts
def _decade_meant(text: str) -> str:
    """`: write 1990` for 1995, 90 or nineties; else an example."""
    words = {name: f"{number}0s" for number, name in enumerate(_DECADE_NAMES, start=2)}
    text = words.get(text.replace("the ", "").replace("'", ""), text)
    if re.fullmatch(r"[12][0-9]{3}s?", text):
        return f": write {text[:3]}0"
    return (
        f": write {read_decade(f'{text[0]}0s')}"
        if re.fullmatch(r"'?[0-9][0-9]s?", text)
        else ", such as 1990"
    )


def read_day_of_month(text: str) -> int:
    """`1` to `31`. Raises ValueError."""
    if not re.fullmatch(r"0?[1-9]|[12][0-9]|3[01]", text):
        raise ValueError("")
    return int(text)


def read_hours(text: str) -> tuple[int, int]:
    """`6-12`: from, up to but without; `22-3` goes over midnight. Raises ValueError."""
    match = _HOURS.fullmatch(text)
    if not match:
        raise ValueError("; write 6-12 for from 6:00 until 12:00")
    first, end = int(match[1]), int(match[2])
    if first > 23 or end > 24:
        raise ValueError("; a day has the hours 0 to 24")
    if first == end:
        raise ValueError("; that is no time at all")
    return first, end


def read_month_and_day(text: str) -> tuple[int, int]:
    """`12-01` → (12, 1). Raises ValueError."""
    match = _MONTH_AND_DAY.fullmatch(text)
    if not match:
        raise ValueError("")
    try:
        day = date(2024, int(match[1]), int(match[2]))  # a leap year
    except ValueError:
        raise ValueError("; there is no such day") from None
    return day.month, day.day
