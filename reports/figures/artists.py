"""Who is meant by the name of an artist, and what was heard of them."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playlists.language.texts import fold, link_in
from reports.dashboard.pages.top import WITHOUT_LIMIT
from reports.dashboard.ranges import last_day
from reports.figures.said import name_text
from reports.figures.stretches import Heard
from utils.errors import SettingsError
from utils.terminal import one_printable_line
from utils.words import counted

Row = Mapping[str, Any]
NAMED = 8  # artists that a message names
LONGEST = 200  # characters of a name that somebody types


@dataclass(frozen=True)
class Artist:
    """What was heard of one in a stretch. `row`: as the ranking of artists by plays has it, `by_time` as that by minutes."""

    row: Row
    by_time: Row | None
    days: Sequence[Row]  # with plays, in order
    tracks: Sequence[Row]


def read_artist(heard: Heard, name: str, by: str) -> Artist:
    """The artist of that name, in the stretch, whose rankings have to be without a limit. Raises SettingsError."""
    played = heard.ranking("artists", "plays", WITHOUT_LIMIT)
    row = _meant(name, played, heard)
    by_time = [
        each for each in heard.ranking("artists", "minutes", WITHOUT_LIMIT) if each["item"] == row["item"]
    ]
    stretch = {"artist": row["item"], "first": heard.range.first, "last": last_day(heard.source.scope)}
    stretch["last"] = min(stretch["last"], heard.range.last)
    return Artist(
        row,
        by_time[0] if by_time else None,
        [each for each in heard.source.rows("figures.artist_days", **stretch) if each["plays"]],
        heard.source.rows("figures.artist_tracks", artist=row["item"], by=by),
    )


def _meant(name: str, played: Sequence[Row], heard: Heard) -> Row:
    """By id or link; else by name, without regard to case and accents: the whole of it, else a part."""
    shown, wanted, link = one_printable_line(name, 60), fold(name[:LONGEST].strip()), link_in(name)
    by_name = [(fold(row["name"] or ""), row) for row in played]
    artist_id = link.spotify_id if link and link.kind == "artist" else name.strip()
    found = [row for row in played if row["link"] == artist_id]
    found = found or [row for folded, row in by_name if folded and folded == wanted]
    found = found or [row for folded, row in by_name if wanted and wanted in folded]
    if len(found) == 1:
        return found[0]
    if found:
        more = f", and {len(found) - NAMED} more" if len(found) > NAMED else ""
        raise SettingsError(
            f"{shown!r} can be {', '.join(_said(row) for row in found[:NAMED])}{more}.",
            "Name one of them in full, or by the id behind its name.",
        )
    names = dict(reversed(by_name))  # of those who share a name, the one played most
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    said = f" The nearest names: {', '.join(_said(names[folded]) for folded in near)}." if near else ""
    when = "" if heard.range.unit == "all" else f" in {heard.range.key}"
    raise SettingsError(
        f"No artist called {shown!r} was played{when}.{said}",
        "./run stats top names those who were played most; a part of a name is enough.",
    )


def _said(row: Row) -> str:
    """With what tells those of one name apart."""
    of = f", {row['link']}" if row["link"] else ""
    return f"{one_printable_line(name_text(row['name']), 60)} ({counted(row['plays'], 'play')}{of})"
