"""The account data: the last year in minutes, the library without dates, and files about the person.

`endTime` is UTC, the minute of the end, cut. Rows that are equal in everything become one, as Spotify does it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from simulator.exports.listening import (
    CHAPTER,
    EPISODE,
    MINUTE,
    NOTHING,
    Listening,
    Truth,
    to_datetime,
    to_ms,
)
from simulator.exports.package import Member
from simulator.exports.personal import FRIEND, personal_files
from simulator.exports.repertoire import item_of
from simulator.world.catalogue import Playlist, PlaylistItem
from simulator.world.library import Library

ROWS_A_FILE = 10_000
LAST_YEAR = timedelta(days=365)
Json = dict[str, object]


@dataclass(frozen=True)
class AccountForm:
    """How the account data looked at one age.

    Up to the end of 2023 podcasts stood among the music; `collaborators` of playlists came in 2025, the day of an entry and audiobooks in 2024.
    """

    folder: str
    has_kinds: bool
    has_dates: bool
    has_collaborators: bool


def account_form_of(at: datetime) -> AccountForm:
    """The form that account data had that was asked for at a moment."""
    folder = "MyData" if (at.year, at.month, at.day) < (2023, 12, 15) else "Spotify Account Data"
    return AccountForm(folder, at.year >= 2024, at.year >= 2024, at.year >= 2025)


def account_data(
    library: Library, listenings: Iterable[Listening], at: datetime, truth: Truth | None = None
) -> Iterator[Member]:
    """All files of the account data that was asked for at `at` (aware); `truth` counts the rows that became one."""
    form = account_form_of(at)
    files: dict[str, list[Json]] = {"music": [], "podcast": [], "audiobook": []}
    for kind, row in _minutes(listenings, at, truth or Truth()):
        files[kind if form.has_kinds else "music"].append(row)
    for kind, rows in files.items():
        name = f"StreamingHistory_{kind}_" if form.has_kinds else "StreamingHistory"
        for number, start in enumerate(range(0, len(rows), ROWS_A_FILE)):
            part = rows[start : start + ROWS_A_FILE]
            if not form.has_kinds:
                part = [dict(zip(_MUSIC_KEYS, islice(row.values(), 4), strict=True)) for row in part]
            yield _file(form, f"{name}{number}.json", part)
    yield _file(form, "YourLibrary.json", your_library(library, at))
    yield _file(form, "Playlist1.json", {"playlists": _playlists(library, at, form)})
    for name, content in personal_files(at.year).items():
        yield _file(form, name, content)


def _file(form: AccountForm, name: str, content: object) -> Member:
    return Member(f"{form.folder}/{name}", json.dumps(content, indent=2, ensure_ascii=False).encode())


# The last year

_MUSIC_KEYS = ("endTime", "artistName", "trackName", "msPlayed")


def _minutes(listenings: Iterable[Listening], at: datetime, truth: Truth) -> Iterator[tuple[str, Json]]:
    since = to_ms(at - LAST_YEAR)
    minute, of_this_minute = -1, set[tuple[object, ...]]()
    for heard in listenings:
        if heard.noted_ms < since or heard.item.kind == NOTHING:
            continue
        if heard.noted_ms // MINUTE != minute:
            minute = heard.noted_ms // MINUTE
            of_this_minute.clear()
        kind, row = _minute_row(heard)
        values = (kind, *row.values())
        if values in of_this_minute:
            truth.merged += 1
            continue
        of_this_minute.add(values)
        yield kind, row


def _minute_row(heard: Listening) -> tuple[str, Json]:
    """Which file the row stands in, and the row."""
    item, end = heard.item, f"{to_datetime(heard.noted_ms):%Y-%m-%d %H:%M}"
    if item.kind == EPISODE:
        names: Json = {"podcastName": item.album, "episodeName": item.name}
    elif item.kind == CHAPTER:
        names = {"audiobookName": item.album, "chapterName": item.name, "authorName": item.artist}
        return "audiobook", {"endTime": end, **names, "msPlayed": heard.ms_played}
    else:
        names = {"artistName": item.artist, "trackName": item.name}
    kind = "podcast" if item.kind == EPISODE else "music"
    return kind, {"endTime": end, **names, "msPlayed": heard.ms_played}


# The library


def your_library(library: Library, at: datetime) -> Json:
    """`YourLibrary.json`: what was in the library at a moment, as names and URIs, without dates."""
    liked = [
        library.tracks[entry.track_id] for entry in library.liked if entry.track_id and entry.added_at < at
    ]
    saved = [
        library.albums[entry.album_id]
        for entry in library.saved_albums
        if entry.album_id and entry.added_at < at
    ]
    items = [item_of(library, track) for track in liked]
    return {
        "tracks": [
            {
                "artist": item.artist,
                "album": item.album,
                "track": item.name,
                "uri": f"spotify:track:{item.id}",
            }
            for item in items
        ],
        "albums": [
            {
                "artist": library.artists[album.artist_ids[0]].name,
                "album": album.name,
                "uri": f"spotify:album:{album.id}",
            }
            for album in saved
        ],
        "shows": [],
        "episodes": [
            {"name": episode.name, "show": episode.show_name, "uri": f"spotify:episode:{episode.id}"}
            for episode in (library.episodes[name] for name in library.saved_episodes)
        ],
        "bannedTracks": [],
        "artists": [
            {"name": library.artists[name].name, "uri": f"spotify:artist:{name}"} for name in library.followed
        ],
        "bannedArtists": [],
        "other": [],
    }


def _playlists(library: Library, at: datetime, form: AccountForm) -> list[Json]:
    """The listener's own playlists with the entries that they had at a moment."""
    found = []
    for name in library.user_playlists:
        playlist = library.playlists[name] if name else None
        if playlist is not None and playlist.owner_id == library.user.id:
            found.append(_playlist(library, playlist, at, form))
    return found


def _playlist(library: Library, playlist: Playlist, at: datetime, form: AccountForm) -> Json:
    items = [item for item in playlist.items if item.added_at is not None and item.added_at < at]
    changed = max((item.added_at for item in items if item.added_at), default=at)
    found: Json = {
        "name": playlist.name,
        "lastModifiedDate": f"{changed:%Y-%m-%d}",
        "items": [_entry(library, item, form) for item in items if item.kind != "gone"],
        "description": playlist.description,
        "numberOfFollowers": playlist.followers,
    }
    if form.has_collaborators:
        found["collaborators"] = [FRIEND] if playlist.collaborative else []
    return found


def _entry(library: Library, item: PlaylistItem, form: AccountForm) -> Json:
    found: Json = {"track": None, "episode": None, "localTrack": None}
    if item.local is not None:
        found["localTrack"] = {"uri": item.local.uri}
    elif item.kind == "track" and item.id in library.tracks:
        track = item_of(library, library.tracks[item.id])
        found["track"] = {
            "trackName": track.name,
            "artistName": track.artist,
            "albumName": track.album,
            "trackUri": f"spotify:track:{track.id}",
        }
    elif item.kind == "episode" and item.id in library.episodes:
        episode = library.episodes[item.id]
        found["episode"] = {
            "episodeName": episode.name,
            "showName": episode.show_name,
            "episodeUri": f"spotify:episode:{episode.id}",
        }
    if form.has_dates:
        found |= {"audiobook": None, "addedDate": f"{item.added_at:%Y-%m-%d}"}
    return found
