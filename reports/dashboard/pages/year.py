"""A calendar year: how long was heard, month by month, the first of all, discoveries, the fullest day, streaks, what came back, seasons, ranks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from markupsafe import Markup

from reports.dashboard.heat_map import SAID_BELOW, calendar
from reports.dashboard.page import Told
from reports.dashboard.pages.top_record import medals
from reports.dashboard.pages.year_changes import (
    against_before,
    pair_of,
    ranks_against,
    returns_of,
)
from reports.dashboard.pages.year_course import (
    fullest_day,
    months_found,
    months_of_year,
    months_table,
    streaks,
)
from reports.dashboard.pages.year_medals import has_ranks_before, ranks_and_medals
from reports.dashboard.pages.year_record import (
    BEST,
    FEW,
    LARGE,
    Record,
    first_and_last,
    known_of_year,
    read_record,
)
from reports.dashboard.ranges import address_of, key_of_days, plus_months
from reports.dashboard.scale import scale_of
from reports.dashboard.scope import Source
from reports.dashboard.words import counted, number

KINDS = ("tracks", "artists", "albums")
STRETCHES = 5  # of lost days that are listed
# Covers at the head of a page, by the largest number that there is: a large one as high as three, and columns of three.
MOSAICS = (22, 19, 16, 13, 10)
_ONE = timedelta(days=1)
Row = Mapping[str, Any]


def read(source: Source, year: int) -> Callable[[], Told]:
    """What the template shows, to be made."""
    record, _, _ = source.once(read_record), source.once(medals), source.days
    return partial(told, source, record, year)


def told(source: Source, record: Record, year: int) -> Told:
    """What the template shows, of what was read."""
    scope = source.scope
    first, last = first_and_last(source, year)
    pair = pair_of(source, record, year)
    months = months_of_year(scope, record, year)
    days = {day: row for day, row in source.heard.items() if first <= day <= last}
    scale = scale_of([row["plays"] for row in source.days.values()])
    course = streaks(source, record, year)
    return {
        **summary(source, record, year),
        **neighbours(record, year),
        "covers": source.covers,
        "address_of": address_of,
        "key_of_days": key_of_days,
        "large": LARGE,
        "months": months,
        "months_found": months_found(months),
        "months_table": months_table(months),
        "best": BEST,
        "discoveries": discoveries(source, record, year),
        "fullest": fullest_day(source, record, year),
        "course": course,
        "scale": scale,
        "calendar": calendar(_days_found(course), first, last, days, record.lost_days, scale),
        "ranks_against": ranks_against(record, pair),
        "returns": returns_of(source, record, year),
        "seasons": seasons(source, record, year),
        "ranks": ranks_and_medals(source, record, year),
        "has_ranks_before": has_ranks_before(source, record, year),
        "pair": pair,
        "against_before": against_before(source, record, pair),
        "gaps": [
            (max(begin, first), min(end, last))
            for begin, end in record.lost
            if begin <= last and end >= first
        ],
        "gaps_listed": STRETCHES,
    }


def summary(source: Source, record: Record, year: int) -> dict[str, Any]:
    """What is said of a year wherever it is named: its sums, the days that are known, its first tracks, artists and albums, and its covers."""
    scope = source.scope
    first, last = first_and_last(source, year)
    within = [row for day, row in record.totals.items() if first <= day <= last]
    tops = {kind: record.foremost.get((kind, year), []) for kind in KINDS}
    plays, (known, of) = sum(row["plays"] for row in within), known_of_year(source, record, year)
    return {
        "year": year,
        "is_running": year >= scope.today.year,
        "is_small": plays < FEW,
        "first": first,
        "last": last,
        "since": first if first > date(year, 1, 1) else None,
        "plays": plays,
        "heard_ms": sum(row["heard_ms"] for row in within),
        "without": sum(row["without"] for row in within),
        "of": of,
        "known": known,
        "is_partly_known": known < SAID_BELOW * of,
        "tops": tops,
        "counts": {kind: rows[0]["items"] if rows else 0 for kind, rows in tops.items()},
        "leaders": {kind: _leader(rows) for kind, rows in tops.items()},
        "mosaic": mosaic(tops["albums"]),
    }


def _leader(rows: Sequence[Row]) -> Row | None:
    """The first one, where nothing ties with it, and it was played more than once."""
    if not rows or rows[0]["plays"] < 2 or (len(rows) > 1 and rows[1]["rank"] == 1):
        return None
    return rows[0]


def mosaic(albums: Sequence[Row]) -> Sequence[Row]:
    """As many of the covers as fill a row of columns; none where there are too few."""
    return next((albums[:count] for count in MOSAICS if len(albums) >= count), [])


def neighbours(record: Record, year: int) -> dict[str, int | None]:
    """The years before and after that have pages."""
    place = record.years.index(year)
    return {
        "earlier": record.years[place + 1] if place + 1 < len(record.years) else None,
        "later": record.years[place - 1] if place else None,
    }


def discoveries(source: Source, record: Record, year: int) -> dict[str, Any] | None:
    """What was heard for the first time, by kind: how many of all, and the best; None in the first year of the record, to which all is new."""
    if year == source.scope.first_day.year:
        return None
    return {
        kind: {
            "rows": [row for row in rows if row["plays"] > 1],
            "new": rows[0]["items"] if rows else 0,
            "of": tops[0]["items"] if tops else 0,
        }
        for kind in KINDS
        for rows, tops in [(record.discoveries.get((kind, year), []), record.foremost.get((kind, year), []))]
    }


def seasons(source: Source, record: Record, year: int) -> list[dict[str, Any]]:
    """Four times three months, the first from December of the year before; those that the record reaches."""
    found = []
    for season in range(4):
        first = plus_months(date(year - 1, 12, 1), 3 * season)
        last = plus_months(first, 3) - _ONE
        begin, end = max(first, source.scope.first_day), min(last, first_and_last(source, year)[1])
        if begin > end:
            continue
        found.append(
            {
                "first_month": first,
                "last_month": last,
                "range": key_of_days(begin, end),
                "first": begin,
                "last": end,
                "is_running": last >= source.scope.today,
                "plays": sum(row["plays"] for day, row in record.totals.items() if begin <= day <= end),
                "tracks": record.seasons.get((year, season), []),
            }
        )
    return found


def _days_found(course: Row) -> Markup:
    return Markup("Plays on {} of {}.").format(number(course["days"]), counted(course["of"], "day"))
