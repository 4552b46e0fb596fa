"""The two registries: complete, told in one sentence each, and two-valued."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from playlists.language.date_operators import EARLIEST, days_of, moment_before, today
from playlists.language.fields import FIELDS, HIDDEN
from playlists.language.kinds import OF_LIST, OF_LISTS, Context, Kind, Takes
from playlists.language.model import DayRange, Span
from playlists.language.operators import OPERATORS
from playlists.language.sources import SOURCES
from playlists.language.times import read_day

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PROPOSED = {
    Kind.TEXT: "is is_not contains not_contains starts_with ends_with matches in not_in is_empty is_not_empty",
    Kind.TEXTS: "any_is all_are none_is any_contains none_contains any_matches in not_in count_gt count_lt",
    Kind.NUMBER: "eq ne gt gte lt lte between not_between is_null is_not_null top_percent bottom_percent",
    Kind.DURATION: "eq ne gt gte lt lte between not_between is_null is_not_null top_percent bottom_percent",
    Kind.DAY: "on not_on before after between in_last not_in_last weekday month day_of_month same_day_as_today year "
    "decade is_null",
    Kind.MOMENT: "on not_on before after between in_last not_in_last weekday month day_of_month same_day_as_today year "
    "decade is_null",
    Kind.YES_NO: "is",
    Kind.ARTISTS: "in not_in",
    Kind.PLAYLIST: "in not_in",
}
OPPOSITES = (
    "is_not",
    "not_contains",
    "none_is",
    "none_contains",
    "ne",
    "not_between",
    "not_in",
    "not_in_last",
    "not_on",
)


def context(moment: str, zone: ZoneInfo = AMSTERDAM) -> Context:
    return Context("u", datetime.fromisoformat(moment).replace(tzinfo=zone).astimezone(UTC), zone, {})


TYPES = {Kind.NUMBER: "numeric", Kind.DAY: "date", Kind.MOMENT: "timestamptz"}


def held(connection, kind: Kind, operator: str, actual: list, value: object, now: Context) -> list[bool]:
    """What the operator's SQL says of each value of a field."""
    parameters = {"actual": actual}
    sql = OPERATORS[kind][operator].sql("a", value, now, parameters)
    base = f"SELECT a, n FROM unnest(%(actual)s::{TYPES[kind]}[]) WITH ORDINALITY AS t (a, n)"
    with connection, connection.cursor() as cursor:
        cursor.execute(f"WITH base AS ({base}) SELECT {sql} FROM base ORDER BY n", parameters)
        return [holding for (holding,) in cursor.fetchall()]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_the_operators_that_were_proposed(kind):
    assert set(PROPOSED[kind].split()) <= set(OPERATORS[kind])
    assert [operator.name for operator in OPERATORS[kind].values()] == list(OPERATORS[kind])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in OF_LISTS])
def test_opposites_hold_for_what_is_not_known_and_nothing_else_does(kind):
    for name, operator in OPERATORS[kind].items():
        assert operator.holds_for_null is (name in (*OPPOSITES, "is_null", "is_empty")), name


def test_fields_are_named_by_their_keys_and_told_in_one_sentence():
    for name, field in (FIELDS | HIDDEN).items():
        assert field.name == name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert re.fullmatch(r"[A-Za-z][^\n]+\.", field.about) or field.about.endswith("…"), name
        assert len(field.about) <= 110
        assert not field.source or field.source in (*SOURCES, OF_LIST)
        assert not field.option or field.option.partition(":")[0] in dict(field.options)
    sources = {field.source for field in FIELDS.values()} - {"", OF_LIST}
    assert sources == set(SOURCES), "a source that no field uses"
    windows = ["position_in", "added_to", "artist_plays_in", "album_plays_in", "plays_in", "skips_in"]
    assert [name for name, field in FIELDS.items() if field.needs_option] == windows
    assert "random" not in FIELDS
    several = {name for name, field in FIELDS.items() if field.kind in (Kind.TEXTS, *OF_LISTS)}
    assert several == {name for name, field in FIELDS.items() if not field.can_sort}


@pytest.mark.parametrize(
    ("now", "span", "then"),
    [
        ("2026-03-31T12:00", Span(1, "m"), "2026-02-28T12:00"),
        ("2024-03-31T12:00", Span(1, "m"), "2024-02-29T12:00"),
        ("2024-02-29T12:00", Span(1, "y"), "2023-02-28T12:00"),
        ("2026-01-15T12:00", Span(2, "m"), "2025-11-15T12:00"),
        ("2026-01-15T12:00", Span(13, "m"), "2024-12-15T12:00"),
        ("2026-04-01T12:00", Span(3, "w"), "2026-03-11T12:00"),  # the clock keeps its time over the change
        ("2026-03-29T12:00", Span(24, "h"), "2026-03-28T11:00"),  # a day of 23 hours
        ("2026-03-29T12:00", Span(1, "d"), "2026-03-28T12:00"),
        ("2026-03-15T00:30", Span(0, "d"), "2026-03-15T00:30"),
    ],
)
def test_so_long_ago(now, span, then):
    assert moment_before(context(now), span) == datetime.fromisoformat(then).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize("span", [Span(99_999_999, unit) for unit in "hdwmy"])
def test_longer_ago_than_there_was_time(span):
    assert moment_before(context("2026-03-15T12:00"), span) == EARLIEST


def test_relative_days_are_days_in_the_listeners_zone():
    late = Context("u", datetime(2026, 3, 15, 23, 30, tzinfo=UTC), AMSTERDAM, {})
    assert today(late) == date(2026, 3, 16)
    assert days_of(late, DayRange("-30d", None, None, Span(30, "d"))) == (date(2026, 2, 14),) * 2
    assert days_of(late, DayRange("-36h", None, None, Span(36, "h"))) == (date(2026, 3, 14),) * 2


@pytest.mark.parametrize(
    ("now", "word", "first", "last"),
    [
        ("2026-03-11T12:00", "yesterday", "2026-03-10", "2026-03-10"),
        ("2026-03-01T00:30", "yesterday", "2026-02-28", "2026-02-28"),
        ("2026-03-11T12:00", "this_week", "2026-03-09", "2026-03-15"),  # a Wednesday
        ("2026-03-09T00:00", "this_week", "2026-03-09", "2026-03-15"),
        ("2026-03-15T23:59", "this_week", "2026-03-09", "2026-03-15"),
        ("2026-01-01T12:00", "this_week", "2025-12-29", "2026-01-04"),
        ("2026-03-11T12:00", "last_week", "2026-03-02", "2026-03-08"),
        ("2026-02-11T12:00", "this_month", "2026-02-01", "2026-02-28"),
        ("2026-12-31T23:30", "this_month", "2026-12-01", "2026-12-31"),
        ("2026-03-31T12:00", "last_month", "2026-02-01", "2026-02-28"),
        ("2026-01-15T12:00", "last_month", "2025-12-01", "2025-12-31"),
        ("2026-01-01T00:30", "this_year", "2026-01-01", "2026-12-31"),  # in UTC it is still 2025
        ("2024-02-29T12:00", "last_year", "2023-01-01", "2023-12-31"),
    ],
)
def test_whole_weeks_months_and_years_in_the_listeners_zone(now, word, first, last):
    assert days_of(context(now), read_day(word)) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("kind", [Kind.DAY, Kind.MOMENT])
@pytest.mark.parametrize(
    ("operator", "written", "expected"),
    [
        ("on", "last_month", [False, True, True, False, False]),
        ("not_on", "last_month", [True, False, False, True, True]),
        ("before", "last_month", [True, False, False, False, False]),
        ("after", "last_month", [False, False, False, True, True]),
        ("between", ("last_month", "this_month"), [False, True, True, True, False]),
    ],
)
def test_operators_take_a_whole_month_as_all_its_days(connection, kind, operator, written, expected):
    now = context("2026-03-11T12:00")
    value = tuple(map(read_day, written)) if operator == "between" else read_day(written)
    days = ["2026-01-31", "2026-02-01", "2026-02-28", "2026-03-31", "2026-04-01"]
    actual = [date.fromisoformat(day) for day in days]
    if kind is Kind.MOMENT:
        actual = [datetime.fromisoformat(f"{day}T23:30").replace(tzinfo=AMSTERDAM) for day in days]
    assert held(connection, kind, operator, actual, value, now) == expected


DAYS = {
    ("on", "2026-05"): "2026-05-01 2026-05-31",
    ("not_on", "2026-05"): "2026-04-30 2026-06-01",
    ("before", "2026"): "2025-12-31",
    ("after", "2026"): "2027-01-01",
}


@pytest.mark.parametrize(("operator", "written"), DAYS)
def test_a_year_or_a_month_stands_for_all_its_days(connection, operator, written):
    ranges = {
        "2026": DayRange("2026", date(2026, 1, 1), date(2026, 12, 31)),
        "2026-05": DayRange("2026-05", date(2026, 5, 1), date(2026, 5, 31)),
    }
    edges = [
        "2025-12-31",
        "2026-01-01",
        "2026-04-30",
        "2026-05-01",
        "2026-05-31",
        "2026-06-01",
        "2026-12-31",
        "2027-01-01",
    ]
    days, now = list(map(date.fromisoformat, edges)), context("2026-03-15T12:00")
    each = held(connection, Kind.DAY, operator, days, ranges[written], now)
    found = [day for day, holding in zip(edges, each, strict=True) if holding]
    expected = DAYS[operator, written].split()
    assert set(expected) <= set(found)
    if operator == "on":
        assert found == expected
    elif operator != "not_on":
        assert found[-1 if operator == "before" else 0] == expected[0]


def test_this_day_is_the_same_day_and_month(connection):
    now = context("2026-02-28T12:00")
    days = [date(2020, 2, 28), date(2024, 2, 29), date(2026, 3, 28), None]
    for value, expected in ((True, [True, False, False, False]), (False, [False, True, True, False])):
        assert held(connection, Kind.DAY, "same_day_as_today", days, value, now) == expected


def percentiles(connection, values, percent):
    """Those of the values that are in the top, and those that are in the bottom, so many percent."""
    now = context("2026-03-15T12:00")
    each = [
        held(connection, Kind.NUMBER, operator, values, percent, now)
        for operator in ("top_percent", "bottom_percent")
    ]
    return tuple([value for value, is_in in zip(values, one, strict=True) if is_in] for one in each)


@pytest.mark.parametrize(
    ("percent", "of", "share"),
    [
        *((10, 10, 1), (10, 15, 2), (10, 4830, 483), (10, 4831, 484), (10, 1, 1), (100, 7, 7), (50, 7, 4)),
        *((33.3, 1000, 333), (1.1, 1000, 11), (12.5, 8, 1), (29, 100, 29), (7, 100, 7)),
    ],
)
def test_a_share_is_exact_and_rounded_up(connection, percent, of, share):
    top, bottom = percentiles(connection, list(range(1, of + 1)), percent)
    assert (len(top), len(bottom)) == (share, share)


def test_ties_at_the_bound_are_in_unless_they_alone_are_more_than_the_share(connection):
    def found(values, percent):
        return percentiles(connection, values, percent)

    assert found([1, 2, 2, 3, 3, 4, 5, 6, 7, 8], 30.0) == ([6, 7, 8], [1, 2, 2])
    assert found([1, 2, 2, 3, 6, 7, 7, 8], 25.0) == ([7, 7, 8], [1, 2, 2])
    assert found([1, 2, 2, 2, 6, 7, 7, 7, 8], 20.0) == ([8], [1])
    assert found([5, 5, 5, 5], 50.0) == ([], [])


def test_what_never_happened_is_in_no_top_and_is_the_bottom(connection):
    never = [0] * 94
    assert percentiles(connection, [*never, 1, 3, 3, 5, 9, 9, None], 10.0) == ([1, 3, 3, 5, 9, 9], never)
    assert percentiles(connection, [*never, None], 100.0) == ([], never)
    assert percentiles(connection, [0, 0, 4, 5], 100.0) == ([4, 5], [0, 0, 4, 5])
    assert percentiles(connection, [-3, -1, *never, 2], 5.0) == ([2], [-3, -1]), "a trend may be below 0"


def test_a_tenth_is_a_tenth(connection):
    """0.1 as a binary fraction is a little more: SQL's numeric says otherwise, and counts."""
    now = context("2026-03-15T12:00")
    assert held(connection, Kind.NUMBER, "eq", [Decimal("33.3")], 33.3, now) == [True]


def test_every_kind_of_value_is_taken_by_something():
    used = {operator.takes for operators in OPERATORS.values() for operator in operators.values()}
    used |= {takes for field in FIELDS.values() for _, takes in field.options}
    assert used == set(Takes)
