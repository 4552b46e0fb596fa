"""The site's parts, each by itself: words, classes, periods, files, covers, charts."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import vl_convert
from markupsafe import Markup
from PIL import Image

from reports.dashboard import words
from reports.dashboard.build import POLICY, templates
from reports.dashboard.charts import CHARTS, Chart, specification, step
from reports.dashboard.covers import Covers
from reports.dashboard.files import SiteFolder
from reports.dashboard.periods import running_periods
from reports.dashboard.scale import DASH, round_down, scale_of, scale_of_all
from reports.dashboard.scope import Scope

ASSETS = CHARTS.parent / "assets"
HOSTILE = '"><script>alert(1)</script>'
HOUR_MS = 3_600_000


def test_what_stands_out_has_a_shade_of_its_own():
    few = scale_of_all([0, 1, 2, 2, 3, 5])
    assert few.lowest == (1, 2, 3, 5)
    assert [each.striptags() for each in few.labels] == ["1", "2", f"3{DASH}4", "5"]
    usual, peaks = [20, 30, 40, 45, 50, 55, 60, 70, 80, 90] * 8, [367, 460, 493]
    found = scale_of_all([*usual, *peaks])
    assert {found.class_of(each) for each in usual} == {1, 2, 3}, "the others still differ"
    assert {found.class_of(each) for each in peaks} == {5}
    even = [*range(60, 101)]
    assert scale_of_all(even) == scale_of(even)


@pytest.mark.parametrize(
    ("value", "said"), [("ep", "EP"), ("single", "single"), (None, "album"), ("", "album")]
)
def test_kinds_of_albums(value, said):
    assert words.album_kind(value) == said


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 min"),
        (29_999, "0 min"),
        (30_000, "1 min"),
        (59 * 60_000, "59 min"),
        (HOUR_MS, "1 h"),
        (5 * HOUR_MS + 12 * 60_000, "5 h 12 min"),
        (48 * HOUR_MS - 60_000, "47 h 59 min"),
        (48 * HOUR_MS, "48 h"),
        (1_565 * HOUR_MS, "1,565 h"),
    ],
)
def test_durations(ms, said):
    assert words.duration_text(ms) == said
    assert Markup(words.duration(ms)).striptags() == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(0, 0, ""), (0, 5, "0 %"), (1, 1000, "<1 %"), (1, 3, "33 %"), (999, 1000, "99 %"), (5, 5, "100 %")],
)
def test_shares(part, whole, said):
    assert words.share(part, whole) == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (5, 5, "as many"),
        (7, 5, "2 plays more"),
        (4, 5, "1 play fewer"),
        (30, 20, "10 plays more (50 %)"),
        (0, 1_500, "1,500 plays fewer (100 %)"),
    ],
)
def test_changes_have_a_share_only_where_it_says_something(now, before, said):
    assert words.change(now, before).striptags() == said


def test_names_are_text_and_turn_nothing_around():
    assert str(words.name(HOSTILE)) == "<bdi>&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</bdi>"
    assert (
        words.credited([["A", None], [None, "x"], [" ", None]]).striptags() == "A, name unknown, name unknown"
    )
    assert [words.initial(each) for each in ("été", "  ¡hola", "", None, "نور")] == ["É", "H", "♪", "♪", "ن"]
    assert words.tint("Ocean") == words.tint("Ocean")


def test_what_a_template_is_not_given_is_an_error_and_what_it_is_given_is_escaped():
    environment = templates({})
    with pytest.raises(Exception, match="is undefined"):
        environment.from_string("{{ nothing }}").render()
    assert (
        environment.from_string("{{ text }}").render(text=HOSTILE)
        == "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    )
    assert "script-src 'self';" in POLICY
    assert "unsafe" not in POLICY


def test_classes_have_round_bounds_and_zero_has_none():
    scale = scale_of([0, 0, *range(1, 101)])
    assert scale.lowest == (1, 20, 40, 60, 80)
    assert [label.striptags().replace(DASH, "-") for label in scale.labels] == [
        "1-19",
        "20-39",
        "40-59",
        "60-79",
        "80 or more",
    ]
    assert [scale.class_of(each) for each in (0, 1, 19, 20, 79, 80, 100)] == [0, 1, 1, 2, 4, 5, 5]
    assert scale_of([]).labels == []
    assert scale_of([3, 3, 3]).lowest == (1, 3)
    assert [round_down(each) for each in (1, 7, 9, 11, 99, 100, 119, 2_600)] == [
        1,
        6,
        8,
        10,
        80,
        100,
        100,
        2_500,
    ]


def scope(now: datetime, zone: str = "Europe/Berlin") -> Scope:
    return Scope("u", "Robin", ZoneInfo(zone), now)


def test_the_same_moment_of_a_shorter_month_and_of_a_leap_day():
    _, month, _ = running_periods(scope(datetime(2026, 3, 31, 10, tzinfo=UTC)))
    assert (month.before_first, month.before_last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert month.before_end == datetime(2026, 2, 28, 23, tzinfo=UTC), "all of February"
    _, _, year = running_periods(scope(datetime(2024, 2, 29, 10, tzinfo=UTC)))
    assert year.before_last == date(2023, 2, 28)
    assert year.before_end == datetime(2023, 2, 28, 23, tzinfo=UTC)


def test_january_looks_at_december_and_monday_at_the_monday_before():
    week, month, year = running_periods(scope(datetime(2027, 1, 4, 11, tzinfo=UTC)))
    assert (week.first_day, week.before_first, week.before_last) == (
        date(2027, 1, 4),
        date(2026, 12, 28),
        date(2026, 12, 28),
    )
    assert (month.before_first, month.before_last) == (date(2026, 12, 1), date(2026, 12, 4))
    assert (year.before_first, year.before_last) == (date(2026, 1, 1), date(2026, 1, 4))


def test_a_file_is_written_only_where_it_is_another_and_goes_when_nothing_needs_it(tmp_path):
    (tmp_path / "mine.txt").write_text("not the site's")
    first = SiteFolder(tmp_path)
    assert [first.put("a.html", b"one"), first.put("b/c.js", b"two")] == ["new", "new"]
    assert first.finish() == []
    kept = (tmp_path / "a.html").stat().st_mtime_ns
    second = SiteFolder(tmp_path)
    assert [second.put("a.html", b"one"), second.put("d.html", b"three")] == ["unchanged", "new"]
    assert second.finish() == ["b/c.js"]
    assert (tmp_path / "a.html").stat().st_mtime_ns == kept
    assert sorted(each.name for each in tmp_path.rglob("*") if each.is_file()) == [
        ".site",
        "a.html",
        "d.html",
        "mine.txt",
    ]


def test_what_is_different_with_each_build_does_not_make_a_page_new(tmp_path):
    SiteFolder(tmp_path).put("a.html", b"x")
    site = SiteFolder(tmp_path)
    site.put("a.html", b"built 10:00", same_as=b"built")
    site.finish()
    again = SiteFolder(tmp_path)
    assert again.put("a.html", b"built 11:00", same_as=b"built") == "unchanged"
    assert (tmp_path / "a.html").read_bytes() == b"built 10:00"


def test_an_index_that_names_something_outside_removes_nothing_there(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("kept")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / ".site").write_text("0 ../outside.txt\n")
    assert SiteFolder(tmp_path / "site").finish() == []
    assert outside.exists()


def test_a_failed_write_leaves_the_file_of_before(tmp_path, monkeypatch):
    site = SiteFolder(tmp_path)
    site.put("a.html", b"before")

    def refuse(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        site.put("a.html", b"now")
    assert (tmp_path / "a.html").read_bytes() == b"before"
    assert sorted(each.name for each in tmp_path.iterdir()) == [".site", "a.html"]


def test_what_a_killed_build_leaves_goes_with_the_next_one(tmp_path):
    SiteFolder(tmp_path).put("of that build.html", b"x")
    (tmp_path / ".draft").write_bytes(b"ha")
    site = SiteFolder(tmp_path)
    site.put("a.html", b"now")
    assert site.finish() == ["of that build.html"]
    assert sorted(each.name for each in tmp_path.iterdir()) == [".site", "a.html"]


def test_covers_are_copied_small_and_once(tmp_path):
    source = tmp_path / "artwork" / "spotify" / "albums" / "x.webp"
    source.parent.mkdir(parents=True)
    Image.new("RGB", (500, 500), "red").save(source)
    covers = Covers(SiteFolder(tmp_path / "site"), tmp_path / "artwork")
    assert covers.small("albums", "x") == "covers/96/x.webp"
    assert covers.small("albums", "y") is covers.large("albums", None) is None
    covers.finish()
    with Image.open(tmp_path / "site" / "covers" / "96" / "x.webp") as copied:
        assert copied.size == (96, 96)
    covers.site.finish()
    made = (tmp_path / "site" / "covers" / "96" / "x.webp").stat().st_mtime_ns
    again = Covers(SiteFolder(tmp_path / "site"), tmp_path / "artwork")
    assert again.small("albums", "x") == "covers/96/x.webp"
    again.finish()
    assert again.site.finish() == []
    assert (tmp_path / "site" / "covers" / "96" / "x.webp").stat().st_mtime_ns == made


def test_a_cover_that_is_small_enough_is_copied_as_it_is(tmp_path):
    source = tmp_path / "artwork" / "spotify" / "artists" / "x.webp"
    source.parent.mkdir(parents=True)
    Image.new("RGB", (300, 300), "red").save(source)
    covers = Covers(SiteFolder(tmp_path / "site"), tmp_path / "artwork")
    name = covers.large("artists", "x")
    covers.finish()
    assert (tmp_path / "site" / name).read_bytes() == source.read_bytes()


def test_a_cover_that_cannot_be_read_fails_the_build(tmp_path):
    source = tmp_path / "artwork" / "spotify" / "albums" / "x.webp"
    source.parent.mkdir(parents=True)
    source.write_bytes(b"no picture")
    covers = Covers(SiteFolder(tmp_path / "site"), tmp_path / "artwork")
    covers.small("albums", "x")
    with pytest.raises(OSError, match="cannot identify"):
        covers.finish()


@pytest.mark.parametrize("name", ["plays_over_time", "discoveries"])
def test_a_bar_that_is_not_over_has_an_outline_beside_its_paleness(name):
    bars = [each for each in specification(name)["layer"] if each["mark"].get("style") != "gap" and each["mark"]["type"] == "bar"]  # fmt: skip
    running = {each["mark"]["style"] for each in bars if each["transform"][0]["filter"].startswith("datum.running")}  # fmt: skip
    over = [each for each in bars if each["transform"][0]["filter"] == "!datum.running"]
    assert len(running) == len(over) == len(bars) / 2
    theme = (ASSETS / "charts.js").read_text()
    for style in running:
        assert re.search(rf"\b{style}: {{[^}}]*fillOpacity: [^}}]*stroke: token", theme)


@pytest.mark.parametrize(
    "name", sorted(path.name.removesuffix(".vl.json") for path in CHARTS.glob("*.vl.json"))
)
def test_a_specification_is_valid_alone_and_names_no_colour(name):
    spec = specification(name)
    drawn = vl_convert.vegalite_to_vega({**spec, "datasets": {"rows": []}})
    assert drawn["marks"]
    assert spec["data"] == {"name": "rows"}
    text = (CHARTS / f"{name}.vl.json").read_text()
    assert "#" not in text.replace("$schema", ""), "colours are the theme's"
    assert "http" not in text.replace("https://vega.github.io/schema/", "")


@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_axis_of_plays_counts_whole_ones(most):
    rows = [
        {"begin": f"2025-{place:02}-01", "end": f"2025-{place + 1:02}-01", "plays": place % (most + 1)}
        for place in range(1, 7)
    ]
    spec = {**specification("plays_over_time"), "width": 600, "datasets": {"rows": rows}}
    labels = re.findall(r">([\d.]+)</text>", vl_convert.vegalite_to_svg(spec))
    assert {"0", "1"} < set(labels)
    assert not [label for label in labels if "." in label]


def test_each_axis_of_counts_from_nothing_is_one_of_whole_ones():
    for path in CHARTS.glob("*.vl.json"):
        text = path.read_text()
        if "tickMinStep" in text and path.name not in ("variety.vl.json", "list_size.vl.json"):
            assert '"tickCount": {"expr": "min(' in text, path.name


def test_too_few_values_are_a_sentence():
    assert not Chart("play_dots", "4 plays.", ("day",), [(1,)] * 4).has_enough
    assert Chart("play_dots", "5 plays.", ("day",), [(1,)] * 5).has_enough


def test_parameters_of_a_chart_are_the_specifications_own():
    chart = Chart("play_dots", "x", ("day",), [], parameters={"zone": "hour, UTC"})
    assert chart.payload["wide"]["params"][0] == {"name": "zone", "value": "hour, UTC"}
    assert specification("play_dots")["params"][0] == {"name": "zone", "value": ""}


def test_a_span_of_hours_is_written_one_way_and_may_go_beyond_midnight():
    assert [words.hour_span(17), words.hour_span(23), words.hour_span(22, 4, " and ")] == [
        "17:00 to 18:00",
        "23:00 to 0:00",
        "22:00 and 2:00",
    ]


def test_names_of_tables_break_behind_underscores_and_stay_texts():
    assert words.code_name("track_<b>") == "track_<wbr>&lt;b&gt;"


def test_what_a_chart_says_is_data_in_its_rows_and_words_in_its_table():
    text, said = step(date(2026, 11, 2), by_month=False, wording="week of {}, so far")
    assert (text, said.striptags()) == ("week of 2026-11-02, so far", "week of 2 Nov 2026, so far")
    assert step(date(2026, 11, 1), by_month=True)[0] == "2026-11"
    finding = Markup("Of these {}, {}.").format(words.number(1_500), words.linked("<b>", "artist", "a" * 22))
    chart = Chart("play_dots", finding, ("day",), [], written={"when": "moment"})
    assert chart.alternative == chart.payload["wide"]["description"] == "Of these 1,500, <b>."
    assert Chart("play_dots", "<1 %", ("day",), []).alternative == "<1 %"
    assert chart.payload["written"] == {"when": "moment"}


def test_a_name_is_a_link_only_by_an_id_of_spotifys():
    link = words.linked(HOSTILE, "track", "0" * 22)
    assert (
        link
        == f'<a href="https://open.spotify.com/track/{"0" * 22}" rel="noreferrer">{words.name(HOSTILE)}</a>'
    )
    assert words.linked("A", "track", HOSTILE) == words.linked("A", "track", None) == words.name("A")


def test_what_has_no_id_leads_to_a_search_for_it():
    search = "https://open.spotify.com/search/genre%3A%22r%26b%20%2F%20soul%22"
    assert (
        words.linked("r&b / soul", "genre")
        == f'<a href="{search}" rel="noreferrer"><bdi>r&amp;b / soul</bdi></a>'
    )
    assert HOSTILE not in words.linked(HOSTILE, "label")
    assert words.linked(" ", "label") == words.name(None)


def test_a_bar_is_no_longer_than_all_and_no_shorter_than_nothing():
    assert [words.percent(part) for part in (-1, 0, 0.12345, 1, 7)] == [
        "0.00%",
        "0.00%",
        "12.35%",
        "100.00%",
        "100.00%",
    ]
