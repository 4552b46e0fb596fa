"""Charts: what is drawn for which numbers."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from reports.svg_charts import PLOT_PX, Bar, axis, day_bars, meter, swatch

FIRST = date(2026, 3, 20)


def bars(*values: int, marks: dict[int, str] | None = None) -> list[Bar]:
    return [
        Bar(FIRST + timedelta(days=index), value, f"day {index}: {value}", (marks or {}).get(index, ""))
        for index, value in enumerate(values)
    ]


def heights(svg: str) -> list[float]:
    return [float(height) for height in re.findall(r'<rect class="bar"[^>]* height="([\d.]+)"', svg)]


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (33, [0, 10, 20, 30, 40]),
        (201, [0, 100, 200, 300]),
        (1_000_000, [0, 500_000, 1_000_000]),
    ],
)
def test_axis_has_round_numbers_up_to_the_largest(largest: int, ticks: list[int]) -> None:
    assert axis(largest) == ticks


def test_bars_are_as_high_as_their_share() -> None:
    assert heights(day_bars(bars(4, 2, 0), "t", "d")) == [PLOT_PX, PLOT_PX / 2]


def test_one_play_beside_many_is_still_seen() -> None:
    assert min(heights(day_bars(bars(1000, 1), "t", "d"))) == 2


def test_days_without_any_play_draw_no_bar() -> None:
    assert heights(day_bars(bars(0, 0), "t", "d")) == []


def test_no_days_draw_nothing() -> None:
    assert day_bars([], "t", "d") == ""


def test_marked_days_in_a_row_make_one_band() -> None:
    svg = day_bars(bars(0, 0, 3, 0, 1, marks={0: "untracked", 1: "untracked", 3: "gap"}), "t", "d")
    assert re.findall(r'class="band" fill="url\(#(\w+)\)" x="([\d.]+)%"[^>]* width="([\d.]+)%"', svg) == [
        ("untracked", "0.000", "40.000"),
        ("gap", "60.000", "20.000"),
    ]


def test_months_are_named_where_they_begin() -> None:
    svg = day_bars(bars(*[1] * 30), "t", "d")
    assert "1 Apr</text>" in svg
    assert "18 Apr</text>" in svg


def test_chart_is_well_formed_and_escapes_its_texts() -> None:
    chart = day_bars([Bar(FIRST, 1, '<b> & "quotes"')], "<t>", "a & b")
    root = ElementTree.fromstring(chart)
    plot = root.find("svg[@role='img']")
    assert plot is not None
    assert [plot.findtext("title"), plot.findtext("desc"), plot.findtext("g/title")] == [
        "<t>",
        "a & b",
        '<b> & "quotes"',
    ]
    assert plot.get("aria-labelledby") == "chart-title chart-desc"


def test_meter_never_divides_by_zero() -> None:
    assert 'width="50%"' in meter(3, 6)
    assert 'width="0%"' in meter(0, 0)


def test_swatch_shows_the_pattern_of_its_mark() -> None:
    assert "url(#gap)" in swatch("gap")
    assert "url(" not in swatch("")
