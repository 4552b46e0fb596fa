"""What stands behind an operator becomes exactly one Python value, or an error that shows it."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from playlists.language import times
from playlists.language.date_operators import days_of
from playlists.language.document import Mistake, read_document
from playlists.language.kinds import Context, Takes
from playlists.language.model import DayRange, Span
from playlists.language.pattern import compile_pattern
from playlists.language.values import format_value, read_value

LONG = "x" * 200


def value_of(takes, text):
    return read_value(takes, read_document(text, "x.yml"))


def day(text, first, last):
    return DayRange(text, date(*first), date(*last))


GOOD = [
    (Takes.TEXT, "Radiohead", "Radiohead"),
    (Takes.TEXT, "No", "No"),
    (Takes.TEXT, "1984", "1984"),
    (Takes.TEXT, "007", "007"),
    (Takes.TEXT, "on", "on"),
    (Takes.TEXT, "'null'", "null"),
    (Takes.TEXT, "Don't", "Don't"),
    (Takes.TEXT, "'; DROP TABLE plays; --'", "; DROP TABLE plays; --"),
    (Takes.TEXT, "'%'", "%"),
    (Takes.TEXT, "_", "_"),
    (Takes.TEXT, LONG, LONG),
    (Takes.TEXTS, "[Radiohead, Björk, Radiohead]", ("Radiohead", "Björk")),
    (Takes.TEXTS, "Radiohead", ("Radiohead",)),
    (Takes.TEXTS, "['a, b', 'c]']", ("a, b", "c]")),
    (Takes.PATTERN, "'^(live|acoustic)$'", compile_pattern("^(live|acoustic)$")),
    (Takes.NUMBER, "5", 5),
    (Takes.NUMBER, "'5'", 5),
    (Takes.NUMBER, "-3", -3),
    (Takes.NUMBER, "0.25", 0.25),
    (Takes.NUMBER, "1000000000000", 10**12),
    (Takes.NUMBERS, "[1, 2.5, 1]", (1, 2.5)),
    (Takes.COUNT, "20", 20),
    (Takes.NUMBERS, "7", (7,)),
    (Takes.TWO_NUMBERS, "[1990, 1999]", (1990, 1999)),
    (Takes.TWO_NUMBERS, "[5, 5]", (5, 5)),
    (Takes.PERCENT, "10", 10.0),
    (Takes.PERCENT, "1.5", 1.5),
    (Takes.PERCENT, "100", 100.0),
    (Takes.DURATION, "3:30", 210_000),
    (Takes.DURATION, "1:02:03", 3_723_000),
    (Takes.DURATION, "90:00", 5_400_000),
    (Takes.DURATION, "90s", 90_000),
    (Takes.DURATION, "5m", 300_000),
    (Takes.DURATION, "2h", 7_200_000),
    (Takes.DURATION, "0s", 0),
    (Takes.DURATION, "277777h", 277_777 * 3_600_000),
    (Takes.TWO_DURATIONS, "[2:00, 4m]", (120_000, 240_000)),
    (Takes.DAY, "2026-05-01", day("2026-05-01", (2026, 5, 1), (2026, 5, 1))),
    (Takes.DAY, "2026-05", day("2026-05", (2026, 5, 1), (2026, 5, 31))),
    (Takes.DAY, "2024-02", day("2024-02", (2024, 2, 1), (2024, 2, 29))),
    (Takes.DAY, "2026-12", day("2026-12", (2026, 12, 1), (2026, 12, 31))),
    (Takes.DAY, "2026", day("2026", (2026, 1, 1), (2026, 12, 31))),
    (Takes.DAY, "Today", DayRange("today", None, None, Span(0, "d"))),
    (Takes.DAY, "-30d", DayRange("-30d", None, None, Span(30, "d"))),
    (Takes.DAY, "yesterday", DayRange("yesterday", None, None, Span(1, "d"))),
    (Takes.DAY, "THIS_WEEK", DayRange("this_week", None, None, Span(0, "w"), "w")),
    (Takes.DAY, "last_year", DayRange("last_year", None, None, Span(1, "y"), "y")),
    (Takes.TWO_DAYS, "[last_month, this_month]", (DayRange("last_month", None, None, Span(1, "m"), "m"), DayRange("this_month", None, None, Span(0, "m"), "m"))),
    (Takes.TWO_DAYS, "[-90d, -30d]", (DayRange("-90d", None, None, Span(90, "d")), DayRange("-30d", None, None, Span(30, "d")))),
    (Takes.TWO_DAYS, "[2026, 2026-05]", (day("2026", (2026, 1, 1), (2026, 12, 31)), day("2026-05", (2026, 5, 1), (2026, 5, 31)))),
    (Takes.SPAN, "36h", Span(36, "h")),
    (Takes.SPAN, "100y", Span(100, "y")),
    (Takes.WEEKDAYS, "[sun, Monday, SUN]", (1, 7)),
    (Takes.WEEKDAYS, "sat", (6,)),
    (Takes.MONTHS, "[dec, 1, '02', June, may]", (1, 2, 5, 6, 12)),
    (Takes.DAYS_OF_MONTH, "[31, 1]", (1, 31)),
    (Takes.YEARS, "[1999, 1994]", (1994, 1999)),
    (Takes.DECADES, "[1990s, 1980]", (1980, 1990)),
    (Takes.DECADES, "[90s, 00s, 20s, 30s]", (1930, 1990, 2000, 2020)),
    (Takes.YES, "YES", True),
    (Takes.YES, "on", True),
    (Takes.YES, "'true'", True),
    (Takes.YES, "Off", False),
    (Takes.YES, "no", False),
    (Takes.YES_NO_UNKNOWN, "unknown", None),
    (Takes.YES_NO_UNKNOWN, "false", False),
    (Takes.LISTS, "[never_played, 'https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M?si=1']", ("never_played", "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M?si=1")),
    (Takes.DAYPARTS, "[night, morning]", ("night", "morning")),
    (Takes.HOURS, "6-12", (6, 12)),
    (Takes.HOURS, "22 - 3", (22, 3)),
    (Takes.HOURS, "0-24", (0, 24)),
    (Takes.SOURCES, "import", ("import",)),
    (Takes.CONTEXTS, "[liked, album]", ("liked", "album")),
    (
        Takes.CONTEXTS,
        "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M?si=1",
        ("spotify:playlist:37i9dQZF1DXcBWIGoYBM5M",),
    ),
]  # fmt: skip

BAD = [
    (Takes.COUNT, "0", "not a whole number from 1 to 10,000"),
    (Takes.DAY, "2026-00", "no such day"),
    (Takes.DAY, "2026-05-00", "no such day"),
    (Takes.TEXT, "''", "empty text"),
    (Takes.TEXT, "'  '", "empty text"),
    (Takes.TEXT, '"\\u0301"', "empty text"),
    (Takes.TEXT, "~", "nothing"),
    (Takes.TEXT, "null", "needs quotes"),
    (Takes.TEXT, LONG + "x", "longer than 200"),
    (Takes.TEXT, "[a]", "a list is not a text"),
    (Takes.TEXT, "{a: b}", "keys with values"),
    (Takes.TEXTS, "[]", "empty list"),
    (Takes.TEXTS, "[a, '']", "empty text"),
    (Takes.TEXTS, "[[a]]", "a list is not a text"),
    (Takes.PATTERN, "'(a'", "the pattern '(a' cannot be used"),
    (Takes.PATTERN, r"'(a)\1'", "cannot be used"),
    (Takes.NUMBER, "5 tracks", "'5 tracks' is not a number"),
    (Takes.NUMBER, "yes", "'yes' is not a number"),
    (Takes.NUMBER, "true", "'true' is not a number"),
    (Takes.NUMBER, ".nan", "not a number"),
    (Takes.NUMBER, "nan", "not a number"),
    (Takes.NUMBER, "-.inf", "not a number"),
    (Takes.NUMBER, "inf", "not a number"),
    (Takes.NUMBER, "1e3", "not a number"),
    (Takes.NUMBER, "0x10", "not a number"),
    (Takes.NUMBER, "010", "not a number"),
    (Takes.NUMBER, "1_000", "not a number"),
    (Takes.NUMBER, "٣", "not a number"),
    (Takes.NUMBER, "1000000000001", "too large"),
    (Takes.NUMBER, "9" * 5000, "not a number"),
    (Takes.NUMBER, "''", "not a number"),
    (Takes.NUMBERS, "[1, x]", "'x' is not a number"),
    (Takes.TWO_NUMBERS, "[2000, 1990]", "reversed"),
    (Takes.TWO_NUMBERS, "[1]", "two numbers"),
    (Takes.TWO_NUMBERS, "[1, 2, 3]", "two numbers"),
    (Takes.TWO_NUMBERS, "1-2", "two numbers"),
    (Takes.PERCENT, "0", "from 1 to 100"),
    (Takes.PERCENT, "100.1", "from 1 to 100"),
    (Takes.PERCENT, "0.5", "(did you mean 50?)"),
    (Takes.SPAN, "30", "(did you mean 30d?)"),
    (Takes.DAY, "2026/5/1", "(did you mean 2026-05-01?)"),
    (Takes.PERCENT, "-5", "from 1 to 100"),
    (Takes.PERCENT, "10%", "write 10"),
    (Takes.PERCENT, "''", "percentage"),
    (Takes.DURATION, "90", "did you mean 90s?"),
    (Takes.DURATION, "3:60", "60 seconds in a minute"),
    (Takes.DURATION, "1:60:00", "60 minutes in an hour"),
    (Takes.DURATION, "2h 30m", "not a duration"),
    (Takes.DURATION, "-3:30", "not a duration"),
    (Takes.DURATION, "277778h", "too long"),
    (Takes.TWO_DURATIONS, "[4m, 2:00]", "reversed"),
    (Takes.DAY, "2026-13", "no such day"),
    (Takes.DAY, "2026-02-30", "no such day"),
    (Takes.DAY, "0000", "years are from 1000 to 2999"),
    (Takes.DAY, "9999-12-31", "years are from 1000 to 2999"),
    (Takes.DAY, "2026-5-1", "not a date"),
    (Takes.DAY, "30d", "did you mean -30d"),
    (Takes.DAY, "-36h", "days are the shortest"),
    (Takes.DAY, "-0d", "not a date"),
    (Takes.DAY, "-99999d", "hundred years"),
    (Takes.DAY, "tomorrow", "not a date"),
    (Takes.TWO_DAYS, "[2026-05, 2026-04-30]", "reversed"),
    (Takes.TWO_DAYS, "[-30d, -90d]", "reversed"),
    (Takes.DAY, "this year", "did you mean this_year?"),
    (Takes.TWO_DAYS, "[today, -1d]", "reversed"),
    (Takes.TWO_DAYS, "[today, yesterday]", "reversed"),
    (Takes.TWO_DAYS, "[this_year, last_year]", "reversed"),
    (Takes.TWO_DAYS, "[today, last_month]", "reversed"),
    (Takes.TWO_DAYS, "[this_week, -8d]", "reversed"),
    (Takes.TWO_DAYS, "[-2w, -2m]", "reversed"),
    (Takes.TWO_DAYS, "2026", "two dates"),
    (Takes.SPAN, "30", "not a length of time"),
    (Takes.SPAN, "30 days", "did you mean 30d?"),
    (Takes.SPAN, "0d", "not a length of time"),
    (Takes.SPAN, "-3d", "not a length of time"),
    (Takes.SPAN, "101y", "hundred years"),
    (Takes.WEEKDAYS, "funday", "known: mon, tue"),
    (Takes.WEEKDAYS, "1", "known: mon, tue"),
    (Takes.MONTHS, "13", "known: jan"),
    (Takes.MONTHS, "0", "known: jan"),
    (Takes.DAYS_OF_MONTH, "32", "from 1 to 31"),
    (Takes.YEARS, "94", "years are from"),
    (Takes.DECADES, "1994", "first year"),
    (Takes.DECADES, "90", "write 1990"),
    (Takes.DECADES, "95s", "write 1990"),
    (Takes.DECADES, "1995s", "first year"),
    (Takes.YES, "1", "not yes or no"),
    (Takes.YES, "maybe", "not yes or no"),
    (Takes.YES, "~", "not yes or no"),
    (Takes.YES, "unknown", "not yes or no"),
    (Takes.YES_NO_UNKNOWN, "null", "nothing"),
    (Takes.LISTS, "[]", "empty list"),
    (Takes.DAYPARTS, "nigth", "did you mean night?"),
    (Takes.HOURS, "6", "write 6-12"),
    (Takes.HOURS, "6-25", "0 to 24"),
    (Takes.HOURS, "6-6", "no time at all"),
    (Takes.SOURCES, "radio", "known: api, import"),
    (Takes.CONTEXTS, "radio", "known: playlist, album, artist, liked"),
    (Takes.CONTEXTS, "spotify:track:37i9dQZF1DXcBWIGoYBM5M", "the link of a track"),
]  # fmt: skip


@pytest.mark.parametrize(("takes", "text", "value"), GOOD)
def test_what_is_read(takes, text, value):
    found = value_of(takes, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("takes", "text", "value"), GOOD)
def test_what_is_shown_reads_as_the_same_again(takes, text, value):
    assert value_of(takes, format_value(takes, value)) == value


@pytest.mark.parametrize(("takes", "text", "said"), BAD)
def test_what_is_refused(takes, text, said):
    node = read_document(text, "x.yml")
    with pytest.raises(Mistake) as caught:
        read_value(takes, node)
    assert said in caught.value.problem.text
    assert len(caught.value.problem.text) < 400


def test_every_kind_of_value_is_tried():
    assert {takes for takes, _, _ in GOOD} == {takes for takes, _, _ in BAD} == set(Takes)


@pytest.mark.parametrize(
    ("takes", "value", "shown"),
    [
        (Takes.TEXTS, ("Radiohead", "Björk"), "[Radiohead, Björk]"),
        (Takes.TEXTS, ("Radiohead",), "Radiohead"),
        (Takes.TEXT, "a: b", '"a: b"'),
        (Takes.PERCENT, 10.0, "10"),
        (Takes.DURATION, 210_000, "3:30"),
        (Takes.DURATION, 3_723_000, "1:02:03"),
        (Takes.WEEKDAYS, (6, 7), "[sat, sun]"),
        (Takes.DECADES, (1990,), "1990s"),
        (Takes.YES_NO_UNKNOWN, None, "unknown"),
        (Takes.YES_NO_UNKNOWN, False, "no"),
        (Takes.SPAN, Span(6, "m"), "6m"),
        (Takes.HOURS, (22, 3), "22-3"),
        (Takes.TWO_NUMBERS, (5, 5), "[5, 5]"),
    ],
)
def test_values_are_shown_as_a_definition_would_have_them(takes, value, shown):
    assert format_value(takes, value) == shown


def test_a_range_counts_as_reversed_only_where_it_always_is():
    """A month is 28 to 31 days, so of 1m and 30d each may be the earlier one."""
    reads = times.read_day
    assert not times.is_reversed(reads("-1m"), reads("-30d"))
    assert not times.is_reversed(reads("-30d"), reads("-1m"))
    assert times.is_reversed(reads("-27d"), reads("-1m"))
    assert not times.is_reversed(reads("2999"), reads("-1d"))


def test_no_range_that_may_hold_a_day_counts_as_reversed():
    """Over every day of four years: what is refused is always empty; of what is always empty only little is not refused."""
    words = [*times.RELATIVE_DAYS, "-1d", "-6d", "-7d", "-1w", "-30d", "-1m", "-366d", "-1y", "-2y"]
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    contexts = [Context("u", noon + timedelta(days=day), ZoneInfo("UTC"), {}) for day in range(4 * 366)]
    days = {word: [days_of(context, times.read_day(word)) for context in contexts] for word in words}
    missed = []
    for first, last in product(words, words):
        is_always_empty = all(a[0] > b[1] for a, b in zip(days[first], days[last], strict=True))
        is_refused = times.is_reversed(times.read_day(first), times.read_day(last))
        assert is_always_empty or not is_refused, (first, last)
        if is_always_empty and not is_refused:
            missed.append((first, last))
    assert missed == [
        ("this_month", "last_year"),
        ("this_month", "-1m"),
        ("this_year", "-1y"),
        ("last_year", "-2y"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [("12-01", (12, 1)), ("2-29", (2, 29)), ("02-30", None), ("13-01", None), ("dec", None)],
)
def test_days_of_the_year(text, found):
    if found is None:
        with pytest.raises(ValueError, match=r"^(; there is no such day)?$"):
            times.read_month_and_day(text)
    else:
        assert times.read_month_and_day(text) == found
