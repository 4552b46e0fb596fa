"""Bulk upserts: every row accounted for, unchanged rows untouched, one statement per table and page."""

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints

import pytest

from api_syncs.chain import CHAIN
from api_syncs.liked_tracks import LikedTrack
from api_syncs.track_plays import Play
from utils.database.rows import Counts, Row, read, upsert, upsert_news
from utils.database.tables import (
    Album,
    AlbumArtist,
    AlbumTrack,
    Artist,
    EnrichedArtist,
    ListedTrack,
    Track,
    TrackArtist,
)
from utils.mirror.passes import SeenItem

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


TYPES = {
    str: ("text",),
    int: ("integer", "bigint"),
    bool: ("boolean",),
    list: ("ARRAY",),
    date: ("date",),
    datetime: ("timestamp with time zone",),
}


def options(hint):
    """The members of a union; else the hint itself."""
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


def every_row_type(base=Row):
    """All that the product declares, once its scripts are imported."""
    for module in (step.module for step in CHAIN):
        import_module(module)
    return sorted(
        {kind for sub in base.__subclasses__() for kind in (sub, *every_row_type(sub))},
        key=lambda kind: kind.__name__,
    )


def artist(artist_id, name=None, genres=None, popularity=None, followers=None, image=None):
    return Artist(artist_id, name, genres, popularity, followers, image)


def album(album_id, total=None, synced=None, name=None):
    return Album(album_id, name, total_tracks=total, tracks_synced_at=synced)


def ask(cursor, sql, *parameters):
    cursor.execute(sql, parameters)
    return cursor.fetchall()


def test_inserted_updated_and_unchanged_are_counted(cursor):
    assert upsert(cursor, [artist("a", "A"), artist("b", "B")]) == Counts(2, 0, 0)
    assert upsert(cursor, [artist("a", "A"), artist("b", "B2"), artist("c", "C")]) == Counts(1, 1, 1)
    assert upsert(cursor, [artist("a", "A"), artist("b", "B2")]) == Counts(0, 0, 2)
    assert ask(cursor, "SELECT artist_id, name FROM artists ORDER BY 1") == [
        ("a", "A"),
        ("b", "B2"),
        ("c", "C"),
    ]


def test_counts_add_up():
    assert Counts(1, 2, 3) + Counts(10, 20, 30) == Counts(11, 22, 33)


def test_nothing_is_no_statement(noting):
    cursor, seen = noting
    assert upsert(cursor, []) == Counts()
    assert upsert(cursor, iter(())) == Counts()
    assert seen == []


@pytest.mark.parametrize("size", [1, 99, 100, 101, 1000])
def test_a_page_of_any_size_is_one_statement_and_every_row_is_counted(noting, size):
    cursor, seen = noting
    rows = [artist(f"x{number}", "name") for number in range(size)]
    assert upsert(cursor, rows) == Counts(size, 0, 0)
    assert upsert(cursor, rows) == Counts(0, 0, size)
    assert len(seen) == 2


def test_unchanged_rows_stay_untouched_on_disk(connection):
    with connection, connection.cursor() as cursor:
        upsert(cursor, [artist("a", "A", ["x"]), artist("b", "B")])
        before = dict(ask(cursor, "SELECT artist_id, ctid::text || xmin FROM artists"))
    with connection, connection.cursor() as cursor:
        upsert(cursor, [artist("a", "A", ["x"]), artist("b", "B2")])
        after = dict(ask(cursor, "SELECT artist_id, ctid::text || xmin FROM artists"))
    assert after["a"] == before["a"]
    assert after["b"] != before["b"]


def test_of_rows_with_the_same_key_the_last_counts(cursor):
    rows = [artist("a", "one"), artist("b", "B"), artist("a", "two"), artist("a", "three")]
    assert upsert(cursor, rows) == Counts(2, 0, 0)
    assert ask(cursor, "SELECT name FROM artists WHERE artist_id = 'a'") == [("three",)]


@pytest.mark.parametrize("genres", [[], ["a"], ["a", "b, c", 'q"uote', "back\\slash", "{}", "NULL", "ü"]])
def test_arrays_come_back_as_they_were(cursor, genres):
    upsert(cursor, [artist("a", genres=genres), artist("b")])
    assert ask(cursor, "SELECT genres FROM artists ORDER BY artist_id") == [(genres,), (None,)]
    assert upsert(cursor, [artist("a", genres=genres)]) == Counts(0, 0, 1)


@pytest.mark.parametrize("text", ["%s %(a)s %%", "'; DROP TABLE artists; --", "\\", "x" * 5000, "🎵", "\n\t"])
def test_text_is_only_ever_text(cursor, text):
    upsert(cursor, [artist("a", text)])
    assert ask(cursor, "SELECT name FROM artists") == [(text,)]


def test_what_spotify_left_out_leaves_what_is_known_alone(cursor):
    full = artist("a", "A", ["rock"], 50, 1000, "https://i/1")
    upsert(cursor, [full])
    assert upsert(cursor, [artist("a")]) == Counts(0, 0, 1)
    assert upsert(cursor, [artist("a", "A2")]) == Counts(0, 1, 0)
    assert ask(cursor, "SELECT name, genres, popularity, follower_count, image_url FROM artists") == [
        ("A2", ["rock"], 50, 1000, "https://i/1")
    ]


def test_an_empty_list_of_genres_is_an_answer_and_counts(cursor):
    upsert(cursor, [artist("a", genres=["rock"])])
    upsert(cursor, [artist("a", genres=[])])
    assert ask(cursor, "SELECT genres FROM artists") == [([],)]


@pytest.mark.parametrize("kind", [Artist, Album, Track])
def test_no_null_ever_empties_a_catalogue_column(cursor, kind):
    """Each column in turn: filled, then written again as NULL."""
    table = kind.table
    types = dict(
        ask(
            cursor,
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            table.name,
        )
    )
    value = {"text": "x", "integer": 1, "boolean": True, "ARRAY": ["x"], "timestamp with time zone": NOW}
    if kind is Track:
        upsert(cursor, [album("x")])
    row = ("k", *(value[types[column]] for column in table.columns))
    upsert(cursor, [kind(*row)])
    upsert(cursor, [kind("k")])
    names = ", ".join((*table.key, *table.columns))
    assert ask(cursor, f"SELECT {names} FROM {table.name} WHERE {table.key[0]} = 'k'") == [row]


@pytest.mark.parametrize("kind", every_row_type(), ids=lambda kind: kind.__name__)
def test_a_row_type_is_its_table(cursor, kind):
    """The columns are there, and of the types that are declared; the key is the table's."""
    table = kind.table
    stored = dict(
        ask(
            cursor,
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            table.name,
        )
    )
    hints = get_type_hints(kind)
    for column in table.key + table.columns:
        [plain] = {get_origin(hint) or hint for hint in options(hints[column])} - {NoneType}
        assert stored[column] in TYPES[plain], f"{table.name}.{column}"
    key = ask(
        cursor,
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY array_position(i.indkey::smallint[], a.attnum)",
        table.name,
    )
    if table.unique:
        (definition,) = ask(
            cursor,
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND indisunique",
            table.name,
        )
        assert f"({table.unique})" in definition[0].replace("(part)::bigint", "part")
        assert all(re.search(rf"\b{column}\b", table.unique) for column in table.key)
    else:
        assert tuple(name for (name,) in key) == table.key


# Albums whose tracks are all here


def synced(cursor, album_id="a"):
    return ask(cursor, "SELECT tracks_synced_at FROM albums WHERE album_id = %s", album_id)[0][0]


def test_the_first_time_that_all_tracks_were_here_counts(cursor):
    upsert(cursor, [album("a", 10, NOW)])
    assert upsert(cursor, [album("a", 10, LATER)]) == Counts(0, 0, 1)
    assert synced(cursor) == NOW


def test_an_album_seen_without_its_tracks_stays_complete(cursor):
    upsert(cursor, [album("a", 10, NOW)])
    upsert(cursor, [album("a", 10)])
    upsert(cursor, [album("a")])
    assert synced(cursor) == NOW


def test_an_album_becomes_complete_when_its_tracks_come(cursor):
    upsert(cursor, [album("a", 10)])
    assert synced(cursor) is None
    upsert(cursor, [album("a", 10, NOW)])
    assert synced(cursor) == NOW


@pytest.mark.parametrize("total", [9, 11])
def test_an_album_that_has_grown_or_shrunk_has_to_be_read_again(cursor, total):
    upsert(cursor, [album("a", 10, NOW)])
    upsert(cursor, [album("a", total)])
    assert synced(cursor) is None
    upsert(cursor, [album("a", 12, LATER)])
    assert synced(cursor) == LATER, "grown again, and complete at once"


# Plays


def test_a_stored_play_stays_as_it_is(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    cursor.execute(
        "INSERT INTO plays (user_id, played_at, item_key, ms_played, source) VALUES ('u', %s, 'k', 5, 'export')",
        (NOW,),
    )
    assert upsert(cursor, [Play("u", NOW, "k", -1, "api", "spotify:album:a")]) == Counts(0, 1, 0)
    assert upsert(cursor, [Play("u", NOW, "k", -1, "api", None)]) == Counts(0, 0, 1)
    assert ask(cursor, "SELECT source, context_uri, ms_played FROM plays") == [
        ("export", "spotify:album:a", 5)
    ]


def test_the_tracks_of_plays_are_noted_in_the_statement_that_writes_them(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u'), ('v', 'v')")
    upsert(cursor, [Track("a"), Track("b"), Track("c")])
    keys = ["spotify:track:b", "spotify:track:a", "spotify:track:b", "spotify:episode:c", "hash"]
    rows = [Play("u", NOW + timedelta(hours=n), key, -1, "api", None) for n, key in enumerate(keys)]
    assert upsert(cursor, [*rows, Play("v", NOW, "spotify:track:a", -1, "api", None)]) == Counts(6, 0, 0)
    noted = [("u", "a"), ("u", "b"), ("v", "a")]
    assert ask(cursor, "SELECT user_id, track_id FROM played_tracks ORDER BY 1, 2") == noted
    later = [Play("u", LATER, key, -1, "api", None) for key in ("spotify:track:a", "spotify:track:c")]
    assert upsert(cursor, [*rows, *later]) == Counts(2, 0, 5)
    assert ask(cursor, "SELECT user_id, track_id FROM played_tracks ORDER BY 1, 2") == [
        *noted[:2],
        ("u", "c"),
        noted[2],
    ]


def test_the_same_track_at_two_moments_is_two_plays(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    rows = [Play("u", NOW + timedelta(milliseconds=ms), "k", -1, "api", None) for ms in (0, 1)]
    assert upsert(cursor, rows) == Counts(2, 0, 0)


def test_what_was_removed_comes_back(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    upsert(cursor, [Track("t")])
    upsert(cursor, [LikedTrack("u", "t", NOW, None)])
    cursor.execute("UPDATE liked_tracks SET removed_at = %s", (NOW,))
    assert upsert(cursor, [LikedTrack("u", "t", LATER, None)]) == Counts(0, 1, 0)
    assert ask(cursor, "SELECT liked_at, removed_at FROM liked_tracks") == [(LATER, None)]


def test_a_key_alone_is_written_once(cursor):
    cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    assert upsert(cursor, [SeenItem("u", "x", "1"), SeenItem("u", "x", "1")]) == Counts(1, 0, 0)
    assert upsert(cursor, [SeenItem("u", "x", "1"), SeenItem("u", "x", "2")]) == Counts(1, 0, 1)


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
                    upsert(cursor, [replace(row, name=f"{number} {round_}") for row in shuffled])
            return "done"

        return write

    assert together(*(writer(number) for number in range(4))) == ["done"] * 4


def test_jobs_that_write_the_same_credits_in_another_order_do_not_deadlock(connect, together):
    """Keys of text and numbers have one order, too."""
    with connect() as connection, connection.cursor() as cursor:
        upsert(cursor, [artist("a"), artist("b")])
        upsert(cursor, [album("x")])

    def writer(artist_id, order):
        connection = connect()

        def write():
            for _ in range(5):
                with connection, connection.cursor() as cursor:
                    upsert(cursor, [AlbumArtist("x", position, artist_id) for position in order])
            return "done"

        return write

    order = [2, 9, 10, 100, 0, 1]
    assert together(writer("a", order), writer("b", order[::-1])) == ["done", "done"]


# What many write is read first


CATALOGUE = (Artist, EnrichedArtist, Album, Track, ListedTrack, AlbumArtist, TrackArtist, AlbumTrack)


def some_value(luck, hint):
    """A value of a column: of a few that are easily the same again."""
    if NoneType in options(hint) and luck.random() < 0.3:
        return None
    kind = next(each for each in options(hint) if each is not NoneType)
    if kind is int:
        return luck.choice([0, 1, 50])
    if kind is bool:
        return luck.random() < 0.5
    if kind is datetime:
        return luck.choice([NOW, LATER, NOW - timedelta(days=30)])
    if kind is str:
        return luck.choice(["", "a", "b %s", "ü"])
    return luck.choice([[], ["a"], ["a", "b"]])


def some_rows(luck, kind):
    """Rows of a type, whose ids are few; of credits, all of an owner's."""
    hints = get_type_hints(kind)
    columns = [name for name in kind.table.columns if not name.endswith("_id")]
    found = []
    for number in luck.sample(range(5), luck.randint(1, 5)):
        for position in range(luck.randint(1, 3) if kind.table.is_exact else 1):
            key = {name: position if hints[name] is int else f"{name}{number}" for name in kind.table.key}
            other = {
                name: f"{name}{luck.randrange(5)}" for name in kind.table.columns if name.endswith("_id")
            }
            values = {name: some_value(luck, hints[name]) for name in columns}
            found.append(kind(**key, **other, **values))
    return found


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_reading_first_gives_what_an_upsert_gives(connection, kind, seed):
    """The same counts, the same rows, and the same ones of them untouched."""
    luck = random.Random(seed)
    table = kind.table.name
    with connection.cursor() as cursor:
        for name in ("artist", "album", "track"):
            if table != f"{name}s":
                values = [f"{name}_id{number}" for number in range(5)]
                cursor.execute(f"INSERT INTO {name}s ({name}_id) SELECT unnest(%s)", (values,))
        for _ in range(12):
            rows = some_rows(luck, kind)
            results = []
            for write in (upsert, upsert_news):
                cursor.execute("SAVEPOINT before")
                counts = write(cursor, rows)
                cursor.execute(f"SELECT t::text FROM {table} AS t ORDER BY 1")
                results.append((counts, cursor.fetchall()))
                if write is upsert:
                    cursor.execute("ROLLBACK TO SAVEPOINT before")
            assert results[0] == results[1]


def test_what_is_known_is_not_even_locked(connect):
    """Two jobs that meet the same artists do not wait for each other, whatever else their transactions do."""
    first, second = connect(), connect()
    rows = [artist(f"a{number}", "A") for number in range(3)]
    with first, first.cursor() as cursor:
        upsert(cursor, rows)
    with first.cursor() as cursor, second, second.cursor() as other:
        assert upsert_news(cursor, rows) == Counts(unchanged=3)
        other.execute("SET LOCAL lock_timeout = '2s'; SELECT 1 FROM artists FOR UPDATE")
        assert other.rowcount == 3
    first.rollback()


@pytest.mark.parametrize("given", [[], ["a0", "a1", "a2"]])
def test_what_is_written_once_more_later_is_locked_all_the_same_and_stays_as_it_is(connect, given):
    first, second = connect(), connect()
    rows = [artist(f"a{number}", "A") for number in range(3)]
    with first, first.cursor() as cursor:
        upsert(cursor, rows)
    with first.cursor() as cursor, second, second.cursor() as other:
        again = [row for row in rows if row.artist_id in given]
        assert upsert_news(cursor, again, [Artist("a1")]) == Counts(unchanged=len(again) or 1)
        other.execute("SELECT artist_id, name FROM artists FOR NO KEY UPDATE SKIP LOCKED")
        assert sorted(other.fetchall()) == [("a0", "A"), ("a2", "A")]
        cursor.execute("SELECT name, count(*) FROM artists GROUP BY name")
        assert cursor.fetchall() == [("A", 3)]
    first.rollback()


def test_rows_of_two_types_in_one_write_are_refused(cursor):
    with pytest.raises(TypeError, match="Artist and Album"):
        upsert(cursor, [artist("a"), album("x")])


def test_a_key_comes_first_in_its_order():
    with pytest.raises(TypeError, match="come first"):

        class Odd(Row, table="odd", key=("b",)):
            a: str
            b: str


def test_rows_are_read_by_the_names_of_their_columns(cursor):
    upsert(cursor, [artist("a", "A", popularity=5)])
    cursor.execute("SELECT popularity, name, artist_id FROM artists")
    assert read(cursor, Artist) == [Artist("a", "A", popularity=5)]
    cursor.execute("SELECT artist_id, 1 AS nonsense FROM artists")
    with pytest.raises(TypeError, match="nonsense"):
        read(cursor, Artist)
