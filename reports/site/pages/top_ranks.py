"""Rank over time: how the artists heard most of all have stood among each other, year by year or quarter by quarter."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from reports.site.charts import Chart
from reports.site.ranges import last_day, plus_months
from reports.site.scope import Scope, Source

FEWEST_ARTISTS, FEWEST_PERIODS = 3, 4
BY_YEAR_FROM = 4 * 365  # days of the record; a shorter one is told by quarter
_COLUMNS = ("period", "step", "name", "order", "place", "plays", "rank", "is_heard", "is_last", "is_tail")
Row = Mapping[str, Any]


def ranks_over_time(source: Source, leaders: Sequence[Row]) -> Chart | None:
    """The chart; None where a record is too short to have a course. In each period the most played stands first; who was not heard stands last."""
    scope = source.scope
    periods = _periods(scope)
    if scope.has_few or len(leaders) < FEWEST_ARTISTS or len(periods) < FEWEST_PERIODS:
        return None
    found = {
        (row["key"], row["artist"]): row
        for row in source.rows(
            "site_top.of_periods",
            keys=[key for key, _, _ in periods],
            firsts=[first for _, first, _ in periods],
            lasts=[last for _, _, last in periods],
            artists=[row["item"] for row in leaders],
        )
    }
    orders = [_order(key, leaders, found) for key, _, _ in periods]
    rows = [
        row
        for step, ((key, _, last), order) in enumerate(zip(periods, orders, strict=True))
        for row in _rows_of(
            step, key, order, leaders, found, is_running=last >= scope.today, count=len(periods)
        )
    ]
    ends = [[leaders[each]["name"] or "name unknown" for each in order] for order in (orders[0], orders[-1])]
    firsts = [order[0] for order in orders]
    led = max(range(len(leaders)), key=firsts.count)
    unit = "years" if periods[0][0].isdigit() else "quarters"
    finding = f"\N{FIRST STRONG ISOLATE}{leaders[led]['name'] or 'An artist'}\N{POP DIRECTIONAL ISOLATE} stood first in {firsts.count(led)} of {len(periods)} {unit}."
    table = [
        (
            leaders[each]["name"] or "name unknown",
            *(
                str(order.index(each) + 1) if (key, leaders[each]["item"]) in found else "\N{EN DASH}"
                for (key, _, _), order in zip(periods, orders, strict=True)
            ),
        )
        for each in range(len(leaders))
    ]
    return Chart(
        "ranks_over_time",
        finding,
        _COLUMNS,
        rows,
        ("Artist", *(key for key, _, _ in periods)),
        table,
        narrow="ranks_over_time_narrow",
        parameters={"left": ends[0], "right": ends[1], "count": len(leaders)},
    )


def _periods(scope: Scope) -> list[tuple[str, date, date]]:
    """Name, first and last day of each calendar year or quarter of the record."""
    months = 12 if (scope.today - scope.first_day).days >= BY_YEAR_FROM else 3
    first, found = date(scope.first_day.year, (scope.first_day.month - 1) // months * months + 1, 1), []
    while first <= last_day(scope):
        following = plus_months(first, months)
        name = str(first.year) if months == 12 else f"Q{(first.month + 2) // 3} {first.year}"
        found.append((name, first, following - timedelta(days=1)))
        first = following
    return found


def _order(key: str, leaders: Sequence[Row], found: Mapping[tuple[str, int], Row]) -> list[int]:
    """The places of the leaders' list, by plays in the period; what is equal stands as in all time."""
    plays = [found[key, row["item"]]["plays"] if (key, row["item"]) in found else 0 for row in leaders]
    return sorted(range(len(leaders)), key=lambda each: (-plays[each], each))


def _rows_of(
    step: int,
    key: str,
    order: Sequence[int],
    leaders: Sequence[Row],
    found: Mapping[tuple[str, int], Row],
    *,
    is_running: bool,
    count: int,
) -> list[tuple[Any, ...]]:
    name = f"{key}, so far" if is_running else key
    rows = []
    for place, each in enumerate(order, start=1):
        heard = found.get((key, leaders[each]["item"]))
        rows.append(
            (
                name,
                step,
                leaders[each]["name"] or "name unknown",
                each + 1,
                place,
                heard["plays"] if heard else 0,
                heard["rank"] if heard else "not heard",
                heard is not None,
                is_running,
                is_running or (step == count - 2),
            )
        )
    return rows
