"""What the page Library shows, against a plain recomputation, and what it says where there is little or nothing."""

import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from reports.dashboard import words
from reports.dashboard.pages import library, library_albums
from tests.reports.dashboard.reading import HOSTILE, read, render

NOW = datetime(2024, 11, 3, 6, 30, tzinfo=UTC)  # 01:30 in New York for the second time that night
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
ID = "0aB1cD2eF3gH4iJ5kL6mN"  # and one more character


def like(rows, track_id, at=NOW - timedelta(days=400), **album):
    rows.track(
        track_id, artists=album.pop("artists", ("a",)), album=album.pop("album", f"album of {track_id}")
    )
    rows.add("liked_tracks", user_id="u", track_id=track_id, liked_at=at)


def album(rows, album_id, name, released=None, *, artist="a", kind="album", saved=False, listed=True):
    rows.add("artists", artist_id=artist, name=artist)
    rows.add("albums", album_id=album_id, name=name, album_type=kind, release_date=released)
    rows.add("album_artists", album_id=album_id, position=0, artist_id=artist)
    rows.add("artist_albums", artist_id=artist, album_id=album_id, removed_at=None if listed else NOW)
    if saved:
        rows.add("saved_albums", user_id="u", album_id=album_id, added_at=NOW - timedelta(days=9))


def follow(rows, artist="a", **more):
    rows.add("artists", artist_id=artist, name=artist)
    rows.add("followed_artists", user_id="u", artist_id=artist, first_seen_at=NOW, **more)


@pytest.mark.parametrize("zone", ZONES)
def test_growth_by_the_months_of_the_listener(rows, connection, tmp_path, zone):
    rows.do("UPDATE users SET time_zone = %s", zone)
    choose = random.Random(3)
    moments = [
        datetime(2023, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2024, 1, 1, 4, 30, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 30, tzinfo=UTC),
        datetime(2024, 3, 31, 22, 30, tzinfo=UTC),
        datetime(2024, 10, 31, 23, 30, tzinfo=UTC),
        NOW,
    ]
    moments += [
        datetime(2023, 5, 1, tzinfo=UTC) + timedelta(minutes=choose.randrange(700_000)) for _ in range(60)
    ]
    for place, at in enumerate(moments):
        like(rows, f"t{place}", at)
    like(rows, "of an unknown moment", datetime(1970, 1, 1, tzinfo=UTC))
    like(rows, "of the future", NOW + timedelta(days=1))
    chart = read(connection, tmp_path, NOW, library.PAGE)["growth"]
    came = Counter(at.astimezone(ZoneInfo(zone)).date().replace(day=1) for at in moments)
    *rows_shown, end = chart.rows
    assert {date.fromisoformat(row[0]): row[2] for row in rows_shown if row[2]} == dict(came)
    total = 0
    for row in rows_shown:
        total += row[2]
        assert row[3] == total
    first = min(came)
    last = NOW.astimezone(ZoneInfo(zone)).date()
    assert len(rows_shown) == (last.year - first.year) * 12 + last.month - first.month + 1
    assert end[0] == (last + timedelta(days=1)).isoformat()
    assert end[3] == total == len(moments)
    assert rows_shown[-1][1].endswith(", so far")
    assert chart.alternative.endswith(" Of 2 it is not known when.")


def test_a_young_library_is_drawn_by_day(rows, connection, tmp_path):
    for days in (0, 0, 3, 92):
        like(rows, f"t{days}{rows.do('SELECT count(*) FROM tracks')}", NOW - timedelta(days=days))
    chart = read(connection, tmp_path, NOW, library.PAGE)["growth"]
    assert len(chart.rows) == 94
    assert chart.alternative == "Most came on 3 Nov 2024, so far: 2."


def test_decades_and_their_albums(rows, connection, tmp_path):
    years = {
        "x": "1989-12-31",
        "y": "1990",
        "z": "1999-12",
        "zz": "1995-05-05",
        "none": "0000",
        "null": None,
        "bad": "1981-13",
    }
    for name, released in years.items():
        album(rows, name, name.upper(), released)
        like(rows, f"one of {name}", album=name)
    like(rows, "two of zz", album="zz")
    rows.play("one of y", NOW - timedelta(days=3), source="export", ms_played=50_000)
    found = read(connection, tmp_path, NOW, library.PAGE)["decades"]
    assert [(row["decade"], row["tracks"], row["albums"], row["played"]) for row in found] == [
        (1980, 1, 1, 0),
        (1990, 4, 3, 1),
        (None, 3, 3, 0),
    ]
    assert [each["album_id"] for each in found[1]["shown"]] == ["y", "zz", "z"]


def test_albums_as_a_swarm(rows, connection, tmp_path):
    choose = random.Random(5)
    plays = {}
    for place in range(library_albums.FEWEST + 12):
        released = choose.choice(
            ["1987", "1987-05", f"{choose.randint(1990, 2020)}-0{choose.randint(1, 9)}-11"]
        )
        album(rows, f"al{place}", f"Album {place:02}", released)
        like(rows, f"t{place}", album=f"al{place}")
        plays[f"Album {place:02}"] = choose.choice([0, 1, 1, 2, 5, 9]), released
        for each in range(plays[f"Album {place:02}"][0]):
            rows.play(f"t{place}", NOW - timedelta(days=place + 1, minutes=7 * each))
    album(rows, "undated", "Undated")
    like(rows, "t", album="undated")
    rows.play("t", NOW - timedelta(days=1))
    heard = sorted(
        ((name, count, released) for name, (count, released) in plays.items() if count),
        key=lambda each: (-each[1], each[0]),
    )
    chart = read(connection, tmp_path, NOW, library.PAGE)["swarm"]
    assert [(row[3], row[6]) for row in chart.rows] == [(name, count) for name, count, _ in heard]
    middle = {"1987": "1987-07-02", "1987-05": "1987-05-15"}
    assert [row[0] for row in chart.rows] == [middle.get(released, released) for *_, released in heard]
    years = sorted((int(released[:4]) for _, count, released in heard for _ in range(count)), reverse=True)
    assert f"are of releases since {years[(len(years) - 1) // 2]}." in chart.finding
    assert [row[2].striptags() for row in chart.table] == [str(count) for _, count, _ in heard]
    assert chart == read(connection, tmp_path, NOW, library.PAGE)["swarm"]


@pytest.mark.parametrize("seed", range(3))
def test_dots_of_a_swarm_do_not_touch_and_keep_their_order_of_size(seed):
    choose = random.Random(seed)
    across = [
        round(choose.uniform(0, library_albums.WIDTH)) // 40 * 40.0 for _ in range(library_albums.ALBUMS)
    ]
    plays = sorted((int(choose.paretovariate(0.9)) for _ in across), reverse=True)
    radii, heights = library_albums.laid_out(across, plays)
    assert radii == sorted(radii, reverse=True)
    dots = list(zip(across, heights, radii, strict=True))
    for place, (at, height, radius) in enumerate(dots):
        assert abs(height) + radius <= library_albums.HEIGHT / 2
        for other, over, around in dots[:place]:
            assert (at - other) ** 2 + (height - over) ** 2 >= (radius + around) ** 2


def test_few_albums_are_no_swarm(rows, connection, tmp_path):
    for place in range(library_albums.FEWEST - 1):
        album(rows, f"al{place}", f"Album {place}", "1999")
        like(rows, f"t{place}", album=f"al{place}")
        rows.play(f"t{place}", NOW - timedelta(days=place + 1))
    page = (
        render(connection, tmp_path, NOW, library.PAGE).partition('id="albums"')[2].partition("</section>")[0]
    )
    assert "It is drawn from 30 albums of the library on" in page
    assert '<data value="29">29</data> so far.' in page
    assert "<figure" not in page


@pytest.mark.parametrize("zone", ZONES)
def test_from_release_to_first_play(rows, connection, tmp_path, zone):
    rows.do("UPDATE users SET time_zone = %s", zone)
    local = ZoneInfo(zone)
    rows.track("old")
    rows.play("old", datetime(2023, 1, 1, 12, tzinfo=local))  # the record begins
    waits = [0, 1, 2, 7, 8, 30, 31, 90, 91, 365, 366, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -2, -40]
    released = date(2023, 3, 1)
    for place, days in enumerate(waits):
        album(rows, f"album{place}", "x", released.isoformat())
        like(rows, f"t{place}", album=f"album{place}")
        heard = datetime.combine(released + timedelta(days=days), datetime.min.time(), local)
        rows.play(f"t{place}", heard + timedelta(hours=23, minutes=30, seconds=place))
        rows.play(f"t{place}", heard + timedelta(days=200, seconds=place))
    for name, when in (("before", "2022-12-31"), ("vague", "2023-03"), ("vaguer", "2023")):
        album(rows, name, name, when)
        like(rows, f"t {name}", album=name)
        rows.play(f"t {name}", datetime(2023, 4, 1, tzinfo=UTC))
    shown = read(connection, tmp_path, NOW, library.PAGE)
    assert dict(shown["first_plays"].rows) == {
        "within a day": 12,
        "to a week": 2,
        "to 30 days": 2,
        "to 90 days": 2,
        "to a year": 2,
        "later": 1,
    }
    assert shown["first_plays"].alternative == "67 % of 21 tracks were heard within a week of their release."
    assert shown["heard_early"] == 2


def test_lost_and_found(rows, connection, tmp_path):
    def availability(track_id, playable, days=None, market="NL"):
        changed = None if days is None else NOW - timedelta(days=days)
        rows.add(
            "track_availability",
            market=market,
            track_id=track_id,
            is_playable=playable,
            checked_at=NOW,
            changed_at=changed,
        )

    for name in ("gone", "gone first", "gone always", "same isrc", "back", "fine", "elsewhere"):
        like(rows, name)
    for name in ("twin", "excluded twin", "by isrc"):
        rows.track(name, artists=("b",), album="another")
    rows.do("UPDATE tracks SET isrc = 'X' WHERE track_id IN ('same isrc', 'by isrc')")
    availability("gone", False, 2)
    availability("gone first", False, 9)
    availability("gone always", False)
    availability("same isrc", False, 5)
    availability("by isrc", True)
    availability("twin", True)
    availability("back", True, 3)
    availability("fine", True)
    availability("elsewhere", False, 1, market="SE")
    for track_id, replacement in (("gone", "twin"), ("gone first", "excluded twin"), ("gone always", None)):
        rows.add(
            "track_replacements",
            market="NL",
            track_id=track_id,
            replacement_id=replacement,
            found_by="search",
            checked_at=NOW,
        )
    rows.add("excluded_tracks", user_id="u", track_id="excluded twin", excluded_at=NOW)
    shown = read(connection, tmp_path, NOW, library.PAGE)
    assert [row["track_id"] for row in shown["lost"]] == ["gone", "same isrc", "gone first", "gone always"]
    assert {row["total"] for row in shown["lost"]} == {4}
    assert {lost: twin["track_id"] for lost, twin in shown["twins"].items()} == {
        "gone": "twin",
        "same isrc": "by isrc",
    }
    assert [row["track_id"] for row in shown["back"]] == ["back"]
    page = render(connection, tmp_path, NOW, library.PAGE)
    assert "cannot be played in NL at the moment" in page
    assert page.count('data-glyph="✗">unavailable') == 4
    assert page.count("no twin known") == 2


def test_completeness_of_followed_artists(rows, connection, tmp_path):
    follow(rows, "a")
    follow(rows, "b")
    follow(rows, "left", removed_at=NOW)
    album(rows, "a1", "First", "2001", saved=True)
    album(rows, "a1d", "First (Deluxe Edition)", "2011")
    album(rows, "a2", "Second", "2003-04-05")
    album(rows, "a2r", "Second \N{EN DASH} 2013 Remaster", "2013", saved=True)
    album(rows, "a3", "Third", "2005")
    album(rows, "a3l", "Third (Live)", "2006")
    album(rows, "as", "A single", "2007", kind="single")
    album(rows, "gone", "No longer listed", "2008", listed=False)
    album(rows, "b1", "Only", "1999", artist="b", saved=True)
    album(rows, "l1", "Of one not followed", "1999", artist="left")
    like(rows, "t", album="b1", artists=("b",))
    rows.play("t", NOW - timedelta(days=1))
    found = read(connection, tmp_path, NOW, library.PAGE)["completeness"]
    assert [(row["artist_id"], row["saved"], row["albums"], row["missing"]) for row in found] == [
        ("b", 1, 1, []),
        ("a", 2, 4, ["Third (Live)", "Third"]),
    ]
    assert {(row["artists"], row["complete"]) for row in found} == {(2, 1)}


def test_of_long_titles_as_many_are_named_as_fit(rows, connection, tmp_path):
    for artist, length in (("a", 50), ("b", 500)):
        follow(rows, artist)
        for place in range(5):
            album(rows, f"{artist}{place}", f"{place}" + "x" * length, f"200{place}", artist=artist)
    like(rows, "t")
    found = read(connection, tmp_path, NOW, library.PAGE)["completeness"]
    assert {row["artist_id"]: len(row["missing"]) for row in found} == {"a": 2, "b": 1}
    page = render(connection, tmp_path, NOW, library.PAGE)
    assert [f'and <data value="{more}">' in page for more in (3, 4)] == [True, True], "of five"


def test_albums_with_a_newer_edition(rows, connection, tmp_path):
    album(rows, "own", "Rivers", "2001-02-03", saved=True)
    album(rows, "older", "Rivers (Anniversary Edition)", "2000")
    album(rows, "newer", "Rivers [Expanded]", "2011")
    album(rows, "newest", "RIVERS - Remastered 2021", "2021")
    album(rows, "withdrawn", "Rivers (Bonus Track Version)", "2023", listed=False)
    album(rows, "live", "Rivers (Live)", "2022")
    album(rows, "single", "Rivers", "2022", kind="single")
    album(rows, "other", "Rivers", "2022", artist="somebody else")
    album(rows, "both", "Hills", "2001", saved=True)
    album(rows, "both2", "Hills (Deluxe)", "2002", saved=True)
    like(rows, "t")
    found = read(connection, tmp_path, NOW, library.PAGE)["editions"]
    assert [(row["album_id"], row["newer_id"], row["total"]) for row in found] == [("own", "newest", 1)]


def test_new_releases_and_their_limit(rows, connection, tmp_path):
    now = datetime.now(UTC)  # the view's own
    follow(rows)
    for days in range(library.RELEASES + 3):
        album(rows, f"r{days:02}", f"R{days}", (now.date() - timedelta(days=days + 1)).isoformat())
    like(rows, "t")
    page = render(connection, tmp_path, now, library.PAGE)
    assert re.findall(r"\bR\d+\b", page[page.index('id="releases"') :]) == [
        f"R{each}" for each in range(library.RELEASES)
    ]
    assert '<data value="3">3</data> more releases' in page


def test_albums_are_told_by_their_kind(rows, connection, tmp_path):
    for name, kind in (("a1", "album"), ("s1", "single"), ("s2", "single"), ("c1", "compilation")):
        album(rows, name, name, kind=kind, saved=name == "a1")
        like(rows, f"of {name}", album=name)
        like(rows, f"more of {name}", album=name)
    page = render(connection, tmp_path, NOW, library.PAGE)
    figure = Markup(page.partition("<dt>Albums</dt>")[2].partition("</div>")[0]).striptags()
    assert figure == "4 1 of them saved; 2 singles, 1 compilation"


def test_genres_count_a_track_once_for_each(rows, connection, tmp_path):
    for artist, genres in (("a", ["folk", "jazz"]), ("b", ["jazz"]), ("c", None)):
        rows.add("artists", artist_id=artist, name=artist, genres=genres)
    like(rows, "t1", artists=("a", "b"))
    like(rows, "t2", artists=("b",))
    like(rows, "t3", artists=("c",))
    shown = read(connection, tmp_path, NOW, library.PAGE)
    assert [(row["genre"], row["tracks"]) for row in shown["genres"]] == [("jazz", 2), ("folk", 1)]
    assert shown["more"]["with_genre"] == 2
    page = render(connection, tmp_path, NOW, library.PAGE)
    assert '<a href="https://open.spotify.com/search/genre%3A%22jazz%22"' in page


def test_what_has_left(rows, connection, tmp_path):
    like(rows, "t")
    seen = [
        ("liked", "track"),
        ("unliked", "track"),
        ("unliked", "track"),
        ("removed", "album"),
        ("unfollowed", "artist"),
        ("unfollowed", "playlist"),
    ]
    for place, (event, kind) in enumerate(seen):
        rows.add(
            "library_events",
            user_id="u",
            event=event,
            item_type=kind,
            item_id=str(place),
            seen_at=NOW + timedelta(days=place),
        )
    rows.do("DELETE FROM library_events WHERE item_id = 't'")
    changes = read(connection, tmp_path, NOW, library.PAGE)["changes"]
    assert (changes["since"], changes["unliked"], changes["albums"], changes["artists"]) == (NOW, 2, 1, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("1981-12-15", "15 Dec 1981"),
        ("1981-12", "Dec 1981"),
        ("1981", "1981"),
        ("0000", ""),
        (None, ""),
        ("1981-13", "1981-13"),
        ("1981-02-30", "1981-02-30"),
    ],
)
def test_release_dates_are_as_exact_as_they_are_given(given, said):
    assert re.sub(r"<[^>]+>", "", str(words.released(given))) == said


def test_an_empty_library_says_what_to_do(rows, connection, tmp_path):
    page = render(connection, tmp_path, NOW, library.PAGE)
    assert "Nothing is in the library yet." in page
    assert "<figure" not in page
    assert "<section" not in page


def test_with_few_plays_no_share_stands_large(rows, connection, tmp_path):
    for place in range(4):
        like(rows, f"t{place}")
    rows.play("t1", NOW - timedelta(days=1))
    page = render(connection, tmp_path, NOW, library.PAGE)
    assert '<dd class="large"><data value="1">1</data></dd>' in page
    assert "25 %" not in page[: page.index('id="decades"')]


def test_one_track_and_no_play(rows, connection, tmp_path):
    like(rows, "t")
    rows.do("UPDATE users SET market = NULL")
    page = render(connection, tmp_path, NOW, library.PAGE)
    assert '<data value="1">1</data> track</b> on <data value="1">1</data> album.' in page
    assert "In which country you listen is not known" in page
    assert "You follow no artist." in page
    assert "No play is known yet." in page[page.index('id="first-plays"') :]
    assert "<figure" in page  # it grew over more than a year


def test_names_are_text_and_links_have_ids(rows, connection, tmp_path):
    good, bad = f"{ID}7", 'x" onclick="alert(1)'
    follow(rows, "a")
    for album_id in (good, bad):
        album(rows, album_id, HOSTILE, "1999", saved=True)
        album(rows, f"d{album_id}"[:22], f"{HOSTILE} (Deluxe)", datetime.now(UTC).date().isoformat())
        like(rows, album_id, album=album_id)
        rows.add("track_availability", market="NL", track_id=album_id, is_playable=False, checked_at=NOW)
    rows.do("UPDATE artists SET name = %s, genres = %s", HOSTILE, [HOSTILE])
    rows.do("UPDATE tracks SET name = %s", HOSTILE)
    rows.do("UPDATE users SET market = '<b>'")
    page = render(connection, tmp_path, datetime.now(UTC), library.PAGE)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert not re.search(r"<[^>]*\son(load|click)=", page)
    assert "&lt;script&gt;alert" in page
    for link in re.findall(r'href="https://open\.spotify\.com/([^"]*)"', page):
        assert re.fullmatch(r"(track|album|artist)/[0-9A-Za-z]{22}|search/genre%3A%22[\w.~%-]+", link)
    assert f"album/{good}" in page
