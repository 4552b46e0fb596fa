"""Every play as a dot, by its day and its time of day: for a record of so few plays that each is worth a mark of its own."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart, Link
from reports.dashboard.ranges import address_of
from reports.dashboard.scope import Scope
from reports.dashboard.words import counted, linked, moment

TOUCHING = 0.8  # hours: nearer dots of a day would lie upon each other
ASIDE = 0.01  # of the days drawn: from a dot to the next one beside it
BROADEST = 0.75  # of a day: all of those beside each other
_MARGIN = timedelta(hours=12)  # of the drawing, before the first day's dots and behind the last one's
Row = Mapping[str, Any]


def play_dots(scope: Scope, found: Sequence[Row]) -> Chart:
    """The chart of these plays (rows of `site_history.dots`, in their order), over the whole record; beneath it a table of them, the newest first."""
    rows = [
        (
            _on_axis(row["day"], aside),
            float(row["clock"]),
            row["name"] or "name unknown",
            row["played_at"].astimezone(UTC).isoformat(timespec="seconds"),
            row["day"].isoformat(),
        )
        for row, aside in zip(found, asides(found, (scope.today - scope.first_day).days + 1), strict=True)
    ]
    table = [
        (
            Link(moment(row["played_at"], scope.zone), address_of(row["day"].isoformat())),
            linked(row["name"], "track", row["track_id"]),
        )
        for row in reversed(found)
    ]
    return Chart(
        "play_dots",
        Markup("{}, each a dot.").format(counted(len(rows), "play")),
        ("at", "clock", "name", "when", "range"),
        rows,
        ("Played", "Track"),
        table,
        parameters={
            "zone": f"hour, {scope.zone.key}",
            "first": _milliseconds(scope.first_day, -_MARGIN),
            "last": _milliseconds(scope.today, _MARGIN),
        },
        written={"when": "moment"},
    )


def asides(found: Sequence[Row], days: int) -> list[float]:
    """How far each play's dot stands from its day's middle, in days: what would lie upon each other stands side by side, so that it can be counted.

    `days`: how many are drawn, all of them as wide as the page.
    """
    placed: list[float] = []
    for together in _touching(found):
        apart = min(ASIDE * days, BROADEST / max(1, len(together) - 1))
        placed += [apart * (place - (len(together) - 1) / 2) for place in range(len(together))]
    return placed


def _touching(found: Sequence[Row]) -> Iterator[list[Row]]:
    """Plays of one day that follow each other closely."""
    together = list(found[:1])
    for before, row in pairwise(found):
        if row["day"] != before["day"] or float(row["clock"]) - float(before["clock"]) > TOUCHING:
            yield together
            together = []
        together.append(row)
    if together:
        yield together


def _on_axis(day: date, aside: float) -> str:
    """Where the axis of UTC has the middle of a day's dots, which is the tick that names the day; and a part of a day beside it."""
    return f"{(datetime.combine(day, time()) + timedelta(days=aside)).isoformat(timespec='seconds')}Z"


def _milliseconds(day: date, more: timedelta) -> int:
    return int((datetime.combine(day, time(), UTC) + more).timestamp() * 1000)
