"""What the browser counts with: a file per calendar year, `data/listening-<year>.js`, which calls `listening` with what was heard.

A page that is opened as a file may run scripts of its folder, and fetch nothing: so the data is a script, of one call. Its second argument is
JSON, deflated, in base64. Tracks, artists, albums and genres are numbered in the order in which they were first heard, the same in all years.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.dashboard.files import version_of
from reports.dashboard.scope import Source

LEVEL = 6  # of deflate: 9 takes twice as long, for a fortieth of the bytes


def put_years(source: Source, years: Sequence[int]) -> dict[int, str]:
    """Let the site have the file of each year with plays; their addresses."""
    addresses = {}
    for year in years:
        found = read_year(source, year)
        if found["days"]:
            content = script_of(year, found)
            name = f"data/listening-{year}.js"
            source.covers.site.put(name, content)
            addresses[year] = f"{name}?{version_of(content)}"
    return addresses


def script_of(year: int, found: Mapping[str, Any]) -> bytes:
    """The file."""
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    packed = base64.b64encode(zlib.compress(text.encode(), LEVEL)).decode()
    return f'listening("{year}", "{packed}");\n'.encode()


def read_year(source: Source, year: int) -> dict[str, Any]:
    """What was heard in a year: a list per column; a day's tracks are ascending, each as the distance from the one before."""
    span = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    days = source.rows("site_top.year_days", **span)
    if not days:
        return {"days": []}
    tracks = source.rows("site_top.year_tracks", year=year)
    artists = source.rows(
        "site_top.artists_of", places=sorted({each for row in tracks for each in row["artists"]})
    )
    albums = source.rows("site_top.albums_of", places=sorted({row["album"] for row in tracks}))
    genres = source.rows("site_top.genres_of", artists=[row["place"] for row in artists])
    return {
        "tracks": _columns(tracks, "place", "goal", "name", "link", "album", "artists"),
        "artists": _columns(artists, "place", "name", "genres"),
        "albums": _columns(albums, "place", "name", "artists"),
        "genres": _columns(genres, "place", "name"),
        "days": [
            [(row["day"] - span["first"]).days, _distances(row["tracks"]), row["plays"], row["seconds"]]
            for row in days
        ],
    }


def _columns(rows: Sequence[Mapping[str, Any]], *names: str) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in names]


def _distances(ascending: Sequence[int]) -> list[int]:
    return [each - before for before, each in zip([0, *ascending], ascending, strict=False)]
