"""Draws charts as inline SVG: pure functions of numbers; the page's style sheet styles them.

There is no viewBox: lengths along the time axis are percentages and heights are pixels, so a chart fills any width
and its text keeps its size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import count, groupby

PLOT_PX = 200  # height of the plot
HEAD_PX = 14  # above it, for half a line of the topmost label
FOOT_PX = 26  # below it, for the days
MOST_TICKS = 4
_BANDS = ("gap", "untracked", "unchecked")


@dataclass(frozen=True)
class Bar:
    """One day: its value, and the label that a pointer on it shows.

    `mark` is empty, or gap (plays may be missing), untracked (before the first known play), or unchecked (after the last
    time that Spotify was asked).
    """

    day: date
    value: int
    label: str
    mark: str = ""


def axis(largest: int) -> list[int]:
    """The ticks of an axis: at most five round numbers from 0 to at least `largest`, equally far apart.

    >>> axis(0), axis(1), axis(7), axis(33)
    ([0, 1], [0, 1], [0, 2, 4, 6, 8], [0, 10, 20, 30, 40])
    """
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(each for each in steps if each * MOST_TICKS >= largest)
    return list(range(0, step * max(-(-largest // step), 1) + 1, step))


def day_bars(bars: Sequence[Bar], title: str, description: str) -> str:
    """A chart with a bar per day, and bands behind the days that have a mark."""
    if not bars:
        return ""
    ticks = axis(max(bar.value for bar in bars))
    lines = [_level(tick, ticks[-1]) for tick in ticks]
    bottom = HEAD_PX + PLOT_PX
    height = bottom + FOOT_PX
    numbers = "".join(
        f'<text x="100%" y="{y:g}" dy="0.32em" text-anchor="end">{tick:,}</text>'
        for tick, y in zip(ticks, lines, strict=True)
    )
    grid = "".join(
        f'<line class="{"base" if y == bottom else "grid"}" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>'
        for y in lines
    )
    return (
        '<div class="chart">'
        f'<svg class="axis" height="{height}" aria-hidden="true" focusable="false">{numbers}</svg>'
        f'<svg class="plot" height="{height}" role="img" aria-labelledby="chart-title chart-desc" focusable="false">'
        f'<title id="chart-title">{escape(title)}</title><desc id="chart-desc">{escape(description)}</desc>'
        f"<defs>{_pattern('gap')}{_pattern('untracked')}{_pattern('unchecked')}</defs>"
        f"{grid}{_bands(bars)}{_columns(bars, ticks[-1])}{_months(bars, bottom)}"
        "</svg></div>"
    )


def swatch(mark: str) -> str:
    """A small square for a legend, with the pattern of the mark, or with the colour of bars."""
    fill = f'fill="url(#{mark})"' if mark in _BANDS else 'class="bar"'
    return (
        '<svg class="swatch" width="14" height="14" aria-hidden="true" focusable="false">'
        f'<rect width="14" height="14" rx="2" {fill}/></svg>'
    )


def meter(value: int, largest: int) -> str:
    """A thin bar that compares `value` with `largest`; hidden from screen readers, which read the number beside it."""
    share = 100 * value / largest if largest > 0 else 0
    return (
        '<svg class="meter" height="4" aria-hidden="true" focusable="false">'
        f'<rect class="track" width="100%" height="4" rx="2"/><rect class="bar" width="{share:.4g}%" height="4" rx="2"/></svg>'
    )


def _level(value: int, top: int) -> float:
    return round(HEAD_PX + PLOT_PX * (1 - value / top), 2)


def _columns(bars: Sequence[Bar], top: int) -> str:
    """The bar of each day, and an invisible one over the whole height for the pointer."""
    pitch = 100 / len(bars)
    drawn = []
    for index, bar in enumerate(bars):
        size = max(PLOT_PX * bar.value / top, 2) if bar.value else 0
        y = HEAD_PX + PLOT_PX - size
        column = (
            f'<rect class="bar" x="{(index + 0.12) * pitch:.3f}%" y="{y:.4g}" '
            f'width="{0.76 * pitch:.3f}%" height="{size:.4g}"/>'
            if size
            else ""
        )
        drawn.append(
            f'<g class="day"><title>{escape(bar.label)}</title><rect class="hit" x="{index * pitch:.3f}%" '
            f'y="{HEAD_PX}" width="{pitch:.3f}%" height="{PLOT_PX}"/>{column}</g>'
        )
    return "".join(drawn)


def _bands(bars: Sequence[Bar]) -> str:
    """One band for each row of days with the same mark."""
    pitch = 100 / len(bars)
    drawn, index = [], 0
    for mark, run in groupby(bars, key=lambda bar: bar.mark):
        length = len(list(run))
        if mark:
            drawn.append(
                f'<rect class="band" fill="url(#{mark})" x="{index * pitch:.3f}%" y="{HEAD_PX}" '
                f'width="{length * pitch:.3f}%" height="{PLOT_PX}"/>'
            )
        index += length
    return "".join(drawn)


def _pattern(mark: str) -> str:
    inside = {
        "gap": '<rect class="gap-ground" width="7" height="7"/><line class="gap-line" x1="0" x2="0" y1="0" y2="7"/>',
        "untracked": '<circle class="untracked-dot" cx="3.5" cy="3.5" r="1"/>',
        "unchecked": '<line class="unchecked-line" x1="0" x2="7" y1="3.5" y2="3.5"/>',
    }[mark]
    turn = ' patternTransform="rotate(45)"' if mark == "gap" else ""
    return f'<pattern id="{mark}" width="7" height="7" patternUnits="userSpaceOnUse"{turn}>{inside}</pattern>'


def _months(bars: Sequence[Bar], bottom: int) -> str:
    """Labels for the first day of each month and for the last day; those that would touch the last label are left out."""
    drawn = [f'<text x="100%" y="{bottom + 20}" text-anchor="end">{_day_and_month(bars[-1].day)}</text>']
    for index, bar in enumerate(bars):
        share = 100 * index / len(bars)
        if bar.day.day == 1 and share < 76:
            drawn.append(
                f'<line class="base" x1="{share:.3f}%" x2="{share:.3f}%" y1="{bottom}" y2="{bottom + 6}"/>'
                f'<text x="{share:.3f}%" y="{bottom + 20}">{_day_and_month(bar.day)}</text>'
            )
    return "".join(drawn)


def _day_and_month(day: date) -> str:
    return f"{day.day} {day:%b}"
