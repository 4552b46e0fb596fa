"""What the browser counts with: a file per calendar year, `data/listening-<year>.js`, which calls `listening` with what was heard.

A page that is opened as a file may run scripts of its folder, and fetch nothing: so the data is a script, of one call. Its second argument is
JSON, deflated, in base64. Tracks, artists, albums and genres are numbered in the order in which they were first heard, the same in all years.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reports.dashboard.files import SiteFolder, version_of
from reports.dashboard.scope import Source

LEVEL = 4  # of deflate: 6 takes three times as long, for a thirtieth of the bytes
Row = Mapping[str, Any]


def read_years(source: Source) -> Callable[[], dict[int, str]]:
    """Read what was heard in each year; what lets the site have the file of each, and gives their addresses."""
    known = {
        "tracks": _by_place(source.rows("site_top.tracks")),
        "artists": _by_place(source.rows("site_top.artists")),
        "albums": _by_place(source.rows("site_top.albums")),
        "genres": _by_place(source.rows("site_top.genres")),
    }
    heard = {row["year"]: row["tracks"] for row in source.rows("site_top.year_tracks")}
    days = source.rows("site_top.year_days")
    return lambda: _put_years(source.site, known, heard, days)


def _put_years(
    site: SiteFolder,
    known: Mapping[str, Mapping[int, Row]],
    heard: Mapping[int, Sequence[int]],
    days: Sequence[Row],
) -> dict[int, str]:
    addresses = {}
    for row in days:
        year = row["year"]
        content = script_of(year, names_of(heard[year], known), row["days"])
        name = f"data/listening-{year}.js"
        site.put(name, content)
        addresses[year] = f"{name}?{version_of(content)}"
    return addresses


def script_of(year: int, names: Mapping[str, Any], days: str) -> bytes:
    """The file. `days` is JSON already: the database writes it, since that is millions of numbers."""
    text = json.dumps(names, separators=(",", ":"), ensure_ascii=False)
    return packed_call("listening", f'{text[:-1]},"days":[{days}]}}', str(year))


def packed_call(function: str, text: str, *arguments: str) -> bytes:
    """A script that calls a function with these arguments (plain words) and the text, packed."""
    packed = base64.b64encode(zlib.compress(text.encode(), LEVEL)).decode()
    said = "".join(f'"{each}", ' for each in arguments)
    return f'{function}({said}"{packed}");\n'.encode()


def names_of(heard: Sequence[int], known: Mapping[str, Mapping[int, Row]]) -> dict[str, Any]:
    """The tracks heard in a year and those that their plays count for, with their artists, albums and genres: a list per column."""
    goals = {known["tracks"][place]["goal"] for place in heard}
    tracks = _rows(known["tracks"], {*heard, *goals})
    artists = _rows(known["artists"], {each for row in tracks for each in row["artists"]})
    albums = _rows(known["albums"], {row["album"] for row in tracks})
    genres = _rows(known["genres"], {each for row in artists for each in row["genres"]})
    return {
        "tracks": _columns(tracks, "place", "goal", "name", "link", "album", "artists"),
        "artists": _columns(artists, "place", "name", "link", "genres"),
        "albums": _columns(albums, "place", "name", "link", "artists"),
        "genres": _columns(genres, "place", "name"),
    }


def _by_place(rows: Sequence[Row]) -> dict[int, Row]:
    return {row["place"]: row for row in rows}


def _rows(known: Mapping[int, Row], places: set[int]) -> list[Row]:
    return [known[place] for place in sorted(places) if place in known]


def _columns(rows: Sequence[Row], *names: str) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in names]
