"""What Overview and History show, against a plain recomputation: time zones, nights when the clock changes, leap days, year ends."""

import math
import random
import re
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from markupsafe import Markup
from psycopg2.extensions import parse_dsn

from reports.dashboard.build import PAGES
from reports.dashboard.charts import Link
from reports.dashboard.months_heard import months_heard
from reports.dashboard.pages import history, overview, top
from reports.dashboard.pages.insights_variety import variety
from reports.dashboard.ranges import address_of, offered_ranges
from tests.conftest import new_database
from tests.connections import BY_HAND, wait_until_alone
from tests.reports.dashboard.reading import read, refresh, source_at
from tests.rows import Rows

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
NOW = datetime(2024, 11, 3, 6, 30, tzinfo=UTC)  # 01:30 in New York for the second time that night
LENGTH_MS = 200_000
COUNTED_MS = 30_000  # what is shorter is time heard, and no play


class Listening:
    """Made-up plays, known to the test and to the database."""

    def __init__(self, rows, zone: str, seed: int) -> None:
        choose = random.Random(seed)
        self.zone = ZoneInfo(zone)
        rows.do("UPDATE users SET time_zone = %s", zone)
        tracks = [f"track{each}" for each in range(40)]
        for place, track in enumerate(tracks):
            rows.track(track, artists=(f"artist{place % 7}",), album=f"album{place % 9}", ms=LENGTH_MS)
        moments = {NOW - timedelta(minutes=each) for each in (5, 9, 13)}
        around = [
            datetime(2023, 12, 31, 23, 50, tzinfo=UTC),
            datetime(2024, 2, 29, 23, 0, tzinfo=UTC),
            datetime(2024, 3, 31, 0, 50, tzinfo=UTC),
            datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
            datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
            datetime(2024, 3, 10, 6, 50, tzinfo=UTC),
        ]
        for begin in around:
            moments |= {begin + timedelta(minutes=7 * each) for each in range(12)}
        moments |= {
            datetime(2022, 11, 1, tzinfo=UTC) + timedelta(minutes=choose.randrange(730 * 1440))
            for _ in range(700)
        }
        self.plays = [
            (at, choose.choice(tracks), choose.randrange(1_000, LENGTH_MS))
            for at in sorted(moments)
            if at <= NOW
        ]
        self.heard, self.plays = self.plays, [play for play in self.plays if play[2] >= COUNTED_MS]
        for at, track, heard in self.heard:
            rows.play(track, at, source="export", ms_played=heard, reason_end="trackdone", part=heard)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def between(self, begin: datetime, end: datetime) -> tuple[int, int]:
        found = [heard for at, _, heard in self.heard if begin <= at < end]
        return sum(each >= COUNTED_MS for each in found), sum(found)


@pytest.fixture(scope="module", params=ZONES)
def stored(request, server, template):
    """The name of a database with a listening, and that."""
    with new_database(server, template) as dsn:
        with closing(psycopg2.connect(dsn, application_name=BY_HAND)) as connection:
            listening = Listening(Rows(connection), request.param, seed=7)
            refresh(connection)
        wait_until_alone(dsn)
        yield parse_dsn(dsn)["dbname"], listening


@pytest.fixture
def listening(stored):
    return stored[1]


@pytest.fixture
def dsn(request, server, template):
    """A database of its own, with what was listened to where the test wants that."""
    begun = request.getfixturevalue("stored")[0] if "stored" in request.fixturenames else template
    with new_database(server, begun) as name:
        yield name


@pytest.fixture
def source(listening, connection, tmp_path):
    refresh(connection)
    with source_at(connection, NOW, tmp_path) as source:
        yield source


def local(listening: Listening, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=listening.zone).astimezone(UTC)


def test_the_record(listening, source):
    assert source.scope.plays == len(listening.plays)
    assert source.scope.first_day == listening.day(listening.plays[0][0])
    assert source.scope.today == listening.day(NOW)


def test_days(listening, source):
    plays, heard = Counter(), Counter()
    for at, _, _ in listening.plays:
        plays[listening.day(at)] += 1
    for at, _, ms in listening.heard:
        heard[listening.day(at)] += ms
    assert set(heard) > set(plays), "on some days all was too short to count"
    assert {day: (row["plays"], row["heard_ms"]) for day, row in source.heard.items()} == {
        day: (plays[day], heard[day]) for day in heard
    }
    assert set(source.days) == set(plays), "days with plays"
    assert source.days is source.days, "read once"


def test_time_without_a_play_counts_on_every_page(listening, source):
    """A day on which all was too short to count has time and no play, wherever sums are shown."""
    heard, active = Counter(), defaultdict(set)
    first = listening.day(listening.plays[0][0])  # of the record, which begins with a play
    for at, _, ms in listening.heard:
        if listening.day(at) >= first:
            heard[listening.day(at).year] += ms
    for at, _, _ in listening.plays:
        active[listening.day(at).year].add(listening.day(at))
    years = history.PAGE.read(source)["years"]
    assert {each["year"]: (each["heard_ms"], each["days"]) for each in years} == {
        year: (ms, len(active[year])) for year, ms in heard.items()
    }
    a_year = next(each for each in offered_ranges(source.scope) if each.key == "2023")
    assert top.said(source.scope, a_year, source.heard, [])["heard_ms"] == heard[2023]


def test_running_periods_against_the_ones_before(listening, source):
    today = listening.day(NOW)  # 3 November 2024, a Sunday, everywhere
    assert today == date(2024, 11, 3)
    week, month, year = overview.read_periods(source)
    begins = ((2024, 10, 28), (2024, 11, 1), (2024, 1, 1))
    for found, begin in zip((week, month, year), begins, strict=True):
        assert (found["now"]["plays"], found["now"]["heard_ms"]) == listening.between(
            local(listening, *begin), NOW
        )
    clock = NOW.astimezone(listening.zone).time().replace(fold=0)
    before = (((2024, 10, 21), (2024, 10, 27)), ((2024, 10, 1), (2024, 10, 3)), ((2023, 1, 1), (2023, 11, 3)))
    for found, (begin, last) in zip((week, month, year), before, strict=True):
        end = datetime.combine(date(*last), clock, listening.zone).astimezone(UTC)
        assert (found["before"]["plays"], found["before"]["heard_ms"]) == listening.between(
            local(listening, *begin), end
        )
        assert found["period"].before_last == date(*last)


def test_streaks(listening, source):
    days = sorted({listening.day(at) for at, _, _ in listening.plays})
    stretches = [[days[0]]]
    for day in days[1:]:
        if day - stretches[-1][-1] == timedelta(days=1):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    longest = max(stretches, key=lambda each: (len(each), each[0]))
    found = {
        row["kind"]: (row["first_day"], row["last_day"], row["days"])
        for row in source.rows("site_overview.streaks")
    }
    assert found == {
        "longest": (longest[0], longest[-1], len(longest)),
        "current": (stretches[-1][0], stretches[-1][-1], len(stretches[-1])),
    }


@pytest.mark.parametrize("later", [timedelta(days=5), timedelta(days=400)])
def test_who_has_not_listened_for_days_has_every_page(listening, rows, build_now, later):
    folder = build_now(NOW + later)
    assert {page.file for page in PAGES} <= {path.name for path in folder.glob("*.html")}
    assert "each had some" not in (folder / "index.html").read_text()
    assert "The longest streak ever" in (folder / "index.html").read_text()


def test_a_young_record_says_what_comes_when(rows, connection, tmp_path):
    def said(now: datetime) -> list[str]:
        found = read(connection, tmp_path, now, overview.PAGE)["later"]
        return [" ".join(str(Markup(part).striptags()) for part in each if part) for each in found]

    comparisons = "Week, month and year each against the one before, from 300 plays on"
    export = "The years before in Spotify's privacy export ./run import"
    rows.do("UPDATE users SET time_zone = 'UTC'")
    assert said(NOW) == [
        comparisons,
        "The last year, day by day 28 days after the first play",
        "On this day in earlier years 365 days after the first play",
        export,
    ]
    rows.track("one", ms=LENGTH_MS)
    rows.play("one", NOW, source="api")
    assert said(NOW)[1:3] == [
        "The last year, day by day from 1 Dec 2024 on",
        "On this day in earlier years from 3 Nov 2025 on",
    ]
    assert [each for each in said(NOW + timedelta(days=27)) if "day by day" in each]
    assert not [each for each in said(NOW + timedelta(days=28)) if "day by day" in each]
    assert said(NOW + timedelta(days=365)) == [comparisons, export]
    rows.play("one", NOW - timedelta(days=30), source="export", ms_played=LENGTH_MS)
    assert said(NOW + timedelta(days=365)) == [comparisons]


def test_hours_of_the_week(listening, source):
    expected = Counter()
    for at, _, _ in listening.plays:
        there = at.astimezone(listening.zone)
        expected[there.isoweekday(), there.hour] += 1
    chart = history.hours_of_week(source.rows("site_history.hours"), source.scope)
    assert {(row[0], row[1]): row[4] for row in chart.rows if row[0] < 8 and row[4]} == dict(expected)
    assert {row[1]: row[4] for row in chart.rows if row[0] == 8} == {
        hour: sum(count for (_, each), count in expected.items() if each == hour) for hour in range(24)
    }


def test_every_day_of_a_leap_year_has_its_cell(listening, source):
    (year,) = [each for each in history.read(source)["years"] if each["year"] == 2024]
    expected = Counter(listening.day(at) for at, _, _ in listening.plays if listening.day(at).year == 2024)
    rows = [dict(zip(year["chart"].columns, row, strict=True)) for row in year["chart"].rows]
    assert len(rows) == (date(2024, 11, 3) - date(2024, 1, 1)).days + 1
    assert year["plays"] == sum(expected.values()) == sum(row["plays"] for row in rows)
    assert [row["weekday"] for row in rows[:7]] == [1, 2, 3, 4, 5, 6, 7], "2024 began on a Monday"
    assert {row["date"]: row["plays"] for row in rows}["2024-02-29"] == expected[date(2024, 2, 29)]
    assert len({(row["week"], row["weekday"]) for row in rows}) == len(rows)


def test_plays_over_time(listening, source):
    expected = Counter(listening.day(at).replace(day=1) for at, _, _ in listening.plays)
    chart = history.read(source)["over_time"]
    rows = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
    assert {row["begin"]: row["plays"] for row in rows} == {
        month.isoformat(): expected[month]
        for month in (date(y, m, 1) for y in (2022, 2023, 2024) for m in range(1, 13))
        if date(2022, 11, 1) <= month <= date(2024, 11, 1)
    }
    assert {row["begin"]: row["before"] for row in rows}["2024-02-01"] == expected[date(2023, 2, 1)]
    assert [row["running"] for row in rows] == [False] * (len(rows) - 1) + [True]


def test_first_listens(listening, source):
    first, heard = {}, defaultdict(set)
    for at, track, _ in listening.plays:
        month = listening.day(at).replace(day=1)
        first.setdefault(track, month)
        heard[month].add(track)
    expected = {
        month: (sum(first[track] == month for track in tracks), sum(first[track] < month for track in tracks))
        for month, tracks in heard.items()
    }
    found = months_heard(source.rows("site_history.months_heard"))
    assert {each.month: (each.new, each.again) for each in found} == expected
    drawn = history.read(source)["discoveries"]
    months = [date.fromisoformat(row[0]) for row in drawn.rows]
    assert months == sorted(set(months)), "each once, those without a play, too"
    begin = min(expected)
    assert [(row[3], row[4]) for row in drawn.rows] == [
        expected.get(month, (0, 0)) for month in months if month > begin
    ]


def test_variety(listening, source):
    """exp of the entropy, in nats, of each whole month with thirty plays."""
    tracks, artists = defaultdict(Counter), defaultdict(Counter)
    for at, track, _ in listening.plays:
        month = listening.day(at).replace(day=1)
        tracks[month][track] += 1
        artists[month][int(track.removeprefix("track")) % 7] += 1

    def effective(counts):
        of = sum(counts.values())
        return math.exp(-sum(each / of * math.log(each / of) for each in counts.values()))

    chart = variety(months_heard(source.rows("site_history.months_heard")), source.scope, "artists")
    rows = {row["month"]: row for row in (dict(zip(chart.columns, row, strict=True)) for row in chart.rows)}
    # The running month is not over, and the record began within its first one.
    whole = [month for month in sorted(tracks) if source.scope.first_day <= month < date(2024, 11, 1)]
    assert list(rows) == [month.isoformat() for month in whole]
    enough = {month for month in whole if sum(tracks[month].values()) >= 30}
    assert {month for month, row in rows.items() if row["range"]} == {month.isoformat() for month in enough}
    assert 5 <= len(enough) < len(rows), "some months break the line"
    for month, row in rows.items():
        if date.fromisoformat(month) not in enough:
            assert row["as_tracks"] is row["as_artists"] is row["plays"] is None
            continue
        counts = tracks[date.fromisoformat(month)]
        assert row["as_tracks"] == pytest.approx(effective(counts), abs=0.06)
        assert row["as_artists"] == pytest.approx(effective(artists[date.fromisoformat(month)]), abs=0.06)
        top = sum(count for _, count in counts.most_common(10))
        assert row["top"] == f"{100 * top / sum(counts.values()):.0f} %"
        assert (row["plays"], row["tracks"]) == (sum(counts.values()), len(counts))


def test_averages_and_months(listening, source):
    plays, heard = Counter(), Counter()
    for at, _, _ in listening.plays:
        plays[listening.day(at)] += 1
    for at, _, ms in listening.heard:
        heard[listening.day(at)] += ms
    first, today = listening.day(listening.plays[0][0]), date(2024, 11, 3)
    whole = [first + timedelta(days=each) for each in range((today - first).days)]
    shown = history.read(source)
    mean = shown["averages"]
    assert (mean.of, mean.known, mean.active) == (len(whole), len(whole), sum(day in plays for day in whole))
    assert mean.plays_in(1) == sum(plays[day] for day in whole) / len(whole)
    assert mean.heard_ms_in(30) == round(30 * sum(heard[day] for day in whole) / len(whole))
    months, by_weekday = Counter(), defaultdict(list)
    for day, count in plays.items():
        months[day.year, day.month] += count
    for day in whole:
        by_weekday[day.isoweekday(), day.month].append(plays[day])
    chart, scale = shown["months"].chart, shown["months"].scale
    rows = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
    assert {(row["year"], row["month"]): row["plays"] for row in rows if row["plays"]} == dict(months)
    assert [row["class"] for row in rows] == [scale.class_of(row["plays"]) for row in rows]
    assert rows[-1]["span"] == "2024-11, so far"
    assert [row["state"] for row in rows] == ["yes"] * len(rows)
    chart = shown["weekdays"].chart
    rows = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
    assert {(row["weekday"], row["month"]): (row["plays"], row["days"]) for row in rows} == {
        key: (max(round(sum(counts) / len(counts), 1), 0.1 if sum(counts) else 0), len(counts))
        for key, counts in by_weekday.items()
    }


def test_every_mark_and_its_row_in_the_table_lead_to_the_same_days(listening, source):
    """In the form that the page Top reads (`rangeOf` in assets/top.js)."""
    shown = history.read(source)
    charts = [
        *(each["chart"] for each in shown["years"]),
        *(shown[name] for name in ("over_time", "discoveries")),
        shown["months"].chart,
        variety(months_heard(source.rows("site_history.months_heard")), source.scope, "artists"),
    ]
    for chart in charts:
        rows = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
        ranges = {row["range"] for row in rows if row["range"]}
        linked = {cell.href for row in chart.table for cell in row if isinstance(cell, Link)}
        years = {address_of(str(year)) for year in (2022, 2023, 2024)}
        assert linked - years == {address_of(each) for each in ranges}, chart.spec
        assert all(re.fullmatch(r"\d{4}-\d\d(-\d\d(\.\.\d{4}-\d\d-\d\d)?)?", each) for each in ranges)
        assert all(not row["range"] for row in rows if row.get("plays") == 0), "nothing to see there"
    days = {
        row["range"]
        for each in shown["years"]
        for row in (dict(zip(each["chart"].columns, row, strict=True)) for row in each["chart"].rows)
    }
    assert days - {""} == {listening.day(at).isoformat() for at, _, _ in listening.plays}


def test_sittings(listening, source):
    sittings = []
    for at, track, heard in listening.heard:
        begin = at - timedelta(milliseconds=heard)
        if not sittings or begin - sittings[-1]["end"] > timedelta(minutes=10):
            sittings.append({"begin": begin, "end": at, "plays": 0, "tracks": set(), "heard": 0})
        sittings[-1]["end"] = at
        sittings[-1]["heard"] += heard
        if heard >= COUNTED_MS:
            sittings[-1]["plays"] += 1
            sittings[-1]["tracks"].add(track)
    rows = source.rows("site_history.sessions")
    assert {row["ends_at"]: (row["plays"], row["heard_ms"]) for row in rows} == {
        each["end"]: (each["plays"], each["heard"]) for each in sittings if each["plays"]
    }
    longest = sorted(
        (each for each in sittings if each["plays"]),
        key=lambda each: (-each["heard"], -each["begin"].timestamp()),
    )[:5]
    minutes = [(each["heard"] + 30_000) // 60_000 for each in longest]
    assert [
        (row["rank"], row["ends_at"], row["tracks"], row["range"])
        for row in history.longest_sittings(source, rows)
    ] == [
        (
            1 + sum(other > own for other in minutes),  # what is shown as equally long shares a rank
            each["end"],
            len(each["tracks"]),
            "..".join(dict.fromkeys(listening.day(each[name]).isoformat() for name in ("begin", "end"))),
        )
        for own, each in zip(minutes, longest, strict=True)
    ]


def test_rotation_and_newest(listening, source):
    since = date(2024, 10, 7)
    plays, heard = Counter(), Counter()
    for at, track, ms in listening.heard:
        if listening.day(at) >= since:
            album = f"album{int(track.removeprefix('track')) % 9}"
            plays[album] += ms >= COUNTED_MS
            heard[album] += ms
    expected = sorted(
        (each for each in plays if plays[each]), key=lambda each: (-plays[each], -heard[each], each)
    )[:6]
    found = source.rows("site_overview.rotation", since=since, limit=6)
    assert [(row["album_id"], row["plays"]) for row in found] == [(each, plays[each]) for each in expected]
    newest = source.rows("site_overview.newest", limit=10)
    assert [(row["played_at"], row["name"]) for row in newest] == [
        (at, track) for at, track, _ in reversed(listening.plays[-10:])
    ]


def test_a_lost_stretch_is_no_zero(listening, rows, connection, tmp_path):
    rows.add("play_gaps", user_id="u", gap_start="2024-05-10 12:00Z", gap_end="2024-05-12 12:00Z", reason="x")
    shown = read(connection, tmp_path, NOW, history.PAGE)
    (year,) = [each for each in shown["years"] if each["year"] == 2024]
    states = {row[7]: row[6] for row in year["chart"].rows}
    assert {day for day, state in states.items() if state != "yes"} == {
        "2024-05-10",
        "2024-05-11",
        "2024-05-12",
    }
    for name in ("over_time", "discoveries"):
        (may,) = [row for row in shown[name].rows if row[0] == "2024-05-01"]
        assert may[shown[name].columns.index("gap")] == 3
    mean = shown["averages"]
    assert mean.of - mean.known == 3, "neither the days nor what was heard on them count"
    lost = {date(2024, 5, day) for day in (10, 11, 12)}
    assert mean.plays == sum(
        listening.day(at) not in lost and listening.day(at) < date(2024, 11, 3)
        for at, _, _ in listening.plays
    )
