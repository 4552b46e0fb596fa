"""What is stored of an export's rows: each trap of real files, from the file to the tables and views."""

import json
import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from simulator.exports import PERSONAL_MARKS, write_export
from tests.imported_history import IMPORT, import_text, silent_world

SONG = "spotify:track:4uLU6hMCjMI75M1A2tKUQC"
OTHER = "spotify:track:7GhIk7Il098yCjg4BQjzvb"


@pytest.fixture
def world(make_world):
    return silent_world(make_world)


def row(ts, ms_played=180_000, uri=SONG, **more):
    """A row of the extended history as it is since 2025."""
    return {
        "ts": ts,
        "platform": "android",
        "ms_played": ms_played,
        "conn_country": "DE",
        "ip_addr": "203.0.113.7",
        "master_metadata_track_name": "Song" if uri == SONG else "Other",
        "master_metadata_album_artist_name": "Artist",
        "master_metadata_album_album_name": "Album",
        "spotify_track_uri": uri,
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
        **more,
    }


def minute(end_time, track="Song", artist="Artist", ms_played=180_000):
    """A row of the account data."""
    return {"endTime": end_time, "artistName": artist, "trackName": track, "msPlayed": ms_played}


@pytest.fixture
def import_(world, tmp_path):
    """Import rows as a file of that name; what was said."""

    def run(rows, name="Streaming_History_Audio_2024_0.json"):
        world.sim.clear_requests()
        said = import_text(world, tmp_path / name, json.dumps(rows))
        assert world.sim.requests == [], "17: nothing is asked of Spotify"
        return said

    return run


def plays(world, columns="played_at, item_key, ms_played"):
    return world.rows(f"SELECT {columns} FROM plays ORDER BY played_at, item_key, part")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_1_2_podcasts_and_audiobooks_between_songs_are_kept_apart(world, import_):
    names = {"master_metadata_track_name": None, "master_metadata_album_artist_name": None}
    episode = {
        "episode_name": "One",
        "episode_show_name": "Show",
        "spotify_episode_uri": "spotify:episode:512ojhOuo1ktJprKbVcKyQ",
    }
    chapter = {
        "audiobook_title": "Book",
        "audiobook_uri": "spotify:show:4rOoJ6Egrf8K2IrywzwOMk",
        "audiobook_chapter_uri": "spotify:episode:0Q86acNRm6V9GYx55SXKwf",
        "audiobook_chapter_title": "Chapter 1",
    }
    said = import_(
        [
            row("2024-05-01T10:00:00Z"),
            row("2024-05-01T10:30:00Z", 1_800_000, None, **names, **episode),
            row("2024-05-01T10:40:00Z", 600_000, None, **names, **chapter),
            row("2024-05-01T10:43:00Z", uri=OTHER),
        ]
    )
    assert "4 rows = 2 new plays + 2 of podcasts and audiobooks" in said
    assert world.rows("SELECT kind, name, collection, ms_played FROM episode_plays ORDER BY played_at") == [
        ("episode", "One", "Show", 1_800_000),
        ("audiobook", "Chapter 1", "Book", 600_000),
    ]
    assert len(plays(world)) == 2


def test_3_rows_without_content_are_set_aside_and_can_be_listed(world, import_):
    empty = dict.fromkeys(key for key in row("") if key.startswith(("master_", "spotify_")))
    said = import_([row("2024-05-01T10:00:00Z"), {**row("2024-05-01T10:04:00Z", 11_458), **empty}])
    assert "2 rows = 1 new play + 1 set aside" in said
    listed = world.call("-m", IMPORT, "--aside").stdout
    assert "Streaming_History_Audio_2024_0.json: 1 row: no content (row 2)" in listed


def test_4_a_row_of_2020_is_known_by_its_names_and_no_place_is_kept(world, import_):
    old = {
        "ts": "2019-05-01T10:00:00Z",
        "username": "somebody",
        "ms_played": 200_000,
        "city": "Secretville",
        "latitude": 48.1,
        "master_metadata_track_name": "Song",
        "master_metadata_album_artist_name": "Artist",
        "master_metadata_album_album_name": "Album",
        "reason_end": "trackdone",
        "skipped": None,
    }
    import_([old], "endsong_0.json")
    [(key, name, artist, album, skipped)] = plays(
        world, "item_key, track_name, artist_name, album_name, skipped"
    )
    assert (key[:6], name, artist, album, skipped) == ("names:", "Song", "Artist", "Album", None)
    dumped = world.rows("SELECT p::text FROM plays AS p UNION ALL SELECT t::text FROM tracks AS t")
    assert not any("Secretville" in text or "somebody" in text for (text,) in dumped)


def test_6_lengths_are_kept_as_they_are(world, import_):
    import_(
        [
            row("2024-05-01T10:00:00Z", 0),
            row("2024-05-01T12:00:00Z", 5_984_871),
            row("2024-05-01T13:00:00Z", -5),
        ]
    )
    assert [ms for _, _, ms in plays(world)] == [0, 5_984_871]
    assert world.rows("SELECT reason FROM import_rows_aside") == [("negative milliseconds",)]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_7_the_machines_time_zone_changes_nothing(world, import_, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        import_([row("2024-05-01T10:00:00Z", offline_timestamp=1_714_557_420)])
    finally:
        monkeypatch.undo()
        os.environ.pop("TZ", None)
        time.tzset()
    assert plays(world) == [(at("2024-05-01T10:00:00"), SONG, 180_000)]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("America/New_York", ["2023-12-31", "2024-03-09", "2024-03-10", "2024-11-02", "2024-11-03"]),
        ("Europe/Berlin", ["2024-01-01", "2024-03-10", "2024-11-03"]),
        ("Asia/Kolkata", ["2024-01-01", "2024-03-10", "2024-11-03"]),
    ],
)
def test_8_day_and_hour_are_the_listeners(world, import_, zone, days):
    """The turn of the year, and the nights in which New York changes its clocks (05:00 and 06:00 UTC)."""
    world.change(f"UPDATE users SET time_zone = '{zone}'")
    import_(
        [
            row("2024-01-01T04:30:00Z"),  # 23:30 in New York
            row("2024-03-10T04:59:00Z"),  # 23:59 the day before
            row("2024-03-10T07:30:00Z"),  # 03:30, half an hour behind 01:59
            row("2024-11-03T03:30:00Z"),  # 23:30 the day before
            row("2024-11-03T05:30:00Z"),  # 01:30
            row("2024-11-03T06:30:00Z"),  # 01:30 once more
        ]
    )
    found = world.rows("SELECT day::text, sum(play_count)::integer FROM daily_metrics GROUP BY 1 ORDER BY 1")
    assert [day for day, _ in found] == days
    assert sum(count for _, count in found) == 6
    streaks = world.rows(
        "SELECT count(*) FROM (SELECT day - row_number() OVER (ORDER BY day)::integer AS island FROM daily_metrics) AS d "
        "GROUP BY island ORDER BY 1 DESC LIMIT 1"
    )
    assert streaks == [(2 if zone == "America/New_York" else 1,)], "days in a row"
    if zone == "America/New_York":
        hours = world.rows("SELECT hour FROM play_facts ORDER BY played_at")
        assert [hour for (hour,) in hours] == [23, 23, 3, 23, 1, 1]


@pytest.mark.parametrize(
    ("zone", "before", "hours"),
    [
        # The half hours around the change, in UTC: in spring an hour is left out, in autumn one comes twice.
        ("Europe/Berlin", "2024-03-31T00:15:00", [1, 1, 3, 3]),
        ("Europe/Berlin", "2024-10-27T00:15:00", [2, 2, 2, 2]),
        ("America/St_Johns", "2024-03-10T05:00:00", [1, 3, 3, 4]),
        ("America/St_Johns", "2024-11-03T03:45:00", [1, 1, 1, 1]),
        # By half an hour alone.
        ("Australia/Lord_Howe", "2024-10-05T15:00:00", [1, 2, 3, 3]),
        ("Australia/Lord_Howe", "2024-04-06T14:45:00", [1, 1, 2, 2]),
    ],
)
def test_8_the_hour_is_the_listeners_also_where_the_clocks_change(world, import_, zone, before, hours):
    world.change(f"UPDATE users SET time_zone = '{zone}'")
    moments = [at(before) + number * timedelta(minutes=30) for number in range(4)]
    import_([row(f"{moment:%Y-%m-%dT%H:%M:%SZ}", 180_000 + number) for number, moment in enumerate(moments)])
    found = world.rows("SELECT hour FROM play_facts ORDER BY played_at")
    assert [hour for (hour,) in found] == hours


def test_what_is_short_is_stored_and_counts_as_the_setting_says(world, import_):
    lengths = (2_000, 29_000, 30_000, 180_000)
    ends = [f"2024-05-01T10:{10 * number:02}:00Z" for number in range(4)]
    import_([row(end, ms, reason_end="fwdbtn") for end, ms in zip(ends, lengths, strict=True)])
    stored = plays(world)
    assert [ms for _, _, ms in stored] == list(lengths)
    for seconds, counted in ((None, 2), (29, 3), (0, 4), (31, 1)):
        if seconds is not None:
            ended = world.call("-m", "db.settings", "set", "plays.counted_from_seconds", str(seconds))
            assert ended.returncode == 0, ended.stderr
        assert world.run("api_syncs.materialized_views").status == "done"
        for count in (
            "SELECT play_count FROM track_plays",
            "SELECT play_count FROM daily_metrics",
            "SELECT play_count FROM daily_listening",
            "SELECT count(*) FROM counted_plays",
        ):
            assert world.rows(count) == [(counted,)]
        assert world.rows("SELECT heard_ms FROM daily_metrics") == [(sum(lengths),)]
    assert plays(world) == stored


def test_9_a_stamp_of_when_the_app_was_seen_again_is_not_the_end(world, import_):
    monday = at("2024-05-06T22:00:00")
    import_(
        [row("2024-05-08T08:00:00Z", 90_000, reason_end="logout", offline_timestamp=int(monday.timestamp()))]
    )
    assert plays(world, "played_at, stamped_at") == [
        (monday + timedelta(seconds=90), at("2024-05-08T08:00:00"))
    ]


def test_10_11_12_rows_that_share_a_second(world, import_):
    said = import_(
        [
            row("2024-05-01T10:00:00Z", 180_000),
            row("2024-05-01T10:00:00Z", 400, OTHER),
            row("2024-05-01T10:00:00Z", 0, reason_end="endplay"),
            row("2024-05-01T10:00:00Z", 180_000),
        ]
    )
    assert "4 rows = 3 new plays + 1 already known" in said
    assert [(key, ms) for _, key, ms in plays(world)] == [(SONG, 0), (SONG, 180_000), (OTHER, 400)]


def test_13_14_rows_that_overlap_or_continue_are_all_kept(world, import_):
    import_(
        [
            row("2024-05-01T10:03:00Z", 180_000),
            row("2024-05-01T10:03:30Z", 180_000, OTHER),
            row("2024-05-01T11:00:00Z", 120_000, reason_end="logout"),
            row("2024-05-01T11:05:00Z", 95_000, reason_start="appload"),
        ]
    )
    assert len(plays(world)) == 4


def test_15_of_two_downloads_the_one_fills_what_the_other_lacks(world, import_):
    first = row("2024-05-01T10:00:00Z", reason_end=None, shuffle=None)
    import_([{**first, "master_metadata_track_name": "Song"}])
    said = import_(
        [row("2024-05-01T10:00:00Z", shuffle=True, master_metadata_track_name="Song (new name)")],
        "endsong_1.json",
    )
    assert "1 row = 0 new plays + 1 already known" in said
    assert plays(world, "reason_end, shuffle") == [("trackdone", True)]
    assert world.rows(f"SELECT name, given_artist FROM tracks WHERE track_id = '{SONG[14:]}'") == [
        ("Song", "Artist")
    ]


def nameless(ts, ms_played=180_000):
    """The same row as an export of 2020 has it, which has no ids."""
    return {key: value for key, value in row(ts, ms_played).items() if "uri" not in key}


@pytest.mark.parametrize("first", ["names", "ids"])
def test_4_16_a_row_without_ids_and_the_same_with_them_are_one_play(world, import_, first):
    moments = ("2024-05-01T10:00:00Z", "2024-05-01T10:03:00Z", "2024-05-01T10:06:00Z")
    named = ([nameless(ts) for ts in moments], "endsong_0.json")
    whole = ([row(ts) for ts in moments], "Streaming_History_Audio_2024_0.json")
    files = (named, whole) if first == "names" else (whole, named)
    assert "3 rows = 3 new plays" in import_(*files[0])
    assert "3 rows = 0 new plays + 3 merged" in import_(*files[1])
    assert plays(world, "item_key, source, also_in") == [(SONG, "export", ["export_by_name"])] * 3
    world.change("DELETE FROM imports")
    assert "3 rows = 0 new plays + 3 already known" in import_(*named)


def test_24_a_deleted_play_does_not_come_back_by_its_names(world, import_):
    import_([row("2024-05-01T10:00:00Z")])
    world.change("INSERT INTO deleted_plays SELECT p.*, now() FROM plays AS p")
    world.change("DELETE FROM plays")
    import_([nameless("2024-05-01T10:00:00Z")], "endsong_0.json")
    assert plays(world) == []


def test_16_an_earlier_download_of_the_same_history_adds_nothing(world, tmp_path):
    now = datetime.now(UTC)
    with world.sim.edit() as library:
        whole = write_export(library, tmp_path / "a", now, rows=2_000, years=2)
        earlier = write_export(
            library,
            tmp_path / "b",
            now,
            rows=2_000,
            years=2,
            asked_at=now - timedelta(days=200),
            retold_share=0.1,
        )
    assert world.call("-m", IMPORT, *map(str, earlier.paths)).returncode == 0
    before = len(plays(world))
    assert world.call("-m", IMPORT, *map(str, whole.paths)).returncode == 0
    assert before == earlier.truth.plays
    assert len(plays(world)) == whole.truth.plays


def test_18_19_account_data_stays_names_and_is_said_to_be_a_year_to_the_minute(world, import_):
    said = import_([minute("2024-05-01 10:00")], "StreamingHistory_music_0.json")
    assert "this is account data: the last year, to the minute" in said
    [(key, source, name)] = plays(world, "item_key, source, track_name")
    assert (key[:6], source, name) == ("names:", "account_data", "Song")


def test_account_data_and_the_extended_history_are_one_play_whatever_comes_first(world, import_):
    extended = [row("2024-05-01T10:00:42Z"), row("2024-05-01T10:04:10Z", 190_000, OTHER)]
    account = [minute("2024-05-01 10:00"), minute("2024-05-01 10:04", "Other", ms_played=190_000)]
    assert "2 rows = 2 new plays" in import_(account, "StreamingHistory_music_0.json")
    assert "2 rows = 0 new plays + 2 merged" in import_(extended)
    first = plays(world, "played_at, item_key, part, source, also_in")
    assert [row[3:] for row in first] == [("export", ["account_data"])] * 2
    for table in ("plays", "played_tracks", "import_rows_aside", "imports"):
        world.change(f"DELETE FROM {table}")
    import_(extended)
    assert "2 rows = 0 new plays + 2 merged" in import_(account, "StreamingHistory_music_0.json")
    assert plays(world, "played_at, item_key, part, source, also_in") == first
    assert "2 rows = 0 new plays + 2 already known" in import_(account, "StreamingHistory_music_0.json")


def test_23_rows_of_one_minute_and_song_are_all_kept(world, import_):
    rows = [minute("2024-05-01 10:00", ms_played=ms) for ms in (5_000, 20_000, 30_000)]
    assert "3 rows = 3 new plays" in import_(rows, "StreamingHistory_music_0.json")


def test_20_nothing_personal_is_stored_of_three_packages_unpacked_together(world, tmp_path):
    with world.sim.edit() as library:
        written = write_export(
            library, tmp_path, datetime.now(UTC), form="all", rows=1_500, years=2, as_zip=False
        )
    folder = os.path.commonpath(written.paths)
    ended = world.call("-m", IMPORT, folder)
    assert ended.returncode == 0, ended.stderr
    assert "other files hold no history: left alone" in ended.stdout
    tables = world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        for (text,) in world.rows(f"SELECT t::text FROM {table} AS t"):
            assert not any(mark in text for mark in PERSONAL_MARKS), table


def test_5_null_is_unknown(world, import_):
    import_([row("2024-05-01T10:00:00Z", skipped=None, shuffle=None, offline=None, incognito_mode=None)])
    assert plays(world, "skipped, shuffle, offline, incognito_mode") == [(None,) * 4]


# Other tools. The same play: it began at 10:00:00 and ended at 10:03:00.
SECONDS = int(at("2024-05-01T10:00:00").timestamp())
TOOLS = {
    "lastfm.csv": f'uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"{SECONDS}","01 May 2024, 10:00","Artist","","Album","","Song",""\n',
    "lastfm.json": json.dumps(
        [
            {
                "track": [
                    {
                        "artist": {"#text": "Artist"},
                        "album": {"#text": "Album"},
                        "name": "Song",
                        "date": {"uts": str(SECONDS), "#text": "-"},
                    }
                ]
            }
        ]
    ),
    "listenbrainz.jsonl": json.dumps(
        {
            "listened_at": SECONDS,
            "track_metadata": {
                "artist_name": "Artist",
                "track_name": "Song",
                "release_name": "Album",
                "additional_info": {
                    "spotify_id": f"https://open.spotify.com/track/{SONG[14:]}",
                    "duration_ms": 180_000,
                },
            },
        }
    ),
    "maloja_export.json": json.dumps(
        {
            "maloja": {"export_time": SECONDS},
            "scrobbles": [
                {
                    "time": SECONDS,
                    "track": {"artists": ["Artist"], "title": "Song", "album": None, "length": 180},
                    "duration": 180,
                }
            ],
        }
    ),
    "koito_export.json": json.dumps(
        {
            "version": "1",
            "exported_at": "2024-06-01T00:00:00Z",
            "user": "me",
            "listens": [
                {
                    "listened_at": "2024-05-01T10:00:00Z",
                    "track": {
                        "mbid": None,
                        "duration": 180,
                        "aliases": [{"alias": "Song", "source": "Canonical", "is_primary": True}],
                    },
                    "album": {"aliases": [{"alias": "Album", "source": "Canonical", "is_primary": True}]},
                    "artists": [
                        {
                            "is_primary": True,
                            "aliases": [{"alias": "Artist", "source": "Canonical", "is_primary": True}],
                        }
                    ],
                }
            ],
        }
    ),
}


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("first", ["export", "tool"])
def test_what_another_tool_tells_of_a_known_play_is_no_play_of_its_own(world, import_, tmp_path, name, first):
    file = tmp_path / name
    file.write_text(TOOLS[name])
    source = name.partition(".")[0].partition("_")[0]

    def import_tool():
        ended = world.call("-m", IMPORT, str(file))
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    if first == "tool":
        assert "1 row = 1 new play" in import_tool()
        assert plays(world, "source, also_in") == [(source, None)]
    import_([row("2024-05-01T10:03:00Z")])
    if first == "export":
        assert "1 row = 0 new plays + 1 merged" in import_tool()
    assert plays(world, "played_at, item_key, source, also_in") == [
        (at("2024-05-01T10:03:00"), SONG, "export", [source])
    ]


def test_another_tool_may_be_older_than_spotify(world, tmp_path):
    file = tmp_path / "lastfm.csv"
    file.write_text(
        TOOLS["lastfm.csv"].replace(str(SECONDS), str(int(at("2005-03-01T10:00:00").timestamp())))
    )
    ended = world.call("-m", IMPORT, str(file))
    assert "1 row = 1 new play" in ended.stdout, ended.stdout + ended.stderr


def test_a_file_without_rows_says_so(world, tmp_path):
    empty, bare = tmp_path / "Streaming_History_Audio_2024_0.json", tmp_path / "scrobbles.csv"
    empty.write_text("[]")
    bare.write_text(TOOLS["lastfm.csv"].splitlines()[0] + "\n")
    for _ in range(2):
        ended = world.call("-m", IMPORT, str(empty), str(bare))
        assert ended.returncode == 0, ended.stderr
        for file in (empty, bare):
            assert f"{file} holds no rows" in ended.stdout
        assert "0 rows = 0 new plays\n" in ended.stdout


def test_rows_that_were_set_aside_are_counted_and_have_their_places(world, import_):
    empty = dict.fromkeys(key for key in row("") if key.startswith(("master_", "spotify_")))
    rows = [row(f"2024-05-01T10:{each:02}:00Z") | (empty if each in (3, 7, 40) else {}) for each in range(45)]
    import_(rows)
    listed = world.call("-m", IMPORT, "--aside").stdout
    assert "_0.json: 3 rows: no content (the first is row 4, the last row 41)" in listed


def test_a_fault_within_a_file_keeps_what_stood_before_and_the_next_import_goes_on(world, tmp_path):
    days = [row(f"2024-05-{day:02}T10:00:00Z") for day in range(1, 31)]
    files = [tmp_path / f"Streaming_History_Audio_2024_{number}.json" for number in range(3)]
    for number, file in enumerate(files):
        file.write_text(json.dumps(days[10 * number :][:10]))
    whole = files[1].read_text()
    files[1].write_text(whole.replace('"2024-05-16', '2024-05-16"'))
    ended = world.call("-m", IMPORT, *map(str, files))
    assert ended.returncode == 2
    assert "kept of what came before the end: 10 rows = 10 new plays\n" in ended.stdout
    assert f"{files[1]}: it is not JSON" in ended.stderr
    assert "then the same command goes on from there" in ended.stderr
    assert len(plays(world)) == 10
    files[1].write_text(whole)
    again = world.call("-m", IMPORT, *map(str, files))
    assert "30 rows = 20 new plays + 10 already known" in again.stdout
    after = world.rows("SELECT * FROM plays ORDER BY played_at")
    for table in ("import_rows_aside", "imports", "plays", "played_tracks"):
        world.change(f"DELETE FROM {table}")
    world.call("-m", IMPORT, *map(str, files))
    assert world.rows("SELECT * FROM plays ORDER BY played_at") == after
    assert len(after) == 30
