"""Years and the page of each: every figure against a plain recomputation in three time zones, and what is said where little is known."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from markupsafe import Markup

from reports.dashboard.pages import year as year_page
from reports.dashboard.pages import year_changes, years
from reports.dashboard.pages.year_record import plays_of_years
from reports.dashboard.scope import Source
from tests.conftest import new_database
from tests.reports.dashboard.made_up_listening import (
    NOW,
    Listening,
    Track,
    a_few,
    an_id,
    artist_id,
    counts,
    store,
    years_of_listening,
)
from tests.reports.dashboard.reading import Checked, refresh, source_at, text_of
from tests.rows import Rows

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
KINDS = ("tracks", "artists", "albums")
YEARS = (2026, 2025, 2024, 2023)
BACK, GONE = artist_id(40), artist_id(41)
ONE = timedelta(days=1)


def heard_and_forgotten() -> Listening:
    """Three years, in which one artist is heard again after two of them, and one no more after the second."""
    heard = years_of_listening()
    artists = {**heard.artists, BACK: ("Back", ()), GONE: ("Gone", ())}
    tracks = {**heard.tracks, an_id(200): Track("Back again", (BACK,), None), an_id(201): Track("Gone", (GONE,), None)}  # fmt: skip
    more = [
        (an_id(200), ("2023-12-24T12:00", "2023-12-24T12:10", "2026-05-01T12:00", "2026-05-02T12:00", "2026-05-02T13:00")),
        (an_id(201), ("2024-02-01T12:00", "2024-02-02T12:00", "2024-06-30T12:00", "2025-01-02T12:00", "2025-01-02T12:30")),
    ]  # fmt: skip
    plays = heard.plays + [
        (datetime.fromisoformat(moment).replace(tzinfo=UTC), track, 150_000) for track, moments in more for moment in moments
    ]  # fmt: skip
    return Listening(tracks, artists, heard.albums, sorted(plays, key=lambda play: play[0]))


@dataclass
class Plain:
    """What was put into the database, by the days of a zone: all that is expected is computed from it."""

    heard: Listening
    zone: ZoneInfo

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    @property
    def days(self) -> Counter[date]:
        return Counter(self.day(at) for at, _, ms in self.heard.plays if counts(ms))

    def sums(self, kind: str, first: date, last: date) -> dict[str, list[int]]:
        """Plays and milliseconds of each item between two days."""
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for at, track, ms in self.heard.plays:
            if track and first <= self.day(at) <= last:
                for item in self.heard.items(kind, track):
                    found[item][0] += counts(ms)
                    found[item][1] += ms
        return {item: sums for item, sums in found.items() if sums[0]}

    def order(self, kind: str, sums: Mapping[str, list[int]]) -> list[str]:
        """By plays, then time, then who was heard first."""
        return sorted(sums, key=lambda item: (-sums[item][0], -sums[item][1], self.heard.places[kind][item]))

    def ranking(self, kind: str, first: date, last: date) -> list[tuple[int, str, int]]:
        """Rank, item and plays."""
        sums = self.sums(kind, first, last)
        ordered = self.order(kind, sums)
        plays = [sums[item][0] for item in ordered]
        return [(plays.index(sums[item][0]) + 1, item, sums[item][0]) for item in ordered]

    def of_year(self, kind: str, year: int) -> list[tuple[int, str, int]]:
        return self.ranking(kind, date(year, 1, 1), date(year, 12, 31))

    def heard_ms(self, first: date, last: date) -> int:
        """Of all that was heard, also of no known track."""
        return sum(ms for at, _, ms in self.heard.plays if first <= self.day(at) <= last)

    def item(self, row: Mapping[str, object]) -> str:
        """What a row is of."""
        places = {place: item for item, place in self.heard.places[str(row["kind"])].items()}
        return places[row["item"]]


@dataclass
class Shown:
    """What the pages are given."""

    plain: Plain
    list_of_years: Mapping[str, object]
    years: Mapping[int, Mapping[str, object]]
    first_day: date
    today: date  # in Kathmandu it is a day later

    @property
    def running(self) -> tuple[tuple[date, date], tuple[date, date]]:
        """The same days of the year before, and the whole days of the running one."""
        last = self.today - ONE
        return (date(2025, 1, 1), last.replace(year=2025)), (date(2026, 1, 1), last)


@pytest.fixture(scope="module")
def heard() -> Listening:
    return heard_and_forgotten()


@pytest.fixture(scope="module")
def stored(server, template, heard) -> Iterator[str]:
    with new_database(server, template) as dsn:
        store(dsn, heard)
        yield dsn


@pytest.fixture(scope="module", params=ZONES)
def shown(request, stored, heard, tmp_path_factory) -> Shown:
    plain, folder = Plain(heard, ZoneInfo(request.param)), tmp_path_factory.mktemp("zone")
    with closing(psycopg2.connect(stored)) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute("UPDATE users SET time_zone = %s", (request.param,))
        refresh(connection)
        with source_at(connection, NOW, folder) as source:
            found = {each: year_page.read(source, each)() for each in plays_of_years(source)}
            return Shown(plain, years.read(source), found, source.scope.first_day, plain.day(NOW))


def span(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def test_each_year_has_its_totals(shown):
    plain = shown.plain
    assert [each["year"] for each in shown.list_of_years["years"]] == list(shown.years) == list(YEARS)
    assert shown.list_of_years["opened"]["year"] == 2026
    for year, found in shown.years.items():
        first, last = max(date(year, 1, 1), shown.first_day), min(date(year, 12, 31), shown.today)
        assert (found["first"], found["last"], found["of"]) == (first, last, (last - first).days + 1)
        assert found["known"] == found["of"]
        assert found["plays"] == sum(plays for day, plays in plain.days.items() if day.year == year)
        assert found["heard_ms"] == plain.heard_ms(*span(year))
        assert found["is_running"] is (year == 2026)
        assert found["counts"] == {kind: len(plain.of_year(kind, year)) for kind in KINDS}
        (listed,) = [each for each in shown.list_of_years["years"] if each["year"] == year]
        assert (listed["plays"], listed["heard_ms"], listed["counts"]) == tuple(
            found[name] for name in ("plays", "heard_ms", "counts")
        )


def test_tracks_artists_and_albums(shown):
    for year, found in shown.years.items():
        for kind in KINDS:
            ranking = shown.plain.of_year(kind, year)
            covers = 100 if found["is_small"] else 22
            expected = ranking[: covers if kind == "albums" else 20]
            rows = [(row["rank"], shown.plain.item(row), row["plays"]) for row in found["tops"][kind]]
            assert rows == expected, (year, kind)
            names = [
                row["name"] if (row["name"] or "").strip() else "name unknown" for row in found["tops"][kind]
            ]
            assert names == [shown.plain.heard.name(kind, item) for _, item, _ in expected]
        albums = len(found["tops"]["albums"])
        assert len(found["mosaic"]) == max(
            (each for each in (22, 19, 16, 13, 10) if each <= albums), default=0
        )


def test_months_and_their_artists(shown):
    plain = shown.plain
    for year, found in shown.years.items():
        assert [each["first"] for each in found["months"]] == [date(year, month, 1) for month in range(1, 13)]
        for each in found["months"]:
            last = (each["first"] + 31 * ONE).replace(day=1) - ONE
            plays = sum(count for day, count in plain.days.items() if each["first"] <= day <= last)
            best = plain.ranking("artists", each["first"], last)
            led = {item for rank, item, count in best if rank == 1 and count > 1}
            assert each["plays"] == plays
            assert {row["artist_id"] for row in each["artists"]} == led
            before = each["first"].replace(year=year - 1)
            of_before = sum(count for day, count in plain.days.items() if (day.year, day.month) == (before.year, before.month))  # fmt: skip
            assert each["before"] == (of_before if before >= shown.first_day else None)
            state = "future" if each["first"] > shown.today else "before" if last < shown.first_day else "value" if plays else "zero"  # fmt: skip
            assert each["state"] == ("future" if state == "before" else state)
            assert each["is_running"] is (each["first"] == date(2026, 11, 1))
        largest = max(max(each["plays"], each["before"] or 0) for each in found["months"])
        assert [each["part"] for each in found["months"]] == [
            each["plays"] / largest for each in found["months"]
        ]


def test_discoveries(shown):
    plain = shown.plain
    assert shown.years[2023]["discoveries"] is None, "to the first year of the record all is new"
    for year in (2024, 2025, 2026):
        for kind in KINDS:
            own, earlier = (
                plain.sums(kind, *span(year)),
                plain.sums(kind, date(2000, 1, 1), date(year - 1, 12, 31)),
            )
            new = {item: sums for item, sums in own.items() if item not in earlier}
            best = [item for item in plain.order(kind, new)[:5] if new[item][0] > 1]
            found = shown.years[year]["discoveries"][kind]
            assert (found["new"], found["of"]) == (len(new), len(own))
            assert [(plain.item(row), row["plays"]) for row in found["rows"]] == [
                (item, new[item][0]) for item in best
            ]
            for row in found["rows"]:
                played = [plain.day(at) for at, track, ms in plain.heard.plays if track and counts(ms) and plain.item(row) in plain.heard.items(kind, track)]  # fmt: skip
                assert row["since"] == min(played)


def test_the_fullest_day_and_its_hours(shown):
    plain = shown.plain
    for year, found in shown.years.items():
        of_year = {day: plays for day, plays in plain.days.items() if day.year == year}
        day = max(of_year, key=lambda each: (of_year[each], each))
        fullest = found["fullest"]
        assert (fullest["day"], fullest["plays"]) == (day, of_year[day])
        hours = Counter(at.astimezone(plain.zone).hour for at, _, ms in plain.heard.plays if counts(ms) and plain.day(at) == day)  # fmt: skip
        assert (fullest["chart"] is None) is (of_year[day] < 5)
        if fullest["chart"]:
            assert [row[2] for row in fullest["chart"].rows] == [hours[hour] for hour in range(24)]
        assert fullest["hour_plays"] == max(hours.values())
        assert hours[fullest["hour"]] == max(hours.values())
        for kind in ("artists", "tracks"):
            _, item, plays = plain.ranking(kind, day, day)[0]
            row = fullest[kind]
            assert (row is None) is (plays < 2)
            assert row is None or (plain.item(row), row["plays"]) == (item, plays)


def stretches(days: list[date]) -> list[tuple[int, date, date]]:
    found: list[tuple[int, date, date]] = []
    for day in days:
        if found and found[-1][2] == day - ONE:
            length, first, _ = found.pop()
            found.append((length + 1, first, day))
        else:
            found.append((1, day, day))
    return found


def test_streaks_and_silence_lie_within_the_year(shown):
    for year, found in shown.years.items():
        course = found["course"]
        every = [found["first"] + each * ONE for each in range(found["of"])]
        active = [day for day in every if day in shown.plain.days]
        silent = [day for day in every if day not in shown.plain.days and day != shown.today]
        assert (course["days"], course["of"]) == (len(active), len(every))
        for name, of in (("longest", active), ("silence", silent)):
            assert tuple(course[name][part] for part in ("days", "first", "last")) == max(stretches(of)), (
                year,
                name,
            )
        assert len(found["calendar"].rows) == len(every)


def test_what_came_back_and_what_was_dropped(shown):
    plain = shown.plain
    heard_in = {year: plain.sums("artists", *span(year)) for year in YEARS}
    for year in YEARS:
        found = shown.years[year]["returns"]
        assert bool(found["why_not_back"]) is (year < 2025)
        assert bool(found["why_not_dropped"]) is (year == 2023)
        earlier = [heard_in[each] for each in YEARS if each < year - 1]
        back = {item: sums for item, sums in heard_in[year].items()
                if item not in heard_in.get(year - 1, {}) and any(item in each for each in earlier) and sums[0] > 1}  # fmt: skip
        dropped = {item: sums for item, sums in heard_in.get(year - 1, {}).items() if item not in heard_in[year] and sums[0] > 1}  # fmt: skip
        expected = plain.order("artists", back)[:5] if year > 2024 else []
        assert [plain.item(row) for row in found["came_back"]] == expected
        assert [plain.item(row) for row in found["dropped"]] == plain.order("artists", dropped)[:5]
        for row in (*found["came_back"], *found["dropped"]):
            played = sorted({plain.day(at) for at, track, ms in plain.heard.plays if track and counts(ms) and plain.item(row) in plain.heard.items("artists", track)})  # fmt: skip
            assert row["until"] == max(day for day in played if day.year < year)
            assert row["since"] == min((day for day in played if day.year == year), default=None)
    assert [plain.item(row) for row in shown.years[2026]["returns"]["came_back"]] == [BACK]
    assert [plain.item(row) for row in shown.years[2026]["returns"]["dropped"]] == [GONE]


def test_seasons_have_each_track_where_it_was_played_most(shown):
    plain = shown.plain
    for year, found in shown.years.items():
        hundred = {item for each in (year, year - 1) for _, item, _ in plain.of_year("tracks", each)[:100]}
        begins = [
            date(year - 1, 12, 1),
            date(year, 3, 1),
            date(year, 6, 1),
            date(year, 9, 1),
            date(year, 12, 1),
        ]
        sums = [plain.sums("tracks", begin, end - ONE) for begin, end in pairwise(begins)]
        own: list[dict[str, list[int]]] = [{}, {}, {}, {}]
        for item in hundred:
            plays = [each[item][0] if item in each else 0 for each in sums]
            if max(plays) > 1:
                own[plays.index(max(plays))][item] = sums[plays.index(max(plays))][item]
        expected = {
            begin: [(item, each[item][0]) for item in plain.order("tracks", each)[:5]]
            for (begin, end), each in zip(pairwise(begins), own, strict=True)
            if end > shown.first_day and begin <= shown.today
        }
        rows = {each["first_month"]: [(plain.item(row), row["plays"]) for row in each["tracks"]] for each in found["seasons"]}  # fmt: skip
        assert rows == expected, year
        for each in found["seasons"]:
            assert each["plays"] == sum(plays for day, plays in plain.days.items() if each["first"] <= day <= each["last"])  # fmt: skip


def test_ranks_and_medals(shown):
    plain = shown.plain
    rankings = {year: plain.of_year("artists", year) for year in YEARS}
    of_all = {item: rank for rank, item, _ in plain.ranking("artists", date(2000, 1, 1), shown.today)}
    mondays = [shown.first_day + each * ONE for each in range((shown.today - shown.first_day).days)]
    mondays = [day for day in mondays if day.weekday() == 0 and day + 7 * ONE <= shown.today]
    led = {day: {item for rank, item, plays in plain.ranking("artists", day, day + 6 * ONE) if rank == 1 and plays > 1} for day in mondays}  # fmt: skip
    for year, found in shown.years.items():
        expected = [row for row in rankings[year][:10] if row[2] > 1]
        assert [(row["rank"], plain.item(row), row["plays"]) for row in found["ranks"]] == expected
        told = year - 1 in (2024, 2025)  # of 2023 too little is known
        assert found["has_ranks_before"] == told
        before = {item: rank for rank, item, _ in rankings[year - 1]} if told else {}
        for row in found["ranks"]:
            item = plain.item(row)
            assert row["before"] == before.get(item)
            assert row["of_all_time"] == of_all[item]
            assert row["weeks"] == sum(item in of for day, of in led.items() if (day + 3 * ONE).year == year)
            assert row["months"] == sum(item == each["artist_id"] for month in found["months"] for each in month["artists"] if not month["is_running"])  # fmt: skip
            said = [
                f"{name} {', '.join(given)}"
                for rank, name in enumerate(("gold", "silver", "bronze"), 1)
                if (given := [str(each) for each in (2024, 2025) if each <= year and (rank, item) in {row[:2] for row in rankings[each]}])
            ]  # fmt: skip
            assert row["medals"] == said


def test_the_first_ten_artists_against_those_of_the_year_before(shown):
    plain = shown.plain
    assert shown.years[2023]["ranks_against"] is shown.years[2024]["ranks_against"] is None
    for year, before, now in ((2025, span(2024), span(2025)), (2026, *shown.running)):
        sides = [{item: (place, rank, plays) for place, (rank, item, plays) in enumerate(plain.ranking("artists", *each), 1)} for each in (before, now)]  # fmt: skip
        firsts = [{item for item, (place, *_) in side.items() if place <= 10} for side in sides]
        chart = shown.years[year]["ranks_against"]
        rows = [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]
        assert len(rows) == 2 * len(firsts[0] | firsts[1])
        for at, side, first in zip((0, 1), sides, firsts, strict=True):
            expected = sorted((*side[item], plain.heard.name("artists", item)) for item in first)
            own = [row for row in rows if row["at"] == at]
            assert sorted((row["place"], row["rank"], row["plays"], row["name"]) for row in own) == expected
            assert len(chart.parameters[("left", "right")[at]]) == len(expected)
        assert chart.finding.striptags() == f"{len(firsts[0] & firsts[1])} of the first 10 were among the first 10 in {year - 1}, too."  # fmt: skip


def test_a_year_against_the_one_before_the_running_one_on_the_same_days(shown):
    plain = shown.plain
    assert shown.years[2023]["against_before"] == shown.years[2024]["against_before"] == [], (
        "2023 is known in part"
    )
    for year, before, now in ((2025, span(2024), span(2025)), (2026, *shown.running)):
        rows = {
            what: [Markup(each).striptags().replace("\N{NO-BREAK SPACE}", " ") for each in rest]
            for what, *rest in shown.years[year]["against_before"]
        }
        for at, (first, last) in enumerate((now, before)):
            active = sorted(day for day in plain.days if first <= day <= last)
            assert rows["Plays"][at] == f"{sum(plain.days[day] for day in active):,}"
            for kind in KINDS:
                assert rows[kind.capitalize()][at] == f"{len(plain.sums(kind, first, last)):,}"
            assert rows["Days with plays"][at] == str(len(active))
            days = max(stretches(active))[0]
            assert rows["Longest streak"][at] == f"{days} {'day' if days == 1 else 'days'}"
            minutes = (plain.heard_ms(first, last) + 30_000) // 60_000
            assert rows["Time"][at] == f"{minutes // 60} h {minutes % 60} min".removesuffix(" 0 min")


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (51.2, 49.5, ("51 h 12 min", "49 h 30 min", "1 h 42 min more (3 %)")),
        (1_600.9, 1_497.6, ("1,601 h", "1,498 h", "103 h more (7 %)")),
        (30, 90.5, ("30 h", "90 h 30 min", "60 h 30 min less (67 %)")),
        (2, 2, ("2 h", "2 h", "as much")),
    ],
)
def test_a_change_of_time_is_that_of_the_times_shown(now, before, said):
    found = year_changes._times(*(round(3_600_000 * hours) for hours in (now, before)))
    assert tuple(each.striptags().replace("\N{NO-BREAK SPACE}", " ") for each in found) == said


def test_every_page_is_whole_and_leads_on(stored, tmp_path):
    with closing(psycopg2.connect(stored)) as connection, source_at(connection, NOW, tmp_path) as source:
        for page in (years.PAGE, *years.family(source)):
            checked = Checked(text_of(page, source))
            links = {each.get("href") for tag, each in checked.tags if tag == "a"}
            if page is years.PAGE:
                assert {f"year-{each}.html" for each in YEARS} <= links
                continue
            chapters = ("story", "covers") if page.title == "2023" else CHAPTERS
            assert {*chapters, "coverage"} <= set(checked.ids), page.slug
            assert {"years.html", f"top.html#range={page.title}"} <= links
            around = {
                f"year-{int(page.title) + each}.html" for each in (-1, 1) if int(page.title) + each in YEARS
            }
            assert around <= links


CHAPTERS = (
    "covers",
    "months",
    *KINDS,
    "discoveries",
    "day",
    "streaks",
    "changes",
    "seasons",
    "ranks",
    "before",
)


def test_as_many_statements_serve_one_year_as_four(stored, server, template, tmp_path, monkeypatch):
    rows, asked = Source.rows, []
    monkeypatch.setattr(
        Source, "rows", lambda source, name, **more: asked.append(name) or rows(source, name, **more)
    )

    def statements(dsn: str) -> list[str]:
        asked.clear()
        with closing(psycopg2.connect(dsn)) as connection, source_at(connection, NOW, tmp_path) as source:
            for page in (years.PAGE, *years.family(source)):
                page.told(source)
        return sorted(asked)

    with new_database(server, template) as dsn:
        store(dsn, a_few())
        assert statements(stored) == statements(dsn)


@pytest.mark.parametrize(("now", "opened"), [("2026-12-31", 2026), ("2027-01-01", 2026), ("2027-01-31", 2026), ("2027-03-01", 2026)])  # fmt: skip
def test_the_last_whole_year_is_open_in_january(stored, tmp_path, now, opened):
    at = datetime.fromisoformat(now).replace(hour=12, tzinfo=UTC)
    with closing(psycopg2.connect(stored)) as connection, source_at(connection, at, tmp_path) as source:
        assert years.read(source)["opened"]["year"] == opened
        assert [page.file for page in years.family(source)] == [f"year-{each}.html" for each in YEARS]
        assert years.opened_year(source, (2027, 2026)) == (2027 if at.month > 1 and at.year == 2027 else 2026)
        text_of(years.family(source)[0], source)


def test_what_is_not_known_is_compared_with_nothing(server, template, heard, tmp_path):
    with new_database(server, template) as dsn:
        store(dsn, heard)
        with closing(psycopg2.connect(dsn)) as connection:
            Rows(connection).add("play_gaps", user_id="u", gap_start="2025-03-10 12:00Z", gap_end="2025-10-20 12:00Z", reason="x")  # fmt: skip
            with source_at(connection, NOW, tmp_path) as source:
                of_2025, of_2026 = (year_page.read(source, each)() for each in (2025, 2026))
                text_of_2026, text = (text_of(each, source) for each in years.family(source)[:2])
    assert (of_2025["known"], of_2025["of"], of_2025["is_partly_known"]) == (140, 365, True)
    states = [each["state"] for each in of_2025["months"]]
    assert states == ["value"] * 2 + ["gap"] * 8 + ["value"] * 2
    assert not of_2026["has_ranks_before"]
    assert {each["before"] for each in of_2026["ranks"]} == {None}, "nobody stood anywhere in 2025"
    assert "Too little of 2025 is known to say who stood where" in text_of_2026
    for found in (of_2025, of_2026):
        assert found["ranks_against"] is None
        assert found["against_before"] == []
    assert "Too little of 2025" in of_2025["returns"]["why_not_dropped"]
    assert "Too little of 2025" in of_2026["returns"]["why_not_back"]
    assert of_2025["returns"]["dropped"] == of_2026["returns"]["came_back"] == []
    assert of_2025["gaps"] == [(date(2025, 3, 10), date(2025, 10, 20))]
    assert "Known for" in text
    assert of_2025["course"]["silence"]["days"] < 30, "days of which nothing is known are no silence"


def test_a_year_of_few_plays_is_five_sentences_and_every_cover(server, template, tmp_path):
    few = a_few(50)
    few.albums.update({f"album{each}": f"Album {each}" for each in range(37)})
    for number, track in enumerate(few.tracks.values()):
        track.album = f"album{number % 37}"
    with new_database(server, template) as dsn:
        store(dsn, Listening(few.tracks, few.artists, few.albums, few.plays))
        with closing(psycopg2.connect(dsn)) as connection, source_at(connection, NOW, tmp_path) as source:
            (page,) = years.family(source)
            text, found = text_of(page, source), page.told(source)
            of_all = text_of(years.PAGE, source)
    story = text.partition('<ol class="story">')[2].partition("</ol>")[0]
    assert story.count("<li>") == 5
    assert "on average" not in story, "which History counts without today"
    assert "new to the record" not in story, "as all is in its first year"
    fullest = found["fullest"]
    assert ("all of them between" in story) is (fullest["hour_plays"] == fullest["plays"])
    assert len(found["tops"]["albums"]) == 37
    assert all(f"Album {each}<" in text for each in range(37))
    assert "figure class" not in text
    assert "year-2026.html" in of_all


def test_who_has_a_library_and_no_play_has_no_year(rows, connection, tmp_path):
    rows.track("liked")
    rows.add("liked_tracks", user_id="u", track_id="liked", liked_at=NOW)
    refresh(connection)
    with source_at(connection, NOW, tmp_path) as source:
        assert years.family(source) == []
        assert "No play is known yet" in text_of(years.PAGE, source)
