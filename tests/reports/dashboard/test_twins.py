"""Files beside the pages: for programs, and for a calendar. Checklist S0-23, S0-25, S2-24, beyond 9."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from reports.dashboard.build import Request, build_site
from reports.dashboard.calendars import releases, reminder
from reports.dashboard.twins import TWINS, put_twins
from tests.reports.dashboard.reading import nobody_at
from utils.job.app_settings import save_app_setting
from utils.spotify.consents import consent_ends_at

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
GIVEN = datetime(2026, 8, 31, 9, 30, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.delenv("SCHEDULES", raising=False)


@pytest.fixture
def built(rows, connection, tmp_path):
    """`built(now)`: the folder of a site built at that moment."""
    rows.do("UPDATE users SET authorized_at = %s, last_active_at = %s", GIVEN, NOW)
    rows.play(None, NOW - timedelta(days=1))

    def build(now: datetime = NOW):
        with connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            build_site(cursor, Request(now, tmp_path / "site", tmp_path / "artwork"))
        return tmp_path / "site"

    return build


def said(folder, name):
    return json.loads((folder / name).read_text())


def test_settings_and_images_have_the_names_of_old(rows, built):
    rows.add("app_settings", user_id="u", key="spotify.artist_albums_per_cycle", value="7")
    rows.add(
        "images", kind="artists", spotify_id="a", source_url="x", path="a.webp", bytes=900, fetched_at=NOW
    )
    folder = built()
    images = {
        "artists_bytes": 900, "albums_bytes": 0, "playlists_bytes": 0, "total_bytes": 900,
        "artists_count": 1, "albums_count": 0, "playlists_count": 0,
    }  # fmt: skip
    assert said(folder, "settings.json") == {
        "settings": {
            "auto_sync_enabled": True,
            "auto_sync_artists": True,
            "auto_sync_playlists": True,
            "auto_sync_liked_songs": True,
            "auto_sync_saved_albums": True,
            "artists_sync_interval_minutes": 5,
            "playlists_sync_interval_minutes": 10,
            "download_images": True,
            "remove_unfollowed_artists": True,
            "remove_unfollowed_playlists": False,
            "auto_sync_artist_albums": True,
            "artist_albums_sync_interval_minutes": 2,
            "artist_albums_per_cycle": 7,
        },
        "image_stats": images,
    }
    assert said(folder, "image_stats.json") == images


def test_the_database_in_numbers(rows, built):
    rows.track("t", artists=("a", "b"), album="al")
    rows.playlist("p", "t")
    rows.playlist("gone", removed_at=NOW)
    assert said(built(), "db-stats.json") == {"artists": 2, "albums": 1, "tracks": 1, "playlists": 1}


def test_how_things_stand_is_what_the_command_says(rows, built):
    found = said(built(), "sync-status.json")
    assert (found["status"], found["user_id"], found["as_of"]) == ("ok", "u", "2026-11-10T12:00:00+00:00")
    assert found["consent"] == {
        "state": "ok",
        "began_at": "2026-08-31T09:30:15+00:00",
        "ends_at": "2027-02-28T09:30:15+00:00",
        "days_left": 109,
    }


def test_what_says_the_same_is_not_written_again(rows, built):
    rows.track("t")
    rows.play("t", NOW - timedelta(days=3))
    folder = built()
    names = (
        "sync-status.json", "settings.json", "image_stats.json", "db-stats.json", "top.json", "consent.ics",
    )  # fmt: skip
    before = {name: (folder / name).stat().st_mtime_ns for name in names}
    built(NOW + timedelta(minutes=5))
    assert {name: (folder / name).stat().st_mtime_ns for name in names} == before


def test_before_anybody_is_stored_they_say_so(connection, tmp_path):
    with nobody_at(connection, NOW, tmp_path) as source:
        put_twins(source)
    assert said(tmp_path, "sync-status.json")["status"] == "empty"
    assert said(tmp_path, "settings.json")["settings"]["artist_albums_per_cycle"] == 5
    assert said(tmp_path, "db-stats.json") == {"artists": 0, "albums": 0, "tracks": 0, "playlists": 0}


def test_the_page_names_them(built):
    folder = built()
    page = (folder / "status.html").read_text()
    for name in (*TWINS, "consent.ics"):
        assert f'href="{name}"' in page
        assert (folder / name).is_file()


def test_without_a_play_there_are_no_rankings(rows, built):
    rows.do("DELETE FROM plays")
    rows.add("albums", album_id="al")
    rows.add("saved_albums", user_id="u", album_id="al", added_at=NOW)
    folder = built()
    assert (folder / "top.html").is_file()
    assert not (folder / "top.json").exists()
    assert "top.json" not in (folder / "status.html").read_text()


def test_without_a_known_consent_there_is_no_reminder(rows, built):
    folder = built()
    rows.do("UPDATE users SET authorized_at = NULL")
    assert not (built() / "consent.ics").exists()
    assert "consent.ics" not in (folder / "status.html").read_text()


def test_the_reminder_is_a_calendar():
    text = reminder(GIVEN, consent_ends_at(GIVEN))
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert text.count(b"\n") == text.count(b"\r\n")
    lines = text.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    unfolded = text.decode("ascii").replace("\r\n ", "").split("\r\n")
    assert unfolded[:6] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//spotify-library-mirror//consent//EN",
        "BEGIN:VEVENT",
        "UID:consent-20260831T093015Z@spotify-library-mirror",
        "DTSTAMP:20260831T093015Z",
    ]
    assert "DTSTART:20270228T093015Z" in unfolded
    assert [line for line in unfolded if line.startswith("TRIGGER")] == ["TRIGGER:-P30D", "TRIGGER:-P7D"]
    stack = []
    for line in unfolded[:-1]:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            stack.append(value)
        elif name == "END":
            assert stack.pop() == value
    assert stack == []
    assert text == reminder(GIVEN.astimezone(), consent_ends_at(GIVEN)), (
        "the same whatever the zone of the machine"
    )


def test_releases_of_followed_artists_are_a_calendar_where_one_is_wanted():
    long_name = "Liebe, Tod; und \\ noch \n mehr \U0001f480 " * 8
    text = releases(
        [
            {
                "album_id": "a" * 22,
                "album_name": long_name,
                "artist_name": "أم كلثوم",
                "release_date": "2026-11-27",
            },
            {"album_id": "b" * 22, "album_name": "Of a month", "artist_name": "X", "release_date": "2026-11"},
            {"album_id": "c" * 22, "album_name": None, "artist_name": "X", "release_date": "2024-02-29"},
        ]
    )
    lines = text.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    unfolded = text.replace(b"\r\n ", b"").decode().split("\r\n")
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 2, "a month is no day"
    assert [line for line in unfolded if line.startswith("DT")] == [
        "DTSTAMP:20261127T000000Z",
        "DTSTART;VALUE=DATE:20261127",
        "DTEND;VALUE=DATE:20261128",
        "DTSTAMP:20240229T000000Z",
        "DTSTART;VALUE=DATE:20240229",
        "DTEND;VALUE=DATE:20240301",
    ]
    said = [line.removeprefix("SUMMARY:") for line in unfolded if line.startswith("SUMMARY:")]
    assert said[0] == "أم كلثوم: " + long_name.replace("\\", "\\\\").replace(";", "\\;").replace(
        ",", "\\,"
    ).replace("\n", "\\n")
    assert said[1] == "X: name unknown"


def test_a_name_in_a_calendar_keeps_its_spaces_and_joiners_and_ends_no_line():
    names = {"雨の\u3000日": "雨の\u3000日", "می\u200cروم": "می\u200cروم", "👩\u200d🎤": "👩\u200d🎤", "a\xa0b": "a\xa0b", "one\u2028two\x85\x00\x1b": "onetwo"}  # fmt: skip
    rows = [
        {"album_id": f"{each}" * 22, "album_name": name, "artist_name": "X", "release_date": "2026-11-27"}
        for each, name in enumerate(names)
    ]
    text = releases(rows).replace(b"\r\n ", b"").decode()
    said = [line.removeprefix("SUMMARY:X: ") for line in text.split("\r\n") if line.startswith("SUMMARY:")]
    assert said == list(names.values())
    assert (
        text.count("UID:")
        == len({line for line in text.split("\r\n") if line.startswith("UID:")})
        == len(rows)
    )
    assert releases(rows) == releases(rows), "imported twice it is the same events"
    assert releases([{**rows[0], "release_date": "2026"}]) == b"", "a calendar has an event, or is none"


def test_the_calendar_of_releases_is_there_where_it_is_wanted_and_something_was_released(
    built, rows, connection
):
    assert not (built() / "releases.ics").exists()
    save_app_setting(connection, "u", "reports.release_calendar", True)
    assert not (built() / "releases.ics").exists(), "a calendar of no event is none"
    rows.add("artists", artist_id="a", name="Of note")
    rows.add("followed_artists", user_id="u", artist_id="a", first_seen_at=NOW)
    rows.add("albums", album_id="new", name="Today", release_date=f"{datetime.now(UTC):%Y-%m-%d}")
    rows.add("album_artists", album_id="new", position=0, artist_id="a")
    assert b"SUMMARY:Of note: Today\r\n" in (built() / "releases.ics").read_bytes()
