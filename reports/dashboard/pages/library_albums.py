"""Albums by release date, as a swarm: a dot for each album, the larger, the more it is played, beside each other where dates are close.

Vega-Lite lays out no swarm, so that each dot has its height here: always the same one for the same albums.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import sqrt
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.words import credited, linked, number, released, released_text

ALBUMS, FEWEST = 400, 30
WIDTH, HEIGHT = (
    960,
    300,
)  # pixels that the dots are laid out in; the width is that of a page on a large screen, about
LARGEST, SMALLEST = (
    (28, 24, 20, 17, 14, 12, 10, 8, 6),
    2.0,
)  # radii: of the most played album, as far as there is room, and of any
GAP = 1.0
_TOO_FEW = Markup(
    "It is drawn from {} albums of the library on that were played and whose release is known; {} so far."
)
Row = Mapping[str, Any]


def swarm(albums: Sequence[Row]) -> Chart:
    """The chart of these albums, the most played first; one without rows where they are too few to have a shape."""
    if len(albums) < FEWEST:
        known = number(len(albums)) if albums else "none"
        return Chart("album_swarm", _TOO_FEW.format(FEWEST, known), (), ())
    first = date(min(row["released"] for row in albums).year, 1, 1)
    last = date(max(row["released"] for row in albums).year + 1, 1, 1)
    days = [_day(row) for row in albums]
    across = [WIDTH * (day - first) / (last - first) for day in days]
    radii, heights = laid_out(across, [row["plays"] for row in albums])
    rows, table = [], []
    for row, day, radius, height in zip(albums, days, radii, heights, strict=True):
        name = row["name"] or "name unknown"
        artists = ", ".join(each or "name unknown" for each, _ in row["artists"])
        when = released_text(row["release_date"])
        rows.append(
            (day.isoformat(), round(height, 1), round(4 * radius**2), name, artists, when, row["plays"])
        )
        named = Markup("{}, {}").format(
            linked(row["name"], "album", row["album_id"]), credited(row["artists"])
        )
        table.append((named, released(row["release_date"]), number(row["plays"])))
    return Chart(
        "album_swarm",
        _finding(albums),
        ("day", "height", "size", "name", "artists", "when", "plays"),
        rows,
        ("Album", "Released", "Plays"),
        table,
        parameters={"first": _milliseconds(first), "last": _milliseconds(last)},
    )


def laid_out(across: Sequence[float], plays: Sequence[int]) -> tuple[list[float], list[float]]:
    """Radius and height over the middle line of each dot, so that none lies upon another; the most played ones come first, and lie next to the line."""
    for largest in LARGEST:
        radii = [max(SMALLEST, largest * sqrt(each / plays[0])) for each in plays]
        heights = _heights(across, radii)
        if all(abs(height) + radius <= HEIGHT / 2 for height, radius in zip(heights, radii, strict=True)):
            break
    return radii, heights


def _heights(across: Sequence[float], radii: Sequence[float]) -> list[float]:
    heights: list[float] = []
    for at, radius in zip(across, radii, strict=True):
        taken = []  # stretches of heights in which it would touch another
        for other, height, around in zip(across, heights, radii, strict=False):
            apart = radius + around + GAP
            if abs(at - other) < apart:
                reach = sqrt(apart**2 - (at - other) ** 2)
                taken.append((height - reach, height + reach))
        free = [0.0, *(end for stretch in taken for end in stretch)]
        heights.append(
            min(
                (each for each in free if all(each <= low or each >= high for low, high in taken)),
                key=lambda each: (abs(each), each),
            )
        )
    return heights


def _finding(albums: Sequence[Row]) -> Markup:
    """Since which year the later half of the plays was released."""
    plays = sum(row["plays"] for row in albums)
    heard, year = 0, 0
    for row in sorted(albums, key=lambda row: row["released"], reverse=True):
        heard, year = heard + row["plays"], row["released"].year
        if 2 * heard >= plays:
            break
    which = "these albums"
    if albums[0]["total"] > len(albums):
        which = f"the {len(albums)} albums that are played most"
    largest = linked(albums[0]["name"], "album", albums[0]["album_id"])
    return Markup(
        "Half of the plays of {} are of releases since {}. The largest is {}, with {} plays."
    ).format(which, year, largest, number(albums[0]["plays"]))


def _day(row: Row) -> date:
    """Its release; in the middle of the year, or the month, where no more is known."""
    inexact = {4: 182, 7: 14}.get(len(row["release_date"] or ""), 0)
    found: date = row["released"] + timedelta(days=inexact)
    return found


def _milliseconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000
