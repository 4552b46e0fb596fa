"""Decides when a list is updated: seasons, weekdays, how often. Fills the day in where names have it.

A day is always a day of the listener's time zone.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playlists.language.model import Definition, Season, Variant

_PLACEHOLDER = re.compile(r"\{(date|count|value)\}")
_NOT_ONE_LINE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_PERIOD = re.compile(r"_\d{4}_\d{2}_\d{2}$")  # behind the slug of an archive
_MONDAY = date(2000, 1, 3)
_LONGEST_WAIT_DAYS = 9 * 366  # to the next 29 February, over a year of a hundred


def is_active(definition: Definition, today: date) -> bool:
    """Whether the list is updated on this day: it is in one of its seasons, if it has any, and on one of its weekdays."""
    return _is_day_of(definition, today)


def version_of_day(definition: Definition, today: date) -> Definition:
    """What is in force on this day: the first variant of the day, else the definition itself."""
    return next((one.definition for one in definition.variants if _is_day_of(one, today)), definition)


def _is_day_of(days: Definition | Variant, today: date) -> bool:
    in_season = not days.seasons or any(_covers(season, today) for season in days.seasons)
    return in_season and (not days.weekdays or today.isoweekday() in days.weekdays)


def next_active_day(definition: Definition, today: date) -> date | None:
    """The first day after today on which the list is updated; None: not within the next years."""
    days = (today + timedelta(ahead) for ahead in range(1, _LONGEST_WAIT_DAYS))
    return next((day for day in days if is_active(definition, day)), None)


def _covers(season: Season, today: date) -> bool:
    day = (today.month, today.day)
    if season.first <= season.last:
        return season.first <= day <= season.last
    return day >= season.first or day <= season.last  # over New Year


def is_due(definition: Definition, last_synced_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether as many days have begun since the last update as the list's refresh says. Both times are aware.

    A list that was never updated is due, and so is one that was updated in the future, by a clock that was wrong.
    """
    if last_synced_at is None:
        return True
    days = now.astimezone(zone).date() - last_synced_at.astimezone(zone).date()
    return not timedelta(0) <= days < timedelta(definition.refresh.days)


def period_name(definition: Definition, today: date) -> str:
    """The day that names this period's archive: `2026-11-16`, the first one of the period that today belongs to.

    Periods have as many days as the definition's refresh, counted from a Monday: with 7 it is the Monday of the week, with
    0 or 1 today itself. So a run on the next day finishes the list that a killed run began, instead of making another,
    while a list that is due gets a name of its own.
    """
    days = max(definition.refresh.days, 1)
    return (today - timedelta((today - _MONDAY).days % days)).isoformat()


def archive_slug(definition: Definition, today: date) -> str:
    """The slug of the list that an archive has for the period of today: `found_2026_11_16`."""
    return f"{definition.slug}_{period_name(definition, today).replace('-', '_')}"


def without_period(slug: str) -> str:
    """The slug of an archive's file, from that of one of its lists; empty for what is none."""
    return _PERIOD.sub("", slug) if _PERIOD.search(slug) else ""


def fill(text: str, *, longest: int, date: object = None, count: object = None, value: object = None) -> str:
    """A name or description with {date}, {count} and {value} filled in; one line of at most `longest` characters.

    A placeholder whose value is None stays, to be filled in later; so do other braces, and braces inside of a value.
    """
    values = {"date": date, "count": count, "value": value}

    def filled(match: re.Match[str]) -> str:
        given = values[match[1]]
        return match[0] if given is None else str(given)

    line = _NOT_ONE_LINE.sub(" ", _PLACEHOLDER.sub(filled, text)).strip()
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
