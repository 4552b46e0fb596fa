"""Days and minutes that a person names: a day ends where the next begins, a minute that clocks show twice with the second."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from utils.errors import SettingsError
from utils.when import when

NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "zone", "last"),
    [
        ("2026-11-28", "UTC", "2026-11-28T23:59:59"),
        ("2026-11-28", "Asia/Kathmandu", "2026-11-28T18:14:59"),
        ("2024-02-29", "Europe/Berlin", "2024-02-29T22:59:59"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T22:59:59"),  # 25 hours
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T01:30:59"),  # the second one
        (
            "2026-03-29 02:30",
            "Europe/Berlin",
            "2026-03-29T01:30:59",
        ),  # none such: as if clocks had not changed
        ("2026-11-29", "UTC", "2026-11-29T12:00:30"),
        ("2026-11-29T12:00", "UTC", "2026-11-29T12:00:30"),
    ],
)
def test_the_last_moment_of_what_is_named(named, zone, last):
    moment = when(named).last_moment(ZoneInfo(zone), NOW).astimezone(UTC)
    assert moment.replace(microsecond=0, tzinfo=None).isoformat() == last


@pytest.mark.parametrize("named", ["2026-11-30", "2026-11-29T12:01", "2199-01-01"])
def test_what_has_not_begun_has_none(named):
    with pytest.raises(SettingsError, match="has not come yet"):
        when(named).last_moment(ZoneInfo("UTC"), NOW)
