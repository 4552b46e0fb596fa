"""Shared fixtures of the tests of the rooms: cursors that note their statements, threads, rows by hand, a clock."""

import threading
from contextlib import closing

import psycopg2
import psycopg2.extras
import pytest

from tests.clock import FakeClock


class NotingCursor(psycopg2.extensions.cursor):
    """`NotingCursor.seen` holds the text of every statement."""

    seen: list[str]

    def execute(self, sql, parameters=None):
        self.seen.append(sql if isinstance(sql, str) else sql.decode())
        return super().execute(sql, parameters)


@pytest.fixture
def noting(connection):
    """(a cursor, the statements that went through it)"""

    class Cursor(NotingCursor):
        seen: list[str] = []  # noqa: RUF012 - of this test alone

    with connection, connection.cursor(cursor_factory=Cursor) as cursor:
        yield cursor, Cursor.seen


@pytest.fixture
def cursor(connection):
    """A cursor in one transaction, which nobody commits."""
    with connection.cursor() as opened:
        yield opened


@pytest.fixture
def together():
    """Run functions in threads, all released at once; their results or their errors, in order."""

    def run(*functions):
        barrier = threading.Barrier(len(functions))
        results: list[object] = [None] * len(functions)

        def call(number, function):
            barrier.wait()
            try:
                results[number] = function()
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results[number] = error

        threads = [threading.Thread(target=call, args=item, daemon=True) for item in enumerate(functions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(600)
            assert not thread.is_alive(), "two transactions wait for each other"
        return results

    return run


@pytest.fixture
def connect(dsn):
    """Further connections to the same database."""
    opened = []

    def open_one():
        opened.append(psycopg2.connect(dsn))
        return opened[-1]

    yield open_one
    for connection in opened:
        with closing(connection):
            pass


@pytest.fixture
def clock() -> FakeClock:
    """It is 2026-11-21 12:00 UTC until somebody sleeps."""
    return FakeClock()
