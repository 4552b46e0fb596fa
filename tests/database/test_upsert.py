"""Bulk upserts: every row accounted for, unchanged rows untouched, one statement per table and page."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from utils.database.tables import (
    ALBUM_ARTISTS,
    ALBUMS,
    ARTISTS,
    LIKED_TRACKS,
    PLAYS,
    SAVED_ALBUMS,
    SYNC_SEEN,
    TRACK_ARTISTS,
    TRACKS,
)
from utils.database.upsert import Counts, Table, upsert

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
TABLES = (
    ARTISTS,
    ALBUMS,
    ALBUM_ARTISTS,
    TRACKS,
    TRACK_ARTISTS,
    LIKED_TRACKS,
    SAVED_ALBUMS,
    SYNC_SEEN,
    PLAYS,
)


def artist(artist_id, name=None, genres=None, popularity=None, followers=None, image=None):
    return (artist_id, name, genres, popularity, followers, image)


def album(album_id, total=None, synced=None, name=None):
    return (album_id, name, None, None, None, total, None, None, None, None, synced)


def ask(cursor, sql, *parameters):
    cursor.execute(sql, parameters)
    return cursor.fetchall()


def test_inserted_updated_and_unchanged_are_counted(cursor):
    assert upsert(cursor, ARTISTS, [artist("a", "A"), artist("b", "B")]) == Counts(2, 0, 0)
    assert upsert(cursor, ARTISTS, [artist("a", "A"), artist("b", "B2"), artist("c", "C")]) == Counts(1, 1, 1)
    assert upsert(cursor, ARTISTS, [artist("a", "A"), artist("b", "B2")]) == Counts(0, 0, 2)
    assert ask(cursor, "SELECT artist_id, name FROM artists ORDER BY 1") == [
        ("a", "A"),
        ("b", "B2"),
        ("c", "C"),
    ]


def test_counts_add_up():
    assert Counts(1, 2, 3) + Counts(10, 20, 30) == Counts(11, 22, 33)


def test_nothing_is_no_statement(noting):
    cursor, seen = noting
    assert upsert(cursor, ARTISTS, []) == Counts()
    assert upsert(cursor, ARTISTS, iter(())) == Counts()
    assert seen == []


@pytest.mark.parametrize("size", [1, 99, 100, 101, 1000])
def test_a_page_of_any_size_is_one_statement_and_every_row_is_counted(noting, size):
    cursor, seen = noting
    rows = [artist(f"x{number}", "name") for number in range(size)]
    assert upsert(cursor, ARTISTS, rows) == Counts(size, 0, 0)
    assert upsert(cursor, ARTISTS, rows) == Counts(0, 0, size)
    assert len(seen) == 2


def test_unchanged_rows_stay_untouched_on_disk(connection):
    with connection, connection.cursor() as cursor:
        upsert(cursor, ARTISTS, [artist("a", "A", ["x"]), artist("b", "B")])
        before = dict(ask(cursor, "SELECT artist_id, ctid::text || xmin FROM artists"))
    with connection, connection.cursor() as cursor:
        upsert(cursor, ARTISTS, [artist("a", "A", ["x"]), artist("b", "B2")])
        after = dict(ask(cursor, "SELECT artist_id, ctid::text || xmin FROM artists"))
    assert after["a"] == before["a"]
    assert after["b"] != before["b"]


def test_of_rows_with_the_same_key_the_last_counts(cursor):
    rows = [artist("a", "one"), artist("b", "B"), artist("a", "two"), artist("a", "three")]
    assert upsert(cursor, ARTISTS, rows) == Counts(2, 0, 0)
    assert ask(cursor, "SELECT name FROM artists WHERE artist_id = 'a'") == [("three",)]


@pytest.mark.parametrize("genres", [[], ["a"], ["a", "b, c", 'q"uote', "back\\slash", "{}", "NULL", "ü"]])
def test_arrays_come_back_as_they_were(cursor, genres):
    upsert(cursor, ARTISTS, [artist("a", genres=genres), artist("b")])
    assert ask(cursor, "SELECT genres FROM artists ORDER BY artist_id") == [(genres,), (None,)]
    assert upsert(cursor, ARTISTS, [artist("a", genres=genres)]) == Counts(0, 0, 1)


@pytest.mark.parametrize("text", ["%s %(a)s %%", "'; DROP TABLE artists; --", "\\", "x" * 5000, "🎵", "\n\t"])
def test_text_is_only_ever_text(cursor, text):
    upsert(cursor, ARTISTS, [artist("a", text)])
    assert ask(cursor, "SELECT name FROM artists") == [(text,)]


def test_what_spotify_left_out_leaves_what_is_known_alone(cursor):
    full = artist("a", "A", ["rock"], 50, 1000, "https://i/1")
    upsert(cursor, ARTISTS, [full])
    assert upsert(cursor, ARTISTS, [artist("a")]) == Counts(0, 0, 1)
    assert upsert(cursor, ARTISTS, [artist("a", "A2")]) == Counts(0, 1, 0)
    assert ask(cursor, "SELECT name, genres, popularity, follower_count, image_url FROM artists") == [
        ("A2", ["rock"], 50, 1000, "https://i/1")
    ]


def test_an_empty_list_of_genres_is_an_answer_and_counts(cursor):
    upsert(cursor, ARTISTS, [artist("a", genres=["rock"])])
    upsert(cursor, ARTISTS, [artist("a", genres=[])])
    assert ask(cursor, "SELECT genres FROM artists") == [([],)]


@pytest.mark.parametrize("table", [ARTISTS, ALBUMS, TRACKS])
def test_no_null_ever_empties_a_catalogue_column(cursor, table):
    """Each column in turn: filled, then written again as NULL."""
    types = dict(
        ask(
            cursor,
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            table.name,
        )
    )
    value = {"text": "x", "integer": 1, "boolean": True, "ARRAY": ["x"], "timestamp with time zone": NOW}
    if table is TRACKS:
        upsert(cursor, ALBUMS, [album("x")])
    row = ("k", *(value[types[column]] for column in table.columns))
    upsert(cursor, table, [row])
    upsert(cursor, table, [("k", *(None for _ in table.columns))])
    names = ", ".join((*table.key, *table.columns))
    assert ask(cursor, f"SELECT {names} FROM {table.name} WHERE {table.key[0]} = 'k'") == [row]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_declared_tables_are_those_of_the_schema(cursor, table):
    columns = {
        name
        for (name,) in ask(
            cursor, "SELECT column_name FROM information_schema.columns WHERE table_name = %s", table.name
        )
    }
    assert set(table.key + table.columns) <= columns
    key = ask(
        cursor,
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY array_position(i.indkey::smallint[], a.attnum)",
        table.name,
    )
    assert tuple(name for (name,) in key) == table.key


# Albums whose tracks are all here


def synced(cursor, album_id="a"):
    return ask(cursor, "SELECT tracks_synced_at FROM albums WHERE album_id = %s", album_id)[0][0]


def test_the_first_time_that_all_tracks_were_here_counts(cursor):
    upsert(cursor, ALBUMS, [album("a", 10, NOW)])
    assert upsert(cursor, ALBUMS, [album("a", 10, LATER)]) == Counts(0, 0, 1)
    assert synced(cursor) == NOW


def test_an_album_seen_without_its_tracks_stays_complete(cursor):
    upsert(cursor, ALBUMS, [album("a", 10, NOW)])
    upsert(cursor, ALBUMS, [album("a", 10)])
    upsert(cursor, ALBUMS, [album("a")])
    assert synced(cursor) == NOW


def test_an_album_becomes_complete_when_its_tracks_come(cursor):
    upsert(cursor, ALBUMS, [album("a", 10)])
    assert synced(cursor) is None
    upsert(cursor, ALBUMS, [album("a", 10, NOW)])
    assert synced(cursor) == NOW


@pytest.mark.parametrize("total", [9, 11])
def test_an_album_that_has_grown_or_shrunk_has_to_be_read_again(cursor, total):
    upsert(cursor, ALBUMS, [album("a", 10, NOW)])
    upsert(cursor, ALBUMS, [album("a", total)])
    assert synced(cursor) is None
    upsert(cursor, ALBUMS, [album("a", 12, LATER)])
    assert synced(cursor) == LATER, "grown again, and complete at once"


# Plays


def test_a_stored_play_stays_as_it_is(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    upsert(cursor, TRACKS, [("t", *[None] * 8)])
    cursor.execute(
        "INSERT INTO plays (user_id, played_at, item_key, ms_played, source) VALUES ('u', %s, 'k', 5, 'export')",
        (NOW,),
    )
    assert upsert(cursor, PLAYS, [("u", NOW, "k", "t", "api", "spotify:album:a")]) == Counts(0, 1, 0)
    assert upsert(cursor, PLAYS, [("u", NOW, "k", None, "api", None)]) == Counts(0, 0, 1)
    assert ask(cursor, "SELECT track_id, source, context_uri, ms_played FROM plays") == [
        ("t", "export", "spotify:album:a", 5)
    ]


def test_the_same_track_at_two_moments_is_two_plays(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    rows = [("u", NOW + timedelta(milliseconds=ms), "k", None, "api", None) for ms in (0, 1)]
    assert upsert(cursor, PLAYS, rows) == Counts(2, 0, 0)


def test_what_was_removed_comes_back(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    upsert(cursor, TRACKS, [("t", *[None] * 8)])
    upsert(cursor, LIKED_TRACKS, [("u", "t", NOW, None)])
    cursor.execute("UPDATE liked_tracks SET removed_at = %s", (NOW,))
    assert upsert(cursor, LIKED_TRACKS, [("u", "t", LATER, None)]) == Counts(0, 1, 0)
    assert ask(cursor, "SELECT liked_at, removed_at FROM liked_tracks") == [(LATER, None)]


def test_a_key_alone_is_written_once(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    assert upsert(cursor, SYNC_SEEN, [("u", "x", "1"), ("u", "x", "1")]) == Counts(1, 0, 0)
    assert upsert(cursor, SYNC_SEEN, [("u", "x", "1"), ("u", "x", "2")]) == Counts(1, 0, 1)


# Several at once


@pytest.mark.parametrize("seed", range(3))
def test_jobs_that_write_the_same_rows_in_another_order_do_not_deadlock(connect, together, seed):
    rows = [artist(f"x{number}", "before") for number in range(300)]

    def writer(number):
        connection = connect()
        shuffled = random.Random(f"{seed}{number}").sample(rows, len(rows))

        def write():
            with connection, connection.cursor() as cursor:
                for round_ in range(3):
                    upsert(cursor, ARTISTS, [(row[0], f"{number} {round_}", *row[2:]) for row in shuffled])
            return "done"

        return write

    assert together(*(writer(number) for number in range(4))) == ["done"] * 4


def test_jobs_that_write_the_same_credits_in_another_order_do_not_deadlock(connect, together):
    """Keys of text and numbers have one order, too."""
    table = Table("album_artists", ("album_id", "position"), ("artist_id",))
    with connect() as connection, connection.cursor() as cursor:
        upsert(cursor, ARTISTS, [artist("a"), artist("b")])
        upsert(cursor, ALBUMS, [album("x")])

    def writer(artist_id, order):
        connection = connect()

        def write():
            for _ in range(5):
                with connection, connection.cursor() as cursor:
                    upsert(cursor, table, [("x", position, artist_id) for position in order])
            return "done"

        return write

    order = [2, 9, 10, 100, 0, 1]
    assert together(writer("a", order), writer("b", order[::-1])) == ["done", "done"]
