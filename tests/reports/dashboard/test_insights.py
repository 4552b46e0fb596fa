"""What Insights finds, against a plain recomputation, in three time zones; and what it says where it finds nothing."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extras import execute_values

from reports.dashboard.insight import Block, Later, years_and_months
from reports.dashboard.months_heard import effective
from reports.dashboard.pages import insights, insights_seasons, insights_taste, insights_ways
from reports.dashboard.pages.insights_variety import FEWEST_PLAYS
from tests.reports.dashboard.reading import Checked, read, refresh, render, source_at

NOW = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 1:30 in New York, for the first time that night
BEGIN = datetime(2021, 3, 28, 0, 30, tzinfo=UTC)  # half an hour before the clocks go forward in Berlin
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
ALBUMS, ON_ALBUM = 8, 6
LIST = "spotify:playlist:mine"


def artist_of(track: int) -> int:
    """Two of them have their own times."""
    return {41: 5, 43: 7}.get(track, track % 5)


@dataclass(frozen=True)
class Play:
    at: datetime
    track: int
    shuffle: bool | None
    context: str | None

    @property
    def artist(self) -> int:
        return artist_of(self.track)

    @property
    def album(self) -> int:
        return self.track // ON_ALBUM


class Record:
    """Five years and a half: albums from the first track to the last, shuffle, silences, a winter artist, lists."""

    def __init__(self, zone: str) -> None:
        self.zone, luck = ZoneInfo(zone), random.Random(5)
        plays: dict[datetime, Play] = {}

        def put(
            at: datetime, track: int, *, shuffle: bool | None = False, context: str | None = None
        ) -> None:
            if at <= NOW:
                plays.setdefault(at, Play(at, track, shuffle, context))

        for _ in range(900):
            at = BEGIN + timedelta(minutes=luck.randrange(int((NOW - BEGIN) / timedelta(minutes=1))))
            track = min(int(luck.expovariate(1 / 9)), 40)
            put(at, track, shuffle=luck.choice((True, False, None)))
        for month in range(30):  # albums as a whole, and in part; across midnight here and there
            at = BEGIN + timedelta(days=60 * month, hours=luck.randrange(24), minutes=7)
            album = month % (ALBUMS - 2)
            context = (None, f"spotify:album:album{album}", LIST)[month % 3]
            for place in range(ON_ALBUM if month % 4 else 3):
                put(at + timedelta(minutes=4 * place), album * ON_ALBUM + place, context=context)
        for day in range(30):  # artist 5 is silent for two years and more
            for begin in (BEGIN, BEGIN + timedelta(days=900)):
                put(begin + timedelta(days=day, hours=22, minutes=50), 41, shuffle=None)
        for year in range(2021, 2026):  # artist 7 is of the winter
            for day in range(25):
                put(datetime(year, 12, 10, 23, 20, tzinfo=UTC) + timedelta(days=day), 43, shuffle=True)
        for day in range(12):  # and these come from a list
            put(NOW - timedelta(days=40 - day, minutes=3), 45, shuffle=None, context=LIST)
        self.plays = sorted(plays.values(), key=lambda play: play.at)

    def day(self, play: Play) -> date:
        return play.at.astimezone(self.zone).date()

    def store(self, rows) -> None:
        rows.do("UPDATE users SET time_zone = %s", self.zone.key)
        for track in range(ALBUMS * ON_ALBUM):
            rows.track(
                f"track{track}",
                artists=(f"artist{artist_of(track)}",),
                album=f"album{track // ON_ALBUM}",
                ms=200_000,
            )
        rows.do(
            "UPDATE tracks SET disc_number = 1, track_number = 1 + substring(track_id FROM 6)::integer %% %s",
            ON_ALBUM,
        )
        rows.do("UPDATE albums SET total_tracks = %s", ON_ALBUM)
        rows.playlist("mine", "track45", name="Mine", track_count=1)
        rows.playlist("closed", "track1", name="Closed", position=1, track_count=1)
        rows.add("liked_tracks", user_id="u", track_id="track3", liked_at=NOW - timedelta(days=1))
        with rows.connection, rows.connection.cursor() as cursor:
            execute_values(
                cursor, "INSERT INTO plays (user_id, played_at, item_key, source, ms_played, shuffle, context_uri) VALUES %s",
                [("u", each.at, f"spotify:track:track{each.track}", "export", 200_000, each.shuffle, each.context) for each in self.plays],
            )  # fmt: skip
            cursor.execute("INSERT INTO played_tracks SELECT DISTINCT 'u', track_of(item_key) FROM plays")


@pytest.fixture(params=ZONES)
def record(request):
    return Record(request.param)


def cells(chart):
    return [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]


def test_every_figure(record, rows, connection, tmp_path, monkeypatch):
    monkeypatch.setattr(insights_taste, "FEWEST_DISCOVERIES", 1)
    record.store(rows)
    refresh(connection)
    with source_at(connection, NOW, tmp_path) as source:
        assert source.scope.plays == len(record.plays)
        for check in (half_lives, what_stays, comebacks, seasons, orders, favourites, hours, drift, unopened):
            check(record, source)
        found = insights.read(source)
    strengths = [block.strength for block in found["blocks"]]
    assert strengths == sorted(strengths, reverse=True)
    assert [each.title for each in found["later"]] == ["What stays of a discovery"]


def half_lives(record, source):
    days = defaultdict(list)
    for play in record.plays:
        days[play.track].append(record.day(play))
    first = min(map(min, days.values()))
    halves = {}
    for track, heard in days.items():
        in_year = sorted((day - heard[0]).days for day in heard if (day - heard[0]).days < 365)
        if (
            first + timedelta(days=90) <= heard[0] <= source.scope.today - timedelta(days=365)
            and len(in_year) >= 5
        ):
            halves[track] = in_year[(len(in_year) - 1) // 2], len(in_year)
    found = source.rows(
        "site_insights.halves",
        since=first + timedelta(days=90),
        until=source.scope.today - timedelta(days=365),
        fewest=5,
    )
    assert {row["days"]: row["tracks"] for row in found} == Counter(half for half, _ in halves.values())
    block = insights_taste.half_life(source)
    assert block.plays == sum(row["plays"] for row in found) == sum(plays for _, plays in halves.values())
    ordered = sorted(half for half, _ in halves.values())
    assert f"within {ordered[(len(ordered) - 1) // 2]} day" in block.finding.striptags()


def what_stays(record, source):
    block = insights_taste.retention(source)
    months = defaultdict(set)
    for play in record.plays:
        day = record.day(play)
        months[play.track].add((12 * day.year + day.month - 1) // 3)
    rows = source.rows("site_insights.retention", months=3, steps=8, since=date(2021, 1, 1))
    assert {(row["cohort"], row["later"]): row["tracks"] for row in rows} == Counter(
        (min(heard), each - min(heard))
        for heard in months.values()
        for each in heard
        if each - min(heard) <= 8
    )
    assert isinstance(block, Later), "too few tracks were new in any quarter"
    assert "three" in block.why


def comebacks(record, source):
    days = defaultdict(list)
    for play in record.plays:
        days[play.artist].append(record.day(play))
    expected = {}
    for artist, heard in days.items():
        for place, (last, again) in enumerate(pairwise(heard), 1):
            if (again - last).days > 365 and place >= 5 and len(heard) - place >= 3:
                expected[f"artist{artist}"] = (last, again, place, len(heard) - place)
    assert list(expected) == ["artist5"]
    rows = source.rows("site_insights.comebacks", days=365, before=5, after=3, limit=8)
    assert {
        row["artist_id"]: (row["last_before"], row["first_after"], row["before"], row["after"])
        for row in rows
    } == expected
    (found,) = [insights_taste.comebacks(source)]
    last, again, before, after = expected["artist5"]
    assert years_and_months((again - last).days) in found.finding
    assert (found.plays, found.known) == (before + after, 1), "an export says all of the silence"


def seasons(record, source):
    months = Counter(record.day(play).month for play in record.plays)
    own = Counter(record.day(play).month for play in record.plays if play.artist == 7)

    def within(counts, begins):
        return sum(counts[(begins + each - 1) % 12 + 1] for each in range(3))

    strengths = {
        begins: within(own, begins) / own.total() - within(months, begins) / months.total()
        for begins in range(1, 13) if within(own, begins) >= own.total() / 2
    }  # fmt: skip
    rows = source.rows("site_insights.seasons", plays=50, in_a_year=5, limit=6)
    (row,) = [row for row in rows if row["artist_id"] == "artist7"]
    assert strengths[row["begins"]] == pytest.approx(max(strengths.values()))
    assert (row["plays"], row["whole"], row["years"]) == (within(own, row["begins"]), own.total(), 5)
    assert row["part"] == pytest.approx(within(months, row["begins"]) / months.total())
    by_month = Counter(record.day(play).replace(day=1) for play in record.plays if play.artist == 7)
    (_, chart, _) = insights_seasons.seasons(source).charts[0]
    assert {
        date(each["year"], each["month"], 1): each["plays"] for each in cells(chart) if each["plays"]
    } == by_month


def runs_of(record):
    runs = [[record.plays[0]]]
    for before, play in pairwise(record.plays):
        goes_on = (
            play.album == before.album and play.track > before.track and not (play.shuffle or before.shuffle)
        )
        runs.append([play]) if not goes_on else runs[-1].append(play)
    return runs


def orders(record, source):
    runs = runs_of(record)
    row = source.row("site_insights.orders", fewest=3)
    assert row["in_order"] == sum(len(run) for run in runs if len(run) >= 3) > 50
    assert row["shuffled"] == sum(play.shuffle is True for play in record.plays)
    assert row["straight"] == sum(play.shuffle is False for play in record.plays)
    whole = Counter(
        run[0].album for run in runs
        if len(run) == ON_ALBUM and all(play.context in (None, f"spotify:album:album{play.album}") for play in run)
    )  # fmt: skip
    assert len(whole) > 3
    found = source.rows("site_insights.whole_albums", tracks=5, limit=20)
    assert {row["album_id"]: row["times"] for row in found} == {
        f"album{album}": times for album, times in whole.items()
    }
    assert found[0]["all_times"] == whole.total()


def favourites(record, source):
    plays, first = Counter(play.track for play in record.plays), {}
    for play in record.plays:
        first.setdefault(play.track, play)
    known = [track for track, play in first.items() if play.context and (plays[track] >= 10 or track == 3)]
    made = [track for track in known if first[track].context == LIST]
    (row,) = source.rows("site_insights.makers", plays=10, limit=6)
    assert (row["playlist_id"], row["tracks"], row["favourites"]) == ("mine", len(made), len(known))
    assert row["plays"] == sum(plays[track] for track in made)
    assert 45 in made


def hours(record, source):
    block = insights_ways.day_parts(source)
    local = [play.at.astimezone(record.zone) for play in record.plays]
    by_hour, by_day = (chart for _, chart, _ in block.charts)
    assert {each["hour"]: each["plays"] for each in cells(by_hour)} == {
        hour: sum(at.hour == hour for at in local) for hour in range(24)
    }
    assert {each["weekday"]: each["plays"] for each in cells(by_day)} == {
        day: sum(at.isoweekday() == day for at in local) for day in range(1, 8)
    }


def drift(record, source):
    months = defaultdict(Counter)
    for play in record.plays:
        months[record.day(play).replace(day=1)][play.artist] += 1
    enough = {
        month
        for month, counts in months.items()
        if counts.total() >= FEWEST_PLAYS
        and source.scope.first_day <= month < date(2026, 10, 1)  # the first month is not whole
    }
    (_, chart, _), (_, tracks, _) = insights_taste.drift(source).charts
    assert (chart.parameters, tracks.parameters) == ({"of": "artists"}, {"of": "tracks"}), (
        "each on its own scale"
    )
    assert chart.rows == tracks.rows
    shown = {date.fromisoformat(each["month"]): each["as_artists"] for each in cells(chart) if each["range"]}
    assert shown.keys() - {date(2026, 10, 1)} == enough
    for month in enough:
        assert shown[month] == pytest.approx(effective(Counter(months[month].values())), abs=0.06)


def unopened(record, source):
    block = insights_ways.unopened(source)
    assert [each["playlist_id"] for each in block.shown["closed"]] == ["closed"]
    assert block.plays == sum(play.context is not None for play in record.plays)


def test_what_stays_of_many_discoveries(rows, connection, tmp_path):
    """Of twenty tracks of each month, ten are heard in the next one, and five half a year later."""
    rows.do("UPDATE users SET time_zone = 'UTC'")
    begins = [date(2025, 1 + each, 1) if each < 12 else date(2026, each - 11, 1) for each in range(20)]
    plays = []
    for month in range(len(begins)):
        for track in range(20):
            name = f"t{month}-{track}"
            rows.track(name)
            for later, kept in ((0, 20), (1, 10), (6, 5)):
                if track < kept and month + later < len(begins):
                    plays.append((name, begins[month + later]))
    with connection, connection.cursor() as cursor:
        execute_values(
            cursor, "INSERT INTO plays (user_id, played_at, item_key, source) VALUES %s",
            [("u", datetime(day.year, day.month, 3, 12, tzinfo=UTC) + timedelta(minutes=place), f"spotify:track:{name}", "export") for place, (name, day) in enumerate(plays)],
        )  # fmt: skip
        cursor.execute("INSERT INTO played_tracks SELECT DISTINCT 'u', track_of(item_key) FROM plays")
    refresh(connection)
    with source_at(connection, datetime(2026, 8, 20, tzinfo=UTC), tmp_path) as source:
        block = insights_taste.retention(source)
    assert isinstance(block, Block)
    assert "25 % is heard in the month half a year later" in block.finding
    ((_, chart, _),) = block.charts
    for each in cells(chart):
        later = int(each["when"].split()[0])
        assert each["part"] == {1: "50 %", 6: "25 %"}.get(later, "0 %"), each
        assert each["tracks"] == 20
    assert cells(chart)[0]["cohort"] == "2025-05-01", (
        "the first three months of the record, and the one then under way, say too little"
    )
    assert cells(chart)[-1]["cohort"] == "2026-06-01", "August is not over: nothing of it is shown"


def test_few_plays_are_two_findings_and_what_comes_when(rows, connection, tmp_path):
    rows.track("t", ms=200_000)
    for each in range(50):
        rows.play("t", NOW - timedelta(hours=each), context_uri="spotify:album:al")
    found = read(connection, tmp_path, NOW, insights.PAGE)
    assert {block.slug for block in found["blocks"]} == {"day-parts", "contexts"}
    assert len(found["later"]) == len(insights.FINDINGS) - 2
    page = render(connection, tmp_path, NOW, insights.PAGE)
    assert "Back after a long silence: from" in page
    assert 'Evidence: <a href="top.html#range=all">' in page
    assert {"day-parts", "contexts", "later"} <= set(Checked(page).ids)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 11, 12), date(2026, 11, 29), "6 of the record's 18 days (33 %)"),
        (date(2026, 11, 23), date(2026, 11, 24), "0 of the record's 2 days (0 %)"),
        (date(2026, 10, 1), date(2026, 11, 25), "two days of seven (29 %)"),
    ],
)
def test_weekends_of_a_short_record_are_counted(first, last, said):
    assert insights_ways.weekends_of(first, last).striptags() == said


def test_nothing_heard_is_a_page_too(rows, connection, tmp_path):
    rows.track("t")
    rows.add("liked_tracks", user_id="u", track_id="t", liked_at=NOW)
    page = render(connection, tmp_path, NOW, insights.PAGE)
    assert "No play is known yet." in page
    assert "./run import" in page


@pytest.mark.parametrize(
    ("days", "said"),
    [(366, "1 year"), (20, "20 days"), (400, "1 year 1 month"), (740, "2 years"), (335, "11 months")],
)
def test_a_silence_in_words(days, said):
    assert years_and_months(days) == said
