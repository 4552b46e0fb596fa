"""Runs with a database and no Spotify, for passes whose pages a test makes up."""

from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest

from utils.clock import Clock
from utils.database.connection import Database
from utils.database.steady import SteadyConnection
from utils.job.app_settings import AppSettings
from utils.job.attempt import Attempt
from utils.job.declaration import Options
from utils.job.journal import Journal
from utils.job.opening import Opening
from utils.job.run_log import RunLog
from utils.job.spotify_run import SpotifyRun


class NoCalls:
    """The part of a transport that a batch looks at."""

    requests_made = 0

    def store_calls(self, cursor, client_id):
        pass

    def calls_are_stored(self):
        pass


@pytest.fixture
def make_run(dsn):
    """`make_run(user_id="u")`: a run of that listener's, as a process of its own would have it."""
    with ExitStack() as stack:

        def make(user_id="u", clock=None):
            database = Database(dsn, "test")
            work, journal = (
                stack.enter_context(closing(SteadyConnection(database, clock or Clock()))) for _ in range(2)
            )
            with work.raw, work.raw.cursor() as cursor:
                sql = "INSERT INTO users (user_id, spotify_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
                cursor.execute(sql, (user_id, user_id))
            attempt = Attempt("test_job", clock or Clock(), RunLog("test_job"))
            opening = Opening(attempt, None, database, work, Journal(journal), stack)
            client = SimpleNamespace(transport=NoCalls(), client_id="app")
            return SpotifyRun(opening, Options(), AppSettings(), SimpleNamespace(user_id=user_id), client)

        yield make


@pytest.fixture
def ask(connection):
    """`ask(sql)`: the rows."""

    def run(sql):
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return run
