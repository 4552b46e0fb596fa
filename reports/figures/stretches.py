"""Stretches of days that somebody names, and what is heard in them: by the statements of the page Top."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from reports.dashboard.heat_map import lost_stretches
from reports.dashboard.pages import top
from reports.dashboard.ranges import Range, last_day, offered_ranges, range_of
from reports.dashboard.scope import Scope, Source
from utils.errors import SettingsError, suggestion
from utils.terminal import one_printable_line

Row = Mapping[str, Any]
FORMS = (
    "A range is today, week, month, quarter, year, all, a year (2025), a quarter (2025-Q3), a month (2025-10), "
    "a day (2025-10-26), or two days (2025-10-26..2025-11-02)."
)


def named_range(key: str, scope: Scope) -> Range:
    """The stretch that is meant. Raises SettingsError where it is none, or lies outside of the record."""
    found = range_of(key, scope)
    if found is None:
        shown = one_printable_line(key, 60)
        near = suggestion(key, [each.key for each in offered_ranges(scope)])
        raise SettingsError(f"{shown!r} is no range{near}.", FORMS)
    if found.first > last_day(scope) or found.last < scope.first_day:
        raise SettingsError(
            f"Nothing is known of {key}: the record goes from {scope.first_day} to {last_day(scope)}.",
            "Name a range within it; ./run import brings the years before.",
        )
    return found


class Heard:
    """Rankings and sums of a stretch, as the page Top has them. There has to be a play."""

    def __init__(self, source: Source, shown: Range | None = None, most: int = top.RANKED) -> None:
        """`shown`: None for the stretch that the page opens with."""
        self.source, self._most = source, most
        top.count(source)
        self.days: Mapping[date, Row] = source.heard
        self.lost = lost_stretches(source)
        offered = offered_ranges(source.scope)
        self.range = shown or top.default_range(source.scope, offered, self.days)
        top.rank(source, [self.range], most=most)

    def ranking(self, kind: str, by: str, most: int) -> list[Row]:
        """The first ones: `kind` of KINDS of the page, `by` plays or minutes."""
        return top.read_ranking(self.source, kind, self.range.key, by, min(most, self._most))

    @cached_property
    def said(self) -> Row:
        """Sums, how much is known, and the comparison with the stretch before."""
        return top.said(self.source.scope, self.range, self.days, self.lost)

    @cached_property
    def uncredited(self) -> int:
        """Plays of tracks that count for no artist, since theirs are not known yet."""
        credited = self.source.row("figures.credited", first=self.range.first, last=self.range.last)
        return int(self.said["plays"] - self.said["without"] - credited["plays"])

    def of_days(self, days: Sequence[date], name: str = "plays") -> list[int]:
        """Plays (or `heard_ms`) of each of some days."""
        return [self.days[day][name] if day in self.days else 0 for day in days]
