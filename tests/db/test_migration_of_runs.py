"""What a migration makes of the rows that are there."""

from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import pytest

from utils.database.migrate import load_migrations, migrate

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Stored:
    """A database as it was before a migration."""

    def __init__(self, connection):
        self.connection = connection

    def up_to(self, version):
        migrate(self.connection, [one for one in load_migrations() if one.version <= version])

    def do(self, sql, *parameters):
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def stored(empty_dsn):
    with closing(psycopg2.connect(empty_dsn)) as connection:
        yield Stored(connection)


def test_events_that_were_written_by_triggers_stay(stored):
    stored.up_to(23)
    stored.do("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    stored.do("INSERT INTO tracks (track_id) VALUES ('a'), ('b')")
    stored.do("INSERT INTO liked_tracks (user_id, track_id, liked_at) VALUES ('u', 'a', %s)", NOW)
    stored.up_to(24)
    stored.do("INSERT INTO liked_tracks (user_id, track_id, liked_at) VALUES ('u', 'b', %s)", NOW)
    assert stored.do("SELECT event, item_id, happened_at FROM library_events") == [("liked", "a", NOW)]


def test_runs_and_their_lines_become_those_of_a_listener(stored):
    stored.up_to(20)
    stored.do("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    runs = {}
    for job, user_id in (("sync", "u"), ("clean", "*"), ("early", None)):
        [(runs[job],)] = stored.do(
            "INSERT INTO sync_history (run_id, user_id, job, started_at, status) "
            "VALUES (gen_random_uuid(), %s, %s, %s, 'done') RETURNING run_id::text",
            user_id,
            job,
            NOW,
        )
    said = [("sync", 1), ("clean", 1), ("sync", 2), ("early", 1), ("sync", 3), ("lost", 1)]
    for job, number in said:  # all of them at the same moment
        stored.do(
            "INSERT INTO logs (logged_at, run_id, source, level, message) VALUES (%s, %s, %s, 'INFO', %s)",
            NOW,
            runs.get(job),
            job,
            f"line {number}",
        )
    stored.up_to(21)
    assert stored.do("SELECT user_id, run_id::text, job FROM sync_history ORDER BY job") == [
        ("*", runs["clean"], "clean"),
        ("*", runs["early"], "early"),
        ("u", runs["sync"], "sync"),
    ]
    lines = stored.do(
        "SELECT user_id, source, run_id::text, message FROM logs ORDER BY source, logged_at, line_number"
    )
    assert lines == [
        ("*", "clean", runs["clean"], "line 1"),
        ("*", "early", runs["early"], "line 1"),
        ("*", "lost", None, "line 1"),
        *(("u", "sync", runs["sync"], f"line {number}") for number in (1, 2, 3)),
    ]
    assert stored.do("SELECT count(DISTINCT log_id) FROM logs") == [(len(said),)]
