"""Top: what the database ranks and what the browser counts, each against a plain recomputation."""

import base64
import csv
import json
import re
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
import vl_convert
from PIL import Image
from playwright.sync_api import Browser, Page

from reports.dashboard.build import Request, build_site
from reports.dashboard.pages import top
from reports.dashboard.pages.top import as_columns
from reports.dashboard.pages.top_ranks import lines_of
from reports.dashboard.ranges import Range, compared
from reports.dashboard.words import duration_text
from tests.conftest import new_database
from tests.reports.dashboard.made_up_listening import (
    NOW,
    ZONE,
    Listening,
    a_few,
    an_id,
    artist_id,
    counts,
    store,
    years_of_listening,
)
from tests.reports.dashboard.reading import read
from tests.rows import Rows

TODAY = date(2026, 11, 28)
KINDS = ("tracks", "artists", "albums", "genres")


def build(dsn: str, folder: Path, now: datetime = NOW, artwork: Path | None = None) -> Path:
    request = Request(now=now, folder=folder, artwork=artwork or folder / "no artwork")
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        build_site(cursor, request)
    return folder


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
        for (_, _, value, plays, time), (_, _, n, ms) in zip(shown, expected, strict=True):
            said_plays, said_time = f"{n:,} play" + "s" * (n != 1), duration_text(ms)
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


@pytest.mark.parametrize("key", RANGES)
def test_any_range_is_as_plain_python_counts_it(site, browser, heard, key):
    """By plays, and by minutes: an address leads from the one to the other."""
    with opened(browser, site, f"#range={key}&by=plays") as (page, wrong):
        for by in ("plays", "minutes"):
            page.goto((site / "top.html").as_uri() + f"#range={key}&by={by}")
            wait_for(page, f"{key} {by}")
            assert_shown(page, heard, *RANGES[key], by)
        assert page.evaluate("window.wasRun") is None
        assert wrong == []


def test_the_data_has_ties_of_both_kinds(heard):
    """Else nothing above has shown that what is equal shares a rank."""
    for by in ("plays", "minutes"):
        ranks = [row[0] for row in heard.ranking("tracks", *RANGES["2024"], by)]
        assert len(set(ranks)) < len(ranks)


def test_without_a_script_this_year_is_there_and_no_control(site, browser, heard):
    with opened(browser, site, java_script_enabled=False) as (page, _):
        assert_shown(page, heard, *RANGES["year"], "plays")
        assert not page.is_visible("#range")
        assert "This year: most of all" in page.inner_text("#top-finding")


def test_the_script_says_of_a_range_what_the_page_says(site, browser):
    with opened(browser, site, java_script_enabled=False) as (page, _):
        before = (page.inner_text("#range-said"), page.inner_text("#top-finding"), page.inner_text("main"))
    with opened(browser, site, "#range=year&by=plays") as (page, _):
        wait_for(page, "year plays")
        said = page.inner_text("#range-said"), page.inner_text("#top-finding")
        assert [" ".join(text.split()) for text in said] == [" ".join(text.split()) for text in before[:2]]
        assert page.inner_text("#tracks .lead") in before[2]


def test_plays_of_no_track_are_counted_and_said(site, browser, heard):
    plays = [play for play in heard.plays if play[0].astimezone(ZONE).year == 2024 and counts(play[2])]
    without = sum(track is None for _, track, _ in plays)
    assert without > 1
    with opened(browser, site, "#range=2024&by=plays") as (page, _):
        wait_for(page, "2024 plays")
        said = page.inner_text("#range-said")
    assert f"1 Jan 2024 to 31 Dec 2024: {len(plays):,} plays" in said
    assert f"{without} plays of no known track stand in no ranking." in said


def test_the_running_year_is_compared_with_the_same_whole_days(site, browser, heard):
    days = [at.astimezone(ZONE).date() for at, _, ms in heard.plays if counts(ms)]
    now = sum(date(2026, 1, 1) <= day <= date(2026, 11, 27) for day in days)
    before = sum(date(2025, 1, 1) <= day <= date(2025, 11, 27) for day in days)
    with opened(browser, site) as (page, _):
        said = page.inner_text("#range-said")
    more = "more" if now > before else "fewer"
    expected = (
        rf"Until 27 Nov 2026: {abs(now - before)} plays? {more} \(.+ %\) than 1 Jan 2025 to 27 Nov 2025\."
    )
    assert re.search(expected, said), said


def test_the_first_year_is_compared_with_nothing(site, browser, heard):
    first = min(at for at, _, ms in heard.plays if counts(ms)).astimezone(ZONE).date()
    first_days = (date(2023, 12, 31) - first).days + 1
    with opened(browser, site, "#range=2024&by=plays") as (page, _):
        wait_for(page, "2024 plays")
        assert "No record of the time before" in page.inner_text("#range-said"), (
            "the record begins in November 2023"
        )
    with opened(browser, site, "#range=2023&by=plays") as (page, _):
        wait_for(page, "2023 plays")
        assert f"Known for {first_days} of 365 days." in page.inner_text("#range-said")


def test_arrows_step_by_the_same_length_and_end_with_the_record(site, browser):
    with opened(browser, site, "#range=month&by=minutes") as (page, wrong):
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


def test_own_dates_and_the_switch_stay_in_the_address(site, browser):
    with opened(browser, site) as (page, wrong):
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


UNREAD = {
    "#range=1999": "1999 is outside of the record, which goes from 4 Nov 2023 to 28 Nov 2026.",
    "#range=2026-02-30": "“range=2026-02-30” in the address is no time that this page reads",
    "#range=2025-13": "“range=2025-13” in the address is no time that this page reads",
    "#range=__proto__": "“range=__proto__” in the address is no time that this page reads",
    "#from=x": "“from=x” in the address says nothing to this page.",
    "#by=songs": "“by=songs” in the address is neither plays nor minutes.",
    "#2025": "“2025” in the address says nothing to this page.",
    "#range=%3Cimg%20src%3Dx%20onerror%3D%22window.wasRun=1%22%3E": '“range=<img src=x onerror="window.wasRun…” in the address',
}


def test_what_an_address_says_and_the_page_cannot_read_is_said(site, browser):
    with opened(browser, site) as (page, wrong):
        for address, said in UNREAD.items():
            page.evaluate("(hash) => { location.hash = hash; }", address)
            page.wait_for_selector("#range-unread:visible")
            assert said in page.inner_text("#range-unread"), address
            assert page.inner_text("#range-unread").endswith("Shown: This year.")
            assert page.evaluate("document.documentElement.dataset.shown") is None, "it is as it was"
            page.evaluate("location.hash = '#tracks'")
            page.evaluate("document.querySelector('#range-unread').hidden = true")
        page.evaluate("location.hash = '#range=2024&by=songs'")
        wait_for(page, "2024 plays")
        assert "“by=songs” in the address is neither plays nor minutes. Shown: 2024." in page.inner_text("#range-unread")  # fmt: skip
        page.evaluate("location.hash = '#range=2025-10'")
        wait_for(page, "2025-10 plays")
        assert not page.is_visible("#range-unread")
        assert page.evaluate("location.hash") == "#range=2025-10", "a link stays as it is written"
        page.evaluate("location.hash = ''")
        wait_for(page, "year plays")
        assert page.evaluate("window.wasRun") is None
        assert wrong == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("2025-01-10..2024-12-20", "2024-12-20..2025-01-10"),
        ("2025-10-26..", "2025-10-26"),
        ("2025-10-26..2025-10-26", "2025-10-26"),
    ],
)
def test_dates_in_an_address_may_stand_the_other_way_round_or_be_one(site, browser, address, shown):
    with opened(browser, site, f"#range={address}") as (page, wrong):
        wait_for(page, f"{shown} plays")
        assert page.evaluate("location.hash") == f"#range={shown}&by=plays"
        assert not page.is_visible("#range-unread")
        assert wrong == []


def test_a_month_of_the_record_shows_its_ranking(site, browser, heard):
    with opened(browser, site) as (page, wrong):
        # Not by its place, which moves while the charts above are drawn.
        page.eval_on_selector("#months a[href='#range=2026-10']", "(link) => link.click()")
        wait_for(page, "2026-10 plays")
        assert_shown(page, heard, date(2026, 10, 1), date(2026, 10, 31), "plays")
        assert page.evaluate("scrollY") == 0
        page.go_back()
        wait_for(page, "year plays")
        assert wrong == []


def name_of(address: str) -> str:
    return address.rpartition("/")[2].partition("?")[0]


def test_only_the_years_that_a_range_touches_are_loaded(site, browser):
    with opened(browser, site) as (page, _):
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


def test_a_year_that_is_missing_is_said(site, browser, tmp_path):
    copy = shutil.copytree(site, tmp_path / "copy")
    (copy / "data" / "listening-2024.js").unlink()
    with opened(browser, copy) as (page, _):
        page.select_option("#range-choice", "2024")
        page.wait_for_selector("#range-said:has-text('could not be read')")


LINKS = """
(kind) => [...document.querySelectorAll(`section[data-kind="${kind}"] :is(.first, ol.near > li, .rest tbody tr)`)].map((row) =>
  [row.querySelector('.name'), row.querySelector('.by')].map((part) => [part.textContent, [...part.querySelectorAll('a')].map((a) =>
    [a.textContent, a.getAttribute('href'), a.rel, a.getAttribute('aria-label')])]))
"""


@pytest.mark.parametrize("key", ["all", "2024"])  # from the page, and counted in the browser
def test_names_lead_to_their_page_or_to_spotify_where_their_id_is_one(site, browser, heard, key):
    ids = {
        "track": {heard.name("tracks", each): each for each in heard.tracks if len(each) == 22},
        "artist": {heard.name("artists", each): each for each in heard.artists},
        "album": {heard.name("albums", each): each for each in heard.albums},
    }

    def link(kind: str, name: str) -> list[str | None]:
        item_id = ids[kind][name]
        if (site / f"{kind}-{item_id}.html").exists():
            return [name, f"{kind}-{item_id}.html", "", None]
        return [name, f"https://open.spotify.com/{kind}/{item_id}", "noreferrer", None]

    with opened(browser, site, f"#range={key}&by=plays") as (page, _):
        wait_for(page, f"{key} plays")
        found = {kind: page.evaluate(LINKS, kind) for kind in KINDS}
        finding = page.evaluate(
            "[...document.querySelectorAll('#top-finding a')].map((a) => a.getAttribute('href'))"
        )
    assert all(
        re.fullmatch(r"artist-\w+\.html|https://open\.spotify\.com/track/\w+", address) for address in finding
    )
    for kind, rows in found.items():
        assert rows, kind
        for (name, named), (_, made) in rows:
            of_kind = kind.removesuffix("s")
            if kind == "genres":  # which have no id
                assert named == [
                    [name, f"https://open.spotify.com/search/genre%3A%22{name}%22", "noreferrer", None]
                ]
                continue
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
    assert sum(sum(day[3]) for day in year["days"]) == sum(ms for _, ms in plays)
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


def test_a_new_track_changes_the_file_of_its_year_and_the_search_alone(dsn, tmp_path, heard):
    store(dsn, heard)
    before = {path.name: path.read_bytes() for path in build(dsn, tmp_path / "site").glob("data/*.js")}
    with closing(psycopg2.connect(dsn)) as connection:
        rows = Rows(connection)
        rows.track("000", artists=("000",), album="000")
        rows.play("000", NOW - timedelta(minutes=9), ms_played=60_000)
    after = {path.name: path.read_bytes() for path in build(dsn, tmp_path / "site").glob("data/*.js")}
    assert {name for name in after if after[name] != before[name]} == {"listening-2026.js", "search.js"}


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


def test_of_few_plays_artists_come_first_and_single_plays_are_one_row(dsn, tmp_path, browser):
    store(dsn, a_few())
    with opened(browser, build(dsn, tmp_path / "site")) as (page, wrong):
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


def test_without_a_play_the_page_says_what_brings_them(dsn, tmp_path, browser):
    store(dsn, Listening({}, {}, {}, []))
    if not (build(dsn, tmp_path / "site") / "top.html").exists():
        return  # nothing is stored at all: the first steps are the only page
    with opened(browser, tmp_path / "site") as (page, wrong):
        assert "No play is known yet" in page.inner_text("main")
        assert "./run sync_top_items" in page.inner_text("#spotify")
        assert wrong == []


def test_spotifys_rankings_move_since_the_snapshot_before(dsn, tmp_path, browser):
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
    with opened(browser, build(dsn, tmp_path / "site")) as (page, _):
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


def test_spotifys_ranges_that_say_the_same_are_one_column():
    def ranking(kind, name, *links):
        rows = [{"rank": place, "link": link, "move": None} for place, link in enumerate(links, 1)]
        return {"kind": kind, "range": name, "before": None, "rows": rows}

    columns = as_columns(
        [
            ranking("artist", "short_term", "a", "b"),
            ranking("artist", "medium_term", "b", "a"),
            ranking("artist", "long_term", "b", "a"),
            ranking("track", "short_term", "a", "b"),
        ]
    )
    assert [(each["kind"], each["ranges"]) for each in columns] == [
        ("artist", ["short_term"]),
        ("artist", ["medium_term", "long_term"]),
        ("track", ["short_term"]),
    ]


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
    quarter = [row for row in rows if row["period"] == "Q1 2025"]
    assert len(quarter) == 10
    for row in quarter:
        assert (row["rank"], row["plays"]) == expected.get(row["name"], (None, 0))
    heard_then = sorted((row for row in quarter if row["plays"]), key=lambda row: row["place"])
    assert [row["place"] for row in heard_then] == [*range(1, len(heard_then) + 1)]
    plays = [row["plays"] for row in heard_then]
    assert plays == sorted(plays, reverse=True)
    assert {row["period"] for row in rows if row["is_last"]} == {"Q4 2026, so far"}
    begun = {row["period"] for row in rows}
    lead = re.sub(r"<[^>]+>", "", text.partition("</p>")[0])
    for period in ("Q4 2023",):  # from 3 November on: more than half of it
        assert period in begun
    assert "the running one as far as it has come" in lead


def test_a_year_hardly_begun_when_the_record_begins_is_not_one_in_which_somebody_led(
    rows, connection, tmp_path
):
    for number in range(3):
        rows.track(an_id(number), artists=(artist_id(number),))
        rows.play(an_id(number), datetime(2020, 11, 29, 12, number, tzinfo=UTC))
        for year in range(2021, 2027):
            for day in range(1, 30 - number):
                rows.play(an_id(number), datetime(year, 1, day, 12, number, tzinfo=UTC))
    shown = read(connection, tmp_path, NOW, top.PAGE)["ranks"]
    assert "stood first in 6 of 6 years" in shown.finding.striptags()
    assert "less than half of it is known: 2020." in shown.finding
    assert not [row for row in shown.rows if row[0] == "2020"]


def test_who_was_not_heard_has_no_place_and_is_named_with_the_last_time(rows, connection, tmp_path):
    """Three artists in four years and more; of the first one nothing is heard in the second year, of the last one nothing since."""
    for number, years in enumerate(((2022, 2024, 2025, 2026), range(2022, 2027), (2022, 2023))):
        rows.track(an_id(number), artists=(artist_id(number),))
        rows.do("UPDATE artists SET name = %s WHERE artist_id = %s", f"Artist {number}", artist_id(number))
        for year in years:
            for day in range(1, 30 - number):
                rows.play(an_id(number), datetime(year, 1, day, 12, number, tzinfo=UTC))
    shown = read(connection, tmp_path, NOW, top.PAGE)["ranks"]
    found = {(row[2], row[0]): dict(zip(shown.columns, row, strict=True)) for row in shown.rows}
    places = {
        name: [
            found[f"Artist {name}", f"{year}{', so far' if year == 2026 else ''}"]["place"]
            for year in range(2022, 2027)
        ]
        for name in range(3)
    }
    assert places == {0: [1, None, 1, 1, 1], 1: [2, 1, 2, 2, 2], 2: [3, 2, None, None, None]}
    assert shown.parameters["right"] == ["Artist 0", "Artist 1", ["Artist 2", "not since 2023"]]
    assert vl_convert.vegalite_to_svg(
        {**shown.payload["wide"], "width": 600, "datasets": {"rows": list(found.values())}}
    )


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Otis Park", "Otis Park"),
        ("The Second Villages", ["The Second", "Villages"]),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschif", "ffahrtsgesellsc…"]),
        ("A name that goes on and on, and then on", ["A name that", "goes on and on,…"]),
        ("東京スカパラダイスオーケストラ", ["東京スカパラダ", "イスオーケスト…"]),
        ("e\u0301t\u0301e\u0301" * 5, "e\u0301t\u0301e\u0301" * 5),
        ("", ""),
    ],
)
def test_a_name_at_the_end_of_a_line_has_two_lines_where_one_is_too_short(name, lines):
    assert lines_of(name) == lines


def test_a_stretch_that_goes_beyond_the_record_is_said_as_far_as_that_goes(site, browser, heard):
    with opened(browser, site, "#range=1999-01-01..2030-12-31") as (page, wrong):
        wait_for(page, "1999-01-01..2030-12-31 plays")
        assert_shown(page, heard, date(2023, 11, 3), TODAY, "plays")
        for part in ("#top-finding", "#range-said", "#range-choice option:checked"):
            said = page.locator(part).text_content()
            assert "4 Nov 2023 to 28 Nov 2026" in said, part
            assert "1999" not in said, part
            assert "2030" not in said, part
        assert wrong == []


def test_on_a_phone_the_time_is_chosen_in_one_line(site, browser):
    with opened(browser, site, viewport={"width": 360, "height": 700}) as (page, _):
        boxes = [each.bounding_box() for each in page.locator("#range :is(button, select):visible").all()]
        assert len(boxes) == 5
        assert len({box["y"] for box in boxes}) == 1
        assert all(box["height"] >= 44 for box in boxes)
        assert page.locator("#tracks .first .value").bounding_box()["y"] < 650, "the first figure is in sight"


def test_other_ranges_have_the_covers_that_are_stored(dsn, tmp_path, browser, heard):
    store(dsn, heard)
    album = heard.tracks[an_id(8)].album
    (tmp_path / "artwork" / "spotify" / "albums").mkdir(parents=True)
    Image.new("RGB", (400, 400), "green").save(tmp_path / "artwork" / "spotify" / "albums" / f"{album}.webp")
    build(dsn, tmp_path / "site", artwork=tmp_path / "artwork")
    with opened(browser, tmp_path / "site", "#range=2025-Q1&by=plays") as (page, wrong):
        wait_for(page, "2025-Q1 plays")
        shown = page.evaluate(
            "[...document.querySelectorAll('#tracks .first .cover, #tracks ol .cover')].map((each) => each.getAttribute('src'))"
        )
        names = [row[1] for row in page.evaluate(SHOWN, "tracks")]
        assert shown[names.index("Track 8")] in {f"covers/96/{album}.webp", f"covers/320/{album}.webp"}
        assert None in shown, "what has no cover has an initial"
        assert wrong == []
