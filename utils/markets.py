"""Countries, which are Spotify's markets, and time zones, after the tz database's own tables, zone.tab and iso3166.tab.

Which country a time zone suggests, and what somebody meant who wrote `Germany` for DE, or `Berlin` for Europe/Berlin.
"""

import re
import unicodedata
import zoneinfo
from collections.abc import Iterator, Mapping
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


def is_country(code: str) -> bool:
    """Whether there is a country with this code in capitals; any may be one where there is no table."""
    return not _names() or code in _names() or code in _WITHOUT_ISO


def market_hint(text: str) -> str:
    """` (did you mean DE?)` for a country, a city or a time zone that somebody has written for a country code; else empty."""
    several = [each.upper() for each in re.split(r"[\s,;/]+", text[:100].strip())]
    if len(several) > 1 and all(each in _names() for each in several):
        return f" (it is one country alone: {several[0]}, say)"
    meant = meant_market(text)
    return f" (did you mean {meant}?)" if meant else ""


def time_zone_hint(text: str) -> str:
    """` (did you mean Europe/Berlin?)` for a city, a country, or a name that is nearly one; else what to take, or empty."""
    meant = meant_time_zones(text)
    if not meant and _OFFSET.fullmatch(text.strip()):
        return " (take that of a city, which knows when summer time begins)"
    if len(meant) < 2:
        return f" (did you mean {meant[0]}?)" if meant else ""
    shown = ", ".join(meant[:_SHOWN]) + (", …" if len(meant) > _SHOWN else "")
    return f" (did you mean one of {shown}?)"


def meant_market(text: str) -> str | None:
    """The country code that somebody meant by another text."""
    locale = re.fullmatch(r"[a-z]{2,3}[-_]([A-Za-z]{2})(?:\W.*)?", text.strip())  # such as de_DE
    if locale and is_country(locale[1].upper()):
        return locale[1].upper()
    found = _near(text, _by_country()) if len(text.strip()) > 2 else _by_country().get(_folded(text))
    if found:
        return found
    zone = _near(text, _by_city())
    return market_of(zone) if zone else None


def meant_time_zones(text: str) -> list[str]:
    """The time zone that somebody meant by another text; of a country with several, all where clocks have differed since 1970."""
    if zone := _near(text, _by_city()):
        return [zone]
    code = text.strip().upper()
    country = code if code in _names() else meant_market(text)
    all_of_it = [zone for zone, of in _countries().items() if of == country]
    different = [zone for zone, of in _different().items() if of == country and zone.count("/") == 1]
    return different if len(all_of_it) > 1 and different else all_of_it


def _near(text: str, known: Mapping[str, str]) -> str | None:
    """What a name stands for, also one that is nearly there, or has a comma and more behind it (`Berlin, Germany`)."""
    for each in (text, text.partition(",")[0]):
        folded = _folded(each)
        near = [folded] if folded in known else []
        if not near and len(folded) >= _LONG_ENOUGH:
            import difflib  # only where something was misspelled

            near = difflib.get_close_matches(folded, known, n=1, cutoff=_LIKE)
        if near:
            return known[near[0]]
    return None


def _folded(text: str) -> str:
    """Without accents, capitals, and what separates words."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", text[:100]) if not unicodedata.combining(sign)
    )
    return " ".join(re.split(r"[\s_.\-]+", plain.casefold())).strip()


_LIKE = 0.85  # of difflib
_LONG_ENOUGH = 5  # letters, for a name that is nearly one: CEST is not EST
_SHOWN = 6
_OFFSET = re.compile(
    r"(?:UTC|GMT|Z)? ?[+-]\d{1,2}(?::?\d\d)?|[A-Z]{1,2}[SDE]?[SD]T|MES?Z", re.IGNORECASE
)  # UTC+1, CEST
_NO_CITIES = ("US", "Canada", "Brazil", "Chile", "Mexico")  # US/Eastern
_WITHOUT_ISO = ("XK",)  # Kosovo, which Spotify serves
# What people say, where the table says something else.
_ALSO_CALLED = {
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "america": "US",
    "united states of america": "US",
    "south korea": "KR",
    "czechia": "CZ",
    "holland": "NL",
    "turkiye": "TR",
    "ivory coast": "CI",
    "uae": "AE",
    "kosovo": "XK",
}


@cache
def _by_country() -> dict[str, str]:
    """A country's name, folded → its code."""
    # Without what stands in brackets: Britain (UK); but not where two countries are told apart by it: Korea (North).
    short = [_folded(name.partition("(")[0]) for name in _names().values()]
    found = {
        form: code
        for code, name in _names().items()
        for form in (_folded(name), _folded(name.partition("(")[0]))
        if form == _folded(name) or short.count(form) == 1
    }
    return found | _ALSO_CALLED


@cache
def _by_city() -> dict[str, str]:
    """A time zone's name, and the city's in it, folded → the name. Etc/GMT+1 is left out: it is west of Greenwich."""
    zones = [zone for zone in sorted(zoneinfo.available_timezones()) if not zone.startswith("Etc/")]
    zones.sort(key=lambda zone: zone not in _countries())
    found = {_folded(zone): zone for zone in reversed(zones)}
    for zone in zones:
        area, _, city = zone.partition("/")
        if area not in _NO_CITIES:
            found.setdefault(_folded(city.rpartition("/")[2] or zone), zone)
    return found


@cache
def _different() -> dict[str, str]:
    """time zone → the country that most people in it live in, without those that have been the same as another since 1970."""
    rows = (line.split("\t") for line in _lines("zone1970.tab") if not line.startswith("#"))
    return {row[2].strip(): row[0].partition(",")[0] for row in rows if len(row) > 2}


@cache
def _names() -> dict[str, str]:
    """country code → the country's English name."""
    rows = (line.split("\t") for line in _lines("iso3166.tab") if not line.startswith("#"))
    return {row[0]: row[1].strip() for row in rows if len(row) > 1}


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
