"""What belongs to a time of the year: artists of a season, and the clearest one month by month."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link
from reports.dashboard.heat_map import NOT_KNOWN, days_between, lost_days
from reports.dashboard.insight import Block, Fact, Later, part_known
from reports.dashboard.pages.history_months import MONTHS
from reports.dashboard.ranges import address_of, key_of_month, plus_months
from reports.dashboard.scale import Scale, scale_of_peaks
from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import counted, linked, month, number, share
from reports.dashboard.words import day as day_said

SEASONAL, IN_A_YEAR, SEASONS, YEARS_DRAWN = 50, 5, 6, 7  # plays in all, in a year; rows
TWO_YEARS = timedelta(days=730)
Row = Mapping[str, Any]


def seasons(source: Source) -> Block | Later:
    """Artists who belong to a time of the year, and the clearest one month by month."""
    scope, title = source.scope, "Seasons"
    if scope.today - scope.first_day < TWO_YEARS:
        return Later(
            title,
            Markup("from {} on: a season has to come twice").format(day_said(scope.first_day + TWO_YEARS)),
        )
    found = source.rows("site_insights.seasons", plays=SEASONAL, in_a_year=IN_A_YEAR, limit=SEASONS)
    if not found:
        return Later(
            title,
            Markup("no artist with {} plays has half of them in the same three months of two years").format(
                SEASONAL
            ),
        )
    first = found[0]
    when = season(first["begins"])
    finding = Markup("{} belongs to {}: {} of {} lie there, in {}; of all plays it is {}.").format(
        linked(first["name"], "artist", first["artist_id"]), when, share(first["plays"], first["whole"]), counted(first["whole"], "play"),
        counted(first["years"], "year"), share(first["part"], 1),
    )  # fmt: skip
    chart, scale = _months_of(
        scope,
        source.rows("site_insights.months_of_artist", artist_id=first["artist_id"]),
        lost_days(source),
        finding,
    )
    fact = Fact(
        "artists",
        first["artist_id"],
        None,
        first["name"],
        Markup("belongs to {}").format(when),
        Markup("season"),
    )
    return Block(
        "seasons", title, share(first["plays"], first["whole"]), finding, first["all_plays"], part_known(source),
        charts=[(Markup("Plays of {} in each month{}; the newest month is not over.").format(linked(first["name"], "artist", first["artist_id"]), _since(scope)), chart, scale)],
        shown={"seasonal": [{**row, "when": season(row["begins"])} for row in found[1:]]}, fact=fact,
    )  # fmt: skip


def season(begins: int) -> str:
    """`December to February`, of the first of three months."""
    return f"{MONTHS[begins - 1]} to {MONTHS[(begins + 1) % 12]}"


def _begin(scope: Scope) -> date:
    """The first month that is drawn."""
    return max(scope.first_day.replace(day=1), date(scope.today.year - YEARS_DRAWN + 1, 1, 1))


def _since(scope: Scope) -> str | Markup:
    """What is said of where the months begin."""
    begin = _begin(scope)
    if begin > scope.first_day:
        return f" of the newest {YEARS_DRAWN} years"
    return Markup(" since {}, when the record begins").format(day_said(scope.first_day))


def _months_of(scope: Scope, found: Sequence[Row], lost: Set[date], finding: Markup) -> tuple[Chart, Scale]:
    plays = {row["month"]: row["plays"] for row in found}
    scale = scale_of_peaks(list(plays.values()))
    begin, rows, table = _begin(scope), [], []
    while begin <= scope.today:
        count, key = plays.get(begin, 0), key_of_month(begin) if begin in plays else ""
        of = list(
            days_between(
                max(begin, scope.first_day), min(plus_months(begin, 1) - timedelta(days=1), scope.today)
            )
        )
        known = sum(day not in lost for day in of)
        said = "yes" if known == len(of) else f"{known} of {len(of)} days"
        span = f"{begin:%Y-%m}, so far" if plus_months(begin, 1) > scope.today else f"{begin:%Y-%m}"
        rows.append(
            (
                begin.year,
                begin.month,
                scale.class_of(count),
                "yes" if 2 * known > len(of) else NOT_KNOWN,
                span,
                count,
                None,
                said,
                key,
            )
        )
        if count:
            table.append((Link(month(begin), address_of(key)), number(count)))
        begin = plus_months(begin, 1)
    columns = ("year", "month", "class", "state", "span", "plays", "heard", "known", "range")
    return Chart(
        "months_of_years",
        finding,
        columns,
        rows,
        ("Month", "Plays"),
        table[::-1],
        written={"span": "month", "heard": "duration"},
    ), scale
