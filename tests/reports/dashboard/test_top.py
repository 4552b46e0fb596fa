"""Top: what the database ranks and what the browser counts, each against a plain recomputation."""

import base64
import csv
import json
import os
import random
import re
import shutil
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg2.extras import execute_values

from reports.dashboard.build import Request, build_site
from reports.dashboard.ranges import Range, compared
from reports.dashboard.words import duration_text
from tests.conftest import new_database
from tests.rows import Rows
from utils.database.views import load_views

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 28)
HOSTILE = '</script><script>window.wasRun = 1</script><img src=x onerror="window.wasRun = 1">'
KINDS = ("tracks", "artists", "albums", "genres")


def an_id(number: int) -> str:
    return f"{number:022d}"


def artist_id(number: int) -> str:
    return f"artist{number:016d}"


def album_id(number: int) -> str:
    return f"album{number:017d}"


@dataclass
class Track:
    name: str | None
    artists: tuple[str, ...]
    album: str | None
    goal: str = ""  # the track that it counts for, where that is another


def counts(ms: int) -> bool:
    """Whether it was heard for long enough to be a play."""
    return ms >= 30_000


@dataclass
class Listening:
    """What was put into the database, and nothing else: all that is expected is computed from it."""

    tracks: dict[str, Track]
    artists: dict[str, tuple[str | None, tuple[str, ...]]]  # name and genres
    albums: dict[str, str]
    plays: list[tuple[datetime, str | None, int]]
    places: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first: dict[str, datetime] = {}
        for at, track, _ in sorted(self.plays, key=lambda play: play[0]):
            for each in (track, self.tracks[track].goal or track) if track else ():
                first.setdefault(each, at)
        tracks = {
            each: place for place, each in enumerate(sorted(first, key=lambda each: (first[each], each)))
        }
        artists: dict[str, tuple[int, int]] = {}
        albums: dict[str, int] = {}
        for each, place in tracks.items():
            for position, artist in enumerate(self.tracks[each].artists):
                artists[artist] = min(artists.get(artist, (place, position)), (place, position))
            if album := self.tracks[each].album:
                albums.setdefault(album, place)
        ordered = sorted(artists, key=lambda each: (artists[each], each))
        genres: dict[str, int] = {}
        for place, artist in enumerate(ordered):
            for genre in self.artists[artist][1]:
                genres.setdefault(genre, place)
        self.places = {
            "tracks": tracks,
            "artists": {each: place for place, each in enumerate(ordered)},
            "albums": {
                each: place for place, each in enumerate(sorted(albums, key=lambda a: (albums[a], a)))
            },
            "genres": {
                each: place for place, each in enumerate(sorted(genres, key=lambda g: (genres[g], g)))
            },
        }

    def items(self, kind: str, track: str) -> set[str]:
        """What a play of the track counts for."""
        played = self.tracks[track]
        found = {
            "tracks": {played.goal or track},
            "artists": set(played.artists),
            "albums": {played.album} if played.album else set(),
            "genres": {genre for artist in played.artists for genre in self.artists[artist][1]},
        }
        return found[kind]

    def name(self, kind: str, item: str) -> str:
        found = {
            "tracks": lambda: self.tracks[item].name,
            "artists": lambda: self.artists[item][0],
            "albums": lambda: self.albums[item],
            "genres": lambda: item,
        }[kind]()
        return found if found and found.strip() else "name unknown"

    def ranking(self, kind: str, first: date, last: date, by: str) -> list[tuple[int, str, int, int]]:
        """Rank, name, plays and seconds of the first hundred."""
        heard: defaultdict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
        for at, track, ms in self.plays:
            if track and first <= at.astimezone(ZONE).date() <= last:
                sums = heard[at.astimezone(ZONE).date(), track]
                sums[0] += counts(ms)
                sums[1] += ms
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for (_, track), (plays, ms) in heard.items():
            for item in self.items(kind, track):
                found[item][0] += plays
                found[item][1] += (ms + 500) // 1000
        one, other = (0, 1) if by == "plays" else (1, 0)
        rows = [(item, sums) for item, sums in found.items() if sums[one] > 0]
        rows.sort(key=lambda row: (-row[1][one], -row[1][other], self.places[kind][row[0]]))
        values = [sums[one] for _, sums in rows]
        return [
            (values.index(sums[one]) + 1, self.name(kind, item), sums[0], sums[1])
            for item, sums in rows[:100]
        ]


def years_of_listening() -> Listening:
    """Three years, with nights of changed clocks, a leap day, New Year's eves, ties, a merged recording, plays of no track and hostile names."""
    chance = random.Random(7)
    genres = ("pop", "rock", "jazz", "indie", "soul")
    artists = {
        artist_id(number): (f"Artist {number}", tuple(chance.sample(genres, number % 3)))
        for number in range(30)
    }
    artists[artist_id(3)] = (HOSTILE, ("pop",))
    artists[artist_id(4)] = (None, ())
    artists[artist_id(5)] = ("\u202e\u05e9\u05dc\u05d5\u05dd", ("pop", "rock"))
    albums = {album_id(number): f"Album {number}" for number in range(40)}
    albums[album_id(5)] = HOSTILE
    tracks = {
        an_id(number): Track(
            f"Track {number}",
            tuple(chance.sample(sorted(artists), 1 + number % 3)),
            album_id(number % 40) if number % 7 else None,
        )
        for number in range(160)
    }
    tracks[an_id(3)].name = HOSTILE
    tracks[an_id(4)].name = " "
    tracks["odd id"] = Track("No id of Spotify's", (artist_id(1),), None)
    tracks[an_id(9)].goal = an_id(8)
    at = datetime(2023, 11, 3, 12, tzinfo=UTC)
    plays: list[tuple[datetime, str | None, int]] = []
    ids = sorted(tracks)
    while at < NOW - timedelta(hours=7):
        track = None if chance.random() < 0.01 else ids[min(int(chance.expovariate(1 / 25)), len(ids) - 1)]
        plays.append((at, track, chance.choice((0, 30_000, 61_499, 61_500, 200_000))))
        at += timedelta(minutes=chance.randrange(5, 1500), seconds=chance.randrange(60))
    for moment in (
        "2024-02-29T22:59:59", "2024-02-29T23:00:00", "2024-12-31T22:59:59", "2024-12-31T23:00:00", "2025-03-29T23:30:00",
        "2025-03-30T00:59:59", "2025-03-30T21:59:59", "2025-03-30T22:00:00", "2025-10-25T21:59:59", "2025-10-25T22:00:00",
        "2025-10-26T00:30:00", "2025-10-26T22:59:59", "2025-10-26T23:00:00", "2026-11-27T22:59:59", "2026-11-27T23:00:01",
    ):  # fmt: skip
        plays.append((datetime.fromisoformat(moment).replace(tzinfo=UTC), an_id(8), 100_000))
    return Listening(tracks, artists, albums, sorted(plays, key=lambda play: play[0]))


def store(dsn: str, heard: Listening) -> None:
    """Put it into the database, and count what is counted beforehand."""
    with closing(psycopg2.connect(dsn)) as connection:
        rows = Rows(connection)
        rows.do("UPDATE users SET time_zone = 'Europe/Berlin', display_name = 'Robin' WHERE user_id = 'u'")
        with connection, connection.cursor() as cursor:

            def put(table: str, columns: str, values: list[tuple]) -> None:
                if values:
                    execute_values(cursor, f"INSERT INTO {table} ({columns}) VALUES %s", values)

            put("artists", "artist_id, name, genres", [(key, name, list(genres)) for key, (name, genres) in heard.artists.items()])  # fmt: skip
            put("albums", "album_id, name", list(heard.albums.items()))
            put("tracks", "track_id, album_id, name, duration_ms, isrc", [
                (key, each.album, each.name, 200_000, f"ISRC{each.goal or key}"[:30]) for key, each in heard.tracks.items()])  # fmt: skip
            put("track_artists", "track_id, position, artist_id", [
                (key, position, artist) for key, each in heard.tracks.items() for position, artist in enumerate(each.artists)])  # fmt: skip
            put("plays", "user_id, played_at, item_key, source, ms_played", [
                ("u", at, f"spotify:track:{track}" if track else f"hash {number}", "api", ms)
                for number, (at, track, ms) in enumerate(heard.plays)])  # fmt: skip
            put("played_tracks", "user_id, track_id", [("u", each) for each in sorted({track for _, track, _ in heard.plays if track})])  # fmt: skip
            put("liked_tracks", "user_id, track_id, liked_at", [
                ("u", goal, NOW - timedelta(days=900)) for goal in sorted({each.goal for each in heard.tracks.values() if each.goal})])  # fmt: skip
            for view in load_views():
                if view.is_materialized:
                    cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


def build(dsn: str, folder: Path, now: datetime = NOW, artwork: Path | None = None) -> Path:
    request = Request(now=now, folder=folder, artwork=artwork or folder / "no artwork")
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        build_site(cursor, request)
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, as the tests of all pages have it."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def heard() -> Listening:
    return years_of_listening()


@pytest.fixture(scope="module")
def site(server, template, tmp_path_factory, heard) -> Iterator[Path]:
    """The site of these years."""
    with new_database(server, template) as dsn:
        store(dsn, heard)
        yield build(dsn, tmp_path_factory.mktemp("top") / "site")


@contextmanager
def opened(
    browser: Browser, folder: Path, address: str = "", **how: object
) -> Iterator[tuple[Page, list[str]]]:
    """The page from its file, with what was wrong meanwhile."""
    context = browser.new_context(timezone_id="America/New_York", locale="en-GB", **how)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((folder / "top.html").as_uri() + address)
    yield page, wrong
    context.close()


def wait_for(page: Page, shown: str) -> None:
    page.wait_for_selector(f'html[data-shown="{shown}"]', state="attached")


SHOWN = """
(kind) => {
  const section = document.querySelector(`section[data-kind="${kind}"]`);
  const near = [...section.querySelectorAll('.podium:not([hidden]) > .first, ol.near > li, .rest:not([hidden]) tbody tr')];
  const text = (row, selector) => row.querySelector(selector)?.textContent.trim() ?? null;
  return near.map((row) => [text(row, '.rank'), text(row, '.name'), text(row, '.value'), text(row, '.plays'), text(row, '.time')]);
}
"""


def assert_shown(page: Page, heard: Listening, first: date, last: date, by: str) -> None:
    """All four rankings are as plain Python has them: rank, name, plays and time."""
    for kind in KINDS:
        expected = heard.ranking(kind, first, last, by)
        shown = page.evaluate(SHOWN, kind)
        assert [row[:2] for row in shown] == [[f"{rank:,}", name] for rank, name, _, _ in expected], kind
        for (_, _, value, plays, time), (_, _, n, seconds) in zip(shown, expected, strict=True):
            said_plays, said_time = f"{n:,} play" + "s" * (n != 1), duration_text(seconds * 1000)
            if value is not None:
                assert value == (said_plays if by == "plays" else said_time)
            else:
                assert (plays, time) == (f"{n:,}", said_time)


RANGES = {
    "today": (TODAY, TODAY),
    "week": (date(2026, 11, 23), TODAY),
    "month": (date(2026, 11, 1), TODAY),
    "quarter": (date(2026, 10, 1), TODAY),
    "year": (date(2026, 1, 1), TODAY),
    "2024": (date(2024, 1, 1), date(2024, 12, 31)),
    "2024-02": (date(2024, 2, 1), date(2024, 2, 29)),
    "2025-Q1": (date(2025, 1, 1), date(2025, 3, 31)),
    "2025-10-26": (date(2025, 10, 26), date(2025, 10, 26)),
    "2024-12-20..2025-01-10": (date(2024, 12, 20), date(2025, 1, 10)),
    "all": (date(2023, 11, 3), TODAY),
    "2023-11-03..2026-11-28": (date(2023, 11, 3), TODAY),  # the same, counted in the browser
}


@pytest.mark.parametrize("by", ["plays", "minutes"])
@pytest.mark.parametrize("key", RANGES)
def test_any_range_is_as_plain_python_counts_it(site, chromium, heard, key, by):
    with opened(chromium, site, f"#range={key}&by={by}") as (page, wrong):
        wait_for(page, f"{key} {by}")
        assert_shown(page, heard, *RANGES[key], by)
        assert page.evaluate("window.wasRun") is None
        assert wrong == []


def test_the_data_has_ties_of_both_kinds(heard):
    """Else nothing above has shown that what is equal shares a rank."""
    for by in ("plays", "minutes"):
        ranks = [row[0] for row in heard.ranking("tracks", *RANGES["2024"], by)]
        assert len(set(ranks)) < len(ranks)


def test_without_a_script_this_year_is_there_and_no_control(site, chromium, heard):
    with opened(chromium, site, java_script_enabled=False) as (page, _):
        assert_shown(page, heard, *RANGES["year"], "plays")
        assert not page.is_visible("#range")
        assert "This year: most of all" in page.inner_text("#top-finding")


def test_the_script_says_of_a_range_what_the_page_says(site, chromium):
    with opened(chromium, site, java_script_enabled=False) as (page, _):
        before = (page.inner_text("#range-said"), page.inner_text("#top-finding"), page.inner_text("main"))
    with opened(chromium, site, "#range=year&by=plays") as (page, _):
        wait_for(page, "year plays")
        said = page.inner_text("#range-said"), page.inner_text("#top-finding")
        assert [" ".join(text.split()) for text in said] == [" ".join(text.split()) for text in before[:2]]
        assert page.inner_text("#tracks .lead") in before[2]


def test_plays_of_no_track_are_counted_and_said(site, chromium, heard):
    plays = [play for play in heard.plays if play[0].astimezone(ZONE).year == 2024 and counts(play[2])]
    without = sum(track is None for _, track, _ in plays)
    assert without > 1
    with opened(chromium, site, "#range=2024&by=plays") as (page, _):
        wait_for(page, "2024 plays")
        said = page.inner_text("#range-said")
    assert f"1 Jan 2024 to 31 Dec 2024: {len(plays):,} plays" in said
    assert f"{without} plays of no known track stand in no ranking." in said


def test_the_running_year_is_compared_with_the_same_whole_days(site, chromium, heard):
    days = [at.astimezone(ZONE).date() for at, _, ms in heard.plays if counts(ms)]
    now = sum(date(2026, 1, 1) <= day <= date(2026, 11, 27) for day in days)
    before = sum(date(2025, 1, 1) <= day <= date(2025, 11, 27) for day in days)
    with opened(chromium, site) as (page, _):
        said = page.inner_text("#range-said")
    more = "more" if now > before else "fewer"
    expected = (
        rf"Until 27 Nov 2026 {abs(now - before)} plays? {more} \(.+ %\) than 1 Jan 2025 to 27 Nov 2025\."
    )
    assert re.search(expected, said), said


def test_the_first_year_is_compared_with_nothing(site, chromium, heard):
    first = min(at for at, _, ms in heard.plays if counts(ms)).astimezone(ZONE).date()
    first_days = (date(2023, 12, 31) - first).days + 1
    with opened(chromium, site, "#range=2024&by=plays") as (page, _):
        wait_for(page, "2024 plays")
        assert "No record of the time before" in page.inner_text("#range-said"), (
            "the record begins in November 2023"
        )
    with opened(chromium, site, "#range=2023&by=plays") as (page, _):
        wait_for(page, "2023 plays")
        assert f"Known for {first_days} of 365 days." in page.inner_text("#range-said")


def test_arrows_step_by_the_same_length_and_end_with_the_record(site, chromium):
    with opened(chromium, site, "#range=month&by=minutes") as (page, wrong):
        wait_for(page, "month minutes")
        assert page.is_disabled("#range-after")
        page.click("#range-before")
        wait_for(page, "2026-10 minutes")
        assert page.evaluate("location.hash") == "#range=2026-10&by=minutes"
        page.click("#range-after")
        wait_for(page, "2026-11 minutes")
        assert page.get_attribute('[data-range="month"]', "aria-pressed") == "true"
        page.click('[data-range="week"]')
        wait_for(page, "week minutes")
        page.click("#range-before")
        wait_for(page, "2026-11-16..2026-11-22 minutes")
        page.select_option("#range-choice", "2023")
        wait_for(page, "2023 minutes")
        assert page.is_disabled("#range-before")
        page.click('[data-range="all"]')
        wait_for(page, "all minutes")
        assert page.is_disabled("#range-before")
        assert page.is_disabled("#range-after")
        assert wrong == []


def test_own_dates_and_the_switch_stay_in_the_address(site, chromium):
    with opened(chromium, site) as (page, wrong):
        page.select_option("#range-choice", "own")
        page.fill('input[name="first"]', "2024-12-20")
        page.fill('input[name="last"]', "2025-01-10")
        page.click("#range-own button")
        wait_for(page, "2024-12-20..2025-01-10 plays")
        page.click('[data-by="minutes"]')
        wait_for(page, "2024-12-20..2025-01-10 minutes")
        page.reload()
        wait_for(page, "2024-12-20..2025-01-10 minutes")
        assert wrong == []


@pytest.mark.parametrize("address", ["#range=1999", "#range=2026-02-30", "#range=2025-13", "#range=__proto__", "#range=2026-01-05..2026-01-01"])  # fmt: skip
def test_an_address_that_means_nothing_leaves_the_page_as_it_is(site, chromium, address):
    with opened(chromium, site, address) as (page, wrong):
        assert page.evaluate("document.documentElement.dataset.shown") is None
        assert "This year" in page.inner_text("#top-finding")
        assert wrong == []


def name_of(address: str) -> str:
    return address.rpartition("/")[2].partition("?")[0]


def test_only_the_years_that_a_range_touches_are_loaded(site, chromium):
    with opened(chromium, site) as (page, _):
        asked: list[str] = []
        page.on(
            "request", lambda request: asked.append(name_of(request.url)) if "/data/" in request.url else None
        )
        page.click('[data-range="week"]')
        wait_for(page, "week plays")
        page.click('[data-range="all"]')
        wait_for(page, "all plays")
        assert asked == ["listening-2026.js"]
        page.select_option("#range-choice", "2024")
        wait_for(page, "2024 plays")
        assert asked == ["listening-2026.js", "listening-2024.js"]


def test_a_year_that_is_missing_is_said(site, chromium, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / "data" / "listening-2024.js").unlink()
    with opened(chromium, copy) as (page, _):
        page.select_option("#range-choice", "2024")
        page.wait_for_selector("#range-said:has-text('could not be read')")


LINKS = """
(kind) => [...document.querySelectorAll(`section[data-kind="${kind}"] :is(.first, ol.near > li, .rest tbody tr)`)].map((row) =>
  [row.querySelector('.name'), row.querySelector('.by')].map((part) => [part.textContent, [...part.querySelectorAll('a')].map((a) =>
    [a.textContent, a.getAttribute('href'), a.rel, a.getAttribute('aria-label')])]))
"""


@pytest.mark.parametrize("key", ["all", "2024"])  # from the page, and counted in the browser
def test_names_lead_to_spotify_where_their_id_is_one(site, chromium, heard, key):
    ids = {
        "track": {heard.name("tracks", each): each for each in heard.tracks if len(each) == 22},
        "artist": {heard.name("artists", each): each for each in heard.artists},
        "album": {heard.name("albums", each): each for each in heard.albums},
    }

    def link(kind: str, name: str) -> list[str | None]:
        return [name, f"https://open.spotify.com/{kind}/{ids[kind][name]}", "noreferrer", None]

    with opened(chromium, site, f"#range={key}&by=plays") as (page, _):
        wait_for(page, f"{key} plays")
        found = {kind: page.evaluate(LINKS, kind) for kind in KINDS}
        finding = page.evaluate(
            "[...document.querySelectorAll('#top-finding a')].map((a) => a.getAttribute('href'))"
        )
    assert {address.split("/")[3] for address in finding} <= {"track", "artist"}
    for kind, rows in found.items():
        assert rows, kind
        for (name, named), (_, made) in rows:
            of_kind = kind.removesuffix("s")
            assert named == ([link(of_kind, name)] if name in ids.get(of_kind, {}) else []), name
            assert made == [link("artist", artist) for artist, *_ in made]
    by = [made for _, (text, made) in found["tracks"] if text]
    assert by
    assert all(by)
    assert not any(named for (name, named), _ in found["tracks"] if name == "No id of Spotify's")


def test_a_year_is_one_call_with_deflated_json(site, heard):
    text = (site / "data" / "listening-2025.js").read_text()
    found = re.fullmatch(r'listening\("2025", "([A-Za-z0-9+/=]+)"\);\n', text)
    assert found
    year = json.loads(zlib.decompress(base64.b64decode(found[1])))
    plays = [(track, ms) for at, track, ms in heard.plays if track and at.astimezone(ZONE).year == 2025]
    assert sum(sum(day[2]) for day in year["days"]) == sum(counts(ms) for _, ms in plays)
    goals = {each for track, _ in plays for each in (track, heard.tracks[track].goal or track)}
    assert year["tracks"][0] == sorted(heard.places["tracks"][each] for each in goals)


def test_nothing_changes_where_nothing_has_changed(dsn, tmp_path, heard):
    store(dsn, heard)
    first, second = build(dsn, tmp_path / "first"), build(dsn, tmp_path / "second")

    def contents(folder: Path) -> Mapping[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }

    assert contents(first) == contents(second)


def test_a_new_track_changes_the_file_of_its_year_alone(dsn, tmp_path, heard):
    store(dsn, heard)
    before = {path.name: path.read_bytes() for path in build(dsn, tmp_path / "site").glob("data/*.js")}
    with closing(psycopg2.connect(dsn)) as connection:
        rows = Rows(connection)
        rows.track("000", artists=("000",), album="000")
        rows.play("000", NOW - timedelta(minutes=9), ms_played=60_000)
    after = {path.name: path.read_bytes() for path in build(dsn, tmp_path / "site").glob("data/*.js")}
    assert {name for name in after if after[name] != before[name]} == {"listening-2026.js"}


def test_all_of_the_record_is_a_table(site, heard):
    with (site / "data" / "top-tracks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = heard.ranking("tracks", *RANGES["all"], "plays")
    assert [
        (int(row["rank"]), row["name"].strip() or "name unknown", int(row["plays"])) for row in rows[:100]
    ] == [row[:3] for row in expected]
    assert len(rows) == len(
        {
            goal
            for _, track, ms in heard.plays
            if track and counts(ms)
            for goal in heard.items("tracks", track)
        }
    )


def a_few(number: int = 31) -> Listening:
    """Fifty plays or fewer, each of another track."""
    tracks = {an_id(each): Track(f"Track {each}", (f"artist{each % 4}",), None) for each in range(number)}
    plays: list[tuple[datetime, str | None, int]] = [
        (NOW - timedelta(hours=9 * each + 1), an_id(each), 180_000) for each in range(number)
    ]
    return Listening(tracks, {f"artist{each}": (f"Artist {each}", ()) for each in range(4)}, {}, plays)


def test_of_few_plays_artists_come_first_and_single_plays_are_one_row(dsn, tmp_path, chromium):
    store(dsn, a_few())
    with opened(chromium, build(dsn, tmp_path / "site")) as (page, wrong):
        assert page.evaluate(
            "[...document.querySelectorAll('section[data-kind]')].map((each) => each.id)"
        ) == ["artists", "tracks", "albums", "genres"]
        assert page.inner_text("#tracks summary") == "31 tracks with one play"
        assert page.inner_text("#tracks .lead") == "31 tracks, each played once."
        assert not page.is_visible("#tracks .podium")
        assert "All time" in page.inner_text("#top-finding")
        assert "Spotify names no genre" in page.inner_text("#genres")
        assert "Nothing is known of the albums." in page.inner_text("#albums")
        assert page.query_selector("#albums a[download]") is None, "there is nothing to download"
        assert page.query_selector("#ranks figure") is None
        page.click('[data-by="minutes"]')
        wait_for(page, "all minutes")
        assert page.is_visible("#tracks .podium")
        page.click('[data-by="plays"]')
        wait_for(page, "all plays")
        assert page.inner_text("#tracks .lead") == "31 tracks, each played once."
        page.click('[data-range="today"]')
        wait_for(page, "today plays")
        assert wrong == []


def test_without_a_play_the_page_says_what_brings_them(dsn, tmp_path, chromium):
    store(dsn, Listening({}, {}, {}, []))
    if not (build(dsn, tmp_path / "site") / "top.html").exists():
        return  # nothing is stored at all: the first steps are the only page
    with opened(chromium, tmp_path / "site") as (page, wrong):
        assert "No play is known yet" in page.inner_text("main")
        assert "./run sync_top_items" in page.inner_text("#spotify")
        assert wrong == []


def test_spotifys_rankings_move_since_the_snapshot_before(dsn, tmp_path, chromium):
    few = a_few(6)
    store(dsn, few)
    snapshots = {
        date(2026, 11, 26): (4, 5, 0),
        date(2026, 11, 27): (0, 1, 2, 3),
        date(2026, 11, 28): (1, 0, 2, 5),
    }
    with closing(psycopg2.connect(dsn)) as connection:
        for day, numbers in snapshots.items():
            for place, number in enumerate(numbers, start=1):
                Rows(connection).add(
                    "top_items", user_id="u", item_type="track", time_range="short_term", captured_on=day, rank=place, item_id=an_id(number),
                )  # fmt: skip
    with opened(chromium, build(dsn, tmp_path / "site")) as (page, _):
        shown = page.evaluate(
            "[...document.querySelectorAll('#spotify li')].map((row) => [row.querySelector('.name').textContent, row.querySelector('.move').textContent])"
        )
        assert shown == [
            ["Track 1", "▲1up 1"],
            ["Track 0", "▼1down 1"],
            ["Track 2", "=as before"],
            ["Track 5", "new"],
        ]
        links = page.evaluate("[...document.querySelectorAll('#spotify .name a')].map((each) => each.href)")
        assert links == [f"https://open.spotify.com/track/{an_id(number)}" for number in (1, 0, 2, 5)]
        assert "Movement is since 27 Nov 2026" in page.inner_text("#spotify")


@pytest.mark.parametrize(
    ("unit", "first", "last", "today", "whole_last", "before"),
    [
        ("year", (2024, 1, 1), (2024, 12, 31), (2024, 3, 1), (2024, 2, 29), ((2023, 1, 1), (2023, 2, 28))),
        ("year", (2025, 1, 1), (2025, 12, 31), (2026, 5, 5), (2025, 12, 31), ((2024, 1, 1), (2024, 12, 31))),
        ("month", (2026, 3, 1), (2026, 3, 31), (2026, 3, 31), (2026, 3, 30), ((2026, 2, 1), (2026, 2, 28))),
        ("quarter", (2026, 1, 1), (2026, 3, 31), (2026, 2, 2), (2026, 2, 1), ((2025, 10, 1), (2025, 11, 1))),
        (
            "week",
            (2026, 11, 23),
            (2026, 11, 29),
            (2026, 11, 28),
            (2026, 11, 27),
            ((2026, 11, 16), (2026, 11, 20)),
        ),
        (
            "day",
            (2026, 11, 27),
            (2026, 11, 27),
            (2026, 11, 28),
            (2026, 11, 27),
            ((2026, 11, 26), (2026, 11, 26)),
        ),
    ],
)
def test_what_a_range_is_compared_with(unit, first, last, today, whole_last, before):
    pair = compared(Range("", "", unit, date(*first), date(*last)), date(*today))
    assert pair
    whole, earlier = pair
    assert (whole.first, whole.last) == (date(*first), date(*whole_last))
    assert ((earlier.first, earlier.last)) == (date(*before[0]), date(*before[1]))


def test_today_and_all_time_are_compared_with_nothing():
    assert compared(Range("", "", "day", TODAY, TODAY), TODAY) is None
    assert compared(Range("", "", "all", date(2020, 1, 1), TODAY), TODAY) is None


def test_ranks_over_time_are_those_of_each_quarter(site, heard):
    text = (site / "top.html").read_text(encoding="utf-8").partition('<section id="ranks"')[2]
    found = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    payload = json.loads(found[1])
    rows = [dict(zip(payload["columns"], row, strict=True)) for row in payload["rows"]]
    expected = {
        name: (rank, plays)
        for rank, name, plays, _ in heard.ranking("artists", date(2025, 1, 1), date(2025, 3, 31), "plays")
    }
    quarter = sorted((row for row in rows if row["period"] == "Q1 2025"), key=lambda row: row["place"])
    assert len(quarter) == 10
    for row in quarter:
        assert (row["rank"], row["plays"]) == expected.get(row["name"], ("not heard", 0))
    plays = [row["plays"] for row in quarter]
    assert plays == sorted(plays, reverse=True)
    assert {row["period"] for row in rows if row["is_last"]} == {"Q4 2026, so far"}


def test_other_ranges_have_the_covers_that_are_stored(dsn, tmp_path, chromium, heard):
    store(dsn, heard)
    album = heard.tracks[an_id(8)].album
    (tmp_path / "artwork" / "spotify" / "albums").mkdir(parents=True)
    Image.new("RGB", (400, 400), "green").save(tmp_path / "artwork" / "spotify" / "albums" / f"{album}.webp")
    build(dsn, tmp_path / "site", artwork=tmp_path / "artwork")
    with opened(chromium, tmp_path / "site", "#range=2025-Q1&by=plays") as (page, wrong):
        wait_for(page, "2025-Q1 plays")
        shown = page.evaluate(
            "[...document.querySelectorAll('#tracks .first .cover, #tracks ol .cover')].map((each) => each.getAttribute('src'))"
        )
        names = [row[1] for row in page.evaluate(SHOWN, "tracks")]
        assert shown[names.index("Track 8")] in {f"covers/96/{album}.webp", f"covers/320/{album}.webp"}
        assert None in shown, "what has no cover has an initial"
        assert wrong == []
