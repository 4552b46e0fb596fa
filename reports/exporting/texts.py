"""The forms that are text: CSV, ListenBrainz's JSON Lines, Last.fm's pages of JSON."""

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Any, TextIO

from reports.exporting.account import NO_LINK, Account
from reports.exporting.columns import COLUMNS, texts_of
from reports.exporting.plays import AUDIOBOOK, EPISODE, Play

CLIENT = "spotify-library-mirror"  # as ListenBrainz shows what has sent a listen
PAGE = 200  # scrobbles, as Last.fm's API gives at most
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate
_REMEMBERED_S = (
    2 * 24 * 60 * 60
)  # of scrobbles: plays come in the order of their ends, and begin within a day of them
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_csv(
    plays: Iterable[Play], out: TextIO, account: Account, zone: tzinfo, *, for_spreadsheets: bool
) -> None:
    """A line of names, then one per play.

    `for_spreadsheets`: with the mark by which they know UTF-8, and ' before what they would take for a formula.
    """
    if for_spreadsheets:
        out.write("\ufeff")
    writer = csv.writer(
        out
    )  # RFC 4180, with its ends of lines: only so it quotes each kind of them within a name
    writer.writerow([column.name for column in COLUMNS])
    rows = map(texts_of(zone), account.counted(plays))
    writer.writerows(map(_guarded, rows) if for_spreadsheets else rows)


def _guarded(cells: list[str | int | None]) -> list[str | int | None]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in cells]


def write_listenbrainz(plays: Iterable[Play], out: TextIO, account: Account) -> None:
    """A listen per line, as in ListenBrainz's own exports."""
    for play in account.counted(_linked(account.named(plays), account)):
        out.write(json.dumps(listen(play), ensure_ascii=False, separators=(",", ":")) + "\n")


def _linked(plays: Iterable[Play], account: Account) -> Iterator[Play]:
    """Without chapters of audiobooks, and episodes of which no link says that they are some."""
    for play in plays:
        if play.kind == AUDIOBOOK or (play.kind == EPISODE and play.uri is None):
            account.left_out[NO_LINK] += 1
        else:
            yield play


def listen(play: Play) -> dict[str, Any]:
    """As ListenBrainz has it. `listened_at` is the beginning; what is not known is not there."""
    names = play.artist_names
    if play.kind == EPISODE:
        names = names or [play.album or play.name or ""]
    info = {
        "submission_client": CLIENT,
        "music_service": "spotify.com" if play.is_of_spotify else None,
        "spotify_id": _link(play.uri),
        "origin_url": _link(play.uri),
        "duration_ms": play.duration_ms,
        "ms_played": play.ms_played,
        "isrc": play.isrc,
        "artist_names": names if len(names) > 1 else None,
        "spotify_album_id": f"https://open.spotify.com/album/{play.album_id}" if play.album_id else None,
    }
    metadata = {
        "artist_name": ", ".join(names),
        "track_name": play.name,
        "release_name": play.album,
        "additional_info": _known(info),
    }
    return {"listened_at": _seconds(play.listened_at), "track_metadata": _known(metadata)}


def _link(uri: str | None) -> str | None:
    """`spotify:track:<id>` → `https://open.spotify.com/track/<id>`."""
    if uri is None:
        return None
    return "https://open.spotify.com/" + "/".join(uri.split(":")[1:])


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def write_lastfm(plays: Iterable[Play], out: TextIO, account: Account) -> None:
    """Pages of scrobbles, as the tools that copy Last.fm's write them, but the oldest first."""
    scrobbles = map(scrobble, account.counted(account.named(plays)))
    different = _different(scrobbles)
    out.write("[")
    between = "\n"
    while page := list(islice(different, PAGE)):
        out.write(between + json.dumps({"track": page}, ensure_ascii=False, separators=(",", ":")))
        between = ",\n"
    out.write("\n]\n")


Scrobble = tuple[int, str, str, str]  # seconds, artist, title, album


def scrobble(play: Play) -> Scrobble:
    """What Last.fm keeps of a play: its beginning, and names; of several artists the main one, as Spotify itself sends it."""
    return _seconds(play.listened_at), play.artist_names[0], play.name or "", play.album or ""


def _different(scrobbles: Iterable[Scrobble]) -> Iterator[dict[str, Any]]:
    """As Last.fm has them. Of two of one title in one second it keeps one, and says nothing: so the second is put a second later."""
    taken: set[tuple[int, str, str]] = set()
    order: deque[tuple[int, str, str]] = deque()
    for seconds, artist, title, album in scrobbles:
        key = (seconds, artist.casefold(), title.casefold())
        while key in taken:
            key = (key[0] + 1, *key[1:])
        taken.add(key)
        order.append(key)
        while order[0][0] < key[0] - _REMEMBERED_S:
            taken.discard(order.popleft())
        yield {
            "artist": {"mbid": "", "#text": artist},
            "album": {"mbid": "", "#text": album},
            "name": title,
            "mbid": "",
            "date": {"uts": str(key[0]), "#text": _day_and_minute(key[0])},
        }


def _day_and_minute(seconds: int) -> str:
    """`05 Apr 2010, 11:59`, in English whatever this machine speaks."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.day:02} {_MONTHS[at.month - 1]} {at.year}, {at.hour:02}:{at.minute:02}"


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp() // 1)
