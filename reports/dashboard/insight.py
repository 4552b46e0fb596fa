"""What a finding of the page Insights is: a sentence, what it rests on, and how much of that is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from reports.dashboard.charts import Chart
from reports.dashboard.heat_map import lost_days
from reports.dashboard.ranges import address_of
from reports.dashboard.scale import Scale
from reports.dashboard.scope import Source
from reports.dashboard.words import share

OF_DAYS, OF_PLAYS = "of the days", "of the plays"


@dataclass(frozen=True)
class Fact:
    """A finding with a picture: something that has a cover, and a few words on it."""

    kind: str  # artists, albums, playlists
    item_id: str | None
    album_id: str | None  # its cover stands in where there is none
    name: str | None
    said: Markup
    text: Markup  # what it is a fact of


@dataclass(frozen=True)
class Block:
    """A finding. `plays`: those behind the number; `known`: from 0 to 1, of what could have told."""

    slug: str
    title: str
    figure: Markup | str  # the number, large
    finding: Markup
    plays: int
    known: float
    known_of: str = OF_DAYS
    about: str = ""  # a row of the page About, where it is not `slug`
    behind: str = address_of("all")  # where the plays behind the number are shown
    charts: Sequence[tuple[str, Chart, Scale | None]] = ()  # caption, chart, its heat scale
    shown: dict[str, Any] = field(default_factory=dict)  # what the template shows beside
    fact: Fact | None = None

    @property
    def strength(self) -> float:
        """Of its evidence: plays, as far as they are known."""
        return self.plays * self.known

    @property
    def after_figure(self) -> Markup:
        """The finding where the number stands large before it: without the number, if it begins with that."""
        return self.finding.removeprefix(escape(self.figure))

    @property
    def coverage(self) -> str:
        """`96 % of the days`."""
        return f"{share(self.known, 1)} {self.known_of}"


@dataclass(frozen=True)
class Later:
    """A finding that cannot be made yet, or not of this record: why, and what it takes."""

    title: str
    why: Markup | str


def part_known(source: Source) -> float:
    """Of the days of the record, those of which no play is missing."""
    scope = source.scope
    of = (scope.today - scope.first_day).days + 1
    return (of - len(lost_days(source))) / of


def years_and_months(days: int) -> str:
    """`2 years 3 months`, `11 months`: whole ones of 30.4 days."""
    months = int(days / (365.2425 / 12) + 1e-9)
    years, months = divmod(months, 12)
    parts = [(years, "year"), (months, "month")]
    return (
        " ".join(f"{count} {one}{'s' if count > 1 else ''}" for count, one in parts if count)
        or f"{days} days"
    )


def stretch_of(place: int, months: int) -> date:
    """The first day of the stretch of so many months that has this number, counted from the year 0."""
    month = place * months
    return date(month // 12, month % 12 + 1, 1)
