"""A play stores its track's id once, in item_key: what stands there already, and what says which tracks were played."""

from contextlib import closing

import psycopg2
import pytest

from utils.database.migrate import load_migrations, migrate
from utils.database.views import create_views, load_views

BEFORE = 22  # the last migration with plays.track_id
URI = "spotify:track:{}".format


def ask(connection, sql, *parameters):
    with connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    ("item_key", "track_id"),
    [
        (URI("4uLU6hMCjMI75M1A2tKUQC"), "4uLU6hMCjMI75M1A2tKUQC"),
        (URI("a:b"), "a:b"),
        (URI(""), None),
        ("spotify:episode:4uLU6hMCjMI75M1A2tKUQC", None),
        ("spotify:local:a:b:c:1", None),
        ("SPOTIFY:TRACK:a", None),
        (" spotify:track:a", None),
        ("4uLU6hMCjMI75M1A2tKUQC", None),
        ("", None),
        (None, None),
    ],
)
def test_the_track_of_a_key(connection, item_key, track_id):
    assert ask(connection, "SELECT track_of(%s)", item_key) == [(track_id,)]


def test_the_function_becomes_part_of_the_statement(connection):
    plan = "\n".join(
        line for (line,) in ask(connection, "EXPLAIN VERBOSE SELECT track_of(item_key) FROM plays")
    )
    assert '"right"(item_key' in plan
    assert "track_of" not in plan


@pytest.fixture
def behind(empty_dsn):
    """A database in which plays still have their column track_id, two listeners and three tracks."""
    with closing(psycopg2.connect(empty_dsn)) as connection:
        migrate(connection, load_migrations()[:BEFORE])
        ask(connection, "INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u'), ('v', 'v')")
        ask(connection, "INSERT INTO tracks (track_id) VALUES ('a'), ('b'), ('c')")
        yield connection


def add_play(connection, user_id, hour, item_key, track_id, context_uri=None):
    ask(
        connection,
        "INSERT INTO plays (user_id, played_at, item_key, track_id, source, context_uri) "
        "VALUES (%s, timestamptz '2026-05-01 00:00Z' + make_interval(hours => %s), %s, %s, 'api', %s)",
        user_id,
        hour,
        item_key,
        track_id,
        context_uri,
    )


def test_stored_plays_keep_their_tracks_and_views_that_read_the_column_are_made_anew(behind):
    add_play(behind, "u", 1, URI("a"), "a", "spotify:album:x")
    add_play(behind, "u", 2, URI("a"), "a")
    add_play(behind, "u", 3, "hash of names", None)
    add_play(behind, "v", 1, URI("b"), "b")
    ask(behind, "CREATE VIEW track_catalogue AS SELECT * FROM tracks")
    ask(behind, "CREATE VIEW play_facts AS SELECT * FROM plays")
    ask(behind, "CREATE MATERIALIZED VIEW counted_for AS SELECT user_id, track_id FROM plays")
    migrate(behind)
    with behind, behind.cursor() as cursor:
        assert not create_views(cursor, load_views()), "they are there already"
    facts = "SELECT user_id, track_id, item_key, context_uri FROM play_facts ORDER BY user_id, played_at"
    assert ask(behind, facts) == [
        ("u", "a", URI("a"), "spotify:album:x"),
        ("u", "a", URI("a"), None),
        ("u", None, "hash of names", None),
        ("v", "b", URI("b"), None),
    ]
    assert ask(behind, "SELECT user_id, track_id FROM played_tracks ORDER BY 1, 2") == [
        ("u", "a"),
        ("v", "b"),
    ]


def test_a_play_that_other_hands_have_stored_is_keyed_by_its_tracks_uri(behind):
    add_play(behind, "u", 1, "key of a", "a")  # alone
    add_play(behind, "u", 2, "key of a", "a")  # beside the same play under the URI, and under one more key
    add_play(behind, "u", 2, "other key of a", "a")
    add_play(behind, "u", 2, URI("a"), "a", "spotify:album:x")
    add_play(behind, "u", 2, URI("b"), "b")  # another play of that moment
    add_play(behind, "u", 3, "key of c", "c")  # twice, and neither under the URI
    add_play(behind, "u", 3, "other key of c", "c")
    add_play(behind, "v", 2, "key of a", "a")  # another listener's
    add_play(behind, "v", 3, URI("unknown"), None)  # a track that the catalogue does not have
    migrate(behind)
    plays = "SELECT user_id, extract(hour FROM played_at AT TIME ZONE 'UTC')::integer, item_key FROM plays"
    assert ask(behind, f"{plays} ORDER BY 1, 2, 3") == [
        ("u", 1, URI("a")),
        ("u", 2, URI("a")),
        ("u", 2, URI("b")),
        ("u", 3, URI("c")),
        ("v", 2, URI("a")),
        ("v", 3, URI("unknown")),
    ]
    assert ask(behind, "SELECT user_id, track_id FROM played_tracks ORDER BY 1, 2") == [
        ("u", "a"), ("u", "b"), ("u", "c"), ("v", "a"), ("v", "unknown"),
    ]  # fmt: skip
    assert ask(behind, "SELECT context_uri FROM plays WHERE context_uri IS NOT NULL") == [
        ("spotify:album:x",)
    ]
