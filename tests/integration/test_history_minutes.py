"""Files that know the same scrobble to the second and to the minute, and tools whose rows have the same key: each play once, all named."""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tests.imported_history import IMPORT, import_text, silent_world
from utils import ROOT

SONG = "spotify:track:4uLU6hMCjMI75M1A2tKUQC"
BEGIN = datetime(2024, 5, 1, 10, 0, 20, tzinfo=UTC)
HEADER = "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
MINUTES = "lastfm_to_the_minute"


@pytest.fixture
def world(make_world):
    return silent_world(make_world)


@pytest.fixture
def import_(world, tmp_path):
    """Import a text as a file of that name; what was said."""
    return lambda name, text: import_text(world, tmp_path / name, text)


def after(*seconds):
    return [BEGIN + timedelta(seconds=each) for each in seconds]


def to_the_second(moments, song="Song"):
    return HEADER + "".join(f'{int(at.timestamp())},"",Artist,,Album,,{song},\n' for at in moments)


def to_the_minute(moments, song="Song"):
    return "".join(f"Artist,Album,{song},{at:%d %b %Y %H:%M}\n" for at in moments)


def plays(world):
    return world.rows("SELECT played_at, source, also_in FROM plays ORDER BY played_at, item_key, part")


@pytest.mark.parametrize("first", ["second", "minute"])
def test_both_forms_of_lastfms_csv_are_each_scrobble_once_with_its_second(world, import_, first):
    # A loop of a song of a minute, and the first second of a minute, in which both forms have the same key.
    moments = after(0, 60, 121, 180, 400, 3_580)
    files = {"second.csv": to_the_second(moments), "minute.csv": to_the_minute(moments)}
    names = sorted(files, key=lambda name: not name.startswith(first))
    assert "6 rows = 6 new plays\n" in import_(names[0], files[names[0]])
    if first == "minute":
        assert [source for _, source, _ in plays(world)] == [MINUTES] * 6
    assert "6 rows = 0 new plays + 6 merged" in import_(names[1], files[names[1]])
    assert plays(world) == [(at, "lastfm", [MINUTES]) for at in moments]


@pytest.mark.parametrize("first", ["second", "minute"])
def test_a_scrobble_of_another_minute_is_another_play_also_where_the_files_do_not_cover_the_same(
    world, import_, first
):
    exact, cut = after(0, 60, 120), after(60, 120, 180)
    files = {"second.csv": to_the_second(exact), "minute.csv": to_the_minute(cut)}
    for name in sorted(files, key=lambda name: not name.startswith(first)):
        import_(name, files[name])
    assert plays(world) == [
        (BEGIN, "lastfm", None),
        *((at, "lastfm", [MINUTES]) for at in exact[1:]),
        (cut[2].replace(second=0), MINUTES, None),
    ]


@pytest.mark.parametrize("order", list(permutations(["export.json", "second.csv", "minute.csv"])))
def test_with_spotifys_export_too_the_order_does_not_matter(world, import_, order):
    moments = after(0, 180, 365)
    rows = [
        {
            "ts": f"{at + timedelta(minutes=3):%Y-%m-%dT%H:%M:%SZ}",
            "ms_played": 180_000,
            "spotify_track_uri": SONG,
            "master_metadata_track_name": "Song",
            "master_metadata_album_artist_name": "Artist",
        }
        for at in moments[:2]  # the third was played elsewhere
    ]
    files = {
        "export.json": json.dumps(rows),
        "second.csv": to_the_second(moments),
        "minute.csv": to_the_minute(moments),
    }
    for name in order:
        import_(name, files[name])
    assert plays(world) == [
        *((at + timedelta(minutes=3), "export", ["lastfm", MINUTES]) for at in moments[:2]),
        (moments[2], "lastfm", [MINUTES]),
    ]


def test_account_data_of_another_time_than_the_export_is_another_play(world, import_):
    row = {
        "ts": "2024-05-01T10:00:30Z",
        "ms_played": 180_000,
        "spotify_track_uri": SONG,
        "master_metadata_track_name": "Song",
        "master_metadata_album_artist_name": "Artist",
    }
    import_("export.json", json.dumps([row]))
    later = {
        "endTime": "2024-05-01 10:20",
        "artistName": "Artist",
        "trackName": "Song",
        "msPlayed": 180_000,
    }
    assert "1 row = 1 new play\n" in import_("StreamingHistory_music_0.json", json.dumps([later]))
    assert [source for _, source, _ in plays(world)] == ["export", "account_data"]


def scrobbles_of_maloja(moments):
    return json.dumps(
        {
            "maloja": {"export_time": 1748738994},
            "scrobbles": [
                {"time": int(at.timestamp()), "track": {"artists": ["Artist"], "title": "Song"}}
                for at in moments
            ],
        }
    )


@pytest.mark.parametrize("first", ["lastfm", "maloja"])
def test_two_tools_of_the_same_key_are_one_row_that_names_both(world, import_, first):
    moments = after(0, 300)
    files = {"lastfm.csv": to_the_second(moments), "maloja_export.json": scrobbles_of_maloja(moments)}
    names = sorted(files, key=lambda name: not name.startswith(first))
    import_(names[0], files[names[0]])
    assert "2 rows = 0 new plays + 2 merged" in import_(names[1], files[names[1]])
    assert plays(world) == [(at, "lastfm", ["maloja"]) for at in moments]
    world.change("DELETE FROM imports")  # as if the content of the file were another
    assert "2 rows = 0 new plays + 2 already known" in import_(names[1], files[names[1]])
    assert plays(world) == [(at, "lastfm", ["maloja"]) for at in moments]


@pytest.mark.parametrize("first", ["api", "your_spotify"])
def test_what_the_api_tells_under_the_key_of_another_tool_is_the_apis(make_world, tmp_path, first):
    """your_spotify keeps the API's own moments."""
    world = make_world(liked=5, albums=2, plays=3, odd=False)
    assert world.run("api_syncs.track_plays").status == "done"
    told = world.rows("SELECT played_at, item_key FROM plays ORDER BY 1")
    file = tmp_path / "infos.json"
    file.write_text(
        json.dumps(
            [
                {"owner": "o", "id": key.split(":")[2], "durationMs": 1, "played_at": at.isoformat()}
                for at, key in told
            ]
        )
    )
    if first == "your_spotify":
        world.change("DELETE FROM plays")
    ended = world.call("-m", IMPORT, str(file))
    assert ended.returncode == 0, ended.stderr
    if first == "your_spotify":
        assert {source for _, source, _ in plays(world)} == {"your_spotify"}
        assert world.run("api_syncs.track_plays").status == "done"
    assert plays(world) == [(at, "api", ["your_spotify"]) for at, _ in told]


def test_what_was_stored_before_minutes_were_told_apart_is_mended_as_the_guide_says(world, import_):
    """The statement of docs/history.md, then a newer file that knows the second."""
    moments = after(0, 60, 100, 410, 3_570)
    import_("minute.csv", to_the_minute(moments))
    world.change("UPDATE plays SET source = 'lastfm'")
    import_("second.csv", to_the_second(moments))
    assert [source for _, source, _ in plays(world)] == ["lastfm"] * 9, "one of them was on a whole minute"
    (mending,) = re.findall(
        r'sql --write "(UPDATE plays SET source [^"]*)"', (ROOT / "docs" / "history.md").read_text()
    )
    world.change(mending)
    newer = [*moments, *after(4_000)]
    import_("newer.csv", to_the_second(newer))
    assert [(at, source) for at, source, _ in plays(world)] == [(at, "lastfm") for at in newer]
