"""The library and the playlists of the account data."""

from datetime import date

from tests.utils.history.conftest import EPISODE, SHOW, TRACK, stream, written
from utils.history.found import find
from utils.history.library_files import (
    ExportedPlaylist,
    LibraryEntry,
    PlaylistItem,
    read_library,
    read_playlists,
)
from utils.history.names import Kind

LIBRARY = {
    "tracks": [{"artist": "A", "album": "L", "track": "S", "uri": TRACK}],
    "albums": [{"artist": "A", "album": "L", "uri": "spotify:album:l"}],
    "shows": [{"name": "Show", "publisher": "P", "uri": SHOW}],
    "episodes": [{"name": "Talk", "show": "Show", "uri": EPISODE}],
    "bannedTracks": [{"artist": "A", "album": "L", "track": "T", "uri": None}],
    "artists": [{"name": "A", "uri": "spotify:artist:a"}, {"name": "\x00"}, None],
    "bannedArtists": [],
    "other": ["spotify:user:x:collection"],
}
PLAYLISTS = {
    "playlists": [
        {
            "name": "Mine",
            "lastModifiedDate": "2025-03-04",
            "collaborators": ["A Person"],
            "items": [
                {
                    "track": {"trackName": "S", "artistName": "A", "albumName": "L", "trackUri": TRACK},
                    **{"episode": None, "audiobook": None, "localTrack": None, "addedDate": "2024-02-03"},
                },
                {
                    "track": None,
                    "episode": {"episodeName": "Talk", "showName": "Show", "episodeUri": EPISODE},
                },
                {"track": None, "localTrack": {"uri": "spotify:local:A:L:S:1"}},
                {"track": None, "addedDate": "soon"},
                None,
            ],
            "description": None,
            "numberOfFollowers": 3,
        },
        {"name": None, "items": None, "lastModifiedDate": 5, "numberOfFollowers": 10**12},
        None,
    ]
}


def test_the_library_by_its_kinds():
    assert list(read_library(stream(LIBRARY), "a")) == [
        LibraryEntry("track", TRACK, "S", "A", "L"),
        LibraryEntry("album", "spotify:album:l", "L", "A", None),
        LibraryEntry("show", SHOW, "Show", "P", None),
        LibraryEntry("episode", EPISODE, "Talk", None, "Show"),
        LibraryEntry("banned track", None, "T", "A", "L"),
        LibraryEntry("artist", "spotify:artist:a", "A", None, None),
    ]


def test_trap_22_a_library_without_tracks_says_nothing_of_them():
    assert next(read_library(stream({**LIBRARY, "tracks": []}), "a")).kind == "album"
    assert not {"added_at", "date"} & set(LibraryEntry._fields)


def test_playlists_as_of_a_day_without_other_people():
    first, second = read_playlists(stream(PLAYLISTS), "a")
    assert first == ExportedPlaylist(
        "Mine",
        date(2025, 3, 4),
        None,
        3,
        (
            PlaylistItem("track", TRACK, "S", "A", "L", date(2024, 2, 3)),
            PlaylistItem("episode", EPISODE, "Talk", None, "Show", None),
            PlaylistItem("local", "spotify:local:A:L:S:1", None, None, None, None),
            *[PlaylistItem("unknown", None, None, None, None, None)] * 2,
        ),
    )
    assert second == ExportedPlaylist(None, None, None, None, ())
    assert "A Person" not in repr(first)


def test_they_are_found_by_name_and_shape(tmp_path):
    written(tmp_path / "MyData" / "YourLibrary.json", LIBRARY)
    written(tmp_path / "MyData" / "Playlist1.json", PLAYLISTS)
    written(tmp_path / "MyData" / "Playlist2.json", {"playlists": []})
    written(tmp_path / "Playlist3.json", {"else": 1})
    written(tmp_path / "other" / "YourLibrary.json", {**LIBRARY, "tracks": LIBRARY["tracks"] * 3_000})
    found = find([tmp_path], needs_history=False)
    assert [file.kind for file in found.files] == [Kind.LIBRARY] * 2 + [Kind.PLAYLISTS] * 2
    assert found.notes() == ["1 other file holds no history: left alone"]
    assert found.library == found.files
    assert found.histories == ()
