"""Five classes of a quantity, with round bounds from the listener's own values."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.dashboard.words import number

CLASSES = 5
DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Scale:
    """`lowest[i]` is the least value of class i + 1; fewer than five where there are few different values. Zero has no class."""

    lowest: tuple[int, ...]
    largest: int

    def class_of(self, value: int) -> int:
        """From 1 to 5; 0 for nothing."""
        return sum(value >= least for least in self.lowest) if value > 0 else 0

    @property
    def labels(self) -> list[Markup]:
        """What each class means, for the legend: `1-9`, `10-24`, …, `50 or more`, with an en dash."""
        ends = [least - 1 for least in self.lowest[1:]]
        said = [
            number(low) if low == high else Markup("{}{}{}").format(number(low), DASH, number(high))
            for low, high in zip(self.lowest, ends, strict=False)
        ]
        if not self.lowest:
            return []
        last = number(self.lowest[-1])
        return [*said, Markup("{} or more").format(last) if self.largest > self.lowest[-1] else last]


def scale_of(values: Sequence[int]) -> Scale:
    """The scale of these values: bounds at the quintiles of those that are not zero, rounded down to numbers that one can keep in mind."""
    active = sorted(value for value in values if value > 0)
    if not active:
        return Scale((), 0)
    bounds = [1]
    for part in range(1, CLASSES):
        bound = round_down(active[len(active) * part // CLASSES])
        if bound > bounds[-1]:
            bounds.append(bound)
    return Scale(tuple(bounds), active[-1])


def scale_of_all(values: Sequence[int]) -> Scale:
    """The scale of values that are looked at one by one: of few different ones each is a class; else as `scale_of`.

    Where its last class would have values of which one is twice another, three classes share the usual ones, and two are from a quarter and three quarters of the largest on.
    """
    active = sorted(value for value in values if value > 0)
    if len(set(active)) <= CLASSES:
        return Scale(tuple(sorted(set(active))), max(active, default=0))
    found = scale_of(active)
    if found.largest < 2 * found.lowest[-1]:
        return found
    thirds = (active[len(active) * part // 3] for part in (1, 2))
    bounds = [1]
    for bound in (*thirds, found.largest // 4, found.largest * 3 // 4):
        if round_down(bound) > bounds[-1]:
            bounds.append(round_down(bound))
    return Scale(tuple(bounds), found.largest)


def scale_of_peaks(values: Sequence[int]) -> Scale:
    """The scale of values of which the largest matter: bounds at a tenth, a quarter, half and three quarters of the largest."""
    largest = max(values, default=0)
    bounds = [1] if largest else []
    for part in (0.1, 0.25, 0.5, 0.75):
        bound = round_down(int(largest * part))
        if bounds and bound > bounds[-1]:
            bounds.append(bound)
    return Scale(tuple(bounds), largest)


def round_down(value: int) -> int:
    """The largest of 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, … that is not larger."""
    unit = 1
    while value >= 100 * unit:
        unit *= 10
    steps = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80)
    return max((step * unit for step in steps if step * unit <= value), default=value)
