"""Stretches of days that a page can be about: calendar ones, that of the whole record, and what each is compared with.

`assets/top.js` does the same in the browser, for those that are chosen there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reports.dashboard.scope import Scope

_ONE = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}  # calendar units, in months
COMPARED_FROM = 0.5  # of the days are known: less is compared with nothing


@dataclass(frozen=True)
class Range:
    """`key`: in the page's address. `last` may lie in the future."""

    key: str
    title: str
    unit: str  # day, week, month, quarter, year, all
    first: date
    last: date


def offered_ranges(scope: Scope) -> list[Range]:
    """Those that have a name: the running ones, each calendar year of the record, and all of it."""
    today = scope.today
    week = today - timedelta(days=today.weekday())
    running = [
        Range("today", "Today", "day", today, today),
        Range("week", "This week", "week", week, week + 6 * _ONE),
    ]
    for unit, months in MONTHS.items():
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        running.append(Range(unit, f"This {unit}", unit, first, plus_months(first, months) - _ONE))
    years = [year_of(year) for year in range(last_day(scope).year, scope.first_day.year - 1, -1)]
    return [*running, *years, Range("all", "All time", "all", scope.first_day, last_day(scope))]


def range_of(key: str, scope: Scope) -> Range | None:
    """The stretch that a key means, as docs/reports.md lists them; None where it means none."""
    for each in offered_ranges(scope):
        if each.key == key:
            return each
    found = re.fullmatch(r"([12]\d{3})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?", key)
    if found:
        year, quarter, month = (int(each or 0) for each in found.groups())
        unit = "quarter" if quarter else "month" if month else "year"
        first = date(year, 3 * quarter - 2 if quarter else month or 1, 1)
        title = f"{year} Q{quarter}" if quarter else f"{first:%B %Y}" if month else str(year)
        return Range(key, title, unit, first, plus_months(first, MONTHS[unit]) - _ONE)
    days = re.fullmatch(r"([12]\d{3}-\d\d-\d\d)(?:\.\.([12]\d{3}-\d\d-\d\d)?)?", key)
    try:
        ends = sorted(date.fromisoformat(each) for each in days.groups() if each) if days else []
    except ValueError:
        return None
    return Range(key_of_days(ends[0], ends[-1]), "", "day", ends[0], ends[-1]) if ends else None


def key_of_month(first: date) -> str:
    """Of a calendar month."""
    return f"{first:%Y-%m}"


def key_of_days(first: date, last: date) -> str:
    """Of any stretch."""
    return first.isoformat() if first == last else f"{first.isoformat()}..{last.isoformat()}"


def address_of(key: str) -> str:
    """Where the page Top shows a stretch; `assets/charts.js` says the same of marks."""
    return f"top.html#range={key}"


def last_day(scope: Scope) -> date:
    """Of the record: today, or later where a clock was wrong."""
    last = scope.last_played_at
    return max(scope.today, last.astimezone(scope.zone).date()) if last else scope.today


def known_days(scope: Scope, first: date, last: date, lost: Sequence[tuple[date, date]]) -> int:
    """Days of the record on which no play is missing; `lost`: first and last days of gaps."""
    first = max(first, scope.first_day)
    each_day = (first + timedelta(days=each) for each in range((last - first).days + 1))
    return sum(not any(begin <= day <= end for begin, end in lost) for day in each_day)


def plus_months(first: date, months: int) -> date:
    """The first day of a month that is so many months later, or earlier."""
    month = 12 * first.year + first.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def compared(chosen: Range, today: date) -> tuple[Range, Range] | None:
    """The whole days of a stretch, and the same ones of the stretch before; None where there is none before, or no whole day yet."""
    if chosen.unit == "all":
        return None
    if chosen.unit in MONTHS:
        before_first = plus_months(chosen.first, -MONTHS[chosen.unit])
    else:
        before_first = chosen.first - (chosen.last - chosen.first + _ONE)
    last, before_last = chosen.last, chosen.first - _ONE
    if last >= today:
        last = today - _ONE
        if last < chosen.first:
            return None
        same = _same_day_last_year(last) if chosen.unit == "year" else before_first + (last - chosen.first)
        before_last = min(before_last, same)
    whole = Range(chosen.key, chosen.title, chosen.unit, chosen.first, last)
    return whole, Range("before", "", chosen.unit, before_first, before_last)


def year_of(year: int) -> Range:
    """A calendar year."""
    return Range(str(year), str(year), "year", date(year, 1, 1), date(year, 12, 31))


def same_days(today: date) -> list[Range]:
    """The whole days of the running year, and the same ones of the year before: `now` and `before`; none on its first day."""
    pair = compared(year_of(today.year), today) or ()
    return [replace(each, key=key, unit="days") for key, each in zip(("now", "before"), pair, strict=False)]


def is_comparable(scope: Scope, stretch: Range, lost: Sequence[tuple[date, date]]) -> bool:
    """Whether the record has all of a stretch, and at least half of its days are known."""
    length = (stretch.last - stretch.first).days + 1
    return (
        stretch.first >= scope.first_day
        and known_days(scope, stretch.first, stretch.last, lost) >= COMPARED_FROM * length
    )


def _same_day_last_year(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
