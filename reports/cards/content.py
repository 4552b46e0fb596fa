"""What a card says: one message and at most five rows, or ten short ones. Times of day and gaps are nobody else's, and on no card."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from reports.dashboard.heat_map import SAID_BELOW
from reports.dashboard.pages.top import WITHOUT_LIMIT
from reports.dashboard.pages.top_twin import minutes_of
from reports.dashboard.ranges import key_of_days
from reports.dashboard.scope import Source
from reports.dashboard.words import duration_text
from reports.figures.artists import read_artist
from reports.figures.said import days_text, name_text
from reports.figures.stretches import Heard, named_range
from utils.errors import SettingsError
from utils.terminal import one_printable_line
from utils.words import counted

FEW, MANY = 5, 10  # rows
NEW_MONTH, NEW_YEAR = (
    7,
    31,
)  # days: a younger month or year is told of once it is over, where the one before is known
UNITS = {"tracks": "track", "artists": "artist", "albums": "album"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ranked:
    """A row. `short`: its value without the unit, where the heading has that; `part`: of the first one, for its bar."""

    rank: int
    name: str
    value: str
    short: str
    part: float
    cover: Path
    is_round: bool


@dataclass(frozen=True)
class Card:
    """What is drawn. `figure`: empty on a list; `hero`: name and picture of what stands large, where there is something."""

    slug: str
    kicker: str
    title: str
    figure: str
    under: Sequence[str]
    of_rows: str
    rows: Sequence[Ranked]
    hero: tuple[str, Path, bool] | None
    footer: Sequence[str]


def year_card(source: Source, key: str, by: str) -> Card:
    """A calendar year; without a key the running one, or the last where it has only begun."""
    key = key or f"{_last_told(source, NEW_YEAR, '%Y'):%Y}"
    heard = Heard(source, named_range(key, source.scope))
    return _of_time(heard, f"year-{heard.range.first.year}", f"My {heard.range.first.year} in music", by)


def month_card(source: Source, key: str, by: str) -> Card:
    """A calendar month, likewise."""
    key = key or f"{_last_told(source, NEW_MONTH, '%Y-%m'):%Y-%m}"
    if not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", key, re.ASCII):
        raise SettingsError(f"{one_printable_line(key, 60)!r} is no month.", "Name one such as 2026-05.")
    heard = Heard(source, named_range(key, source.scope))
    return _of_time(heard, f"month-{heard.range.first:%Y-%m}", f"My {heard.range.first:%B %Y}", by)


def _last_told(source: Source, days: int, form: str) -> date:
    """A day of the month or year (by `form`) that is told of: the one so many days ago if it has plays, else that of the last play."""
    ago = max(source.scope.today - timedelta(days=days), source.scope.first_day)
    told = {f"{day:{form}}" for day in source.days}
    return ago if f"{ago:{form}}" in told else max(source.days)


def _of_time(heard: Heard, slug: str, title: str, by: str) -> Card:
    _check(heard)
    said = heard.said
    artists = heard.ranking("artists", by, FEW)
    rows = _rows(heard, artists, by)
    first, last = heard.range.first, said["last"]
    played = sum(1 for day, row in heard.days.items() if first <= day <= last and row["plays"])
    return Card(
        slug,
        title,
        "",
        duration_text(said["heard_ms"]),
        [f"{counted(said['plays'], 'play')} on {counted(played, 'day')}"],
        "Top artists" if len(rows) > 1 else "Top artist",
        rows,
        _hero(rows),
        _footer(heard),
    )


def top_card(source: Source, key: str, kind: str, by: str) -> Card:
    """The first ten tracks, artists or albums of a stretch."""
    heard = Heard(source, named_range(key, source.scope) if key else None)
    _check(heard)
    rows = _rows(heard, heard.ranking(kind, by, MANY), by)
    if not rows:
        raise SettingsError(
            f"Of what was heard in {heard.range.key} none of the {kind} are known yet.",
            "Name another --kind; ./run sync_tracks fetches what is lacking.",
        )
    what = f"My top {len(rows)} {kind}" if len(rows) > 1 else f"My top {UNITS[kind]}"
    return Card(
        f"top-{kind}-{_slug_of(heard)}",
        f"{what} by {by}",
        _name_of(heard),
        "",
        [],
        "",
        rows,
        None,
        _footer(heard),
    )


def artist_card(source: Source, name: str, key: str, by: str) -> Card:
    """One artist, with the tracks that were played most; of all time without a key."""
    heard = Heard(source, named_range(key or "all", source.scope), most=WITHOUT_LIMIT)
    found = read_artist(heard, name, by)
    row = found.by_time if by == "minutes" and found.by_time else found.row
    days = counted(len(found.days), "day")
    tracks = [
        Ranked(
            each["rank"],
            name_text(each["name"]),
            *_values(each, by),
            _part(each, found.tracks[0], by),
            _cover(source, "albums", each["album_id"]),
            False,
        )
        for each in found.tracks[:FEW]
    ]
    figure = duration_text(row["heard_ms"]) if by == "minutes" else counted(row["plays"], "play")
    other = counted(row["plays"], "play") if by == "minutes" else duration_text(row["heard_ms"])
    return Card(
        f"artist-{row['link'] or row['item']}-{_slug_of(heard)}",
        f"My number {row['rank']:,} artist",
        name_text(row["name"]),
        figure,
        [f"{other} on {days}"],
        "Top tracks" if len(tracks) > 1 else "Top track",
        tracks,
        (row["name"] or "", _cover(source, "artists", row["cover_id"]), True),
        _footer(heard),
    )


def _name_of(heard: Heard) -> str:
    """The stretch by a name that is still right when somebody sees the card later."""
    first, unit = heard.range.first, heard.range.unit
    names = {"year": f"{first.year}", "quarter": _slug_of(heard).replace("-", " "), "month": f"{first:%B %Y}"}
    return "All time" if unit == "all" else names.get(unit) or days_text(first, heard.said["last"])


def _slug_of(heard: Heard) -> str:
    """The same in the name of a file, so that next year's card does not want the name of this one's."""
    first, unit = heard.range.first, heard.range.unit
    names = {
        "year": f"{first.year}",
        "quarter": f"{first.year}-Q{first.month // 3 + 1}",
        "month": f"{first:%Y-%m}",
    }
    return "all" if unit == "all" else names.get(unit) or key_of_days(first, heard.said["last"])


def _check(heard: Heard) -> None:
    if not heard.said["plays"]:
        raise SettingsError(
            f"Nothing was heard in {heard.range.key}, so there is nothing to show.",
            "Name another range; ./run stats compare says what there is.",
        )


def _rows(heard: Heard, rows: Sequence[Row], by: str) -> list[Ranked]:
    return [
        Ranked(
            row["rank"],
            name_text(row["name"]),
            *_values(row, by),
            _part(row, rows[0], by),
            _cover(heard.source, row["cover_kind"], row["cover_id"]),
            row["cover_kind"] == "artists",
        )
        for row in rows
    ]


def _values(row: Row, by: str) -> tuple[str, str]:
    """With its unit, and without."""
    if by == "minutes":
        return duration_text(row["heard_ms"]), f"{round(minutes_of(row['heard_ms'])):,}"
    return counted(row["plays"], "play"), f"{row['plays']:,}"


def _part(row: Row, first: Row, by: str) -> float:
    measure = "heard_ms" if by == "minutes" else by
    return float(row[measure] / (first[measure] or 1))


def _hero(rows: Sequence[Ranked]) -> tuple[str, Path, bool] | None:
    return (rows[0].name, rows[0].cover, rows[0].is_round) if rows else None


def _cover(source: Source, kind: str, item_id: str | None) -> Path:
    return source.covers.artwork / "spotify" / kind / f"{item_id}.webp"


def _footer(heard: Heard) -> list[str]:
    """The range with both ends, and how far it is known."""
    said = heard.said
    first = max(heard.range.first, heard.source.scope.first_day)
    days = f"{days_text(first, said['last'])}{', so far' if said['is_running'] else ''}"
    known = "as far as known"
    if said["known"] < SAID_BELOW * said["days"]:
        known = f"as far as known: {said['known']:,} of {counted(said['days'], 'day')}"
    return [days, known]
