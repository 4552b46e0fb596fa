"""What a calendar year changed against the one before: the ranks of its artists, who came back and who was dropped, and its sums."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.pages.top_ranks import LINE, LONG_LINE, lines_of, one_line
from reports.dashboard.pages.year_course import streaks
from reports.dashboard.pages.year_record import BEFORE, NOW, SLOPE, Record, known_of_year
from reports.dashboard.ranges import (
    COMPARED_FROM,
    Range,
    compared,
    is_comparable,
    year_of,
)
from reports.dashboard.scope import Source
from reports.dashboard.words import (
    HOUR_MS,
    LONG_MS,
    MINUTE_MS,
    NO_PERCENTAGE_BELOW,
    duration,
    linked,
    number,
    share,
    to_the_minute,
)
from reports.dashboard.words import day as day_said

DROPPED_FROM = 183  # days of a running year: earlier, nobody is dropped yet
_STUB = 0.16, 0.6  # how far a line goes that leaves the first ten: of the way to the other year, and in ranks
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """A year and the one before, of the running one the whole days until now and the same ones of the year before."""

    now: Range
    before: Range
    is_running: bool

    @property
    def keys(self) -> tuple[int, int]:
        """What the standings call them, the earlier one first."""
        return (BEFORE, NOW) if self.is_running else (self.before.first.year, self.now.first.year)


def pair_of(source: Source, record: Record, year: int) -> Pair | None:
    """None where the year before is not in the record, or of one of them less than half is known."""
    scope = source.scope
    found = compared(year_of(year), scope.today)
    if (
        found is None
        or year - 1 not in record.years
        or not all(is_comparable(scope, each, record.lost) for each in found)
    ):
        return None
    return Pair(*found, is_running=year >= scope.today.year)


def ranks_against(record: Record, pair: Pair | None) -> Chart | None:
    """The first ten artists of both as lines from rank to rank; what lies beyond the tenth ends under the others."""
    if pair is None:
        return None
    before, now = ({row["item"]: row for row in record.standings.get(key, ())} for key in pair.keys)
    shown = [
        row
        for row in {**before, **now}.values()
        if min(_place(before, row["item"]), _place(now, row["item"])) <= SLOPE
    ]
    if not any(_place(before, row["item"]) <= SLOPE for row in shown):
        return None
    shown.sort(key=lambda row: (_place(now, row["item"]), _place(before, row["item"])))
    years = pair.before.first.year, pair.now.first.year
    titles = [f"{year}, same days" if pair.is_running else str(year) for year in years]
    if pair.is_running:
        titles[1] = f"{years[1]}, so far"
    rows = [row for order, each in enumerate(shown, 1) for row in _line(order, each, titles, (before, now))]
    stayed = sum(max(_place(before, row["item"]), _place(now, row["item"])) <= SLOPE for row in shown)
    first = [row for row in shown if _place(now, row["item"]) <= SLOPE]
    finding = Markup("{} of the first {} were among the first {} in {}, too.").format(
        number(stayed), number(len(first)), number(SLOPE), years[0]
    )
    ends = {
        f"{side}{width}": [_label(row, other, moved, f"not in {gone}", line) for row in _of(shown, own)]
        for side, own, other, moved, gone in (
            ("left", before, now, "down to", years[1]),
            ("right", now, before, "up from", years[0]),
        )
        for width, line in (("", LINE), ("_wide", LONG_LINE))
    }
    table = [
        (
            linked(row["name"], "artist", row["link"]),
            *(_rank_said(side, row["item"]) for side in (before, now)),
        )
        for row in shown
    ]
    return Chart(
        "ranks_of_two_years",
        finding,
        ("year", "at", "name", "order", "place", "rank", "plays"),
        rows,
        ("Artist", *titles),
        table,
        parameters={**ends, "titles": titles, "count": SLOPE},
    )


def _line(
    order: int, row: Row, titles: Sequence[str], sides: Sequence[Mapping[int, Row]]
) -> Iterator[tuple[Any, ...]]:
    """The points of an artist's line, from 0 (the year before) to 1; one that leads out of the first ten is a stub, whose end is no rank."""
    item, name = row["item"], row["name"] or "name unknown"
    places = [_place(side, item) for side in sides]
    for step, (title, side, place) in enumerate(zip(titles, sides, places, strict=True)):
        if place <= SLOPE:
            yield title, step, name, order, place, side[item]["rank"], side[item]["plays"]
        else:
            yield title, abs(step - 1 + _STUB[0]), name, order, places[1 - step] + _STUB[1], None, None


def _place(side: Mapping[int, Row], item: int) -> float:
    return float(side[item]["place"]) if item in side else float("inf")


def _rank_said(side: Mapping[int, Row], item: int) -> str | Markup:
    return number(side[item]["rank"]) if item in side else "\N{EN DASH}"


def _of(shown: Sequence[Row], side: Mapping[int, Row]) -> list[Row]:
    """Those with a place among the first, in its order."""
    return sorted(
        (row for row in shown if _place(side, row["item"]) <= SLOPE),
        key=lambda row: _place(side, row["item"]),
    )


def _label(row: Row, other: Mapping[int, Row], moved: str, gone: str, line: int) -> str | list[str]:
    """A name at the end of a line; where the line leads out of the first ten, also where to."""
    name = row["name"] or "name unknown"
    if _place(other, row["item"]) <= SLOPE:
        return lines_of(name, line)
    return [one_line(name, line), f"{moved} {other[row['item']]['rank']:,}" if row["item"] in other else gone]


def returns_of(source: Source, record: Record, year: int) -> dict[str, Any]:
    """Who came back after a whole year or more, and who was dropped; `why_not…` says what keeps either from being told."""
    scope, first, began = source.scope, source.scope.first_day.year, date(year, 1, 1)
    found: dict[str, Any] = {"came_back": [], "dropped": [], "why_not_back": "", "why_not_dropped": ""}
    if year <= first + 1:
        found["why_not_back"] = (
            f"The record begins in {first}: who came back can be told from {first + 2} on."
        )
    elif not _is_half_known(source, record, year - 1):
        found["why_not_back"] = f"Too little of {year - 1} is known to say who was not heard in it."
    else:
        found["came_back"] = record.returns.get(("came back", year), [])
    if year == first:
        found["why_not_dropped"] = (
            f"The record begins in {first}: who was dropped can be told from {first + 1} on."
        )
    elif not _is_half_known(source, record, year):
        found["why_not_dropped"] = f"Too little of {year} is known to say who was not heard in it."
    elif year >= scope.today.year and (scope.today - began).days < DROPPED_FROM:
        from_day = day_said(began + timedelta(days=DROPPED_FROM))
        found["why_not_dropped"] = Markup("Who was dropped can be told from {} on.").format(from_day)
    else:
        found["dropped"] = record.returns.get(("dropped", year), [])
    return found


def _is_half_known(source: Source, record: Record, year: int) -> bool:
    known, of = known_of_year(source, record, year)
    return known >= COMPARED_FROM * of


def against_before(source: Source, record: Record, pair: Pair | None) -> list[tuple[Any, ...]]:
    """Rows of a table: what, this year, the year before, and the change."""
    if pair is None:
        return []
    now, before = (_sums(source, record, each) for each in (pair.now, pair.before))
    units = ("play", "track", "artist", "album", "day", "streak")
    labels = {"play": "Plays", "track": "Tracks", "artist": "Artists", "album": "Albums",
              "day": "Days with plays", "streak": "Longest streak"}  # fmt: skip
    rows = [
        (
            labels[unit],
            _said(now[unit], unit),
            _said(before[unit], unit),
            _changed(now[unit], before[unit]),
        )
        for unit in units
    ]
    rows.insert(1, ("Time", *_times(now["time"], before["time"])))
    return rows


def _said(value: int, unit: str) -> Markup:
    return (
        Markup("{}\N{NO-BREAK SPACE}{}").format(number(value), "day" if value == 1 else "days")
        if unit == "streak"
        else number(value)
    )


def _changed(now: int, before: int) -> Markup:
    """`38 more (12 %)`; no share of so few that it would say nothing."""
    if now == before:
        return Markup("as many")
    said = Markup("{} {}").format(number(abs(now - before)), "more" if now > before else "fewer")
    return said if before < NO_PERCENTAGE_BELOW else _with_share(said, now, before)


def _times(now: int, before: int) -> tuple[Markup, Markup, Markup]:
    """Time heard in both, and the change: that of what is shown, in whole hours where they are days apart, else in minutes."""
    unit, say = HOUR_MS, duration
    if min(now, before, abs(now - before)) < LONG_MS:
        unit, say = MINUTE_MS, to_the_minute

    def whole(value: int) -> Markup:
        """So that a line ends between hours and minutes alone."""
        return say(value).replace(" h", "\N{NO-BREAK SPACE}h").replace(" min", "\N{NO-BREAK SPACE}min")

    now, before = (unit * ((each + unit // 2) // unit) for each in (now, before))
    if now == before:
        return whole(now), whole(before), Markup("as much")
    said = Markup("{} {}").format(whole(abs(now - before)), "more" if now > before else "less")
    return (
        whole(now),
        whole(before),
        said if before < NO_PERCENTAGE_BELOW * MINUTE_MS else _with_share(said, now, before),
    )


def _with_share(said: Markup, now: int, before: int) -> Markup:
    percent = share(abs(now - before), before).replace(" ", "\N{NO-BREAK SPACE}")
    return Markup("{} ({})").format(said, percent)


def _sums(source: Source, record: Record, stretch: Range) -> dict[str, int]:
    within = [row for day, row in record.totals.items() if stretch.first <= day <= stretch.last]
    year = stretch.first.year
    if stretch.last < date(year, 12, 31):
        heard = record.heard.get("now" if year == source.scope.today.year else "before", {})
        counts = {name: heard.get(f"{name}s", 0) for name in ("track", "artist", "album")}
    else:
        first = {name: record.foremost.get((f"{name}s", year), ()) for name in ("track", "artist", "album")}
        counts = {name: rows[0]["items"] if rows else 0 for name, rows in first.items()}
    course = streaks(source, record, year, until=stretch.last)
    return {
        "play": sum(row["plays"] for row in within),
        "time": sum(row["heard_ms"] for row in within),
        **counts,
        "day": course["days"],
        "streak": course["longest"]["days"] if course["longest"] else 0,
    }
