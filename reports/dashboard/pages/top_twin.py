"""The rankings for programs: `top.json`, with what the page shows by default, and of all time."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.dashboard.ranges import Range
from reports.dashboard.scope import Source
from reports.dashboard.twins import RANKINGS, put_json

Row = Mapping[str, Any]
Stretches = Mapping[
    str, tuple[Range, Row, Mapping[str, Sequence[Row]]]
]  # by name, each with its sums and rankings


def put_twin(source: Source, stretches: Stretches, told: Row) -> None:
    """Write it. `told`: months and Spotify's own rankings, as the page has them."""
    found = twin(source, stretches, told)
    put_json(source, RANKINGS, found, {**found, "as_of": None})


def twin(source: Source, stretches: Stretches, told: Row) -> dict[str, Any]:
    """What the file says."""
    return {
        "user_id": source.scope.user_id,
        "as_of": source.scope.now.isoformat(timespec="seconds"),
        "time_zone": source.scope.zone.key,
        **{name: stretch_of(*each) for name, each in stretches.items()},
        "top_artist_by_month": [_month(each) for each in told["months"] if each["artists"]],
        "top_items": _spotifys(told["spotify"]),
    }


def stretch_of(shown: Range, said: Row, rankings: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """A stretch of days with its sums (`said` of the page) and its rankings."""
    return {
        "range": shown.key,
        "first_day": shown.first.isoformat(),
        "last_day": said["last"].isoformat(),
        "plays": said["plays"],
        "minutes": minutes_of(said["heard_ms"]),
        **{f"top_{kind}": [ranked(kind, row) for row in rows] for kind, rows in rankings.items()},
    }


def ranked(kind: str, row: Row) -> dict[str, Any]:
    """A row of a ranking."""
    found = {"rank": row["rank"], "name": row["name"], "plays": row["plays"]}
    found["minutes"] = minutes_of(row["heard_ms"])
    if kind != "genres":
        found["spotify_id"] = row["link"] if kind == "tracks" else row["cover_id"]
    if kind in ("tracks", "albums"):
        found["artists"] = [name for name, _ in row["artists"]]
    return found


def _month(month: Row) -> dict[str, Any]:
    return {
        "month": month["key"],
        "artists": [{"spotify_id": each["artist_id"], "name": each["name"]} for each in month["artists"]],
        "plays": month["plays"],
        "of_plays": month["of"],
    }


def _spotifys(rankings: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """By the names of Spotify's ranges, then `artists` and `tracks`."""
    found: dict[str, dict[str, Any]] = {}
    for each in rankings:
        found.setdefault(each["range"], {})[f"{each['kind']}s"] = {
            "captured_on": each["on"].isoformat(),
            "items": [
                {
                    "rank": row["rank"],
                    "spotify_id": row["link"] if each["kind"] == "track" else row["cover_id"],
                    "name": row["name"],
                }
                for row in each["rows"]
            ],
        }
    return found


def minutes_of(heard_ms: int) -> float:
    """To a tenth."""
    return round(heard_ms / 60_000, 1)
