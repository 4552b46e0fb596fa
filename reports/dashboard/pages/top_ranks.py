"""Rank over time: how the artists heard most of all have stood among each other, year by year or quarter by quarter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from unicodedata import combining, east_asian_width

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.heat_map import lost_stretches
from reports.dashboard.ranges import COMPARED_FROM, MONTHS, Range, known_days, last_day, plus_months
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import linked

FEWEST_ARTISTS, FEWEST_PERIODS = 3, 4
BY_YEAR_FROM = 4 * 365  # days of the record; a shorter one is told by quarter
# Columns of a name at the end of a line, in a narrow and in a wide drawing; what is longer has two.
LINE, LONG_LINE = 15, 22
_COLUMNS = ("period", "step", "name", "order", "place", "plays", "rank", "is_last", "is_tail")
Row = Mapping[str, Any]
Found = Mapping[tuple[str, int], Row]  # by the period's name, and the artist's place among the leaders


def ranks_over_time(source: Source, leaders: Sequence[Row]) -> Chart | None:
    """The chart; None where a record is too short to have a course.

    In each period the most played of them stands first; who was not heard has no place, and the line breaks. A period of which less than half is known
    is left out, as it gives no medal.
    """
    scope, every, lost = source.scope, periods(source.scope), lost_stretches(source)
    steps = [each for each in every if _is_half_known(scope, each, lost)]
    if scope.has_few or len(leaders) < FEWEST_ARTISTS or len(steps) < FEWEST_PERIODS:
        return None
    keys, names = [each.key for each in steps], [row["name"] or "name unknown" for row in leaders]
    artists = [row["item"] for row in leaders]
    read = source.rows("site_top.of_periods", keys=keys, artists=artists)
    found = {(row["key"], artists.index(row["artist"])): row for row in read if row["plays"]}
    links = [linked(row["name"], "artist", row["link"]) for row in leaders]
    orders = [_order(key, len(leaders), found) for key in keys]
    return Chart(
        "ranks_over_time",
        _finding(
            links,
            [order[0] for order in orders if order],
            steps,
            [each.key for each in every if each not in steps],
        ),
        _COLUMNS,
        _rows(scope, steps, orders, names, found),
        ("Artist", *keys),
        _table(keys, orders, links, found),
        narrow="ranks_over_time_narrow",
        parameters={
            "left": [lines_of(names[each]) for each in orders[0]],
            "right": [*(lines_of(names[each]) for each in orders[-1]), *_gone(keys, orders, names)],
            "count": len(leaders),
        },
    )


def drawn_from(scope: Scope) -> date:
    """The day on which a short record touches as many quarters as the chart needs; the first one counts where at least half of it is in the record."""
    first = periods(scope)[0]
    is_told = (first.last - scope.first_day).days + 1 >= COMPARED_FROM * ((first.last - first.first).days + 1)
    return plus_months(first.first, MONTHS["quarter"] * (FEWEST_PERIODS - is_told))


def _is_half_known(scope: Scope, period: Range, lost: Sequence[tuple[date, date]]) -> bool:
    """Of the running one, of its days until now."""
    last = min(period.last, last_day(scope))
    return known_days(scope, period.first, last, lost) >= COMPARED_FROM * ((last - period.first).days + 1)


def _finding(
    links: Sequence[Markup], firsts: Sequence[int], steps: Sequence[Range], left_out: Sequence[str]
) -> Markup:
    most = max(map(firsts.count, range(len(links))))
    led = Markup(" and ").join(link for place, link in enumerate(links) if firsts.count(place) == most)
    said = "Of these {}, {} stood first in {} of {} {}s, the running one as far as it has come."
    found = Markup(said).format(len(links), led, most, len(steps), steps[0].unit)  # noqa: S704 - the words are no data
    if left_out:
        found += Markup(" Not drawn, since less than half of it is known: {}.").format(", ".join(left_out))
    return found


def lines_of(name: str, line: int = LINE) -> str | list[str]:
    """A name of one line of a drawing, or its two lines; cut where these are full. `line`: its columns."""
    if _columns(name) <= line:
        return name
    first = _fitting(name, line)
    space = first.rfind(" ")
    if space > 0 and name[len(first)] != " ":
        first = first[:space]
    return [first, one_line(name[len(first) :].strip(), line)]


def one_line(name: str, line: int = LINE) -> str:
    """Cut where the line is full."""
    return name if _columns(name) <= line else _fitting(name, line).rstrip() + "…"


def _fitting(name: str, line: int) -> str:
    """As much of it as a line holds."""
    return next(name[:end] for end in range(len(name), -1, -1) if _columns(name[:end]) <= line)


def _columns(text: str) -> int:
    """Letters of East Asia take two columns, marks upon letters none."""
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


def _gone(keys: Sequence[str], orders: Sequence[Sequence[int]], names: Sequence[str]) -> Iterator[list[str]]:
    """Who was not heard in the last period, with the last one before in which they were: names below those that have a place."""
    last = [
        max((step for step, order in enumerate(orders) if each in order), default=0)
        for each in range(len(names))
    ]
    for each in sorted(range(len(names)), key=lambda each: -last[each]):
        if last[each] < len(keys) - 1:
            yield [one_line(names[each]), f"not since {keys[last[each]]}"]


def _rows(
    scope: Scope, steps: Sequence[Range], orders: Sequence[Sequence[int]], names: Sequence[str], found: Found
) -> list[tuple[Any, ...]]:
    rows = []
    for step, (period, order) in enumerate(zip(steps, orders, strict=True)):
        is_running = period.last >= scope.today
        title = f"{period.key}, so far" if is_running else period.key
        for each, name in enumerate(names):
            heard = found.get((period.key, each))
            of_it = (order.index(each) + 1, heard["plays"], heard["rank"]) if heard else (None, 0, None)
            rows.append((title, step, name, each + 1, *of_it, is_running, step >= len(steps) - 2))
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
