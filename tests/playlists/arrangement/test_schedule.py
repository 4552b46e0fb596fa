"""When lists are made, and what they are called."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playlists.arrangement.schedule import (
    fill,
    is_active,
    is_due,
    period_name,
)
from playlists.language.model import (
    EVERYTHING,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    Arrangement,
    Definition,
    Refresh,
    Season,
)


def definition(days=0, seasons=(), weekdays=()):
    return Definition(
        slug="mix",
        name="Mix",
        description="",
        source="library",
        match=EVERYTHING,
        arrangement=Arrangement(),
        refresh=Refresh(days),
        seasons=tuple(Season(*season) for season in seasons),
        weekdays=weekdays,
    )


def active_days(made, year=2028):
    """How many days of a leap year a list is active, and on which the first and the last time."""
    days = [date(year, 1, 1) + timedelta(number) for number in range(366)]
    active = [day for day in days if is_active(made, day)]
    return len(active), *(f"{day:%m-%d}" for day in (active[0], active[-1]))


@pytest.mark.parametrize(
    ("seasons", "expected"),
    [
        ((), (366, "01-01", "12-31")),
        ([((12, 1), (12, 26))], (26, "12-01", "12-26")),
        ([((12, 24), (12, 24))], (1, "12-24", "12-24")),
        ([((12, 1), (1, 2))], (33, "01-01", "12-31")),
        ([((2, 29), (2, 29))], (1, "02-29", "02-29")),
        ([((2, 1), (2, 29))], (29, "02-01", "02-29")),
        ([((3, 1), (3, 2)), ((3, 2), (3, 3))], (3, "03-01", "03-03")),
        ([((1, 1), (12, 31))], (366, "01-01", "12-31")),
        ([((5, 2), (5, 1))], (366, "01-01", "12-31")),
    ],
)
def test_seasons(seasons, expected):
    assert active_days(definition(seasons=seasons)) == expected


def test_over_new_year():
    made = definition(seasons=[((12, 1), (1, 2))])
    for day, active in (("2026-11-30", 0), ("2026-12-01", 1), ("2027-01-02", 1), ("2027-01-03", 0)):
        assert is_active(made, date.fromisoformat(day)) == bool(active)


def test_weekdays():
    weekend = definition(weekdays=(6, 7))
    week = [date(2026, 11, 16) + timedelta(number) for number in range(7)]
    assert [is_active(weekend, day) for day in week] == [False] * 5 + [True] * 2
    both = definition(seasons=[((11, 1), (11, 21))], weekdays=(6, 7))
    assert [is_active(both, day) for day in week] == [False] * 5 + [True, False]


NEW_YORK = ZoneInfo("America/New_York")
LATE = datetime(2026, 11, 22, 4, 59, tzinfo=UTC)  # 23:59 on the 21st in New York


@pytest.mark.parametrize(
    ("days", "zone", "later", "due"),
    [
        (0, "UTC", timedelta(0), True),
        (1, "UTC", timedelta(hours=18), False),
        (1, "UTC", timedelta(hours=20), True),
        (1, "America/New_York", timedelta(0), False),
        (1, "America/New_York", timedelta(minutes=1), True),  # midnight has passed there
        (1, "UTC", timedelta(minutes=1), False),
        (7, "America/New_York", timedelta(days=6), False),
        (7, "America/New_York", timedelta(days=6, minutes=1), True),
        (7, "UTC", timedelta(days=30), True),
        (7, "UTC", timedelta(days=-1), True),  # made in the future: a clock was wrong
    ],
)
def test_due_by_days_of_the_listener(days, zone, later, due):
    assert is_due(definition(days), LATE, LATE + later, ZoneInfo(zone)) is due


def test_an_hour_that_is_missing_or_doubled_makes_no_difference():
    for night in (datetime(2026, 3, 8, tzinfo=NEW_YORK), datetime(2026, 11, 1, tzinfo=NEW_YORK)):
        assert not is_due(definition(1), night, night.replace(hour=23, minute=59), NEW_YORK)
        assert is_due(definition(1), night, night + timedelta(days=1), NEW_YORK)


def test_what_was_never_made_is_due():
    for days in (0, 1, 30):
        assert is_due(definition(days), None, LATE, NEW_YORK)


@pytest.mark.parametrize(
    ("days", "today", "name"),
    [
        (0, "2026-11-21", "2026-11-21"),
        (1, "2026-11-21", "2026-11-21"),
        (7, "2026-11-15", "2026-11-09"),
        (7, "2026-11-16", "2026-11-16"),
        (7, "2026-11-22", "2026-11-16"),
        (7, "1999-12-31", "1999-12-27"),
    ],
)
def test_the_name_of_a_period(days, today, name):
    assert period_name(definition(days), date.fromisoformat(today)) == name


@pytest.mark.parametrize("days", [1, 2, 7, 10, 30, 365])
def test_a_list_that_is_due_again_has_another_name_and_one_made_again_has_not(days):
    made = definition(days)
    for number in range(800):
        today = date(2026, 1, 1) + timedelta(number)
        name = period_name(made, today)
        assert name <= today.isoformat()
        assert period_name(made, date.fromisoformat(name)) == name
        assert period_name(made, today + timedelta(days)) != name


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Top of {date}", {"date": "2026-11-21"}, "Top of 2026-11-21"),
        ("{value}: {count} songs, {count}!", {"value": "1990s", "count": 7}, "1990s: 7 songs, 7!"),
        ("{count} of none", {"count": 0}, "0 of none"),
        ("{date} {count}", {"value": "x"}, "{date} {count}"),  # to be filled in later
        ("{other} {} {0} { date} {Date} {date", {"date": "D"}, "{other} {} {0} { date} {Date} {date"),
        ("{{date}} {date!r}", {"date": "D"}, "{D} {date!r}"),
        (
            "{value} {date}",
            {"value": "{date} {count}", "date": "D"},
            "{date} {count} D",
        ),  # a name with braces
        ("two\nlines\t\x00and\u2028more ", {}, "two lines and more"),
        ("{value}", {"value": "R&B\n\r <b>"}, "R&B <b>"),
        ("", {}, ""),
    ],
)
def test_names(text, values, filled):
    assert fill(text, longest=LONGEST_NAME, **values) == filled


@pytest.mark.parametrize("longest", [LONGEST_NAME, LONGEST_DESCRIPTION])
def test_a_name_is_never_too_long(longest):
    assert fill("x" * longest, longest=longest) == "x" * longest
    assert fill("x" * (longest + 1), longest=longest) == "x" * (longest - 1) + "…"
    long = fill("{value}", longest=longest, value="word " * 1000)
    assert len(long) <= longest
    assert long.endswith("word…")


def test_filling_again_changes_nothing():
    once = fill("Mix {date}\n{value}", longest=LONGEST_NAME, date="2026-11-21", value="y" * 200)
    assert fill(once, longest=LONGEST_NAME, date="2026-11-22", value="z") == once
