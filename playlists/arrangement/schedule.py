"""When a list is made: seasons, weekdays, how often; and the names that go with it.

A day is always a day of the listener's time zone.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playlists.language.model import Definition, Season

_PLACEHOLDER = re.compile(r"\{(date|count|value)\}")
_NOT_ONE_LINE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_MONDAY = date(2000, 1, 3)


def is_active(definition: Definition, today: date) -> bool:
    """Whether the list is kept up to date on this day: in a season, on a weekday. Without either: always."""
    in_season = not definition.seasons or any(_covers(season, today) for season in definition.seasons)
    return in_season and (not definition.weekdays or today.isoweekday() in definition.weekdays)


def _covers(season: Season, today: date) -> bool:
    day = (today.month, today.day)
    if season.first <= season.last:
        return season.first <= day <= season.last
    return day >= season.first or day <= season.last  # over New Year


def is_due(definition: Definition, last_synced_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether as many days have begun since the list was last made as its refresh says. Both times are aware.

    Due as well: a list never made, and one made in the future, by a clock that was wrong.
    """
    if last_synced_at is None:
        return True
    days = now.astimezone(zone).date() - last_synced_at.astimezone(zone).date()
    return not timedelta(0) <= days < timedelta(definition.refresh.days)


def period_name(definition: Definition, today: date) -> str:
    """The day that names this period's archive: `2026-11-16`, the first one of the period that today belongs to.

    Periods have as many days as the definition's refresh, counted from a Monday: with 7 it is the week's Monday, with
    0 or 1 today itself. So a list that a kill cut short on one day is finished, not doubled, on the next, while a
    list that is due gets a name of its own.
    """
    days = max(definition.refresh.days, 1)
    return (today - timedelta((today - _MONDAY).days % days)).isoformat()


def fill(text: str, *, longest: int, date: object = None, count: object = None, value: object = None) -> str:
    """A name or description with {date}, {count} and {value} filled in; one line of at most `longest` characters.

    What is None is left to be filled in later; other braces stay as they are, as do those in a value.
    """
    values = {"date": date, "count": count, "value": value}

    def filled(found: re.Match[str]) -> str:
        given = values[found[1]]
        return found[0] if given is None else str(given)

    line = _NOT_ONE_LINE.sub(" ", _PLACEHOLDER.sub(filled, text)).strip()
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
