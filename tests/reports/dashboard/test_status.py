"""Status: how things stand, compared with what is recomputed here."""

import random
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import vl_convert
from markupsafe import Markup

from reports.dashboard.attention import attention
from reports.dashboard.charts import specification
from reports.dashboard.pages import status
from reports.dashboard.pages.status import PAGE
from reports.dashboard.words import size
from reports.stored_facts import Phase
from tests.reports.dashboard.conftest import build, refresh
from tests.reports.dashboard.reading import HOSTILE, Checked, nobody_at, source_at, text_of
from utils.database.statements import statement

NOW = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")  # whose clocks went back on 25 October


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """What a person's own environment says is nothing to these tests."""
    monkeypatch.setenv("ENV_FILE", "")
    for name in ("SCHEDULES", "SPOTIFY_REFRESH_TOKEN", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def world(rows):
    """A listener in Berlin with a consent, and another one."""
    rows.do(
        "UPDATE users SET time_zone = 'Europe/Berlin', authorized_at = %s, last_active_at = %s",
        NOW - timedelta(days=10),
        NOW,
    )
    rows.add("users", user_id="v", spotify_id="spotify-v", last_active_at=NOW - timedelta(days=1))
    rows.ran = lambda job, how="done", ago=timedelta(hours=1), user_id="u", **more: ran(
        rows, job, how, ago, user_id, **more
    )
    rows.ran("materialized_views", user_id="*", ago=timedelta(minutes=1))
    rows.ran("track_plays", ago=timedelta(minutes=10))
    return rows


def ran(rows, job, how, ago, user_id, **more):
    at = NOW - ago
    run_id = str(uuid4())
    rows.add(
        "sync_history",
        user_id=user_id,
        run_id=run_id,
        job=job,
        started_at=at,
        finished_at=at,
        status=how,
        **more,
    )
    if how == "done":
        rows.do(
            "INSERT INTO job_controls (user_id, job, last_success_at) VALUES (%s, %s, %s) ON CONFLICT (user_id, job) DO UPDATE "
            "SET last_success_at = GREATEST(job_controls.last_success_at, EXCLUDED.last_success_at)", user_id, job, at,
        )  # fmt: skip
    return run_id


def notes(connection, tmp_path):
    with source_at(connection, NOW, tmp_path, named="u") as source:
        return attention(source)


def test_all_well_in_one_sentence(world, connection, tmp_path):
    with source_at(connection, NOW, tmp_path) as source:
        text = text_of(PAGE, source)
        assert attention(source) == []
    assert 'class="headline state good"' in text
    assert "Nothing has failed, and nothing needs attention." in text
    assert re.search(r'Consent</dt><dd class="large"><data value="\d+">\d+</data> days', text)
    Checked(text)


def test_each_day_of_each_script_by_the_clock_of_the_listener(world, connection, tmp_path):
    rng = random.Random(7)
    known: dict[tuple[str, object], list[tuple[datetime, str]]] = defaultdict(list)
    for job, how, ago in (
        ("materialized_views", "done", timedelta(minutes=1)),
        ("track_plays", "done", timedelta(minutes=10)),
    ):
        known[job, (NOW - ago).astimezone(BERLIN).date()].append((NOW - ago, how))
    for _ in range(300):
        job, how = (
            rng.choice(["clean", "sync_artists", "track_plays"]),
            rng.choice(["done", "done", "failed", "killed", "stopped", "skipped", "paused"]),
        )
        user_id, ago = rng.choice(["u", "u", "*", "v"]), timedelta(minutes=rng.randrange(11, 40 * 24 * 60))
        world.ran(job, how, ago, user_id)
        if user_id != "v":
            known[job, (NOW - ago).astimezone(BERLIN).date()].append((NOW - ago, how))
    with source_at(connection, NOW, tmp_path, named="u") as source:
        read = PAGE.read(source)
    today = NOW.astimezone(BERLIN).date()
    expected = {}
    for (job, day), of_day in known.items():
        worked = [how for _, how in sorted(of_day) if how not in ("skipped", "paused")]
        failed = sum(how in ("failed", "killed") for how in worked)
        last = worked[-1] if worked else ""
        state = (
            "none" if not worked else "failed" if last in ("failed", "killed") else "mended" if failed else "stopped" if last == "stopped" else "done"
        )  # fmt: skip
        if (today - day).days < 30:
            expected[job, (today - day).days] = (state, len(worked), failed)
    found = {(row[0], row[1]): (row[2], row[6], row[7]) for row in read["chart"].rows}
    jobs = {job for job, _ in expected}
    assert found == {
        (job, back): expected.get((job, back), ("none", 0, 0)) for job in jobs for back in range(30)
    }
    assert len({state for state, _, _ in found.values()}) == 5
    assert (read["worked"], read["failed_runs"]) == tuple(
        sum(each[place] for each in expected.values()) for place in (1, 2)
    )
    well, all_runs = read["worked"] - read["failed_runs"], read["worked"]
    assert read["chart"].alternative == f"{well:,} of {all_runs:,} runs in 30 days went well."


def test_runs_that_build_the_site_are_not_told_of(world, connection, tmp_path):
    run_id = world.ran("build_dashboard", "running", timedelta(minutes=2), "*")
    with source_at(connection, NOW, tmp_path, under_way=[run_id]) as source:
        read = PAGE.read(source)
    assert "build_dashboard" not in {run.job for run in (*read["running"], *read["failed"], *read["ended"])}
    assert "build_dashboard" not in {row[0] for row in read["chart"].rows}


def test_what_failed_stands_alone_and_what_went_well_is_folded(world, connection, tmp_path):
    world.ran("sync_artists", ago=timedelta(days=2))
    world.ran("sync_artists", "failed", error_message="Spotify did not answer")
    world.ran("sync_playlists", "failed", user_id="v")
    with source_at(connection, NOW, tmp_path, named="u") as source:
        read, text = PAGE.read(source), text_of(PAGE, source)
    assert [run.job for run in read["failed"]] == ["sync_artists"]
    assert [run.job for run in read["ended"]] == ["materialized_views", "track_plays"]
    assert 'class="state bad"' in text
    assert "Spotify did not answer" in text
    assert "<code>./run logs --job sync_artists</code>" in text
    assert "sync_playlists" not in text.partition('id="scripts"')[2].partition("</section>")[0]


def test_the_days_shown_begin_where_scripts_have_begun_to_run(world, connection, tmp_path):
    def days() -> int:
        with source_at(connection, NOW, tmp_path, named="u") as source:
            rows = PAGE.read(source)["chart"].rows
        return max((row[1] for row in rows), default=-1) + 1

    assert days() == 0
    world.ran("clean", ago=timedelta(days=4))
    assert days() == 5
    world.ran("clean", ago=timedelta(days=20))
    assert days() == 21
    world.ran("clean", ago=timedelta(days=200))
    assert days() == 21
    world.ran("clean", ago=timedelta(days=29))
    assert days() == 30


def test_of_few_days_it_says_when_their_picture_comes(world, connection, tmp_path):
    world.ran("clean", ago=timedelta(days=3))
    with source_at(connection, NOW, tmp_path, named="u") as source:
        said = text_of(PAGE, source)
    assert "3 runs in 30 days; none failed." in Markup(said).striptags()
    assert "<figure" not in said
    assert "comes on 11 Nov 2026, the fifth day since scripts have run." in Markup(said).striptags()


@pytest.mark.parametrize(("how", "verdict"), [("done", "All well"), ("failed", "1 failed")])
def test_the_verdict_is_what_is_largest(world, connection, tmp_path, how, verdict):
    world.ran("sync_artists", how, timedelta(minutes=5))
    with source_at(connection, NOW, tmp_path, named="u") as source:
        said = text_of(PAGE, source)
    assert Markup(said.partition('class="headline')[2].partition("</b>")[0]).striptags().endswith(verdict)


def test_a_text_of_another_direction_turns_nothing_around_it(world, connection, tmp_path):
    world.ran("sync_artists", "failed", error_message=HOSTILE)
    world.do(
        "INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message) VALUES ('u', gen_random_uuid(), 1, %s, 'clean', 'INFO', %s)",
        NOW,
        HOSTILE,
    )
    with source_at(connection, NOW, tmp_path, named="u") as source:
        text = text_of(PAGE, source)
    told = [part.partition("</bdi>")[0] for part in text.split("<bdi>")[1:]]
    assert sum("\u202edesrever" in part for part in told) == text.count("\u202edesrever") == 2


# What needs attention


def test_nothing_of_another_listener_needs_this_ones_attention(world, connection, tmp_path):
    world.ran("sync_artists", "failed", user_id="v")
    world.do("UPDATE users SET auth_status = 'revoked' WHERE user_id = 'v'")
    world.add("job_controls", user_id="v", job="*", is_paused=True)
    assert notes(connection, tmp_path) == []


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-150, None),
        (-153, "The consent ends in 30 days."),
        (-183, "The consent ends in 1 day."),
        (-190, "The consent has ended"),
    ],
)
def test_the_end_of_the_consent(world, connection, tmp_path, days, said):
    # 11 May and six months are 11 November.
    world.do("UPDATE users SET authorized_at = %s WHERE user_id = 'u'", NOW + timedelta(days=days))
    found = notes(connection, tmp_path)
    assert [(note.kind, note.command) for note in found] == ([("consent", "./run login")] if said else [])
    assert said is None or found[0].text.startswith(said)


def test_a_consent_that_spotify_refuses(world, connection, tmp_path):
    world.do("UPDATE users SET auth_status = 'revoked' WHERE user_id = 'u'")
    (note,) = notes(connection, tmp_path)
    assert note.text.startswith("Spotify did not accept the consent the last time (revoked)")
    with source_at(connection, NOW, tmp_path, named="u") as source:
        text = text_of(PAGE, source)
    assert "the consent counts no more" in text
    assert "Spotify did not accept it the last time (<bdi>revoked</bdi>)" in text
    assert 'Consent</dt><dd class="large">refused' in text
    assert "days left" not in re.sub(r"<[^>]*>", "", text), "that it would last longer helps nobody"


def test_an_account_that_is_not_on_the_list_of_users(world, connection, tmp_path):
    """A new consent would change nothing."""
    world.do("UPDATE users SET auth_status = 'not_allowlisted' WHERE user_id = 'u'")
    (note,) = notes(connection, tmp_path)
    assert ("User Management" in note.text, note.command) == (True, "")
    with source_at(connection, NOW, tmp_path, named="u") as source:
        text = text_of(PAGE, source)
    assert "renews it" not in text


@pytest.mark.parametrize(("hours", "kinds"), [(23, []), (25, ["looking"])])
def test_nobody_looked_for_plays_for_a_day(world, connection, tmp_path, hours, kinds):
    world.do(
        "UPDATE job_controls SET last_success_at = %s WHERE job = 'track_plays'", NOW - timedelta(hours=hours)
    )
    found = notes(connection, tmp_path)
    assert [note.kind for note in found] == kinds
    assert all(note.command == "./run track_plays" for note in found)
    assert all("since 9 Nov 2026, 12:00" in note.text.striptags() for note in found)


def test_what_holds_scripts_back(world, connection, tmp_path):
    world.add("job_controls", user_id="u", job="sync_images", is_paused=True)
    world.add(
        "job_controls",
        user_id="u",
        job="sync_artists",
        consecutive_failures=5,
        circuit_open_until=NOW + timedelta(minutes=30),
    )
    world.add(
        "sync_pauses",
        client_id="c",
        endpoint_group="catalogue",
        reason="QUOTA",
        hit_at=NOW,
        until=NOW + timedelta(hours=2),
    )
    found = {
        note.kind + " " + note.command: Markup(note.text).striptags() for note in notes(connection, tmp_path)
    }
    assert found == {
        "pause ./run control resume": "Paused by you: sync_images.",
        "circuit ./run logs --job sync_artists --level warning": "Not tried again until 10 Nov 2026, 13:30: sync_artists has failed 5 times in a row.",
        "pause ": "Spotify wants no requests until 10 Nov 2026, 15:00 (catalogue: QUOTA). The scripts go on by themselves.",
    }


@pytest.mark.parametrize(
    ("job", "changed", "minutes", "is_outdated"),
    [
        ("sync_liked_tracks", 1, 0, True),
        ("sync_liked_tracks", 0, 0, False),
        ("sync_liked_tracks", 1, 2, False),  # before it was counted
        ("update_dynamic_playlists", 1, 0, False),
        ("build_dashboard", 1, 0, False),
    ],
)
def test_the_library_has_changed_since_it_was_counted(
    world, connection, tmp_path, job, changed, minutes, is_outdated
):
    world.ran(job, ago=timedelta(minutes=minutes), new_items=changed)
    found = notes(connection, tmp_path)
    assert [(note.kind, note.command) for note in found] == (
        [("counting", "./run materialized_views")] if is_outdated else []
    )


@pytest.fixture
def counted(world, connection):
    """Three plays, of one, twenty and two hundred seconds, counted a minute ago."""
    world.track("t", ms=240_000)
    for hours, seconds in enumerate((1, 20, 200), start=1):
        world.play("t", NOW - timedelta(hours=hours), source="export", ms_played=1000 * seconds)
    refresh(connection)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("daily_listening.refresh"), {"user_id": "u", "from_day": None})
    return world


def test_another_threshold_is_said_until_the_library_is_counted_anew(counted, connection, tmp_path):
    assert notes(connection, tmp_path) == []
    counted.add("app_settings", user_id="u", key="plays.counted_from_seconds", value="10")
    (note,) = notes(connection, tmp_path)
    assert (note.kind, note.command) == ("counting", "./run materialized_views")
    assert note.text.striptags() == (
        "What counts as a play was changed, by a setting or by hand: 2 plays count now, and 1 did when the library was counted "
        "(10 Nov 2026, 12:59), whose figures are still of these."
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("daily_listening.refresh"), {"user_id": "u", "from_day": None})
    assert notes(connection, tmp_path) == []
    counted.do("DELETE FROM app_settings")
    (note,) = notes(connection, tmp_path)
    assert ": 1 play counts now, and 2 did " in note.text.striptags()


def test_nothing_is_counted_yet(world, connection, tmp_path):
    world.do("DELETE FROM sync_history WHERE job = 'materialized_views'")
    (note,) = notes(connection, tmp_path)
    assert note.text == "Nothing is counted yet."


# Copying, budget, schedules


@pytest.mark.parametrize(
    ("offset", "total", "days", "left"),
    [
        (100, 400, 0, 3),
        (100, 400, 2, 6),
        (399, 400, 0, 1),
        (0, 400, 1, None),
        (400, 400, 1, None),
        (5, None, 1, None),
        (1, 5_000, 0, None),
        (500, 400, 1, None),
    ],
)
def test_how_long_a_queue_takes(offset, total, days, left):
    begin = NOW - timedelta(days=days)
    assert (
        Phase("details", "initial", "running", False, offset, total, offset, None, begin, begin).days_left(
            NOW
        )
        == left
    )


def test_requests_count_as_the_budget_counts_them(world, connection, tmp_path):
    def asked(
        hours_ago: int, minutes: int, group: str, calls: int, client: str = "c", limited: int = 0
    ) -> None:
        hour = NOW - timedelta(hours=hours_ago)
        world.add(
            "api_calls",
            hour=hour,
            client_id=client,
            endpoint_group=group,
            calls=calls,
            errors=0,
            rate_limited=limited,
            last_at=hour + timedelta(minutes=minutes),
        )

    asked(0, 0, "catalogue", 10)
    asked(24, 0, "catalogue", 1_000)  # its last one is 24 hours old
    asked(24, 1, "library", 50, limited=2)  # and this one's is not
    asked(3, 10, "library", 7)
    asked(3, 10, "library", 30, client="another app")
    with source_at(connection, NOW, tmp_path) as source:
        found = {
            row["endpoint_group"]: (row["calls"], row["of"], round(row["part"], 4), row["rate_limited"])
            for row in PAGE.read(source)["budget"]
        }
    assert found == {"catalogue": (10, 600, 0.0167, 0), "library": (57, 600, 0.095, 2)}


def test_of_what_is_being_copied_the_batch_is_said(world, connection, tmp_path):
    world.add(
        "sync_state",
        user_id="u",
        entity_type="liked_tracks",
        phase="initial",
        status="running",
        last_synced_offset=250,
        total_estimated=750,
        started_at=NOW,
        last_updated_at=NOW,
    )
    with source_at(connection, NOW, tmp_path) as source:
        assert ", batch 5 of 15" in Markup(text_of(PAGE, source)).striptags()


def test_the_listeners_own_settings(world, connection, tmp_path):
    for user_id, value in (("u", "300"), ("v", "99")):
        world.add("app_settings", user_id=user_id, key="sync.daily_requests_per_group", value=value)
    with source_at(connection, NOW, tmp_path, named="u") as source:
        changed = [each for each in PAGE.read(source)["settings"] if each["is_changed"]]
    assert [(each["key"], each["value"].striptags(), each["default"].striptags()) for each in changed] == [
        ("sync.daily_requests_per_group", "300", "600")
    ]


def test_whether_the_schedules_are_kept(world, connection, tmp_path, monkeypatch):
    world.ran("check_schedules", ago=timedelta(days=9))
    with source_at(connection, NOW, tmp_path) as source:
        off = PAGE.read(source)["schedules"]
        assert "nothing is started by a schedule" in text_of(PAGE, source)
    monkeypatch.setenv("SCHEDULES", "on")
    with source_at(connection, NOW, tmp_path) as source:
        on = PAGE.read(source)["schedules"]
        (note,) = attention(source)
    assert off["watched"] == []
    titles = [each["title"] for each in on["watched"]]
    assert "Track plays" in titles
    stopped = [each["title"] for each in on["watched"] if each["seen"].has_stopped]
    assert stopped
    assert "Track plays" not in stopped
    assert (note.kind, note.text) == ("schedule", f"GitHub does not start any more: {', '.join(stopped)}.")


# The log, sizes


def test_the_newest_lines_of_the_log(world, connection, tmp_path):
    world.do(
        "INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message) "
        "SELECT CASE i %% 3 WHEN 0 THEN 'v' WHEN 1 THEN '*' ELSE 'u' END, gen_random_uuid(), 1, %s - i * interval '1 minute', 'clean', "
        "CASE WHEN i %% 2 = 0 THEN 'INFO' ELSE 'ERROR' END, i::text FROM generate_series(1, 900) AS i",
        NOW,
    )
    with source_at(connection, NOW, tmp_path, named="u") as source:
        log = PAGE.read(source)["log"]
    assert [line["message"] for line in log["lines"]] == [str(i) for i in range(1, 900) if i % 3][:500]
    assert (log["jobs"], log["levels"]) == (["clean"], ["INFO", "ERROR"])


def test_how_large_it_is(world, connection, tmp_path):
    world.add(
        "images", kind="albums", spotify_id="a", source_url="x", path="a.webp", bytes=1_500, fetched_at=NOW
    )
    world.add("images", kind="albums", spotify_id="b", source_url="x", path=None, bytes=7, fetched_at=NOW)
    with source_at(connection, NOW, tmp_path) as source:
        read = PAGE.read(source)
    names = [row["name"] for row in read["tables"]]
    assert {"plays", "tracks", "unified_tracks", "logs"} <= set(names)
    assert "listening" not in names
    assert [row["bytes"] for row in read["tables"]] == sorted(
        (row["bytes"] for row in read["tables"]), reverse=True
    )
    assert read["tables_bytes"] == sum(row["bytes"] for row in read["tables"]) > 0
    assert {each["kind"]: (each["count"], each["bytes"]) for each in read["images"]} == {
        "artists": (0, 0),
        "albums": (1, 1_500),
        "playlists": (0, 0),
    }


def test_a_database_that_has_not_changed_has_no_page_written_again(counted, connection, dsn, tmp_path):
    """Nor is another file, but the one that says when the site was built; also with builds of its own, and a gap, in between."""

    def ran_and_said(ago):
        counted.ran("build_dashboard", user_id="*", ago=ago, new_items=7)
        counted.do(
            "INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message) "
            "VALUES ('*', gen_random_uuid(), 1, %s, 'build_dashboard', 'INFO', 'done')",
            NOW - ago,
        )

    def files():
        return {
            str(path.relative_to(tmp_path)): path.stat().st_mtime_ns
            for path in tmp_path.rglob("*")
            if path.is_file()
        }

    for day in range(40):
        counted.play("t", NOW - timedelta(days=day, hours=5))
    counted.add(
        "play_gaps",
        user_id="u",
        gap_start=NOW - timedelta(days=3),
        gap_end=NOW - timedelta(days=2),
        reason="x",
    )
    counted.do("UPDATE users SET authorized_at = authorized_at + interval '1 hour' WHERE user_id = 'u'")
    ran_and_said(timedelta(hours=1))
    refresh(connection)
    counted.do("ANALYZE")
    for since_the_look in (timedelta(minutes=10), timedelta(hours=5)):
        counted.do(
            "UPDATE job_controls SET last_success_at = %s WHERE job = 'track_plays'", NOW - since_the_look
        )
        build(dsn, tmp_path, NOW)
        before = files()
        ran_and_said(timedelta(0))
        assert build(dsn, tmp_path, NOW + timedelta(minutes=7)) == {
            "unchanged": len(list(tmp_path.glob("*.html"))),
            "removed": 0,
        }
        after = files()
        assert {path for path in after if after[path] != before.get(path)} == {".site", "assets/built.js"}


def test_the_last_look_and_the_estimates_are_in_every_head_and_written_once(
    counted, connection, dsn, tmp_path
):
    for day in range(3):
        counted.play("t", NOW - timedelta(days=day, hours=5))
    refresh(connection)
    for minutes in (10, 20):
        look = NOW - timedelta(minutes=minutes)
        counted.do("UPDATE job_controls SET last_success_at = %s WHERE job = 'track_plays'", look)
        made = build(dsn, tmp_path, NOW)
        said = (tmp_path / "assets" / "built.js").read_text()
        assert f'window.siteCheckedAt = "{look.isoformat()}";' in said
        assert 'window.siteEstimated = "75 %";' in said
    year, personality = ((tmp_path / f"{name}.html").read_text() for name in ("year-2026", "personality"))
    for page in (year, personality):
        assert page.count('last looked for plays <span data-carried="checked">') == 1
        assert (NOW - timedelta(minutes=10)).isoformat() in page, "not written again for it"
    assert made["unchanged"] > 5
    assert 'estimated for <span data-carried="estimated">75 %</span> of the plays' in year
    assert 'data-carried="estimated"' not in personality, "which tells no time"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (1_234_567_890_123, "1,235 GB"),
    ],
)
def test_sizes(value, said):
    assert size(value).striptags() == said


def test_hostile_texts_stay_texts(world, connection, tmp_path):
    world.ran(HOSTILE, "failed", error_message=HOSTILE)
    world.ran(HOSTILE + "2", HOSTILE)
    world.do("UPDATE users SET display_name = %s, auth_status = %s WHERE user_id = 'u'", HOSTILE, HOSTILE)
    world.add("job_controls", user_id="u", job=HOSTILE, is_paused=True)
    world.add(
        "sync_pauses",
        client_id="c",
        endpoint_group=HOSTILE,
        reason=HOSTILE,
        hit_at=NOW,
        until=NOW + timedelta(hours=2),
    )
    world.add(
        "sync_state",
        user_id="u",
        entity_type=HOSTILE,
        phase="initial",
        status=HOSTILE,
        error_message=HOSTILE,
        started_at=NOW,
        last_updated_at=NOW,
    )
    world.add(
        "api_calls",
        hour=NOW,
        client_id="c",
        endpoint_group=HOSTILE,
        calls=1,
        errors=0,
        rate_limited=0,
        last_at=NOW,
    )
    world.do(
        "INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message) VALUES ('u', gen_random_uuid(), 1, %s, %s, %s, %s)",
        NOW,
        *[HOSTILE] * 3,
    )
    with source_at(connection, NOW, tmp_path, named="u") as source:
        page = Checked(text_of(PAGE, source))
    assert Counter(tag for tag, _ in page.tags)["img"] == 0
    assert not any("onload" in attributes for _, attributes in page.tags)
    assert all(
        attributes.get("src") or attributes.get("type") == "application/json"
        for tag, attributes in page.tags
        if tag == "script"
    )


def test_without_a_listener_it_says_how_to_begin(connection, tmp_path, monkeypatch):
    with nobody_at(connection, NOW, tmp_path) as source:
        text = text_of(PAGE, source)
    assert "Nothing is stored yet." in text
    assert text.index("./run login") < text.index("./run sync</code> copies")
    Checked(text)
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", "there")
    with nobody_at(connection, NOW, tmp_path) as source:
        assert "asks for your consent" not in text_of(PAGE, source)


def test_every_glyph_has_its_word():
    assert set(status.GLYPHS) < set(status.WORDS)


@pytest.mark.parametrize("name", ["record", "runs_by_day", "runs_by_day_narrow"])
def test_each_chart_is_one_that_can_be_drawn(name):
    spec = {**specification(name), "datasets": {"rows": []}}
    assert vl_convert.vegalite_to_vega(spec, vl_version="6.4")["marks"]
