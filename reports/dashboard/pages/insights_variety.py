"""How varied each month was, and how that has changed."""

from collections.abc import Iterator, Sequence
from datetime import date
from statistics import median
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link, step
from reports.dashboard.months_heard import MonthHeard, effective
from reports.dashboard.ranges import address_of, key_of_month, plus_months
from reports.dashboard.scope import Scope
from reports.dashboard.words import number, share

FEWEST_PLAYS = 30  # in a month: of fewer, the numbers tell of how few they are


def variety(found: Sequence[MonthHeard], scope: Scope, of: str) -> Chart:
    """The effective number of tracks, or artists (`of`), of each whole month; a break where there are too few plays. Each has a scale of its own: there are many more tracks."""
    shown: list[MonthHeard] = []
    rows: list[Sequence[Any]] = []
    months: list[Markup] = []
    for month, heard in _whole_months(found, scope):
        span, said = step(month, by_month=True)
        if heard is None or heard.plays < FEWEST_PLAYS:
            rows.append((month.isoformat(), span, *[None] * 6, ""))
        else:
            shown.append(heard)
            months.append(said)
            rows.append((month.isoformat(), span, *_measures(heard), key_of_month(month)))
    columns = ("month", "span", "as_tracks", "as_artists", "tracks", "artists", "top", "plays", "range")
    heads = ("Month", "Plays", "Tracks", "as varied as", "Artists", "as varied as", "Ten most heard")
    table = [
        [
            Link(said, address_of(row[8])),
            *(
                number(round(value)) if value is not None else ""
                for value in (row[7], row[4], row[2], row[5], row[3])
            ),
            row[6],
        ]
        for said, row in zip(reversed(months), (row for row in reversed(rows) if row[8]), strict=True)
    ]
    enough = rows if len(shown) >= 5 else []  # months without are rows, too
    return Chart(
        "variety",
        _finding(shown),
        columns,
        enough,
        heads,
        table,
        parameters={"of": of},
        written={"span": "month"},
    )


def _whole_months(found: Sequence[MonthHeard], scope: Scope) -> Iterator[tuple[date, MonthHeard | None]]:
    """From the first one heard to the last; the running one is none, nor is the first of the record where it began within it."""
    by_month = {
        each.month: each
        for each in found
        if scope.first_day <= each.month and plus_months(each.month, 1) <= scope.today
    }
    month = min(by_month, default=scope.today)
    while month <= max(by_month, default=date.min):
        yield month, by_month.get(month)
        month = plus_months(month, 1)


def _measures(heard: MonthHeard) -> tuple[Any, ...]:
    artists = effective(heard.artists)
    return (
        round(effective(heard.tracks) or 0, 1),
        None if artists is None else round(artists, 1),
        sum(heard.tracks.values()),
        sum(heard.artists.values()),
        share(heard.of_top, heard.plays),
        heard.plays,
    )


def _finding(shown: Sequence[MonthHeard]) -> str | Markup:
    if not shown:
        return f"How varied a month was is told of whole months with at least {FEWEST_PLAYS} plays."
    tracks = median(sum(each.tracks.values()) for each in shown)
    alike = median(effective(each.tracks) or 0 for each in shown)
    top = median(each.of_top / each.plays for each in shown)
    return Markup(
        "A usual month of the whole record had {} different tracks, as varied as {} heard equally often; its ten most heard made up {} of the plays."
    ).format(number(round(tracks)), number(round(alike)), share(top, 1))
