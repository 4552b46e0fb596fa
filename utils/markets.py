"""Which country, and so which market of Spotify, a time zone suggests: after the tz database's own table, zone.tab."""

import zoneinfo
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path


def market_of(time_zone: str) -> str | None:
    """The country code that an IANA time zone suggests: DE for Europe/Berlin; None for UTC, or where there is no table.

    An old name counts as the one that it leads to: Asia/Calcutta is Asia/Kolkata. It is a suggestion and no more: whether
    Spotify serves the country is not known here.
    """
    countries = _countries()
    return countries.get(time_zone) or countries.get(_new_names().get(time_zone, ""))


@cache
def _countries() -> dict[str, str]:
    """time zone → country code."""
    rows = (line.split("\t") for line in _lines("zone.tab") if not line.startswith("#"))
    return {row[2].strip(): row[0] for row in rows if len(row) > 2}


@cache
def _new_names() -> dict[str, str]:
    """An old name of a time zone → today's."""
    rows = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {old: new for _, new, old in rows}


def _lines(name: str) -> Iterator[str]:
    """The lines of a file of the tz database: the system's, else the package's that Python takes where there is none."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / name
        if path.is_file():
            yield from path.read_text(encoding="utf-8").splitlines()
            return
    try:
        yield from resources.files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8").splitlines()
    except (ModuleNotFoundError, FileNotFoundError):
        return
