"""Listening per day, computed from stored plays: checklist S4-3, S4-6; cases 13 to 17."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import run_module
from utils.database.statements import statement

SCRIPT = "api_syncs.materialized_views"
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = date(2026, 5, 1)


def refresh(rows, user_id="u"):
    """(new, updated, removed, all)."""
    with rows.connection, rows.connection.cursor() as cursor:
        cursor.execute(statement("daily_listening.refresh"), {"user_id": user_id, "from_day": None})
        return cursor.fetchone()


def days(rows, columns="day, minutes, play_count, top_track_id, top_artist_id"):
    return rows.do(f"SELECT {columns} FROM daily_listening ORDER BY user_id, day")


def hours(number):
    return T0 + timedelta(hours=number)


def test_a_day_has_its_minutes_plays_top_track_and_top_artist(rows):
    rows.track("a", artists=("x", "y"), ms=90_000)
    rows.track("b", artists=("y", "x"))
    rows.track("c", artists=("y",))
    for number, track_id in enumerate(("a", "a", "b", "c", "c")):
        rows.play(track_id, hours(number))
    rows.play("b", hours(5), ms_played=30_000, source="export")
    assert refresh(rows) == (1, 0, 0, 1)
    # a, b and c twice each: a was heard longest; y has four plays, x (the main artist of a only) two
    assert days(rows) == [(DAY, Decimal("6.5"), 6, "a", "y")]


def test_a_play_of_unknown_length_counts_without_minutes(rows):
    rows.track("a", ms=None)
    rows.play("a", hours(0))
    rows.play("a", hours(1))
    refresh(rows)
    assert days(rows) == [(DAY, 0, 2, "a", None)]


def test_a_play_without_a_track_counts_and_is_never_on_top(rows):
    for number in range(3):
        rows.play(None, hours(number), source="export", ms_played=60_000, track_name="gone")
    rows.track("a", artists=("x",))
    rows.play("a", hours(4))
    refresh(rows)
    assert days(rows) == [(DAY, 4, 4, "a", "x")]


@pytest.mark.parametrize(("b_ms", "top"), [(60_000, "A"), (60_001, "b"), (59_999, "A")])
def test_ties_are_decided_by_minutes_then_id(rows, b_ms, top):
    """Ids are compared byte by byte, so that every database decides the same."""
    rows.track("b", artists=("bx",), ms=b_ms)
    rows.track("A", artists=("Ax",))
    rows.play("b", hours(0))
    rows.play("A", hours(1))
    refresh(rows)
    assert days(rows, "top_track_id, top_artist_id") == [(top, f"{top}x")]


def test_a_day_is_one_of_the_listeners_zone(rows):
    rows.add("users", user_id="tokyo", spotify_id="t", time_zone="Asia/Tokyo")
    rows.track("a")
    for user_id in ("u", "tokyo"):
        rows.play("a", "2026-05-01T20:00:00Z", user_id)
    assert (refresh(rows), refresh(rows, "tokyo")) == ((1, 0, 0, 1), (1, 0, 0, 1))
    assert days(rows, "user_id, day") == [("tokyo", date(2026, 5, 2)), ("u", DAY)]
    rows.do("UPDATE users SET time_zone = 'Asia/Tokyo' WHERE user_id = 'u'")
    assert refresh(rows) == (1, 0, 1, 1)
    assert days(rows, "user_id, day") == [("tokyo", date(2026, 5, 2)), ("u", date(2026, 5, 2))]


def test_only_what_has_changed_is_written(rows):
    rows.track("a")
    for number in range(4):
        rows.play("a", T0 + timedelta(days=number))
    assert refresh(rows) == (4, 0, 0, 4)
    versions = dict(days(rows, "day, xmin::text || ctid::text"))
    assert refresh(rows) == (0, 0, 0, 4)
    rows.play("a", hours(1))
    rows.play("a", T0 + timedelta(days=9))
    rows.do("DELETE FROM plays WHERE played_at = %s", T0 + timedelta(days=3))
    assert refresh(rows) == (1, 1, 1, 4)
    after = dict(days(rows, "day, xmin::text || ctid::text"))
    changed = {day for day in after if after[day] != versions.get(day)}
    assert changed == {DAY, DAY + timedelta(days=9)}


def test_random_plays_as_a_plain_loop_counts_them(rows):
    chooser = random.Random(3)
    zone = "America/New_York"
    rows.do("UPDATE users SET time_zone = %s", zone)
    main, length = {}, {}
    for number in range(8):
        track_id = f"t{number}"
        main[track_id], length[track_id] = chooser.choice("xyz"), chooser.choice([60_000, 120_000])
        rows.track(track_id, artists=(main[track_id],), ms=length[track_id])
    found = defaultdict(list)
    for number in range(150):
        at = T0 + timedelta(hours=number, minutes=chooser.randrange(30))
        track_id = chooser.choice(sorted(main))
        rows.play(track_id, at)
        found[at.astimezone(ZoneInfo(zone)).date()].append(track_id)

    def top(track_ids, key):
        totals = defaultdict(lambda: [0, 0])
        for track_id in track_ids:
            totals[key(track_id)][0] += 1
            totals[key(track_id)][1] += length[track_id]
        return min(totals, key=lambda item: (-totals[item][0], -totals[item][1], item))

    refresh(rows)
    assert days(rows) == [
        (day, sum(map(length.get, ids)) // 60_000, len(ids), top(ids, str), top(ids, main.get))
        for day, ids in sorted(found.items())
    ]


def test_the_script_keeps_it_up_to_date(small_world, written):
    world = small_world(liked=20, plays=120)
    world.run("api_syncs.track_plays")
    outcome = world.run(SCRIPT)
    assert (outcome.status, outcome.requests) == ("done", 0)
    sql = "SELECT user_id, day, minutes, play_count FROM {} ORDER BY 1, 2"
    assert world.rows(sql.format("daily_listening")) == world.rows(sql.format("daily_metrics")) != []
    before = written(world, ("daily_listening",))
    assert world.run(SCRIPT).tally.removed_items == 0
    assert written(world, ("daily_listening",)) == before
    world.change("DROP VIEW play_facts CASCADE")
    world.change("DELETE FROM daily_listening")
    with world.settings():
        assert run_module(SCRIPT, "--rebuild").returncode == 0
    assert world.rows(sql.format("daily_listening")) == world.rows(sql.format("daily_metrics")) != []


# Whose days


def test_a_refresh_for_one_listener_leaves_the_days_of_another_alone(rows):
    rows.add("users", user_id="v", spotify_id="v")
    rows.track("a")
    for user_id in ("u", "v"):
        rows.play("a", hours(0), user_id)
    stale = {"day": DAY - timedelta(days=9), "minutes": 1, "play_count": 1}
    for user_id in ("u", "v"):
        rows.add("daily_listening", user_id=user_id, **stale)
    assert refresh(rows) == (1, 0, 1, 1)
    assert days(rows, "user_id, day") == [("u", DAY), ("v", stale["day"])]
    assert refresh(rows, "v") == (1, 0, 1, 1)
    assert days(rows, "user_id, day") == [("u", DAY), ("v", DAY)]


def test_a_refresh_for_one_listener_reads_no_play_of_another(rows):
    rows.add("users", user_id="v", spotify_id="v")
    rows.track("a", artists=("x",))
    rows.do(
        "INSERT INTO plays (user_id, played_at, item_key, source) "
        "SELECT CASE WHEN n <= 10 THEN 'u' ELSE 'v' END, timestamptz '2026-05-01 12:00Z' + n * interval '1 hour', "
        "'spotify:track:a', 'api' FROM generate_series(1, 3000) AS n"
    )
    read = rows.rows_read(statement("daily_listening.refresh"), {"user_id": "u", "from_day": None}, "plays")
    assert read == 10
    assert days(rows, "user_id, day, play_count") == [("u", DAY, 10)]


@pytest.mark.parametrize(
    ("consent", "refreshed"),
    [({}, "u"), ({"SPOTIFY_REFRESH_TOKEN": "of nobody known"}, "uv"), ({"SPOTIFY_REFRESH_TOKEN": ""}, "uv")],
    ids=["known", "unknown", "none"],
)
def test_the_listener_of_the_consent_is_meant_and_without_one_everybody(
    small_world, rows, consent, refreshed
):
    world = small_world(plays=5)
    world.run("api_syncs.track_plays")  # stores whose consent it is
    rows.do("DELETE FROM plays")
    [(known,)] = rows.do("SELECT user_id FROM users WHERE token_fingerprint IS NOT NULL")
    listeners = {"u": known, "v": "u"}  # the second is the one of the fixture
    rows.track("a")
    for user_id in listeners.values():
        rows.play("a", hours(0), user_id)
        rows.play("a", hours(30), user_id)
    world.extra.update(consent)
    outcome = world.run(SCRIPT)
    assert outcome.status == "done"
    assert (outcome.tally.new_items, outcome.tally.unchanged_items) == (2, 0), "the tables"
    found = {user_id for (user_id,) in rows.do("SELECT user_id FROM daily_listening")}
    assert found == {listeners[name] for name in refreshed}
    [(said,)] = rows.do("SELECT message FROM logs WHERE message LIKE %s", "daily_listening: %")
    assert said.startswith(f"daily_listening: {2 * len(refreshed)} rows")
