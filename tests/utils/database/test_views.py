"""What is derived: numbers that are true, from small libraries made by hand."""

import random
import zoneinfo
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg2.errors
import pytest

from utils.config import is_time_zone
from utils.database.views import create_views, load_views, refresh_view

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTES_3 = 180_000


class Listening:
    """Rows by hand, and what the views make of them."""

    def __init__(self, connection):
        self.connection = connection
        self.user()

    def do(self, sql, *parameters):
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def user(self, user_id="u", time_zone="UTC"):
        self.do(
            "INSERT INTO users (user_id, spotify_id, time_zone) VALUES (%s, %s, %s)",
            user_id,
            user_id,
            time_zone,
        )

    def track(self, track_id, *, title="Song", artists=("x",), isrc=None, ms=MINUTES_3, album=None):
        for artist in artists:
            self.do(
                "INSERT INTO artists (artist_id, name) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                artist,
                artist.upper(),
            )
        if album:
            self.do(
                "INSERT INTO albums (album_id, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", album, album
            )
        self.do(
            "INSERT INTO tracks (track_id, album_id, name, duration_ms, isrc) VALUES (%s, %s, %s, %s, %s)",
            track_id,
            album,
            title,
            ms,
            isrc,
        )
        if album:
            self.put_on(album, track_id)
        for position, artist in enumerate(artists):
            self.do("INSERT INTO track_artists VALUES (%s, %s, %s)", track_id, position, artist)

    def put_on(self, album, *track_ids):
        for track_id in track_ids:
            self.do("INSERT INTO album_tracks (album_id, track_id) VALUES (%s, %s)", album, track_id)

    def like(self, track_id, at=T0, user="u", removed_at=None):
        self.do("INSERT INTO liked_tracks VALUES (%s, %s, %s, %s)", user, track_id, at, removed_at)

    def save_album(self, album_id, at=T0, user="u", removed_at=None):
        self.do("INSERT INTO saved_albums VALUES (%s, %s, %s, %s)", user, album_id, at, removed_at)

    def play(self, track_id, at, user="u", **more):
        columns = {
            "user_id": user,
            "played_at": at,
            "item_key": f"spotify:track:{track_id}" if track_id else "hash of names",
            "source": "api",
            **more,
        }
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        self.do(f"INSERT INTO plays ({names}) VALUES ({marks})", *columns.values())
        if track_id:
            self.do("INSERT INTO played_tracks VALUES (%s, %s) ON CONFLICT DO NOTHING", user, track_id)

    def refresh(self):
        for view in load_views():
            if view.is_materialized:
                with self.connection, self.connection.cursor() as cursor:
                    refresh_view(cursor, view)

    def play_counts(self, user="u"):
        """track_id → play_count over the library, after a refresh."""
        self.refresh()
        return dict(self.do("SELECT track_id, play_count FROM unified_tracks WHERE user_id = %s", user))

    def facts(self, columns, user="u"):
        return self.do(
            f"SELECT {columns} FROM play_facts WHERE user_id = %s ORDER BY played_at, item_key", user
        )


@pytest.fixture
def listening(connection):
    return Listening(connection)


def far_apart(number):
    """Moments that have nothing to do with each other."""
    return T0 + timedelta(hours=number)


# For which track of the library a play counts


def test_a_play_counts_for_the_same_track(listening):
    listening.track("a")
    listening.like("a")
    listening.play("a", T0)
    assert listening.play_counts() == {"a": 1}


def test_a_play_of_the_same_recording_under_another_id_counts(listening):
    listening.track("liked", isrc="ISRC1", title="One", ms=180_000)
    listening.track("played", isrc="ISRC1", title="One (Remastered)", ms=190_000)
    listening.like("liked")
    listening.play("played", T0)
    assert listening.play_counts() == {"liked": 1}


@pytest.mark.parametrize("codes", [(None, None), ("ISRC1", None), (None, "ISRC1")])
@pytest.mark.parametrize(("apart", "count"), [(0, 1), (1000, 1), (-1000, 1), (1001, 0), (-1001, 0)])
def test_without_both_codes_title_artist_and_duration_decide(listening, codes, apart, count):
    listening.track("liked", isrc=codes[0])
    listening.track("played", isrc=codes[1], ms=MINUTES_3 + apart)
    listening.like("liked")
    listening.play("played", T0)
    assert listening.play_counts() == {"liked": count}


def test_two_different_codes_are_two_recordings_however_alike(listening):
    listening.track("liked", isrc="ISRC1")
    listening.track("live", isrc="ISRC2")
    listening.like("liked")
    listening.play("live", T0)
    assert listening.play_counts() == {"liked": 0}


@pytest.mark.parametrize("durations", [(None, None), (None, MINUTES_3), (MINUTES_3, None)])
def test_unknown_durations_never_match(listening, durations):
    """Case 18: two unknown durations are not equal."""
    listening.track("liked", ms=durations[0])
    listening.track("played", ms=durations[1])
    listening.like("liked")
    listening.play("played", T0)
    assert listening.play_counts() == {"liked": 0}


@pytest.mark.parametrize(
    ("title", "count"),
    [
        ("SONG of  the\tyear", 1),
        ("\uff33ong of the year", 1),
        ("Song of the year", 1),
        ("Song of the year - Live", 0),
        ("Song of the yea", 0),
        ("Song%of the year", 0),
        ("Song_of the year", 0),
        (None, 0),
    ],
)
def test_titles_are_compared_without_case_and_spacing_only(listening, title, count):
    listening.track("liked", title="Song of the Year")
    listening.track("played", title=title)
    listening.like("liked")
    listening.play("played", T0)
    assert listening.play_counts() == {"liked": count}


@pytest.mark.parametrize(
    ("artists", "count"), [(("x",), 1), (("x", "z"), 1), (("y",), 0), (("z", "x"), 0), ((), 0)]
)
def test_the_main_artist_has_to_be_the_same(listening, artists, count):
    listening.track("liked", artists=("x", "y"))
    listening.track("played", artists=artists)
    listening.like("liked")
    listening.play("played", T0)
    assert listening.play_counts() == {"liked": count}


def test_a_play_counts_once_also_where_several_tracks_look_alike(listening):
    """Case 10: five plays are five, not twelve."""
    for number, track_id in enumerate(("a", "b", "c")):
        listening.track(track_id, isrc="ISRC1")
        listening.like(track_id, T0 - timedelta(days=number))
    listening.track("outside", isrc="ISRC1")
    for number, track_id in enumerate(("a", "a", "b", "outside", "outside")):
        listening.play(track_id, far_apart(number))
    assert listening.play_counts() == {"a": 2, "b": 1, "c": 2}, "a look-alike counts for the one added first"


def test_the_same_code_and_the_same_title_do_not_count_a_play_twice(listening):
    listening.track("a", isrc="ISRC1")
    listening.track("b", isrc=None)
    listening.track("played", isrc="ISRC1")
    listening.like("a", T0)
    listening.like("b", T0 - timedelta(days=1))
    listening.play("played", T0)
    assert sum(listening.play_counts().values()) == 1


def test_plays_of_one_listener_are_not_those_of_another(listening):
    listening.user("v")
    listening.track("a")
    listening.like("a")
    listening.like("a", user="v")
    listening.play("a", T0)
    assert listening.play_counts() == {"a": 1}
    assert listening.play_counts("v") == {"a": 0}


def test_random_libraries_count_as_a_plain_loop_does(listening):
    """Forty listeners over one catalogue full of look-alikes."""
    chooser = random.Random(7)
    catalogue = {}
    for number in range(30):
        track_id = f"t{number:02}"
        catalogue[track_id] = {
            "title": chooser.choice(["one", "two"]),
            "artists": (chooser.choice("xy"),),
            "isrc": chooser.choice([None, None, "I1", "I2", "I3"]),
            "ms": chooser.choice([None, 100_000, 100_900, 101_800]),
        }
        listening.track(track_id, **catalogue[track_id])

    def same(a, b):
        one, two = catalogue[a], catalogue[b]
        if one["isrc"] and two["isrc"]:
            return one["isrc"] == two["isrc"]
        return (
            (one["title"], one["artists"]) == (two["title"], two["artists"])
            and one["ms"] is not None
            and two["ms"] is not None
            and abs(one["ms"] - two["ms"]) <= 1000
        )

    expected = {}
    for number in range(40):
        user = f"user{number}"
        listening.user(user)
        liked = chooser.sample(sorted(catalogue), 5)
        for order, track_id in enumerate(liked):
            listening.like(track_id, T0 + timedelta(minutes=order), user)
        counts = Counter(dict.fromkeys(liked, 0))
        for played in range(12):
            track_id = chooser.choice(sorted(catalogue))
            listening.play(track_id, far_apart(played), user)
            for candidate in (
                [track_id] if track_id in liked else [other for other in liked if same(track_id, other)][:1]
            ):
                counts[candidate] += 1
        expected[user] = dict(counts)
    listening.refresh()
    rows = listening.do("SELECT user_id, track_id, play_count FROM unified_tracks")
    found = {user: {} for user in expected}
    for user, track_id, count in rows:
        found[user][track_id] = count
    assert found == expected


# The library


def test_a_liked_song_stays_although_its_album_is_known_and_not_saved(listening):
    """Case 5."""
    listening.track("a", album="al")
    listening.track("b", album="al")
    listening.like("a")
    assert listening.play_counts() == {"a": 0}
    listening.save_album("al", removed_at=T0)
    assert listening.play_counts() == {"a": 0}


def test_one_row_per_track_with_the_earliest_moment(listening):
    listening.track("a", album="al")
    listening.track("b", album="al")
    listening.like("a", T0 + timedelta(days=2))
    listening.save_album("al", T0)
    listening.refresh()
    rows = listening.do("SELECT track_id, is_liked, liked_at, added_at FROM unified_tracks ORDER BY 1")
    assert rows == [("a", True, T0 + timedelta(days=2), T0), ("b", False, None, T0)]


def test_what_was_removed_is_gone_and_its_plays_are_kept(listening):
    listening.track("a")
    listening.like("a", removed_at=T0)
    listening.play("a", T0)
    assert listening.play_counts() == {}
    assert listening.do("SELECT play_count FROM daily_metrics") == [(1,)]


def test_a_track_without_album_artists_or_duration_has_its_row(listening):
    listening.track("a", artists=(), ms=None, title=None)
    listening.like("a")
    assert listening.play_counts() == {"a": 0}


def test_all_artists_and_their_genres_are_named_in_order(listening):
    listening.track("a", artists=("z", "x", "y"))
    listening.do("UPDATE artists SET genres = '{rock,pop}' WHERE artist_id = 'x'")
    listening.do("UPDATE artists SET genres = '{pop,jazz}' WHERE artist_id = 'y'")
    listening.like("a")
    listening.refresh()
    assert listening.do("SELECT artist_ids, artists, genres FROM unified_tracks") == [
        (["z", "x", "y"], ["Z", "X", "Y"], ["jazz", "pop", "rock"])
    ]


# Plays: repeats, skips, what was heard


def test_a_loop_of_four_is_four_plays(listening):
    """Case 12: a repeat is a play, also where crossfade makes it a little shorter than the track."""
    listening.track("a")
    listening.like("a")
    for number in range(4):
        listening.play("a", T0 + timedelta(milliseconds=number * (MINUTES_3 - 5000)))
    assert listening.play_counts() == {"a": 4}
    assert listening.do("SELECT skip_count FROM unified_tracks") == [(0,)]
    assert listening.do("SELECT play_count, track_count FROM daily_metrics") == [(4, 1)]


def test_a_skip_belongs_to_the_play_that_was_cut_short(listening):
    """Case 11: A was heard to its end, B for 40 of 180 s."""
    listening.track("a", title="A")
    listening.track("b", title="B")
    for track_id in ("a", "b"):
        listening.like(track_id)
    listening.play("a", T0)
    listening.play("b", T0 + timedelta(seconds=40))
    listening.play("a", T0 + timedelta(seconds=40 + 180))
    assert listening.facts("track_id, is_skip, heard_ms, heard_is_inferred") == [
        ("a", False, 180_000, True),
        ("b", True, 40_000, True),
        ("a", False, 180_000, True),
    ]
    listening.refresh()
    assert listening.do(
        "SELECT track_id, play_count, skip_count, total_ms_played FROM unified_tracks ORDER BY 1"
    ) == [
        ("a", 2, 0, 360_000),
        ("b", 1, 1, 40_000),
    ]


@pytest.mark.parametrize(
    ("heard_s", "is_skip"), [(1, True), (53, True), (54, False), (100, False), (180, False)]
)
def test_less_than_thirty_percent_is_a_skip(listening, heard_s, is_skip):
    listening.track("a")
    listening.play("a", T0)
    listening.play("a", T0 + timedelta(seconds=heard_s))
    assert listening.facts("is_skip") == [(False,), (is_skip,)]


def test_after_a_rest_a_play_was_as_long_as_its_track(listening):
    listening.track("a")
    listening.play("a", T0)
    listening.play("a", T0 + timedelta(hours=8))
    assert listening.facts("heard_ms, is_skip") == [(180_000, False), (180_000, False)]


@pytest.mark.parametrize(
    ("ms", "reason", "is_skip"),
    [
        (20_000, "fwdbtn", True),
        (20_000, None, True),
        (20_000, "trackdone", False),
        (100_000, "fwdbtn", False),
        (180_000, "trackdone", False),
        (0, "fwdbtn", True),
    ],
)
def test_the_export_knows_better_than_what_can_be_inferred(listening, ms, reason, is_skip):
    listening.track("a")
    listening.play("a", T0)
    listening.play("a", T0 + timedelta(seconds=60), source="export", ms_played=ms, reason_end=reason)
    assert listening.facts("heard_ms, heard_is_inferred, is_skip")[1] == (ms, False, is_skip)


def test_the_play_before_of_another_listener_says_nothing(listening):
    listening.user("v")
    listening.track("a")
    listening.play("a", T0)
    listening.play("a", T0 + timedelta(seconds=10), user="v")
    assert listening.facts("is_skip", "v") == [(False,)]


def test_a_play_of_unknown_length_after_a_night_does_not_count_as_a_night_of_listening(listening):
    listening.track("a")
    listening.track("unknown", ms=None)
    listening.play("a", T0)
    listening.play("unknown", T0 + timedelta(hours=8))
    assert listening.facts("track_id, heard_ms, is_skip")[1] == ("unknown", None, False)


def test_a_play_without_a_track_counts_for_its_day(listening):
    listening.play(None, T0, source="export", ms_played=60_000, track_name="gone")
    listening.refresh()
    assert listening.do("SELECT play_count, minutes, minutes_are_inferred FROM daily_metrics") == [
        (1, 1, False)
    ]


# Days


def test_plays_count_on_the_day_on_which_they_were_played(listening):
    """Case 13: not all of them on the day of the last one."""
    listening.track("a")
    for day, plays in ((0, 3), (1, 1), (9, 2)):
        for number in range(plays):
            listening.play("a", T0 + timedelta(days=day, hours=number))
    listening.refresh()
    assert listening.do("SELECT day, play_count, minutes FROM daily_metrics ORDER BY day") == [
        (date(2026, 5, 1), 3, 9),
        (date(2026, 5, 2), 1, 3),
        (date(2026, 5, 10), 2, 6),
    ]


NEW_YORK_DAYS = [
    ("2026-01-02T04:59:59Z", date(2026, 1, 1)),  # 23:59:59 EST
    ("2026-01-02T05:00:00Z", date(2026, 1, 2)),  # midnight
    ("2026-03-08T04:59:59Z", date(2026, 3, 7)),  # the evening before the clocks go forward
    ("2026-03-09T03:59:59Z", date(2026, 3, 8)),  # 23:59:59 EDT
    ("2026-03-09T04:30:00Z", date(2026, 3, 9)),  # 00:30 EDT; 23:30 of the 8th by winter time
    ("2026-11-01T04:30:00Z", date(2026, 11, 1)),  # 00:30 EDT
    ("2026-11-02T04:30:00Z", date(2026, 11, 1)),  # 23:30 EST; 00:30 of the 2nd by summer time
    ("2026-11-02T05:00:00Z", date(2026, 11, 2)),
]


@pytest.mark.parametrize("session_zone", ["UTC", "Asia/Tokyo"])
def test_a_day_is_one_of_the_listeners_zone_whatever_the_sessions(listening, session_zone):
    """Cases 15 and 16."""
    listening.do(f"SET timezone = '{session_zone}'")
    listening.user("ny", "America/New_York")
    listening.track("a")
    for moment, _ in NEW_YORK_DAYS:
        listening.play("a", moment, user="ny")
    assert [day for (day,) in listening.facts("day", "ny")] == [day for _, day in NEW_YORK_DAYS]
    listening.refresh()
    assert dict(listening.do("SELECT day, play_count FROM daily_metrics WHERE user_id = 'ny'")) == Counter(
        day for _, day in NEW_YORK_DAYS
    )


def test_two_listeners_have_two_midnights(listening):
    listening.user("tokyo", "Asia/Tokyo")
    listening.track("a")
    for user in ("u", "tokyo"):
        listening.play("a", "2026-05-01T20:00:00Z", user=user)
    listening.refresh()
    assert dict(listening.do("SELECT user_id, day FROM daily_metrics")) == {
        "u": date(2026, 5, 1),
        "tokyo": date(2026, 5, 2),
    }


# Artists


def test_every_credited_artist_counts_also_outside_the_library(listening):
    """Case 17."""
    listening.track("liked", artists=("x", "y"))
    listening.track("outside", artists=("y", "z"), title="Other")
    listening.like("liked")
    listening.play("liked", far_apart(0))
    listening.play("outside", far_apart(1))
    listening.play("outside", far_apart(2))
    listening.refresh()
    rows = listening.do("SELECT artist_id, play_count, track_count, liked_count FROM artist_stats ORDER BY 1")
    assert rows == [("x", 1, 1, 1), ("y", 3, 1, 1), ("z", 2, 0, 0)]
    assert listening.do("SELECT sum(play_count) FROM daily_metrics") == [(3,)]


# How views are made and refreshed


def oids(connection):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, oid FROM pg_class WHERE relname = ANY(%s)", ([v.name for v in load_views()],)
        )
        return dict(cursor.fetchall())


def make(connection, views):
    with connection, connection.cursor() as cursor:
        return create_views(cursor, views)


def test_views_are_made_once_and_not_again(connection):
    before = oids(connection)
    assert len(before) == len(load_views())
    assert make(connection, load_views()) is False
    assert oids(connection) == before


@pytest.mark.parametrize("number", range(len(load_views())))
def test_a_view_whose_text_has_changed_is_made_anew(connection, number):
    views = load_views()
    changed = [*views]
    changed[number] = replace(views[number], select=f"{views[number].select}\n-- changed")
    before = oids(connection)
    assert make(connection, changed) is True
    after = oids(connection)
    assert after[views[number].name] != before[views[number].name]
    assert make(connection, changed) is False
    assert oids(connection) == after


def test_a_view_that_is_missing_or_of_another_kind_is_made_anew(connection, listening):
    listening.do("DROP MATERIALIZED VIEW artist_stats")
    assert make(connection, load_views()) is True
    listening.do("DROP MATERIALIZED VIEW artist_stats")
    listening.do("CREATE VIEW artist_stats AS SELECT 1 AS one")
    assert make(connection, load_views()) is True
    assert make(connection, load_views()) is False
    listening.refresh()


def test_views_made_anew_hold_what_is_there(connection, listening):
    listening.track("a")
    listening.like("a")
    listening.do("DROP VIEW play_facts CASCADE")
    make(connection, load_views())
    assert listening.do("SELECT track_id FROM unified_tracks") == [("a",)]


def test_rows_are_stored_in_the_order_of_their_key_byte_for_byte(connection, listening):
    """A refresh sorts them whole otherwise, which takes as long as what they are computed by."""
    track_ids = [f"{letter}{number}" for number in range(20) for letter in "zAaZ"]
    for track_id in track_ids:
        listening.track(track_id)
        listening.like(track_id)
    listening.do("DROP VIEW play_facts CASCADE")
    make(connection, load_views())
    for name, column in (
        ("track_catalogue", "track_id"),
        ("counted_for", "played_id"),
        ("unified_tracks", "track_id"),
    ):
        stored = [key for (key,) in listening.do(f"SELECT {column} FROM {name} ORDER BY ctid")]
        assert stored == sorted(track_ids), name


def test_readers_see_the_old_views_until_the_new_ones_are_all_there(connection, connect, listening):
    listening.track("a")
    listening.like("a")
    listening.refresh()
    reader = connect()
    with reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM unified_tracks")
    with connection.cursor() as cursor:
        create_views(cursor, [replace(view, select=f"{view.select}\n-- new") for view in load_views()])
        connection.rollback()
    with reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM unified_tracks")
        assert cursor.fetchone() == (1,)


def test_a_refresh_neither_waits_for_readers_nor_stops_them(connection, connect, listening):
    listening.track("a")
    listening.like("a")
    listening.refresh()
    listening.track("b")
    listening.like("b")
    reading, writing = connect(), connect()
    with reading.cursor() as reader, writing.cursor() as writer:
        reader.execute("SET LOCAL lock_timeout = '2s'; SELECT count(*) FROM unified_tracks")
        assert reader.fetchone() == (1,)
        writer.execute("SET LOCAL lock_timeout = '2s'")
        for view in load_views():
            if view.is_materialized:
                refresh_view(writer, view)
        reader.execute("SELECT count(*) FROM unified_tracks")
        assert reader.fetchone() == (1,), "not committed yet"
        writing.commit()
        reader.execute("SELECT count(*) FROM unified_tracks")
        assert reader.fetchone() == (2,)


def test_a_plain_refresh_would_have_waited(connect):
    """The test above can fail."""
    reading, writing = connect(), connect()
    with reading.cursor() as reader, writing.cursor() as writer:
        reader.execute("SELECT count(*) FROM unified_tracks")
        writer.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            writer.execute("REFRESH MATERIALIZED VIEW unified_tracks")


def test_a_refresh_says_how_many_rows_there_are(connection, listening):
    listening.track("a")
    listening.like("a")
    with connection, connection.cursor() as cursor:
        rows = {view.name: refresh_view(cursor, view) for view in load_views() if view.is_materialized}
    assert rows["unified_tracks"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "-- kind: table\nSELECT 1",
        "-- kind: materialized view\nSELECT 1",
        "-- kind: view\n-- unique: a\nSELECT 1",
    ],
)
def test_a_file_without_a_proper_header_is_refused(tmp_path, text):
    (tmp_path / "01_odd.sql").write_text(text)
    with pytest.raises(ValueError, match=r"01_odd\.sql"):
        load_views(tmp_path)


def test_the_zones_that_settings_accept_are_known_to_the_database(connection):
    """A zone that only Python knew would break every refresh."""
    zones = [name for name in zoneinfo.available_timezones() if is_time_zone(name)]
    assert len(zones) > 400
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s) AS name WHERE name NOT IN (SELECT name FROM pg_timezone_names)",
            (zones,),
        )
        unknown = cursor.fetchall()
    assert len(unknown) < 5, "a few may be newer than this server"
