"""`./run settings`: checklist S0-16 … S0-24, and S2-27 as far as it makes sense."""

import json
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.once
SCRIPT = "db.settings"


@pytest.fixture
def world(make_world):
    world = make_world(liked=10)
    assert world.run("api_syncs.track_plays").status == "done"
    return world


def test_all_are_listed_with_what_they_are_for(world):
    process = world.call("-m", SCRIPT, "list")
    assert process.returncode == 0, process.stderr
    for key in (
        "spotify.auto_sync_enabled",
        "spotify.artist_albums_per_cycle",
        "sync.daily_requests_per_group",
    ):
        assert key in process.stdout


def test_json_has_the_thirteen_names_and_image_statistics(world):
    found = json.loads(world.call("-m", SCRIPT, "list", "--json").stdout)
    assert found["settings"] == {
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
        "artist_albums_per_cycle": 5,
    }
    assert found["image_stats"] == dict.fromkeys(
        [
            "artists_bytes",
            "albums_bytes",
            "playlists_bytes",
            "total_bytes",
            "artists_count",
            "albums_count",
            "playlists_count",
        ],
        0,
    )


def test_what_counts_follows_with_the_next_refresh_which_is_said(world):
    follows = "Counts follow with the next refresh: ./run materialized_views\n"
    key = "plays.counted_from_seconds"
    assert world.call("-m", SCRIPT, "set", key, "10").stdout == f"{key} = 10\n{follows}"
    assert world.call("-m", SCRIPT, "set", key, "10").stdout == f"{key} = 10\n"
    assert world.call("-m", SCRIPT, "reset").stdout == f"1 settings back to their defaults\n{follows}"


def test_a_change_counts_from_the_next_start(world):
    assert world.call("-m", SCRIPT, "set", "auto_sync_liked_songs", "off").returncode == 0
    assert world.call("-m", SCRIPT, "get", "auto_sync_liked_songs").stdout == "false\n"
    assert world.run("api_syncs.sync_liked_tracks").status == "skipped"
    assert world.call("-m", SCRIPT, "reset", "auto_sync_liked_songs").returncode == 0
    assert world.run("api_syncs.sync_liked_tracks").status == "done"


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("auto_sync_everything", "true", "auto_sync_everything"),
        ("auto_sync_enabled", "maybe", "maybe"),
        ("artist_albums_per_cycle", "0", "1 to 100"),
        ("artist_albums_per_cycle", "five", "five"),
        ("artist_albums_per_cycle", "5-", "5-"),
        ("artist_albums_per_cycle", "9" * 5000, "1 to 100"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(world, key, value, named):
    process = world.call("-m", SCRIPT, "set", key, value)
    assert process.returncode == 2
    assert named in process.stderr
    assert world.rows("SELECT count(*) FROM app_settings") == [(0,)]


def test_a_stored_value_that_does_not_fit_fails_the_job_by_name(world):
    world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'spotify.artist_albums_per_cycle', '\"many\"' FROM users"
    )
    outcome = world.run("api_syncs.sync_liked_tracks")
    assert outcome.exit_code == 2
    assert "spotify.artist_albums_per_cycle" in outcome.message


@pytest.mark.parametrize("user", [(), ("--user=",)], ids=str)
def test_before_the_first_run_it_lists_the_defaults(make_world, user):
    process = make_world().call("-m", SCRIPT, "list", *user)
    assert process.returncode == 0
    assert process.stdout.startswith("No listener is stored yet: these are the defaults.")


@pytest.mark.parametrize(
    "words", [("list", "--user=somebody"), ("set", "--user=somebody", "download_images", "off")], ids=str
)
def test_before_the_first_run_nobody_can_be_named(make_world, words):
    process = make_world().call("-m", SCRIPT, *words)
    assert process.returncode == 2
    assert "Run ./run sync first" in process.stderr


def test_what_is_set_before_the_first_run_counts_from_its_beginning(make_world):
    world = make_world(liked=10)
    for key, value in (
        ("auto_sync_liked_songs", "off"),
        ("download_images", "off"),
        ("playlists.create", "off"),
    ):
        process = world.call("-m", SCRIPT, "set", key, value)
        assert process.returncode == 0, process.stderr
        assert "No listener is stored yet: it is kept for the first one." in process.stdout
    assert world.call("-m", SCRIPT, "get", "download_images").stdout == "false\n"
    assert world.call("-m", SCRIPT, "reset", "playlists.create").stdout.startswith("1 settings back")
    listed = world.call("-m", SCRIPT, "list").stdout
    assert listed.startswith("No listener is stored yet")
    assert listed.count("(changed)") == 2
    world.sim.clear_requests()
    assert world.run("api_syncs.sync_liked_tracks").status == "skipped", (
        "the first run that knows the listener"
    )
    assert world.asked() == ["GET /me"]
    assert world.rows("SELECT key, value FROM app_settings ORDER BY key") == [
        ("spotify.auto_sync_liked_songs", False),
        ("spotify.download_images", False),
    ]
    assert world.rows("SELECT * FROM unclaimed_settings") == []
    assert world.call("-m", SCRIPT, "list").stdout.count("(changed)") == 2


def test_what_the_first_listener_has_set_is_not_anothers(world):
    world.change("INSERT INTO users (user_id, spotify_id) VALUES ('other', 'other')")
    world.change("INSERT INTO unclaimed_settings (key, value) VALUES ('spotify.download_images', 'false')")
    assert world.call("-m", SCRIPT, "get", "download_images").stdout == "true\n"


def test_an_inactive_listener_is_not_the_one_who_is_meant(world):
    world.change(
        "INSERT INTO users (user_id, spotify_id, is_active, last_active_at) VALUES ('left', 'left', false, 'infinity')"
    )
    assert world.call("-m", SCRIPT, "set", "download_images", "off").returncode == 0
    assert world.rows("SELECT user_id <> 'left' FROM app_settings") == [(True,)]
    assert world.run("api_syncs.sync_images").status == "skipped"
    world.change("UPDATE users SET is_active = false")
    assert world.call("-m", SCRIPT, "set", "download_images", "on").returncode == 2


# As a workflow calls it: python -m db.settings "$ACTION" -- "$KEY" "$VALUE"
HOSTILE = (
    "",
    "--help",
    "--",
    "-x",
    "--user=other",
    "; rm -rf /",
    "$(id)",
    "a\n::error::b",
    "nul\0",
    "\udcff",
    "9" * 5000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("place", ["key", "value"])
def test_whatever_is_given_as_key_or_value_is_data(world, text, place):
    given = {"key": "artist_albums_per_cycle", "value": "7", place: text}
    process = world.call("-m", SCRIPT, "set", "--", given["key"], given["value"])
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.startswith("settings: ")
    assert process.stderr.count("\n") == 1
    assert world.rows("SELECT count(*) FROM app_settings") == [(0,)]
    assert world.call("-m", SCRIPT, "set", "--", "artist_albums_per_cycle", "7").stdout.endswith("= 7\n")


def test_another_listeners_settings_by_either_name(world):
    world.change("INSERT INTO users (user_id, spotify_id) VALUES ('other-id', 'other-name')")
    assert world.call("-m", SCRIPT, "--user=other-id", "set", "--", "download_images", "off").returncode == 0
    assert world.call("-m", SCRIPT, "get", "download_images", "--user", "other-name").stdout == "false\n"
    assert world.call("-m", SCRIPT, "get", "download_images", "--user=").stdout == "true\n"
    assert world.rows("SELECT user_id FROM app_settings") == [("other-id",)]
    unknown = world.call("-m", SCRIPT, "list", "--user", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "'nobody'" in unknown.stderr


def test_database_statistics_are_four_numbers(world):
    world.run("api_syncs.sync_liked_tracks")
    found = json.loads(world.call("-m", "reports.db_stats").stdout)
    assert list(found) == ["artists", "albums", "tracks", "playlists"]
    assert found["tracks"] == world.rows("SELECT count(*) FROM tracks")[0][0] >= 10


def test_lists_that_were_removed_or_that_two_have_do_not_count_twice(world, rows):
    rows.add("users", user_id="v", spotify_id="spotify-v")
    rows.playlist("one")
    rows.playlist("one", user_id="v")
    rows.playlist("two")
    rows.playlist("removed", removed_at=datetime.now(UTC))
    assert json.loads(world.call("-m", "reports.db_stats").stdout)["playlists"] == 2


def test_a_slip_is_told_what_was_meant_also_before_there_is_a_listener(make_world):
    world = make_world(liked=0)
    ended = world.call("-m", "db.settings", "set", "downlod_images", "false")
    assert ended.returncode == 2
    assert "There is no setting 'downlod_images' (did you mean download_images?)." in ended.stderr


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("download_image", "download_images"),
        ("spotify.download_image", "spotify.download_images"),
        ("Spotify.Download_Images", "spotify.download_images"),
        ("sync.manual_cooldown_minute", "sync.manual_cooldown_minutes"),
        ("manual_cooldown", "manual_cooldown_minutes"),
    ],
)
@pytest.mark.parametrize("command", [["get"], ["reset"], ["set"]])
def test_a_key_that_is_none_is_told_what_was_probably_meant(world, command, key, meant):
    process = world.call("-m", SCRIPT, *command, key, *(["5"] if command == ["set"] else []))
    assert process.returncode == 2
    assert f"There is no setting {key!r} (did you mean {meant}?). There are: spotify.auto" in process.stderr
    assert world.call("-m", SCRIPT, "get", meant).returncode == 0, "what is meant can be typed"


def test_a_key_like_none_is_told_what_there_is(world):
    process = world.call("-m", SCRIPT, "get", "x" * 500)
    assert process.returncode == 2
    assert "did you mean" not in process.stderr
    assert "x" * 61 not in process.stderr


@pytest.mark.parametrize(
    "command", ["db.settings reset --user=me", "db.control show", "playlists preview never_played"]
)
def test_before_the_first_run_all_commands_say_the_same(make_world, command):
    process = make_world().call("-m", *command.split())
    assert process.returncode == 2
    assert process.stderr.endswith(": There is no listener in the database yet. Run ./run sync first.\n")
