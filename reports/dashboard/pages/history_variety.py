"""What was heard in each month: how much of it was new, and how varied it was."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import exp, log
from statistics import median
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link, step
from reports.dashboard.ranges import address_of, key_of_month, plus_months
from reports.dashboard.scope import Scope
from reports.dashboard.words import number, share

FEWEST_PLAYS = 30  # in a month: of fewer, the numbers tell of how few they are
TOP = 10
Row = Mapping[str, Any]


@dataclass
class MonthHeard:
    """`tracks`, `artists`: how many of them had how many plays."""

    month: date
    new: int = 0  # tracks that were not heard before in what is known
    tracks: dict[int, int] = field(default_factory=dict)
    artists: dict[int, int] = field(default_factory=dict)

    @property
    def plays(self) -> int:
        """Of tracks that are known."""
        return sum(plays * count for plays, count in self.tracks.items())

    @property
    def of_top(self) -> int:
        """Plays of the ten tracks with most."""
        each = (plays for plays in sorted(self.tracks, reverse=True) for _ in range(self.tracks[plays]))
        return sum(plays for plays, _ in zip(each, range(TOP), strict=False))

    @property
    def again(self) -> int:
        """Tracks that were known."""
        return sum(self.tracks.values()) - self.new


def months_heard(found: Iterable[Row]) -> list[MonthHeard]:
    """Each month with plays, in their order."""
    months: dict[date, MonthHeard] = {}
    for row in found:
        month = months.setdefault(row["month"], MonthHeard(row["month"]))
        if row["kind"] == "new":
            month.new = row["items"]
        else:
            counts = month.tracks if row["kind"] == "tracks" else month.artists
            counts[row["plays"]] = row["items"]
    return [months[month] for month in sorted(months)]


def effective(counts: Mapping[int, int]) -> float | None:
    """exp(-sum(p ln p)), p being each one's share of all plays: how many there would be, were each heard equally often and all together as varied.

    It is the exponential of Shannon's entropy, the Hill number of order 1 (L. Jost, Entropy and diversity, Oikos 113, 2006). `counts`: how many of
    them had how many plays; None where there are none.
    """
    of = sum(plays * count for plays, count in counts.items())
    if not of:
        return None
    return exp(log(of) - sum(count * plays * log(plays) for plays, count in counts.items()) / of)


def variety(found: Sequence[MonthHeard], scope: Scope) -> Chart:
    """The effective number of tracks and of artists of each whole month; a break where there are too few plays."""
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
    return Chart("variety", _finding(shown), columns, enough, heads, table, written={"span": "month"})


def _whole_months(found: Sequence[MonthHeard], scope: Scope) -> Iterator[tuple[date, MonthHeard | None]]:
    """From the first one heard to the last; the running one is none."""
    by_month = {each.month: each for each in found if plus_months(each.month, 1) <= scope.today}
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
        "In a usual month {} different tracks, as varied as {} heard equally often; the ten most heard make up {} of the plays."
    ).format(number(round(tracks)), number(round(alike)), share(top, 1))
