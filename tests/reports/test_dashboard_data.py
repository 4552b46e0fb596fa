"""What is read from a real PostgreSQL."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import psycopg2.errors
import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from reports.dashboard_data import Dashboard, SmartPlaylist, read_dashboard
from reports.dashboard_page import render_page
from utils.database.views import load_views

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
RUN = str(uuid4())


def add_user(
    cursor: Cursor, user_id: str = "u", time_zone: str = "UTC", active: datetime | None = NOW
) -> None:
    cursor.execute(
        "INSERT INTO users (user_id, spotify_id, display_name, time_zone, authorized_at, last_active_at) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        (user_id, user_id, f"name of {user_id}", time_zone, NOW, active),
    )


def add_track(cursor: Cursor, track_id: str, artists: tuple[str, ...] = ("a",), name: str = "") -> None:
    cursor.execute(
        "INSERT INTO tracks (track_id, name, duration_ms) VALUES (%s, %s, 180000)",
        (track_id, name or track_id),
    )
    for position, artist_id in enumerate(artists):
        cursor.execute(
            "INSERT INTO artists VALUES (%s, %s) ON CONFLICT DO NOTHING", (artist_id, f"artist {artist_id}")
        )
        cursor.execute("INSERT INTO track_artists VALUES (%s, %s, %s)", (track_id, position, artist_id))


def add_play(
    cursor: Cursor,
    played_at: datetime,
    track_id: str | None,
    ms_played: int | None = 120_000,
    user_id: str = "u",
) -> None:
    cursor.execute(
        "INSERT INTO plays (user_id, played_at, item_key, ms_played, source) VALUES (%s, %s, %s, %s, %s)",
        (
            user_id,
            played_at,
            f"spotify:track:{track_id}" if track_id else "episode",
            ms_played,
            "export" if ms_played else "api",
        ),
    )
    if track_id:
        cursor.execute(
            "INSERT INTO played_tracks VALUES (%s, %s) ON CONFLICT DO NOTHING", (user_id, track_id)
        )


def add_run(
    cursor: Cursor, job: str, started_at: datetime, status: str = "done", new: int = 0, run_id: str = ""
) -> None:
    cursor.execute(
        "INSERT INTO sync_history (run_id, user_id, job, started_at, finished_at, status, new_items) "
        "VALUES (%s, 'u', %s, %s, %s, %s, %s)",
        (run_id or str(uuid4()), job, started_at, started_at, status, new),
    )


def refresh(cursor: Cursor) -> None:
    for view in load_views():
        if view.is_materialized:
            cursor.execute(f"REFRESH MATERIALIZED VIEW {view.name}")


def read(cursor: Cursor) -> Dashboard:
    found = read_dashboard(cursor, NOW, [UUID(RUN)])
    assert render_page(found, None).endswith("</html>\n")
    return found


def test_empty_database(connection: Connection) -> None:
    with connection.cursor() as cursor:
        assert read(cursor) == Dashboard(built_at=NOW)


def test_listener_is_the_one_active_last(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor, "never", active=None)
        add_user(cursor, "before", active=NOW - timedelta(days=1))
        add_user(cursor, "now")
        add_user(cursor, "left", active=NOW + timedelta(days=1))
        cursor.execute("UPDATE users SET is_active = false WHERE user_id = 'left'")
        found = read(cursor).listener
    assert found is not None
    assert found.user_id == "now"


@pytest.mark.parametrize(
    ("time_zone", "day"),
    [
        ("UTC", date(2026, 10, 4)),
        ("Europe/Berlin", date(2026, 10, 5)),
        ("America/New_York", date(2026, 10, 4)),
    ],
)
def test_a_day_begins_at_the_listeners_midnight(connection: Connection, time_zone: str, day: date) -> None:
    with connection.cursor() as cursor:
        add_user(cursor, time_zone=time_zone)
        add_track(cursor, "t")
        add_play(cursor, datetime(2026, 10, 4, 22, 30, tzinfo=UTC), "t")
        cursor.execute(
            "INSERT INTO play_gaps VALUES ('u', '2026-10-04 22:30Z', '2026-10-04 23:00Z', 'more than 50 plays')"
        )
        add_run(cursor, "track_plays", datetime(2026, 10, 4, 22, 45, tzinfo=UTC))
        found = read(cursor)
    assert [each.day for each in found.days] == [day]
    assert [(gap.first_day, gap.last_day) for gap in found.gaps] == [(day, day)]
    assert found.checked_day == day


def test_today_is_the_listeners(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor, time_zone="Pacific/Kiritimati")
        found = read(cursor).listener
    assert found is not None
    assert found.today == date(2026, 10, 6)


def test_daylight_saving_makes_no_day_twice(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor, time_zone="Europe/Berlin")
        add_track(cursor, "t")
        for hour in (22, 23, 0, 1, 2):  # clocks go back at 01:00 UTC
            day = 24 if hour >= 22 else 25
            add_play(cursor, datetime(2026, 10, day, hour, 30, tzinfo=UTC), "t")
        found = read(cursor)
    assert [(each.day, each.plays) for each in found.days] == [(date(2026, 10, 25), 5)]


def test_totals(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        add_user(cursor, "other", active=None)
        for track_id, artists in (("liked", ("a",)), ("gone", ("b",)), ("outside", ("c", "a"))):
            add_track(cursor, track_id, artists)
        cursor.execute(
            "INSERT INTO liked_tracks VALUES ('u', 'liked', now(), NULL), ('u', 'gone', now(), now())"
        )
        cursor.execute("INSERT INTO liked_tracks VALUES ('other', 'gone', now())")
        add_play(cursor, NOW - timedelta(hours=3), "outside")
        add_play(cursor, NOW - timedelta(hours=2), "outside", None)
        add_play(cursor, NOW - timedelta(hours=1), None)
        add_play(cursor, NOW, "gone", user_id="other")
        refresh(cursor)
        found = read(cursor)
    assert (found.liked_tracks, found.saved_albums, found.known_plays) == (1, 0, 3)
    assert found.library is not None
    assert (found.library.tracks, found.library.never_played) == (1, 1)
    assert (found.library.artists, found.library.artists_only_played) == (1, 1)
    (day,) = found.days
    assert (day.plays, day.estimated, day.from_export, day.without_track) == (3, 1, 2, 1)
    assert day.heard_ms == 120_000 + 180_000 + 120_000


def test_ties_are_broken_by_minutes_then_name_then_id(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        for track_id, name in (("4", "Same"), ("3", "Same"), ("2", "Earlier"), ("1", "Longer")):
            add_track(cursor, track_id, (f"artist{track_id}",), name)
            heard = 170_000 if name == "Longer" else 120_000
            add_play(cursor, NOW - timedelta(minutes=10 * int(track_id)), track_id, heard)
        found = read(cursor).all_time
    assert [item.name for item in found.tracks] == ["Longer", "Earlier", "Same", "Same"]
    assert [item.artists for item in found.tracks[2:]] == [("artist artist3",), ("artist artist4",)]


def test_rankings_count_every_credited_artist_once(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        add_track(cursor, "duet", ("a", "b", "a"))
        add_play(cursor, NOW, "duet")
        add_play(cursor, NOW - timedelta(hours=1), "duet")
        found = read(cursor).all_time
    assert [(item.name, item.plays) for item in found.artists] == [("artist a", 2), ("artist b", 2)]
    assert [item.artists for item in found.tracks] == [("artist a", "artist b", "artist a")]


def test_what_is_too_short_is_heard_and_no_play(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        for track_id, artist in (("heard", "a"), ("skipped", "b")):
            add_track(cursor, track_id, (artist,))
            add_play(cursor, NOW - timedelta(hours=1), track_id, 29_999)
        add_play(cursor, NOW, "heard", 30_000)
        add_play(cursor, NOW - timedelta(days=1), "skipped", 2_000)
        refresh(cursor)
        found = read(cursor)
        page = render_page(found, None)
    assert [(item.name, item.plays, item.heard_ms) for item in found.all_time.tracks] == [
        ("heard", 1, 59_999)
    ]
    assert [(item.name, item.plays) for item in found.recent.artists] == [("artist a", 1)]
    assert found.library is not None
    assert found.library.artists_only_played == 1
    assert [(day.plays, day.skips, day.heard_ms) for day in found.days] == [(0, 1, 2_000), (1, 3, 89_998)]
    assert found.counted_from_seconds == 30
    assert "1 of them count, 4 were skipped" in page
    assert (
        "What was heard for less than 30 seconds, and not to its end, is in the minutes and is no play."
        in page
    )
    assert re.search(r"days with plays</dt>\s*<dd[^>]*>1\b", page)


def test_rankings_show_ten_and_know_recent_from_old(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        for number in range(12):
            add_track(cursor, f"t{number:02}")
            add_play(cursor, NOW - timedelta(days=100, hours=number), f"t{number:02}")
        add_play(cursor, NOW - timedelta(days=29), "t11")
        add_play(cursor, NOW - timedelta(days=30), "t10")
        found = read(cursor)
    assert [item.name for item in found.recent.tracks] == ["t11"]
    assert len(found.all_time.tracks) == 10
    assert [item.name for item in found.all_time.tracks[:3]] == ["t10", "t11", "t00"]


def test_filled_gaps_are_none(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        cursor.execute("INSERT INTO play_gaps VALUES ('u', '2026-10-01', '2026-10-02', 'why', now())")
        assert read(cursor).gaps == ()


def test_last_run_of_each_job_without_the_one_that_asks(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        add_run(cursor, "track_plays", NOW - timedelta(hours=2), new=50)
        add_run(cursor, "track_plays", NOW - timedelta(hours=1), "failed")
        add_run(cursor, "build_dashboard", NOW - timedelta(days=1))
        add_run(cursor, "build_dashboard", NOW, "running", run_id=RUN)
        cursor.execute(
            "INSERT INTO job_controls (user_id, job, last_success_at) VALUES ('u', 'track_plays', %s)", (NOW,)
        )
        found = read(cursor)
    assert [(run.job, run.status) for run in found.runs] == [
        ("track_plays", "failed"),
        ("build_dashboard", "done"),
    ]
    assert found.runs[0].last_success_at == NOW
    assert found.checked_at == NOW - timedelta(hours=2)


def test_pauses_are_those_in_force(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        over, later = NOW - timedelta(seconds=1), NOW + timedelta(hours=1)
        cursor.execute(
            "INSERT INTO sync_pauses VALUES ('c', 'plays', '429', %s, %s), ('c', 'library', '429', %s, %s)",
            (over, over, over, later),
        )
        cursor.execute(
            "INSERT INTO job_controls (user_id, job, is_paused, circuit_open_until) "
            "VALUES ('u', 'x', true, NULL), ('u', 'y', false, %s), ('other', 'z', true, NULL)",
            (later,),
        )
        found = read(cursor)
    assert [(pause.kind, pause.what) for pause in found.pauses] == [
        ("circuit", "y"),
        ("listener", "x"),
        ("spotify", "library"),
    ]


@pytest.mark.parametrize(
    ("job", "synced", "is_outdated"),
    [
        ("sync_liked_tracks", -1, False),
        ("sync_liked_tracks", 1, True),
        ("update_dynamic_playlists", 1, False),
        ("clean", 1, False),
    ],
)
def test_library_is_outdated_after_a_later_change(
    connection: Connection, job: str, synced: int, is_outdated: bool
) -> None:
    """What the rest of the daily chain writes after the views is nothing that they count."""
    with connection.cursor() as cursor:
        add_user(cursor)
        add_run(cursor, "materialized_views", NOW - timedelta(hours=5))
        add_run(cursor, job, NOW - timedelta(hours=5 - synced), new=1)
        found = read(cursor).library
    assert found is not None
    assert (found.refreshed_at, found.is_outdated) == (NOW - timedelta(hours=5), is_outdated)


def add_list(cursor: Cursor, slug: str, name: str, user_id: str = "u", **more: object) -> None:
    values: dict[str, object] = {"user_id": user_id, "slug": slug, "name": name, "rules": "{}", **more}
    cursor.execute(
        f"INSERT INTO playlist_mappings ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",
        [*values.values()],
    )


def test_smart_playlists_are_the_listeners_without_the_exclusions(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        add_user(cursor, "other", active=None)
        add_list(cursor, "exclusions", "Exclusions", status="active")
        add_list(cursor, "theirs", "Theirs", "other")
        add_list(
            cursor,
            "rainy",
            "Rainy",
            playlist_id="p",
            status="active",
            is_dynamic=False,
            track_count=40,
            last_synced_at=NOW,
            rules='{"match": {"liked": true}, "per": 1.50, "text": "\u00e9 <b>"}',
        )
        add_list(cursor, "by_hand", "By hand")
        found = read(cursor).smart_playlists
    rules = '{"per": 1.50, "text": "\u00e9 <b>", "match": {"liked": true}}'
    assert found == (
        SmartPlaylist("by_hand", "By hand", None, "creating", True, None, None, "{}"),
        SmartPlaylist("rainy", "Rainy", "p", "active", False, 40, NOW, rules),
    )


def test_smart_playlists_stand_by_name_then_by_slug(connection: Connection) -> None:
    with connection.cursor() as cursor:
        add_user(cursor)
        for slug, name in (("d", "Zebra"), ("b", "same"), ("c", "Same"), ("a", "SAME"), ("e", "apple")):
            add_list(cursor, slug, name)
        found = read(cursor).smart_playlists
    assert [each.slug for each in found] == ["e", "a", "b", "c", "d"]


def test_missing_views_are_no_failure(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW play_facts CASCADE")
        add_user(cursor)
        add_track(cursor, "t")
        add_play(cursor, NOW, "t")
        add_list(cursor, "rainy", "Rainy")
        found = read(cursor)
    assert (found.known_plays, found.library, found.days) == (1, None, ())
    assert [each.slug for each in found.smart_playlists] == ["rainy"]


def test_reading_writes_nothing(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        read(cursor)
        with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
            add_user(cursor)
