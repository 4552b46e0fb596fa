"""`./run stats`: each figure is that of the site's pages, and what plain Python counts. Checklist of issue 16."""

import json
import re
from collections import Counter
from contextlib import closing
from datetime import date, timedelta

import psycopg2
import pytest

from reports.dashboard.pages import about, items, overview, top
from reports.dashboard.ranges import range_of
from reports.figures import answers
from reports.figures.blocks import Answer, Line, Table, as_drawn, as_text, sparkline
from tests.conftest import new_database
from tests.reports.dashboard.made_up_listening import NOW, ZONE, artist_id, counts, store, years_of_listening
from tests.reports.dashboard.reading import refresh, source_at, text_of
from tests.rows import Rows
from utils.errors import SettingsError
from utils.terminal import console_of, width_of

STATS = "reports.stats"
TODAY = date(2026, 11, 28)
KINDS = ("tracks", "artists", "albums", "genres")
STRETCHES = {
    "today": (TODAY, TODAY),
    "week": (date(2026, 11, 23), TODAY),
    "2024-02": (date(2024, 2, 1), date(2024, 2, 29)),
    "2025-Q4": (date(2025, 10, 1), date(2025, 12, 31)),
    "2025": (date(2025, 1, 1), date(2025, 12, 31)),
    "2025-10-26": (date(2025, 10, 26), date(2025, 10, 26)),
    "2025-01-10..2024-12-20": (date(2024, 12, 20), date(2025, 1, 10)),
    "all": (date(2023, 11, 4), TODAY),
}


@pytest.fixture(scope="module")
def heard():
    return years_of_listening()


@pytest.fixture(scope="module")
def dsn_of_years(server, template, heard):
    with new_database(server, template) as dsn:
        store(dsn, heard)
        yield dsn


@pytest.fixture
def source(dsn_of_years, tmp_path):
    with closing(psycopg2.connect(dsn_of_years)) as connection, source_at(connection, NOW, tmp_path) as found:
        yield found


def ask(source, question, *arguments):
    """Of one transaction, several questions: each gathers its rankings anew."""
    source.cursor.execute("SAVEPOINT before")
    answer = question(source, *arguments)
    source.cursor.execute("ROLLBACK TO before")
    return answer


def rows_of(answer: Answer, kind: str) -> list[tuple]:
    return [
        (
            row["rank"],
            row["name"] if (row["name"] or "").strip() else "name unknown",
            row["plays"],
            row["minutes"],
        )
        for row in answer.data[f"top_{kind}"]
    ]


@pytest.mark.parametrize("by", ["plays", "minutes"])
def test_rankings_are_what_plain_python_counts(source, heard, by):
    for key, (first, last) in STRETCHES.items():
        answer = ask(source, answers.top, key, by, 100)
        for kind in KINDS:
            expected = heard.ranking(kind, first, last, by)
            assert rows_of(answer, kind) == [
                (rank, name, n, round(ms / 60_000, 1)) for rank, name, n, ms in expected
            ], (key, kind)
        played = [ms for at, _, ms in heard.plays if first <= at.astimezone(ZONE).date() <= last]
        assert answer.data["plays"] == sum(map(counts, played))
        assert (answer.data["first_day"], answer.data["last_day"]) == (first.isoformat(), last.isoformat())


def test_the_figures_are_those_of_the_pages(source):
    ask(source, lambda source: top.PAGE.told(source))
    page = json.loads((source.site.path / "top.json").read_text())["shown"]
    answer = ask(source, answers.top, "", "plays", 100)
    assert {name: answer.data[name] for name in page} == page


def test_plays_whose_artists_are_not_known_are_said(connection, tmp_path):
    rows = Rows(connection)
    for each in ("known", "other", "unknown"):
        rows.track(each)
        rows.play(each, NOW - timedelta(days=len(each)))
    rows.play("unknown", NOW - timedelta(days=400))
    rows.play(None, NOW - timedelta(days=401))
    rows.add("artists", artist_id="a", name="Somebody")
    rows.do(
        "INSERT INTO track_artists (track_id, position, artist_id) VALUES ('known', 0, 'a'), ('other', 0, 'a')"
    )
    refresh(connection)
    with source_at(connection, NOW, tmp_path) as found:
        assert "The artists of 1 play are not known yet: it counts for none" in as_text(
            ask(found, answers.top, "2026", "plays", 5)
        )
        assert "artists of 2 plays are not known yet" in as_text(ask(found, answers.top, "all", "plays", 5))
        assert "1 play of no known track stands in no ranking" in as_text(
            ask(found, answers.top, "all", "plays", 5)
        )
        assert "2 of 5 plays" in re.sub("<[^>]*>", "", text_of(about.PAGE, found))


def test_a_year_is_the_sum_of_its_months(source, heard):
    found = ask(source, answers.year, "2025", "plays", 5).data
    months, days = Counter(), Counter()
    for at, _, ms in heard.plays:
        day = at.astimezone(ZONE).date()
        if day.year == 2025 and counts(ms):
            months[f"{day:%Y-%m}"] += 1
            days[day] += 1
    assert {each["month"]: each["plays"] for each in found["months"]} == dict(months)
    assert found["plays"] == sum(months.values())
    assert found["days_with_plays"] == len(days)
    assert found["fullest_day"]["plays"] == max(days.values())
    assert ask(source, answers.year, "", "plays", 5).data["range"] == "2026"


def test_an_artist_is_found_without_case_and_accents(source, heard):
    played = [
        (at.astimezone(ZONE).date(), ms)
        for at, track, ms in heard.plays
        if track and artist_id(7) in heard.tracks[track].artists
    ]
    days = sorted({day for day, ms in played if counts(ms)})
    names = ("ÄRTIST 7", artist_id(7), f"https://open.spotify.com/artist/{artist_id(7)}?si=x")
    found, by_id, by_link = (ask(source, answers.artist, name, "", "plays", 5).data for name in names)
    assert by_id == by_link == found
    assert found["known_days"] <= found["days"]
    assert found["plays"] == sum(counts(ms) for _, ms in played)
    assert (found["first_played_on"], found["last_played_on"]) == (days[0].isoformat(), days[-1].isoformat())
    assert found["days_with_plays"] == len(days)
    assert sum(each["plays"] for each in found["months"]) == found["plays"]
    everything = heard.ranking("artists", *STRETCHES["all"], "plays")
    assert [found["rank"]] == [rank for rank, name, _, _ in everything if name == "Artist 7"]
    whole = ask(source, answers.artist, "artist 7", "", "plays", 1000).data["tracks"]
    assert sum(each["plays"] for each in whole) == found["plays"]
    of_year = ask(source, answers.artist, "artist 7", "2025", "minutes", 5).data
    assert of_year["plays"] == sum(counts(ms) for day, ms in played if day.year == 2025)


def test_an_artist_is_as_on_the_page_of_its_own(source):
    """Of all that have a page: what is said of the first, and of one further down."""
    pages = ask(source, items.of_note)
    of_artists = [page for page in pages if page.template == "artist"]
    for page in (of_artists[0], of_artists[-1]):
        told, found = (
            page.told(source),
            ask(source, answers.artist, page.slug.removeprefix("artist-"), "", "plays", 10).data,
        )
        item = told["item"]
        assert (found["plays"], found["minutes"]) == (item["plays"], round(item["heard_ms"] / 60_000, 1))
        assert (found["rank"], found["artists"]) == (item["rank"], item["of"])
        assert found["first_played_on"] == told["first_day"].isoformat()
        assert found["last_played_on"] == told["last_day"].isoformat()
        assert [each["plays"] for each in found["tracks"]] == [row["plays"] for row in told["tracks"]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("artist 1", "can be"),  # is one, and the beginning of ten others
        ("rtist 2", "'rtist 2' can be Artist 2"),
        ("Artst 12", "The nearest names: Artist 12 ("),
        ("  ", "No artist called '  ' was played."),
        ("\x1b[31m" + "x" * 5000, "No artist called ' [31mxxx"),
    ],
)
def test_a_name_that_is_nobodys_or_several(source, name, said):
    if name == "artist 1":
        assert ask(source, answers.artist, name, "", "plays", 5).data["name"] == "Artist 1"
        return
    with pytest.raises(SettingsError) as error:
        ask(source, answers.artist, name, "", "plays", 5)
    assert said in str(error.value)
    assert error.value.remedy
    assert str(error.value).isprintable()


def test_what_is_compared_is_what_overview_compares(source, heard):
    found = {each["range"]: each for each in ask(source, answers.compare, "").data["periods"]}
    for each in overview.read_periods(source):
        one = found[each["period"].key]
        assert (one["plays"], one["tracks"]) == (each["now"]["plays"], each["now"]["tracks"])
        assert one["before"]["plays"] == each["before"]["plays"]
        begin, end = each["period"].before_begin, each["period"].before_end
        assert one["before"]["plays"] == sum(counts(ms) for at, _, ms in heard.plays if begin <= at < end)
        assert (one["before"]["first_moment"], one["before"]["last_moment"]) == (
            begin.isoformat(),
            end.isoformat(),
        )
    text = as_text(ask(source, answers.compare, "month"))
    assert "1 Nov 2026, 00:00  28 Nov 2026, 22:30" in text
    assert "1 Oct 2026, 00:00  28 Oct 2026, 22:30" in text
    whole = ask(source, answers.compare, "2025-10")
    assert whole.data["before"]["first_day"] == "2025-09-01"
    assert "1 Sep 2025 to 30 Sep 2025" in as_text(whole)
    for key, said in (("today", "No day of it is over yet"), ("all", "All time is compared with nothing")):
        nothing = ask(source, answers.compare, key)
        assert said in as_text(nothing)
        assert nothing.data["before"] is None


def test_today_beside_a_week_ago(source, heard):
    found = ask(source, answers.today, "plays", 5).data
    ago = NOW - timedelta(days=7)
    of_then = [
        ms
        for at, _, ms in heard.plays
        if at.astimezone(ZONE).date() == ago.astimezone(ZONE).date() and at < ago
    ]
    assert found["a_week_ago"]["plays"] == sum(map(counts, of_then))
    assert found["plays"] == sum(
        counts(ms) for at, _, ms in heard.plays if at.astimezone(ZONE).date() == TODAY
    )
    assert found["days"][-1] == {"day": "2026-11-28", "plays": found["plays"]}
    assert len(found["days"]) == 28


def test_a_range_that_is_none_says_which_there_are(source):
    wrong = ("yaer", "2025-13", "2025-02-30", "2025-Q5", "..2025-01-01", "20255", "2031", "1999", "x" * 999)
    for key in wrong:
        with pytest.raises(SettingsError) as error:
            ask(source, answers.top, key, "plays", 5)
        assert len(str(error.value)) < 200
        assert "range" in error.value.remedy


def test_ranges_are_those_of_the_page(source):
    for key, (first, last) in STRETCHES.items():
        found = range_of(key, source.scope)
        assert (found.first, min(found.last, TODAY)) == (first, last), key


class Screen:
    encoding = "utf-8"

    def isatty(self):
        return True

    def write(self, text):
        pass

    def flush(self):
        pass


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_a_narrow_terminal_costs_names_and_bars_but_no_figure(monkeypatch, columns):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    head = ("", "Track", "Artists", "Plays", "Time", "Share")
    row = (100, "夜 of words " * 9, "Somebody " * 9, 12_345, "12 h 34 min", "12 %")
    text = as_drawn(Answer(["A", Table("T", head, [row, row], bars=[9, 3])]), console_of(Screen()))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert max(map(width_of, lines)) <= columns
    for whole in ("100", "12,345", "12 h 34 min", "12 %"):
        assert sum(whole in line for line in lines) == 2, whole
    assert ("█" in text) is (columns == 160)


def test_nothing_in_a_name_controls_a_terminal(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    hostile = "\x1b[2J\x07[bold]\u202eevil\n"
    answer = Answer(
        [hostile, Table("T", ("Name", "Plays"), [(hostile, 3)], bars=[3]), Line("L", [0, 3, None], "a", "b")]
    )
    for text in (as_text(answer), as_drawn(answer, console_of(Screen()))):
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # colours
        assert re.search(r"[^\n -~·█▁▂▃▄▅▆▇…]", text) is None
        assert "[bold]" in text


def test_a_sparkline_tells_nothing_from_not_known():
    assert sparkline([1, 8, 0, None, 4]) == "▁█· ▄"
    assert sparkline([0, None]) == "· "
    assert sparkline([]) == ""


def test_on_the_command_line(make_world, empty_dsn):
    world = make_world(liked=20, albums=1, plays=50, odd=False)
    world.run("api_syncs.track_plays")
    world.run("api_syncs.materialized_views")
    world.sim.clear_requests()

    def stats(*options: str, code: int = 0) -> tuple[str, str]:
        done = world.call("-m", STATS, *options)
        assert done.returncode == code, done.stderr
        return done.stdout, done.stderr

    for command in ("top", "year", "today", "compare"):
        text, said = stats(command)
        assert "\x1b" not in text
        assert said == ""
        assert json.loads(stats(command, "--json")[0])["command"] == command
    assert json.loads(stats("top", "all", "--limit", "2", "--json")[0])["plays"] == 50
    assert "50 plays are known in all; ./run import takes the years before" in stats("top")[0]
    assert "'yaer' is no range (did you mean year?)" in stats("top", "yaer", code=2)[1]
    assert "is no number from 1" in stats("top", "--limit", "0", code=2)[1]
    assert "is no year" in stats("year", "20", code=2)[1]
    assert "There is no listener 'nobody'" in stats("top", "--user", "nobody", code=2)[1]
    world.extra["GITHUB_ACTIONS"] = "true"
    assert "strangers may read" in stats("today", code=2)[1]
    del world.extra["GITHUB_ACTIONS"]
    world.dsn = empty_dsn
    assert "./run import" in stats("top")[0]
    assert json.loads(stats("compare", "--json")[0])["plays"] == 0
    assert world.asked(tokens=True) == []
