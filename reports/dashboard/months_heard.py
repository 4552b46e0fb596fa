"""What was heard in each month: how much of it was new, and how varied it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import exp, log
from typing import Any

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
