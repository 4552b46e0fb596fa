"""A day or a minute that a person names, in the time zone of a listener."""

import argparse
import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from utils.errors import SettingsError

_WHEN = re.compile(r"((?:19[7-9]\d|2\d{3})-\d\d-\d\d)(?:[T ](\d\d:\d\d))?", re.ASCII)


class When(NamedTuple):
    """A day of the listener, or a minute of it."""

    moment: datetime  # without a zone
    is_day: bool

    def begin(self, zone: ZoneInfo) -> datetime:
        """When it begins; a minute that clocks show twice, the first time."""
        return self.moment.replace(tzinfo=zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """When it is over; a minute that clocks show twice, the second time."""
        if self.is_day:
            return (self.moment + timedelta(days=1)).replace(tzinfo=zone)
        times = (self.moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return max(times) + timedelta(minutes=1)

    def last_moment(self, zone: ZoneInfo, now: datetime) -> datetime:
        """The last moment of it that was; of today, now. Raises SettingsError for what has not begun."""
        if self.begin(zone) > now:
            raise SettingsError(f"{self} has not come yet.", "Give a day that was, or a minute of it.")
        return min(self.end(zone) - timedelta(microseconds=1), now)

    def __str__(self) -> str:
        """As it is written on a command line."""
        return f"{self.moment:%Y-%m-%d}" if self.is_day else f"{self.moment:%Y-%m-%dT%H:%M}"


def when(text: str) -> When:
    """`2026-05-01`, or `2026-05-01 22:30`."""
    match = _WHEN.fullmatch(text.strip())
    try:
        moment = datetime.fromisoformat(f"{match[1]} {match[2] or '00:00'}") if match else None
    except ValueError:
        moment = None
    if match is None or moment is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day such as 2026-05-01, nor a minute such as '2026-05-01 22:30'"
        )
    return When(moment, match[2] is None)


def day(text: str) -> date:
    """`2026-05-01`."""
    found = when(text)
    if not found.is_day:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-05-01")
    return found.moment.date()
