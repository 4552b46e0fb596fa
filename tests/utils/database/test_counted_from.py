"""From which length on a play counts: applied where plays are read, never where they are stored."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from playlists.language.kinds import Context
from playlists.language.model import Expression
from playlists.selection.tracks import field_values
from utils.database.statements import statement
from utils.database.views import load_views, refresh_view
from utils.job.app_settings import SETTINGS

KEY = "plays.counted_from_seconds"
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
STORED = "SELECT * FROM plays ORDER BY played_at"
MINUTES_3 = 180_000


@pytest.fixture
def heard(rows):
    """As an export has it: a song of three minutes, one of 20 seconds, and one of which nothing but its id is known."""
    rows.do("UPDATE users SET time_zone = 'UTC'")
    rows.track("long", artists=("x",), album="record", ms=MINUTES_3)
    rows.track("short", artists=("y",), ms=20_000)
    rows.track("stub", ms=None)
    rows.track("skipped", artists=("z",), album="record", ms=MINUTES_3)
    for track_id in ("long", "short", "skipped"):
        rows.add("liked_tracks", user_id="u", track_id=track_id, liked_at=T0)
    plays = (
        ("long", 2_000, "fwdbtn"),
        ("long", 29_000, "fwdbtn"),
        ("long", 29_999, "trackdone"),  # its rest was passed over
        ("long", 30_000, "fwdbtn"),
        ("long", None, None),
        ("short", 20_000, "trackdone"),
        ("short", 19_000, None),  # of account data, which has no reasons
        ("short", 18_999, "fwdbtn"),
        ("stub", 12_000, "trackdone"),
        ("stub", 12_000, "fwdbtn"),
        ("skipped", 2_000, "fwdbtn"),
    )
    for number, (track_id, ms_played, reason) in enumerate(plays):
        source = "api" if ms_played is None else "export"
        at = T0 + timedelta(hours=number)
        rows.play(track_id, at, ms_played=ms_played, reason_end=reason, source=source)
    return rows


def refresh(rows):
    for view in load_views():
        if view.is_materialized:
            with rows.connection, rows.connection.cursor() as cursor:
                refresh_view(cursor, view)


def counted_from(rows, seconds):
    rows.do(
        "INSERT INTO app_settings VALUES ('u', %s, %s) ON CONFLICT (user_id, key) DO UPDATE SET value = EXCLUDED.value",
        KEY,
        json.dumps(seconds),
    )
    refresh(rows)


def counts(rows):
    return dict(rows.do("SELECT track_id, play_count FROM track_plays"))


def test_thirty_seconds_or_the_whole_of_it_count_and_nothing_stored_changes(heard):
    before = heard.do(STORED)
    refresh(heard)
    assert counts(heard) == {"long": 2, "short": 2, "stub": 1, "skipped": 0}
    counted_from(heard, 0)
    assert counts(heard) == {"long": 5, "short": 3, "stub": 2, "skipped": 1}
    counted_from(heard, 29)
    assert counts(heard) == {"long": 4, "short": 2, "stub": 1, "skipped": 0}
    counted_from(heard, 31)
    assert counts(heard) == {"long": 1, "short": 2, "stub": 1, "skipped": 0}
    counted_from(heard, 15)
    assert counts(heard) == {"long": 4, "short": 3, "stub": 1, "skipped": 0}
    assert heard.do(STORED) == before


def test_without_a_setting_it_is_the_default_of_the_settings(heard):
    refresh(heard)
    by_default = heard.do("SELECT played_at FROM counted_plays ORDER BY 1")
    counted_from(heard, SETTINGS[KEY].default)
    assert heard.do("SELECT played_at FROM counted_plays ORDER BY 1") == by_default


@pytest.mark.parametrize("stored", ["30", None, [30], True, {}])
def test_what_is_no_number_stops_no_view_of_others(heard, stored):
    heard.add("users", user_id="v", spotify_id="spotify-v")
    heard.play("long", T0, user_id="v", ms_played=30_000, source="export")
    counted_from(heard, stored)
    assert heard.do("SELECT user_id, play_count FROM track_plays WHERE track_id = 'long' ORDER BY 1") == [
        ("u", 2),
        ("v", 1),
    ]


def test_the_setting_is_one_listeners(heard):
    heard.add("users", user_id="v", spotify_id="spotify-v")
    heard.play("long", T0, user_id="v", ms_played=10_000, source="export")
    counted_from(heard, 5)
    assert heard.do("SELECT user_id, play_count FROM track_plays WHERE track_id = 'long' ORDER BY 1") == [
        ("u", 4),
        ("v", 0),
    ]


def test_time_heard_and_skips_are_those_of_every_play(heard):
    refresh(heard)
    of_track = "SELECT play_count, heard_count, skip_count, total_ms_played, avg_completion FROM track_plays WHERE track_id = %s"
    ms = 2_000 + 29_000 + 29_999 + 30_000 + MINUTES_3
    assert heard.do(of_track, "long") == [(2, 5, 3, ms, Decimal("30.1"))]
    everything = sum(ms for (ms,) in heard.do("SELECT heard_ms FROM play_facts"))
    assert heard.do("SELECT play_count, skip_count, track_count, heard_ms FROM daily_metrics") == [
        (5, 4, 3, everything)
    ]
    assert (
        everything == 2_000 + 29_000 + 29_999 + 30_000 + MINUTES_3 + 20_000 + 19_000 + 18_999 + 24_000 + 2_000
    )


def test_what_was_only_skipped_was_never_played_and_is_known_to_be_skipped(heard):
    refresh(heard)
    assert heard.do(
        "SELECT play_count, skip_count, first_played_at, last_played_at, total_ms_played FROM unified_tracks WHERE track_id = 'skipped'"
    ) == [(0, 1, None, None, 2_000)]
    assert heard.do(
        "SELECT distinct_days, weekend_share, peak_month, dominant_daypart, play_sources FROM track_plays WHERE track_id = 'skipped'"
    ) == [(0, None, None, None, [])]
    names = ("play_count", "skip_count", "skip_rate", "last_played", "sources", "listened")
    context = Context("u", T0 + timedelta(days=1), ZoneInfo("UTC"), {})
    with heard.connection, heard.connection.cursor() as cursor:
        found = field_values(cursor, [Expression(name) for name in names], context)
    assert found["skipped"] == dict(zip(names, (0, 1, 100, None, ["liked"], 2_000), strict=True))
    assert found["long"]["skip_rate"] == 60
    assert heard.do("SELECT artist_id, play_count, last_played_at IS NULL FROM artist_stats ORDER BY 1") == [
        ("x", 2, False),
        ("y", 2, False),
        ("z", 0, True),
    ]
    assert heard.do("SELECT played_count, play_count FROM album_stats") == [(1, 2)]


def test_a_day_of_skips_has_minutes_and_no_top(heard):
    heard.play("skipped", T0 + timedelta(days=7), ms_played=25_000, source="export")
    with heard.connection, heard.connection.cursor() as cursor:
        cursor.execute(statement("daily_listening.refresh"), {"user_id": "u", "from_day": None})
    day = "SELECT minutes, play_count, top_track_id, top_artist_id FROM daily_listening WHERE day = %s"
    assert heard.do(day, date(2026, 5, 8)) == [(Decimal("0.4"), 0, None, None)]
    assert heard.do(day, date(2026, 5, 1))[0][1:] == (5, "long", "x")
