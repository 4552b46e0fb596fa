"""Ranks and medals of a calendar year's first artists."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from reports.dashboard.pages import top_record
from reports.dashboard.pages.year_record import Record
from reports.dashboard.scope import Source

TABLE = 10  # artists of the table
MEDALS = ("gold", "silver", "bronze")
Row = Mapping[str, Any]


def ranks_and_medals(source: Source, record: Record, year: int) -> list[dict[str, Any]]:
    """The first artists of the year, each with the ranks of the whole year before and of all time, months and weeks led that are over, and medals until this year.

    A year before that gives no medals, since less than half of it is known, has no ranks either.
    """
    standings = record.standings.get(year - 1, ()) if has_ranks_before(source, record, year) else ()
    before = {row["item"]: row["rank"] for row in standings}
    months = Counter(
        each["artist_id"]
        for month in record.months.get(year, ())
        if month["plays"] > 1 and not month["is_running"]
        for each in month["artists"]
    )
    weeks = Counter(
        row["artist_id"]
        for monday, rows in record.weeks.items()
        if (monday + timedelta(days=3)).year == year  # the week is of the year that has more of its days
        for row in rows
        if row["plays"] > 1
    )
    medals: dict[int, list[tuple[int, int]]] = {}
    for row in source.once(top_record.medals):
        if row["kind"] == "artists" and int(row["key"]) <= year:
            medals.setdefault(row["item"], []).append((row["rank"], int(row["key"])))
    return [
        {
            **row,
            "before": before.get(row["item"]),
            "of_all_time": record.of_all_time.get(row["item"]),
            "months": months[row["cover_id"]],
            "weeks": weeks[row["cover_id"]],
            "medals": list(_medals_said(medals.get(row["item"], []))),
        }
        for row in record.foremost.get(("artists", year), ())[:TABLE]
        if row["plays"] > 1
    ]


def has_ranks_before(source: Source, record: Record, year: int) -> bool:
    """Whether enough of the year before is known to say what stood where in it."""
    return year - 1 in record.years and year - 1 in top_record.medal_years(source.scope, record.lost)


def _medals_said(medals: Sequence[tuple[int, int]]) -> Iterator[str]:
    for rank, name in enumerate(MEDALS, 1):
        years = [str(year) for found, year in sorted(medals) if found == rank]
        if years:
            yield f"{name} {', '.join(years)}"
