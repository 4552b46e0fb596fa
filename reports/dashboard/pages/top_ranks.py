"""Rank over time: how the artists heard most of all have stood among each other, year by year or quarter by quarter."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.ranges import MONTHS, Range, last_day, plus_months
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import linked

FEWEST_ARTISTS, FEWEST_PERIODS = 3, 4
BY_YEAR_FROM = 4 * 365  # days of the record; a shorter one is told by quarter
_COLUMNS = ("period", "step", "name", "order", "place", "plays", "rank", "is_heard", "is_last", "is_tail")
Row = Mapping[str, Any]
Found = Mapping[tuple[str, int], Row]  # by the period's name, and the artist's place among the leaders


def ranks_over_time(source: Source, leaders: Sequence[Row]) -> Chart | None:
    """The chart; None where a record is too short to have a course.

    In each period the most played stands first; who was not heard stands last.
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
        _finding(links, [order[0] for order in orders], steps[0].unit),
        _COLUMNS,
        _rows(scope, steps, orders, names, found),
        ("Artist", *keys),
        _table(keys, orders, links, found),
        narrow="ranks_over_time_narrow",
        parameters={
            "left": [names[each] for each in orders[0]],
            "right": [names[each] for each in orders[-1]],
            "count": len(leaders),
        },
    )


def _finding(links: Sequence[Markup], firsts: Sequence[int], unit: str) -> Markup:
    led = max(range(len(links)), key=firsts.count)
    said = "Of these {}, {} stood first in {} of {} {}s."
    return Markup(said).format(len(links), links[led], firsts.count(led), len(firsts), unit)  # noqa: S704 - the words are no data


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
    """The artists by plays in the period; what is equal stands as in all time."""
    return sorted(
        range(count), key=lambda each: (-found[key, each]["plays"] if (key, each) in found else 0, each)
    )


def _rows(
    scope: Scope, steps: Sequence[Range], orders: Sequence[Sequence[int]], names: Sequence[str], found: Found
) -> list[tuple[Any, ...]]:
    rows = []
    for step, (period, order) in enumerate(zip(steps, orders, strict=True)):
        is_running = period.last >= scope.today
        title = f"{period.key}, so far" if is_running else period.key
        for place, each in enumerate(order, start=1):
            heard = found.get((period.key, each))
            of_it = (heard["plays"], heard["rank"], True) if heard else (0, "not heard", False)
            is_tail = step >= len(steps) - 2
            rows.append((title, step, names[each], each + 1, place, *of_it, is_running, is_tail))
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
