"""The pages of artists and albums, the links that lead to them, and the search: each figure counted once more from what was put into the database."""

import json
import re
import zlib
from base64 import b64decode
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, date, datetime

import psycopg2
import pytest

from reports.dashboard.build import every_page
from reports.dashboard.own_pages import albums_of_note, artists_of_note
from reports.dashboard.pages import items, search
from reports.dashboard.scope import Scope
from tests.conftest import new_database
from tests.reports.dashboard.made_up_listening import (
    HOSTILE,
    NOW,
    ZONE,
    Listening,
    a_few,
    album_id,
    artist_id,
    counts,
    store,
    years_of_listening,
)
from tests.reports.dashboard.reading import build, source_at

KINDS = {"artist": "artists", "album": "albums"}


@pytest.fixture(scope="module")
def heard():
    return years_of_listening()


@pytest.fixture(scope="module")
def database(server, template, heard):
    with new_database(server, template) as dsn:
        store(dsn, heard)
        yield dsn


@pytest.fixture(scope="module")
def site(database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("items") / "site"
    build(database, folder, NOW)
    return folder


@pytest.fixture(scope="module")
def told(database, tmp_path_factory):
    """What each page is given: (kind, id) → it."""
    with (
        closing(psycopg2.connect(database)) as connection,
        source_at(connection, NOW, tmp_path_factory.mktemp("told")) as source,
    ):
        yield {
            (page.template, page.slug.split("-", 1)[1]): page.told(source) for page in items.of_note(source)
        }


def plays_of(heard, kind: str) -> dict[str, list[tuple[date, str, int]]]:
    """Item → its plays: day, track and milliseconds."""
    found = defaultdict(list)
    for at, track, ms in heard.plays:
        for item in heard.items(KINDS[kind], track) if track else ():
            found[item].append((at.astimezone(ZONE).date(), track, ms))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_figure_is_what_was_heard(told, heard, kind):
    plays = plays_of(heard, kind)
    ranking = heard.ranking(KINDS[kind], date(2000, 1, 1), date(2100, 1, 1), "plays")
    assert [
        (each["item"]["rank"], each["item"]["plays"], each["item"]["heard_ms"])
        for (own, _), each in told.items()
        if own == kind
    ] == [(rank, count, ms) for rank, _, count, ms in ranking]
    for (own, item), each in told.items():
        if own != kind:
            continue
        counted = [(day, track) for day, track, ms in plays[item] if counts(ms)]
        assert (each["first_day"], each["last_day"]) == (min(counted)[0], max(counted)[0])
        chart = each["over_time"]
        by_month = Counter(day.replace(day=1).isoformat() for day, _ in counted)
        assert {row[0]: row[chart.columns.index("plays")] for row in chart.rows if row[3]} == by_month
        assert len(chart.table) == len(by_month)


@pytest.mark.parametrize("kind", KINDS)
def test_the_place_in_each_year_is_among_all(told, heard, kind):
    plays = plays_of(heard, kind)
    of_years: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for item, own in plays.items():
        for day, _, ms in own:
            of_years[day.year][item] += counts(ms)
    for (own, item), each in told.items():
        if own == kind:
            expected = {
                year: (sum(other > sums[item] for other in sums.values()) + 1, sums[item])
                for year, sums in of_years.items()
                if sums[item]
                and year != 2023  # of which less than half is known, so that it gives no medal, either
            }
            assert {row["year"]: (row["rank"], row["plays"]) for row in each["years"]} == expected


def test_the_tracks_of_an_artist_count_each_recording_once(told, heard):
    plays = plays_of(heard, "artist")
    for (kind, item), each in told.items():
        if kind != "artist":
            continue
        recordings = Counter()
        for _, track, ms in plays[item]:
            recordings[heard.tracks[track].goal or track] += counts(ms)
        expected = sorted((count for count in recordings.values() if count), reverse=True)
        assert [row["plays"] for row in each["tracks"]] == expected[: items.TRACKS]
        assert each["tracks"][0]["tracks"] == len(expected)
        assert all(recordings[row["track_id"]] == row["plays"] for row in each["tracks"])


def test_the_tracks_of_an_album_are_those_played_from_it(told, heard):
    plays = plays_of(heard, "album")
    for (kind, item), each in told.items():
        if kind == "album":
            expected = Counter(track for _, track, ms in plays[item] if counts(ms))
            assert {row["track_id"]: row["plays"] for row in each["tracks"] if row["plays"]} == expected


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ({2024: 1, 2025: 3, 2026: 1}, "Best place: 1 in 2024."),
        ({2024: 2, 2025: 2, 2026: 2}, "Best place: 2 in 2025."),
        ({2024: 5, 2026: 4}, "Best place: 4 in 2026, so far."),
    ],
)
def test_among_equal_places_that_of_a_year_that_is_over_is_the_best(places, said):
    scope = Scope("u", None, ZONE, NOW, 9_000, datetime(2023, 11, 3, 12, tzinfo=UTC))
    years = [{"year": year, "rank": rank, "plays": 10} for year, rank in places.items()]
    found = items.ranks(scope, years, {2024, 2025, 2026})
    assert found.finding.striptags() == f"{said} Less than half is known of 2023."
    assert "2023" not in {row[0] for row in found.rows}


@pytest.mark.parametrize(
    ("last", "ticks"),
    [
        (1, [1]),
        (4, [1, 2, 3, 4]),
        (11, [1, 5, 10]),
        (140, [1, 50, 100]),
        (99_999, [1, 20_000, 40_000, 60_000, 80_000]),
    ],
)
def test_an_axis_of_places_begins_with_the_first(last, ticks):
    assert items.rank_ticks(last) == ticks


def test_neighbours_lead_through_the_whole_ranking(site, told):
    ranking = [item for kind, item in told if kind == "artist"]
    at, seen = ranking[0], []
    while at:
        seen.append(at)
        foot = (site / f"artist-{at}.html").read_text().split('id="neighbours"')[1]
        _, behind, *_ = foot.split("</li>")
        after = re.findall(r'href="artist-(\w{22})\.html', behind)
        if after:
            plays = [told["artist", each]["item"]["plays"] for each in (at, after[0])]
            assert ("played as often, " in behind) == (plays[0] == plays[1])
        at = after[0] if after else None
    assert seen == ranking


def test_every_name_with_a_page_leads_there_and_from_there_to_spotify(site, told):
    away = re.compile(r'<a href="https://open\.spotify\.com/(artist|album)/(\w+)"')
    home = re.compile(r'href="((?:artist|album)-\w+\.html)"')
    led = 0
    for path in site.glob("*.html"):
        text = path.read_text()
        assert not [found for found in away.findall(text) if found in told], path.name
        assert all((site / name).is_file() for name in home.findall(text)), path.name
        led += len(home.findall(text))
    assert led > len(told)
    for kind, item in told:
        assert (
            f'<a rel="noreferrer" href="https://open.spotify.com/{kind}/{item}">'
            in (site / f"{kind}-{item}.html").read_text()
        )


def test_hostile_names_stay_names(site, told, heard):
    hostile = [key for key, each in told.items() if each["item"]["name"] == HOSTILE]
    assert hostile
    for kind, item in hostile:
        text = (site / f"{kind}-{item}.html").read_text()
        assert "<script>window" not in text
        assert "&lt;script&gt;window" in text


def test_an_id_that_spotify_does_not_give_makes_no_file(server, template, tmp_path):
    few = a_few()  # its artists have ids of another form
    with new_database(server, template) as dsn:
        store(dsn, few)
        build(dsn, tmp_path / "site", NOW)
        with closing(psycopg2.connect(dsn)) as connection, source_at(connection, NOW, tmp_path) as source:
            assert artists_of_note(source) == []
            assert albums_of_note(source) == []
    assert not list((tmp_path / "site").glob("artist-*"))


def test_of_few_plays_each_is_a_dot_or_a_line_on_its_pages(server, template, tmp_path):
    few = a_few()
    for number, track in enumerate(few.tracks.values()):
        track.artists = (artist_id(number % 4),)
        track.album = album_id(0) if number < 3 else None
    artists = {artist_id(each): (f"Artist {each}", ()) for each in range(4)}
    with new_database(server, template) as dsn:
        store(dsn, Listening(few.tracks, artists, {album_id(0): "Album"}, few.plays))
        build(dsn, tmp_path / "site", NOW)
    page = (tmp_path / f"site/artist-{artist_id(0)}.html").read_text().partition('id="over-time"')[2]
    assert '<data value="8">8</data> plays, each a dot.' in page
    assert page.partition("</section>")[0].count('<th scope="row">') == 8
    assert "2026</a>, so far: place" in page
    album = (tmp_path / f"site/album-{album_id(0)}.html").read_text().partition('id="over-time"')[2]
    assert album.partition("</section>")[0].count("<li>") == 3, "too few for a drawing"


def test_the_search_knows_everything_that_was_played(site, told, heard):
    packed = re.search(r'"([\w+/=]{60,})"', (site / "data/search.js").read_text())[1]
    index = json.loads(zlib.decompress(b64decode(packed)))
    for place, kind in enumerate(("artists", "albums", "tracks")):
        names, _, ids, plays = index["kinds"][place]
        expected: Counter[str] = Counter()
        for _, track, ms in heard.plays:
            for item in heard.items(kind, track) if track else ():
                expected[item] += counts(ms)
        named = {
            item: count
            for item, count in expected.items()
            if count and heard.name(kind, item) != "name unknown"
        }
        assert dict(zip(ids, plays, strict=True)) == named
        assert names == [heard.name(kind, item) for item in ids]
    assert index["pages"].keys() == {item for _, item in told}
    page = (site / "search.html").read_text()
    number = sum(len(kind[0]) for kind in index["kinds"])
    assert f'<b class="headline"><data value="{number}">' in page
    assert page.count('class="cover') >= len(told), "each of A to Z with its picture"
    assert page.count("aria-current") == 1, "the glass, and no page of the head"


def test_two_of_one_name_are_told_apart_from_a_to_z():
    def named(item_id, name, artists=()):
        return {"item_id": item_id, "name": name, "artists": artists, "plays": 3}

    artists = [named("a1", "Ada Abara"), named("a2", "Ada Abárá"), named("a3", "Ivo")]
    albums = [
        named("b1", "Train", [("Ivo", "a3")]),
        named("b2", "Train", [("Ada", "a1")]),
        named("b3", "Ivo"),
    ]
    told = search.from_a_to_z({"artist": artists, "album": albums})
    rows = [row for _, own in told for row in own]
    assert {row["item_id"] for row in rows if row["is_shared"]} == {"a1", "a2"}, (
        "albums have their artists beside them"
    )


def test_the_search_finds_whatever_case_and_accents_the_beginning_of_words_first(site, browser):
    page = browser.new_page()
    page.goto((site / "search.html").as_uri() + "?q=ARTIST")
    page.wait_for_selector("#search-hits li")
    assert page.input_value("#search-words") == "ARTIST"
    hits = page.locator("#search-hits li .name").all_inner_texts()
    assert hits[0].startswith("Artist ")
    page.fill("#search-words", "ärtist 1")
    first = page.locator("#search-hits li").first
    assert "Artist 1" in first.inner_text()
    page.fill("#search-words", "rtist")  # within a word
    assert page.locator("#search-hits li").count() > 0
    page.fill("#search-words", "nothing of that name")
    assert page.locator("#search-hits li").count() == 0
    assert page.inner_text("#search-said") == "0 hits"
    page.fill("#search-words", "artist 1")
    page.locator("#search-hits a").first.click()
    assert re.search(r"artist-\w+\.html$", page.url)
    page.goto((site / "top.html").as_uri())
    page.keyboard.press("/")
    page.wait_for_url("**/search.html#search-words")
    assert page.evaluate("document.activeElement.id") == "search-words"
    page.close()


def test_what_is_made_while_the_database_counts_asks_nothing_of_it(database, tmp_path, monkeypatch):
    """A statement from the thread that writes would come between the others, whichever is under way then."""
    with closing(psycopg2.connect(database)) as connection, source_at(connection, NOW, tmp_path) as source:
        late = 0
        for page in reversed(every_page(source)):
            found = page.read(source)
            if callable(found):
                with monkeypatch.context() as changed:
                    changed.setattr(source, "cursor", None)
                    found()
                late += 1
    assert late > 20, "the pages of artists, albums and years, and Top"
