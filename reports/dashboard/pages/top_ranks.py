"""Rank over time: how the artists heard most of all have stood among each other, year by year or quarter by quarter."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from unicodedata import combining, east_asian_width

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.ranges import MONTHS, Range, last_day, plus_months
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import linked

FEWEST_ARTISTS, FEWEST_PERIODS = 3, 4
BY_YEAR_FROM = 4 * 365  # days of the record; a shorter one is told by quarter
LINE = 17  # columns of a name at the end of a line; what is longer has two
_COLUMNS = ("period", "step", "name", "order", "place", "plays", "rank", "label", "is_last", "is_tail")
Row = Mapping[str, Any]
Found = Mapping[tuple[str, int], Row]  # by the period's name, and the artist's place among the leaders


def ranks_over_time(source: Source, leaders: Sequence[Row]) -> Chart | None:
    """The chart; None where a record is too short to have a course.

    In each period the most played of them stands first; who was not heard has no place, and the line breaks.
    """
    scope, steps = source.scope, periods(source.scope)
    if scope.has_few or len(leaders) < FEWEST_ARTISTS or len(steps) < FEWEST_PERIODS:
        return None
    keys, names = [each.key for each in steps], [row["name"] or "name unknown" for row in leaders]
    artists = [row["item"] for row in leaders]
    read = source.rows("site_top.of_periods", keys=keys, artists=artists)
    found = {(row["key"], artists.index(row["artist"])): row for row in read}
    links = [linked(row["name"], "artist", row["link"]) for row in leaders]
    orders = [_order(key, len(leaders), found) for key in keys]
    return Chart(
        "ranks_over_time",
        _finding(links, [order[0] for order in orders if order], steps),
        _COLUMNS,
        _rows(scope, steps, orders, names, found),
        ("Artist", *keys),
        _table(keys, orders, links, found),
        narrow="ranks_over_time_narrow",
        parameters={
            "left": [lines_of(names[each]) for each in orders[0]],
            "right": [lines_of(names[each]) for each in orders[-1]],
            "count": len(leaders),
            "last": len(steps) - 1,
        },
    )


def _finding(links: Sequence[Markup], firsts: Sequence[int], steps: Sequence[Range]) -> Markup:
    led = max(range(len(links)), key=firsts.count)
    said = "Of these {}, {} stood first in {} of {} {}s."
    return Markup(said).format(len(links), links[led], firsts.count(led), len(steps), steps[0].unit)  # noqa: S704 - the words are no data


def lines_of(name: str) -> str | list[str]:
    """A name of one line, or its two lines of a drawing, cut where these are full. Letters of East Asia take two columns, marks upon letters none."""
    lines, width = [""], 0
    for word in re.findall(r"\s*\S+", name):
        if width and width + _columns(word) > LINE and len(lines) == 1:
            lines, width, word = [*lines, ""], 0, word.lstrip()
        for letter in word:
            if width + _columns(letter) > LINE:
                if len(lines) == 2:
                    return [lines[0], lines[1].rstrip() + "…"]
                lines, width = [*lines, ""], 0
            lines[-1] += letter
            width += _columns(letter)
    return lines if len(lines) == 2 else lines[0]


def _columns(text: str) -> int:
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def periods(scope: Scope) -> list[Range]:
    """Each calendar year of the record, or each quarter of a shorter one."""
    unit = "year" if (scope.today - scope.first_day).days >= BY_YEAR_FROM else "quarter"
    months = MONTHS[unit]
    first, found = date(scope.first_day.year, (scope.first_day.month - 1) // months * months + 1, 1), []
    while first <= last_day(scope):
        following = plus_months(first, months)
        key = str(first.year) if unit == "year" else f"Q{(first.month + 2) // 3} {first.year}"
        found.append(Range(key, key, unit, first, following - timedelta(days=1)))
        first = following
    return found


def _order(key: str, count: int, found: Found) -> list[int]:
    """The artists heard in the period by their plays; what is equal stands as in all time."""
    heard = [each for each in range(count) if (key, each) in found]
    return sorted(heard, key=lambda each: (-found[key, each]["plays"], each))


def _rows(
    scope: Scope, steps: Sequence[Range], orders: Sequence[Sequence[int]], names: Sequence[str], found: Found
) -> list[tuple[Any, ...]]:
    """`label`: the name, at the last point of who was not heard in the last period, and has no name at the end."""
    last, rows = len(steps) - 1, []
    ends = [
        max((step for step, order in enumerate(orders) if each in order), default=last)
        for each in range(len(names))
    ]
    for step, (period, order) in enumerate(zip(steps, orders, strict=True)):
        is_running = period.last >= scope.today
        title = f"{period.key}, so far" if is_running else period.key
        for each, name in enumerate(names):
            heard = found.get((period.key, each))
            of_it = (order.index(each) + 1, heard["plays"], heard["rank"]) if heard else (None, 0, None)
            label = name if step == ends[each] < last else ""
            rows.append((title, step, name, each + 1, *of_it, label, is_running, step >= last - 1))
    return rows


def _table(
    keys: Sequence[str], orders: Sequence[Sequence[int]], links: Sequence[Markup], found: Found
) -> list[tuple[str, ...]]:
    def place(each: int, key: str, order: Sequence[int]) -> str:
        return str(order.index(each) + 1) if (key, each) in found else "\N{EN DASH}"

    return [
        (link, *(place(each, key, order) for key, order in zip(keys, orders, strict=True)))
        for each, link in enumerate(links)
    ]
