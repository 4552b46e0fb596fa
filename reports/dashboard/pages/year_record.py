"""What the pages of all calendar years are made of, read at once: as many statements for one year as for twenty."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.dashboard.heat_map import days_between, lost_days, lost_stretches
from reports.dashboard.pages import top, top_record
from reports.dashboard.pages.history_months import fullest_day
from reports.dashboard.ranges import last_day
from reports.dashboard.scope import Source
from utils.database.statements import statement

RANKED, LARGE = 20, 5  # of each ranking; of them with large covers
MOSAIC = 22  # covers at the head of a page: a large one and 21 small ones
BEST = 5  # discoveries of a kind, artists who came back, tracks of a season
SLOPE = 10  # artists of each year whose ranks are compared
FEW = 100  # plays: a year of fewer is told in sentences, with every cover
EVERY_COVER = 100
NOW, BEFORE = 1, 0  # instead of a year: the running one until yesterday, and the same days of the one before
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """All years. Rows of items have `kind` and `item`, and what `site_years.names` says of them."""

    years: Sequence[int]  # with plays, the newest first
    totals: Mapping[date, Row]  # plays and time of each day
    lost: Sequence[tuple[date, date]]  # stretches of which plays may be missing
    lost_days: Set[date]
    foremost: Mapping[tuple[str, int], Sequence[Row]]  # by kind and year
    discoveries: Mapping[tuple[str, int], Sequence[Row]]
    returns: Mapping[tuple[str, int], Sequence[Row]]  # by `came back` or `dropped`, and year
    seasons: Mapping[tuple[int, int], Sequence[Row]]  # by year and season, from 0 (December on) to 3
    standings: Mapping[int, Sequence[Row]]  # of artists, by year, NOW and BEFORE
    of_all_time: Mapping[int, int]  # rank by artist
    heard: Mapping[str, Row]  # how many tracks, artists, albums in `now` and `before`
    fullest: Mapping[int, Row]  # the day with most plays
    hours: Mapping[date, Mapping[int, Row]]  # of these days
    of_days: Mapping[tuple[str, date], Row]  # what was played most on them, by kind
    months: Mapping[int, Sequence[Row]]  # with whom was played most in each, January first
    weeks: Mapping[date, Sequence[Row]]  # the same of whole weeks, by their Mondays


def plays_of_years(source: Source) -> dict[int, int]:
    """Of each calendar year that has any, the newest first."""
    found: defaultdict[int, int] = defaultdict(int)
    for day, row in source.days.items():
        found[day.year] += row["plays"]
    return dict(sorted(found.items(), reverse=True))


def read_record(source: Source) -> Record:
    """Read it; to be asked for by Source.once, since the rankings are counted for it where they are not yet."""
    source.once(top.ranked)
    for name in ("count_artists", "analyze"):
        source.cursor.execute(statement(f"site_years.{name}"))
    plays, lost, days = plays_of_years(source), lost_stretches(source), source.heard
    years = list(plays)
    fullest = {
        year: fullest_day(row for day, row in source.days.items() if day.year == year) for year in years
    }
    best_days = [row["day"] for row in fullest.values() if row]
    keys = [str(year) for year in years]
    covers = [EVERY_COVER if plays[year] < FEW else MOSAIC for year in years]
    read: dict[str, Sequence[Row]] = {
        "foremost": source.rows("site_years.foremost", keys=keys, covers=covers, most=RANKED),
        "discoveries": source.rows("site_years.discoveries", most=BEST),
        "returns": [{**row, "kind": "artists"} for row in source.rows("site_years.returns", most=BEST)],
        "seasons": [
            {**row, "kind": "tracks"} for row in source.rows("site_years.seasons", years=years, most=BEST)
        ],
        "standings": [{**row, "kind": "artists"} for row in source.rows("site_years.standings", most=SLOPE)],
        "of_days": source.rows("site_years.of_days", days=best_days),
    }
    named = {name: rows for name, rows in zip(read, _named(source, read.values()), strict=True)}
    hours: defaultdict[date, dict[int, Row]] = defaultdict(dict)
    for row in source.rows("site_years.hours", days=best_days):
        hours[row["day"]][row["hour"]] = row
    months = top_record.artists_of_months(source, days, lost)
    first = [row["item"] for row in read["foremost"] if row["kind"] == "artists"]
    return Record(
        years=years,
        totals=days,
        lost=lost,
        lost_days=lost_days(source),
        foremost=_grouped(named["foremost"], "kind", "year"),
        discoveries=_grouped(_with_moments(source, named["discoveries"]), "kind", "year"),
        returns=_grouped(_with_moments(source, named["returns"]), "what", "year"),
        seasons=_grouped(named["seasons"], "year", "season"),
        standings=_grouped(named["standings"], "year"),
        of_all_time={row["item"]: row["rank"] for row in source.rows("site_years.of_all_time", items=first)},
        heard={row["key"]: row for row in source.rows("site_years.heard")},
        fullest={year: row for year, row in fullest.items() if row},
        hours=hours,
        of_days={(row["kind"], row["day"]): row for row in named["of_days"]},
        months=_grouped(months[::-1], "year"),
        weeks=source.once(top_record.leaders_of_weeks),
    )


def known_of_year(source: Source, record: Record, year: int) -> tuple[int, int]:
    """Days of a calendar year that lie within the record and of which no play is missing, and all of them."""
    days = list(days_between(*first_and_last(source, year)))
    return sum(day not in record.lost_days for day in days), len(days)


def first_and_last(source: Source, year: int) -> tuple[date, date]:
    """The days of a calendar year that lie within the record."""
    scope = source.scope
    return max(date(year, 1, 1), scope.first_day), min(date(year, 12, 31), last_day(scope))


def _named(source: Source, many: Iterable[Sequence[Row]]) -> list[list[Row]]:
    """The rows with the names of their items."""
    lists = list(many)
    wanted = sorted({(row["kind"], row["item"]) for rows in lists for row in rows})
    found = source.rows(
        "site_years.names", kinds=[kind for kind, _ in wanted], items=[item for _, item in wanted]
    )
    names = {(row["kind"], row["item"]): row for row in found}
    return [[{**names[row["kind"], row["item"]], **row} for row in rows] for rows in lists]


def _with_moments(source: Source, rows: Sequence[Row]) -> list[Row]:
    """The rows with the first day in their year (`since`) and, of an artist not heard in between, the last one before (`until`)."""
    wanted = {(row["kind"], row["item"], row["year"]) for row in rows}
    wanted |= {(row["kind"], row["item"], row["before"]) for row in rows if "before" in row}
    kinds, items, years = zip(*sorted(wanted), strict=True) if wanted else ((), (), ())
    read = source.rows("site_years.moments", kinds=list(kinds), items=list(items), years=list(years))
    found = {(row["kind"], row["item"], row["year"]): row for row in read}

    def day(row: Row, year: str, name: str) -> date | None:
        key = row["kind"], row["item"], row.get(year)
        return found[key][name] if key in found else None

    return [
        {**row, "since": day(row, "year", "first_day"), "until": day(row, "before", "last_day")}
        for row in rows
    ]


def _grouped(rows: Iterable[Row], *by: str) -> dict[Any, list[Row]]:
    """By the values of one column, or of several."""
    found: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[by[0]] if len(by) == 1 else tuple(row[name] for name in by)].append(row)
    return dict(found)
