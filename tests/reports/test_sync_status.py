"""`./run status`: how things stand, in twenty lines. Checklist S2-24, S3-8, S2-37, S2-38."""

import json
import re
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import StringIO

import psycopg2
import pytest

from reports.status.facts import Consent, Standing, read_standing
from reports.status.table import as_table
from reports.status.text import as_text
from reports.stored_facts import Copied, JobRun
from utils import ROOT
from utils.job.pauses import Pause
from utils.terminal import console_of

STATUS = "reports.sync_status"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(make_world):
    world = make_world(liked=120, albums=4, plays=20, odd=False)
    world.extra["TIME_ZONE"] = "Asia/Tokyo"
    for module in ("track_plays", "sync_liked_tracks", "sync_saved_albums"):
        assert world.run(f"api_syncs.{module}").status == "done"
    world.sim.clear_requests()
    return world


def status(world, *options: str) -> str:
    done = world.call("-m", STATUS, *options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert world.asked(tokens=True) == []
    return done.stdout


def entries(text: str) -> dict[str, str]:
    """Label → text, of entries that may go over several lines."""
    joined = re.sub(r"\n {13}", " ", text)
    return {line[:13].strip(): line[13:] for line in joined.splitlines()}


def test_with_nothing_stored_it_says_what_to_do(make_world, empty_dsn) -> None:
    world = make_world(liked=1)
    world.dsn = empty_dsn
    assert "./run sync copies your library" in status(world)
    world.extra["SPOTIFY_REFRESH_TOKEN"] = ""
    said = status(world)
    assert "./run login" in said
    assert "./run sync" in said
    assert json.loads(status(world, "--json"))["status"] == "empty"


def test_twenty_lines_say_how_things_stand(world) -> None:
    text = status(world)
    assert len(text.splitlines()) <= 20
    assert max(map(len, text.splitlines())) <= 110
    said = entries(text)
    (liked, albums) = world.rows(
        "SELECT (SELECT count(*) FROM liked_tracks), (SELECT count(*) FROM saved_albums)"
    )[0]
    assert said["Status"].startswith("ok")
    assert "Asia/Tokyo" in said["Status"]
    assert said["Library"].startswith(f"{liked} liked tracks, {albums} saved albums, 0 followed artists")
    assert said["Plays"].startswith("20 since")
    assert "left" in said["Consent"]
    assert (said["Running"], said["Held back"]) == ("nothing", "nothing")
    for name in ("track_plays", "sync_liked_tracks", "sync_saved_albums"):
        assert name in said["Last done"]
    assert "sync_liked_tracks" in said["Next"], "its cooldown"


class Screen(StringIO):
    """A terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


HOSTILE = "\x1b[2J[red]a[/red]\u202e\r\nb"


@pytest.fixture
def hostile_standing() -> Standing:
    """A listener, a script and a pause with names that would do something to a terminal."""
    run = JobRun(HOSTILE, NOW, "failed", 0, 0, 0, 0, HOSTILE * 9, NOW - timedelta(days=1))
    good = JobRun("update_dynamic_playlists", NOW, "done", 0, 0, 0, 0, None, NOW)
    return Standing(
        NOW,
        "Asia/Tokyo",
        "u",
        HOSTILE,
        copied=Copied(1, 2, 3, 4, 5, NOW, NOW),
        consent=Consent(None, None, HOSTILE),
        runs=(run, good),
        pauses=(Pause("spotify", HOSTILE, HOSTILE, NOW + timedelta(hours=1)),),
    )


def drawn(monkeypatch, standing: Standing, columns: int, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": str(columns), **environment}.items():
        monkeypatch.setenv(name, value)
    console = console_of(Screen())
    assert console is not None
    return as_table(standing, console, is_public=False)


COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_on_a_terminal_it_is_a_table_as_wide_as_that(hostile_standing, monkeypatch, columns) -> None:
    text = drawn(monkeypatch, hostile_standing, columns)
    lines = COLOURS.sub("", text).splitlines()
    assert max(map(len, lines)) <= columns
    assert "\x1b[31mfailed\x1b[0m" in text
    said = " ".join(" ".join(lines).split())
    assert "Status no consent, of [2J[red]a[/red] b; times are of Asia/Tokyo" in said
    assert "Script Last run Ended Last done" in said
    assert "update_dynamic_playlists 21:00 done 21:00" in said
    assert "Last done update" not in said, "the table says it"


def test_nothing_that_is_stored_does_anything_to_a_terminal(hostile_standing, monkeypatch) -> None:
    table = COLOURS.sub("", drawn(monkeypatch, hostile_standing, 80))
    for text in (table, as_text(hostile_standing, is_public=False)):
        assert not set(text) & set("\x1b\u202e\r")
        assert "[red]a[/red]" in text


def test_without_colours_where_nobody_wants_them(hostile_standing, monkeypatch) -> None:
    plain = drawn(monkeypatch, hostile_standing, 80, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
    assert COLOURS.sub("", plain) == COLOURS.sub("", drawn(monkeypatch, hostile_standing, 80))


def test_without_rich_or_a_terminal_there_is_no_table(monkeypatch) -> None:
    assert console_of(StringIO()) is None
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert console_of(Screen()) is None


def test_who_pipes_it_does_not_wait_for_the_package_that_draws(world) -> None:
    code = "import sys, reports.sync_status, reports.logs; reports.sync_status.main([]); print('rich' in sys.modules)"
    assert world.call("-c", code).stdout.endswith("\nFalse\n")


def test_times_are_the_listeners(world) -> None:
    world.change(
        "UPDATE job_controls SET last_success_at = date_trunc('day', now()) - interval '40 days' + interval '20 hours'"
    )
    assert re.search(r"track_plays \d\d \w{3}( \d{4})? 05:00", status(world)), "20:00 UTC in Tokyo"


def test_what_runs_and_what_was_killed_are_told_apart(world) -> None:
    job = import_module("api_syncs.sync_liked_tracks").JOB
    (user_id,) = world.rows("SELECT user_id FROM users")[0]
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
        "VALUES (%s, gen_random_uuid(), 'sync_liked_tracks', now(), 'running')",
        user_id,
    )
    said = entries(status(world))
    assert said["Running"] == "nothing"
    assert said["Failed"].startswith("sync_liked_tracks")
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (job.lock_of(user_id),))
        said = entries(status(world))
        assert said["Status"].startswith("running")
        assert said["Running"].startswith("sync_liked_tracks since")
        assert "Failed" not in said


def test_what_holds_scripts_back_and_what_failed(world) -> None:
    (user_id,) = world.rows("SELECT user_id FROM users")[0]
    world.change(
        "INSERT INTO sync_pauses VALUES ('c', 'library', 'QUOTA_EXCEEDED', now(), now() + interval '9 hours')"
    )
    world.change(
        "INSERT INTO job_controls (user_id, job, is_paused) VALUES (%s, 'clean', true); "
        "INSERT INTO job_controls (user_id, job, consecutive_failures, circuit_open_until) "
        "VALUES (%s, 'sync_playlists', 5, now() + interval '50 minutes')",
        user_id,
        user_id,
    )
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, finished_at, status, error_message) "
        "VALUES (%s, gen_random_uuid(), 'sync_playlists', now(), now(), 'failed', E'no \\x1b answer\\nat all')",
        user_id,
    )
    world.change(
        "INSERT INTO play_gaps VALUES (%s, now() - interval '5 hours', now() - interval '3 hours', 'x')",
        user_id,
    )
    said = entries(status(world))
    assert said["Status"].startswith("rate limited")
    assert "Spotify wants no requests of group library until" in said["Held back"]
    assert "clean paused by you" in said["Held back"]
    assert "sync_playlists until" in said["Held back"]
    assert "after 5 failures in a row" in said["Held back"]
    assert re.search(r"sync_playlists .*: no +answer at all$", said["Failed"])
    assert "in 1 stretch" in said["Gaps"]
    assert "Spotify's pauses  no requests of group library" in world.call("-m", "db.control", "show").stdout
    read = json.loads(status(world, "--json"))
    assert read["status"] == "rate limited"
    assert read["phases"]["tracks"]["rate_limit_reset_at"] is not None
    [local] = {each["until_local"] for each in read["pauses"] if each["kind"] == "spotify"}
    assert local.endswith("+09:00"), "the listener's own time"
    assert read["scripts"]["sync_playlists"]["last_status"] == "failed"
    assert read["gaps"]["count"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("authorized_at = now() - interval '5 months 20 days'", r"left; \./run login renews it$"),
        ("authorized_at = now() - interval '7 months'", r"^over since .*\./run login$"),
        ("auth_status = 'revoked'", r"revoked\): \./run login$"),
        (
            "auth_status = 'not_allowlisted'",
            r"not_allowlisted\): Add it at developer.spotify.com.* User Management\.$",
        ),
        ("authorized_at = now() + interval '2 days'", "^its end is not known"),
    ],
)
def test_the_consent(world, change, said) -> None:
    world.change(f"UPDATE users SET {change}")
    assert re.search(said, entries(status(world))["Consent"])


def test_the_shape_for_programs(world) -> None:
    """The appendix of the checklist: overall, started at, history id; per phase what it says."""
    read = json.loads(status(world, "--json"))
    assert {"status", "started_at", "history_id", "phases"} <= set(read)
    assert {"tracks", "albums"} <= set(read["phases"])
    tracks = read["phases"]["tracks"]
    assert (tracks["status"], tracks["percent"], tracks["items_processed"]) == ("complete", 100.0, 120)
    assert {"current_offset", "total_items", "last_error", "rate_limit_reset_at", "eta"} <= set(tracks)
    assert read["library"]["liked_tracks"] == 120
    assert datetime.fromisoformat(read["scripts"]["track_plays"]["last_success_at"]).utcoffset() == timedelta(
        0
    )


def test_a_pass_under_way_says_how_far_it_is_and_until_when(world) -> None:
    """What is counted is what there is a total of: an artist, and not the albums that were found with it."""
    (user_id,) = world.rows("SELECT user_id FROM users")[0]
    world.change(
        "INSERT INTO sync_state (user_id, entity_type, phase, last_synced_offset, total_estimated, items_processed, status, "
        "started_at, last_updated_at) VALUES (%s, 'artist_albums', 'initial', 15, 60, 900, 'running', now() - interval '1 minute', now())",
        user_id,
    )
    assert "artist_albums 25% of 60" in entries(status(world))["Copying"]
    phase = json.loads(status(world, "--json"))["phases"]["artist_albums"]
    assert (phase["percent"], phase["eta"]) == (25.0, None)
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status) "
        "VALUES (%s, gen_random_uuid(), 'sync_artist_albums', now(), 'running')",
        user_id,
    )
    lock = import_module("api_syncs.sync_artist_albums").JOB.lock_of(user_id)
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        read = json.loads(status(world, "--json"))
    left = datetime.fromisoformat(read["phases"]["artist_albums"]["eta"]) - datetime.fromisoformat(
        read["as_of"]
    )
    assert left.total_seconds() == pytest.approx(180, abs=5)


def test_how_many_batches_there_are_and_when_the_rest_is_done(world) -> None:
    world.change(
        "UPDATE sync_state SET is_complete = false, last_synced_offset = 250, total_estimated = 750, "
        "started_at = now() - interval '2 days', last_updated_at = now() WHERE entity_type = 'liked_tracks'"
    )
    said = entries(status(world))["Copying"]
    assert said == "liked_tracks 33% of 750 (batch 5 of 15), done in about 4 days"
    tracks = json.loads(status(world, "--json"))["phases"]["tracks"]
    assert (tracks["batch"], tracks["batches"], tracks["days_left"]) == (5, 15, 4)


def test_what_is_left_of_the_days_requests_and_how_many_runs_went_well(world) -> None:
    [(used,)] = world.rows("SELECT sum(calls) FROM api_calls WHERE endpoint_group = 'library'")
    assert f"library {600 - used}" in entries(status(world))["Requests"]
    [(worked,)] = world.rows("SELECT count(*) FROM sync_history")
    assert entries(status(world))["Runs"] == f"{worked} of {worked} went well in 30 days, 100.0%"
    world.change(
        "INSERT INTO sync_history (user_id, run_id, job, started_at, status) SELECT '*', gen_random_uuid(), 'clean', "
        "now() - days * interval '1 day', status FROM (VALUES (1, 'failed'), (2, 'killed'), (3, 'cancelled'), (4, 'skipped'), "
        "(5, 'paused'), (31, 'failed')) AS h (days, status)"
    )
    assert entries(status(world))["Runs"].startswith(f"{worked + 1} of {worked + 3} went well")
    read = json.loads(status(world, "--json"))
    assert read["requests"]["library"]["left"] == 600 - used
    assert read["runs_of_30_days"]["worked"] == worked + 3


def test_what_comes_next_by_schedule(world) -> None:
    with closing(psycopg2.connect(world.dsn)) as connection:
        here = read_standing(connection, {}, datetime.now(UTC))
        there = read_standing(connection, {"SCHEDULES": "on", "PLAYS_CRON": "7,37 * * * *"}, NOW)
    assert {each.by for each in here.due} == {"cooldown"}
    assert there.due[0].at == datetime(2026, 11, 28, 12, 7, tzinfo=UTC)
    assert {each.by for each in there.due} == {"schedule"}
    assert "by GitHub's schedule" in as_text(there, is_public=False)
    world.change("UPDATE sync_history SET workflow = 'track_plays_half_hourly.yml' WHERE job = 'track_plays'")
    with closing(psycopg2.connect(world.dsn)) as connection:
        (due,) = read_standing(connection, {}, datetime.now(UTC)).due
    assert due.by == "default"
    assert due.at.minute in (7, 37)


def test_the_log_of_a_public_repository_says_nothing_of_who_listens_and_when(world) -> None:
    world.extra["GITHUB_ACTIONS"] = "true"
    (user_id, name, last) = world.rows(
        "SELECT user_id, display_name, (SELECT max(played_at) FROM plays) FROM users"
    )[0]
    world.change(
        "INSERT INTO play_gaps VALUES (%s, now() - interval '5 hours', now() - interval '3 hours', 'x')",
        user_id,
    )
    for said in (status(world), status(world, "--json")):
        assert user_id not in said
        assert name not in said
        assert last.isoformat()[:16] not in said
    assert entries(status(world))["Plays"] == "20"
    assert entries(status(world))["Gaps"] == "plays may be missing in 1 stretch"


def test_only_one_of_several_listeners_is_meant(world) -> None:
    world.change(
        "INSERT INTO users (user_id, spotify_id, last_active_at) VALUES ('other', 'other', now() - interval '1 day')"
    )
    assert entries(status(world))["Plays"].startswith("20 ")
    assert entries(status(world, "--user", "other"))["Plays"] == "0"
    assert world.call("-m", STATUS, "--user", "nobody").returncode == 2


# The questions of docs/schema.md


QUESTIONS = re.findall(
    r"```sql\n(.*?)```", (ROOT / "docs" / "schema.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("question", QUESTIONS, ids=["rediscover", "months", "context", "too many tracks"])
def test_the_questions_in_the_documentation_are_answered(world, question) -> None:
    world.change("UPDATE plays SET played_at = played_at - interval '2 years'")
    world.change("UPDATE albums SET total_tracks = 1")
    assert world.run("api_syncs.materialized_views").status == "done"
    done = world.call("-m", "db.sql", "--json", question)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout), "some rows"


def test_before_anything_is_stored_a_failed_run_is_told(make_world):
    world = make_world(liked=1)
    world.extra["SPOTIFY_CLIENT_SECRET"] = "of-yesterday"
    assert world.call("-m", "api_syncs.run_all").returncode == 2
    ended = world.call("-m", "reports.sync_status")
    assert ended.returncode == 0
    assert "Nothing is stored yet." in ended.stdout
    assert "Spotify does not know this app" in ended.stdout


def test_what_a_person_has_mistyped_is_no_failure_of_theirs(make_world):
    world = make_world(liked=1)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    assert world.call("-m", "playlists.generate_playlist", "rediscovr").returncode == 2
    ended = world.call("-m", "reports.sync_status")
    assert "generate_playlist" not in ended.stdout
    assert ended.stdout.startswith("Status       ok")


def test_a_time_zone_that_this_machine_does_not_know_is_no_fault(make_world):
    world = make_world(liked=1)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    world.change("UPDATE users SET time_zone = 'Mars/Olympus'")
    ended = world.call("-m", "reports.sync_status")
    assert (ended.returncode, ended.stderr) == (0, "")
