"""The account data: minutes of the last year, the library without dates, and files that nobody may open."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from simulator import generate
from simulator.exports.account_data import account_data
from simulator.exports.export import write_export
from simulator.exports.extended import FORMS, rows
from simulator.exports.habits import Habits
from simulator.exports.listening import Truth
from simulator.exports.personal import PERSONAL_FILES, PERSONAL_MARKS
from simulator.exports.years import listenings

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
MUSIC = ["endTime", "artistName", "trackName", "msPlayed"]
KEYS = {
    "music": MUSIC,
    "podcast": ["endTime", "podcastName", "episodeName", "msPlayed"],
    "audiobook": ["endTime", "audiobookName", "chapterName", "authorName", "msPlayed"],
}


@pytest.fixture(scope="module")
def library():
    return generate(liked=300, albums=30, plays=150, now=NOW)


@pytest.fixture(scope="module")
def heard(library):
    habits = Habits(videos=0.1, spoken=0.2)
    return list(listenings(library, NOW - timedelta(days=500), NOW, rows=20_000, habits=habits))


def read(members):
    return {member.name: json.loads(member.content) for member in members if member.name.endswith(".json")}


@pytest.fixture(scope="module")
def written(library, heard):
    truth = Truth()
    return read(account_data(library, heard, NOW, truth)), truth


def test_the_files(written):
    files, _ = written
    names = [name.removeprefix("Spotify Account Data/") for name in files]
    assert {"StreamingHistory_music_0.json", "StreamingHistory_music_1.json"} <= set(names)
    assert {"StreamingHistory_podcast_0.json", "StreamingHistory_audiobook_0.json"} <= set(names)
    assert {"YourLibrary.json", "Playlist1.json", "Wrapped2025.json", *PERSONAL_FILES} <= set(names)
    assert len(files["Spotify Account Data/StreamingHistory_music_0.json"]) == 10_000


def test_minutes_of_the_last_year(written, heard):
    files, truth = written
    year = [each for each in heard if each.noted_ms >= (NOW.timestamp() - 365 * 86400) * 1000]
    total = 0
    for kind, keys in KEYS.items():
        found = [row for name, content in files.items() if f"_{kind}_" in name for row in content]
        assert {tuple(row) for row in found} == {tuple(keys)}
        times = [row["endTime"] for row in found]
        assert times == sorted(times)
        assert all(datetime.strptime(time, "%Y-%m-%d %H:%M") for time in times)  # noqa: DTZ007 - its form
        assert len({tuple(row.values()) for row in found}) == len(found)
        total += len(found)
    assert total + truth.merged == sum(each.item.kind != "nothing" for each in year)
    assert truth.merged > 0
    music = [row for name, content in files.items() if "_music_" in name for row in content]
    minutes = Counter((row["ts"][:16].replace("T", " "), row["ms_played"]) for row in rows(year))
    assert all(minutes[row["endTime"], row["msPlayed"]] for row in music)


def test_in_2023_podcasts_stood_among_the_music(library):
    then = datetime(2023, 6, 1, tzinfo=UTC)
    heard = list(listenings(library, then - timedelta(days=300), then, rows=3000, habits=Habits(spoken=0.3)))
    files = read(account_data(library, heard, then))
    assert "MyData/StreamingHistory0.json" in files
    assert {tuple(row) for row in files["MyData/StreamingHistory0.json"]} == {tuple(MUSIC)}
    shows = {each.item.album for each in heard if each.item.kind == "episode"}
    assert shows & {row["artistName"] for row in files["MyData/StreamingHistory0.json"]}


def test_the_library_has_no_dates(library, written):
    content = written[0]["Spotify Account Data/YourLibrary.json"]
    assert list(content) == [
        *("tracks", "albums", "shows", "episodes", "bannedTracks", "artists", "bannedArtists", "other")
    ]
    assert {row["uri"] for row in content["tracks"]} == {
        f"spotify:track:{name}" for name in library.liked_rows()
    }
    assert {tuple(row) for row in content["tracks"]} == {("artist", "album", "track", "uri")}
    assert {tuple(row) for row in content["albums"]} == {("artist", "album", "uri")}
    assert len(content["artists"]) == len(library.followed)
    earlier = NOW - timedelta(days=400)
    before = read(account_data(library, [], earlier))["Spotify Account Data/YourLibrary.json"]
    assert 0 < len(before["tracks"]) < len(content["tracks"])


def test_playlists_have_names_and_days(library, written):
    playlists = written[0]["Spotify Account Data/Playlist1.json"]["playlists"]
    own = [p for p in library.playlists.values() if p.owner_id == library.user.id]
    assert [p["name"] for p in playlists] == [p.name for p in own]
    kinds = Counter()
    for playlist, made in zip(playlists, own, strict=True):
        assert list(playlist) == [
            *("name", "lastModifiedDate", "items", "description", "numberOfFollowers", "collaborators")
        ]
        tracks = [item["track"]["trackUri"] for item in playlist["items"] if item["track"]]
        assert tracks == [f"spotify:track:{name}" for name in made.track_ids()]
        for item in playlist["items"]:
            assert list(item) == ["track", "episode", "localTrack", "audiobook", "addedDate"]
            kinds.update(kind for kind in ("track", "episode", "localTrack") if item[kind])
    assert kinds["track"] > kinds["episode"] > 0
    assert kinds["localTrack"] > 0
    old = read(account_data(library, [], datetime(2023, 6, 1, tzinfo=UTC)))["MyData/Playlist1.json"]
    assert "collaborators" not in old["playlists"][0]


def test_every_personal_mark_is_in_an_export_and_only_in_files_not_to_be_opened(library, heard):
    members = list(account_data(library, heard, NOW))
    marked = {
        member.name.rpartition("/")[2]
        for member in members
        if any(mark.encode() in member.content for mark in PERSONAL_MARKS)
    }
    assert marked == {*PERSONAL_FILES, "Wrapped2025.json"}
    everything = b"".join(member.content for member in members).decode()
    everything += json.dumps([next(rows(heard, form)) for form in FORMS.values()])
    assert [mark for mark in PERSONAL_MARKS if mark not in everything] == []


def test_written_alone_and_beside_the_extended_history(library, tmp_path):
    alone = write_export(library, tmp_path / "alone", NOW, form="account", rows=3000, years=3, as_zip=False)
    assert {path.parent.name for path in alone.paths} == {"Spotify Account Data"}
    files = [json.loads(path.read_text("utf-8")) for path in alone.paths if "StreamingHistory_" in path.name]
    assert sum(map(len, files)) == alone.truth.rows - alone.truth.merged - alone.truth.by_kind["nothing"]
    both = write_export(library, tmp_path / "both", NOW, form="all", rows=3000, years=3, as_zip=False)
    assert both.truth.rows == 3000
    assert {path.parent.name for path in both.paths} == {
        "Spotify Account Data",
        "Spotify Extended Streaming History",
        "Spotify Technical Log Information",
    }
    assert len(both.paths) > 157
