"""The figures of a site in plain Python, from what the simulator knows to have been heard, by the definitions of docs/reports.md and of the page About.

Days are `date`s of the zone; times heard are milliseconds. `sums`, `ranking` and all that follows of them are of plays that count.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from tests.end_to_end.plain_plays import ONE, Play, Record, Span, days_between


@dataclass(frozen=True)
class Ranked:
    """A row of a ranking."""

    rank: int
    item: str
    plays: int
    ms: int


class Plain(Record):
    """The figures of what was heard."""

    # Rankings

    def sums(self, kind: str, span: Span | None = None) -> dict[str, tuple[int, int]]:
        """Plays and milliseconds of each item that has a play."""
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for play in self.all:
            if span is None or span[0] <= play.day <= span[1]:
                for item in play.items(kind):
                    found[item][0] += play.counts
                    found[item][1] += play.ms
        return {item: (plays, ms) for item, (plays, ms) in found.items() if plays}

    def ranking(self, kind: str, span: Span | None = None) -> list[Ranked]:
        """By plays, then time; what ties shares a rank."""
        sums = sorted(self.sums(kind, span).items(), key=lambda each: (-each[1][0], -each[1][1]))
        plays = [each for _, (each, _) in sums]
        return [Ranked(plays.index(each) + 1, item, each, ms) for item, (each, ms) in sums]

    def most_played(self, kind: str, span: Span) -> tuple[int, set[str]]:
        """How often what was played most was, and all that was played so often."""
        ranking = self.ranking(kind, span)
        return (
            (ranking[0].plays, {each.item for each in ranking if each.rank == 1}) if ranking else (0, set())
        )

    def first_days(self, kind: str) -> dict[str, date]:
        """The day of the first play of each item."""
        found: dict[str, date] = {}
        for play in self.plays:
            for item in play.items(kind):
                found.setdefault(item, play.day)
        return found

    def days_by(self, kind: str) -> dict[str, list[date]]:
        """The days of the plays of each item, each play's."""
        if kind not in self._days_by:
            found = self._days_by.setdefault(kind, defaultdict(list))
            for play in self.plays:
                for item in play.items(kind):
                    found[item].append(play.day)
        return self._days_by[kind]

    @cached_property
    def _days_by(self) -> dict[str, dict[str, list[date]]]:
        return {}

    def of_main_artist(self, artist: str, span: Span) -> int:
        """Plays of tracks that name an artist first."""
        days = self._main_days.get(artist, [])
        return bisect_right(days, span[1]) - bisect_left(days, span[0])

    @cached_property
    def _main_days(self) -> dict[str, list[date]]:
        found: defaultdict[str, list[date]] = defaultdict(list)
        for play in self.plays:
            found[play.track.artist_ids[0]].append(play.day)
        return found

    # Streaks

    def longest(self, span: Span, *, with_plays: bool) -> set[Span]:
        """The longest stretches of days with plays, or without any, within some days."""
        runs: list[list[date]] = []
        for day in days_between(*span):
            if (day in self.days) is with_plays:
                if runs and runs[-1][-1] == day - ONE:
                    runs[-1].append(day)
                else:
                    runs.append([day])
        length = max(map(len, runs), default=0)
        return {(run[0], run[-1]) for run in runs if len(run) == length}

    def fullest(self, span: Span) -> date:
        """The day with most plays, the later of equal ones."""
        return max(
            day for day, plays in self.days.items() if span[0] <= day <= span[1] and plays == self._most(span)
        )

    def _most(self, span: Span) -> int:
        return max(plays for day, plays in self.days.items() if span[0] <= day <= span[1])

    # A year against the one before

    def against(self, year: int) -> tuple[Span, Span]:
        """The days of a year and of the one before that are compared: of the running one until yesterday."""
        if year < self.today.year:
            return (date(year, 1, 1), date(year, 12, 31)), (date(year - 1, 1, 1), date(year - 1, 12, 31))
        last = self.today - ONE
        return (date(year, 1, 1), last), (date(year - 1, 1, 1), last.replace(year=year - 1))

    def came_back(self, year: int) -> dict[str, tuple[int, date, date]]:
        """Artists of a year that were not heard in at least one whole calendar year before: plays, last day before, first day since."""
        found = {}
        for artist, days in self.days_by("artists").items():
            own, before = [day for day in days if day.year == year], [day for day in days if day.year < year]
            if len(own) > 1 and before and before[-1].year < year - 1:
                found[artist] = len(own), before[-1], own[0]
        return found

    def dropped(self, year: int) -> dict[str, tuple[int, date]]:
        """Artists with two plays in the year before and none in this: plays then, and the last day."""
        found = {}
        for artist, days in self.days_by("artists").items():
            before = [day for day in days if day.year == year - 1]
            if len(before) > 1 and not any(day.year == year for day in days):
                found[artist] = len(before), before[-1]
        return found

    def medals(self, kind: str) -> dict[str, list[tuple[int, int]]]:
        """Of each item its (year, place), of whole years of which half is known; one play earns nothing, nor does a place of more than ten."""
        found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for year in self.half_known_years:
            if year < self.today.year:
                ranking = [each for each in self.ranking(kind, self.year(year)) if each.plays > 1]
                places = Counter(each.rank for each in ranking)
                for each in ranking:
                    if each.rank <= 3 and places[each.rank] <= 10:
                        found[each.item].append((year, each.rank))
        return dict(found)

    def leads(self, spans: Iterable[Span]) -> Counter[str]:
        """In how many of these an artist was played most, with more than one play."""
        found = Counter[str]()
        for span in spans:
            plays, first = self.most_played("artists", span)
            if plays > 1:
                found.update(first)
        return found

    @cached_property
    def whole_weeks(self) -> list[Span]:
        """The weeks that lie in the record as a whole and are over, from Monday."""
        monday = self.first_day + (-self.first_day.weekday() % 7) * ONE
        return [(day, day + 6 * ONE) for day in days_between(monday, self.today - 7 * ONE)[::7]]

    # Sittings

    def sittings(self) -> list[list[Play]]:
        """All that was heard with at most ten minutes of silence between, where there is a play in it."""
        found: list[list[Play]] = []
        for before, play in pairwise([None, *self.all]):
            if before and play.at - timedelta(milliseconds=play.ms) - before.at <= timedelta(minutes=10):
                found[-1].append(play)
            else:
                found.append([play])
        return [sitting for sitting in found if any(play.counts for play in sitting)]
