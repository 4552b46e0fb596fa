"""A connection that outlives trouble: what is tried again, what is not, and what is said of it."""

from contextlib import closing

import psycopg2
import pytest

from tests.clock import FakeClock
from tests.connections import wait_until_alone
from utils.database.breaking_off import cut
from utils.database.connection import Database
from utils.database.steady import WAITS_S, SteadyConnection
from utils.database.trouble import explained
from utils.errors import DatabaseUnavailableError, Stopped
from utils.stopping import in_own_thread

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{}'; END $$"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def steady(dsn, clock):
    with closing(SteadyConnection(Database(dsn, "test"), clock)) as opened:
        with opened.raw, opened.raw.cursor() as cursor:
            cursor.execute("CREATE TABLE noted (number integer)")
        yield opened


@pytest.fixture
def lose(connection, steady):
    """`lose()`: the server ends the connection of the moment."""

    def end():
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 60000)", (steady.raw.info.backend_pid,))

    return end


def noted(steady):
    with steady.transaction() as cursor:
        cursor.execute("SELECT number FROM noted")
        return cursor.fetchall()


def in_trouble_once(code):
    """Notes a number, and fails the first time."""
    calls = []

    def act(cursor):
        calls.append(code)
        cursor.execute("INSERT INTO noted VALUES (1)")
        if len(calls) == 1:
            cursor.execute(RAISE.format(code))
        return len(calls)

    return act


def test_what_is_lost_between_two_transactions_is_made_again(steady, lose, clock):
    before = steady.raw
    lose()
    assert noted(steady) == []
    assert steady.raw is not before
    assert clock.slept == [WAITS_S[0]]


def test_what_is_lost_inside_is_done_again_from_its_start(steady, lose):
    calls = []

    def act(cursor):
        calls.append(1)
        cursor.execute("INSERT INTO noted VALUES (1)")
        if len(calls) == 1:
            lose()
        cursor.execute("INSERT INTO noted VALUES (2)")

    steady.repeat(act)
    assert noted(steady) == [(1,), (2,)]
    assert len(calls) == 2


def test_a_body_that_cannot_be_done_again_fails_and_leaves_nothing(steady, lose):
    def write():
        with steady.transaction() as cursor:
            cursor.execute("INSERT INTO noted VALUES (1)")
            lose()
            cursor.execute("INSERT INTO noted VALUES (2)")

    with pytest.raises(psycopg2.OperationalError):
        write()
    assert noted(steady) == []


@pytest.mark.parametrize("code", ["40P01", "40001", "53300", "57P03"])
def test_what_passes_is_tried_again(steady, code):
    assert steady.repeat(in_trouble_once(code)) == 2
    assert noted(steady) == [(1,)]


@pytest.mark.parametrize("code", ["53100", "25006", "42501", "57014", "55P03", "23505"])
def test_what_does_not_pass_is_not(steady, clock, code):
    with pytest.raises(psycopg2.Error) as caught:
        steady.repeat(in_trouble_once(code))
    assert caught.value.pgcode == code
    assert (noted(steady), clock.slept) == ([], [])


def test_the_attempts_are_bounded(steady, clock, lose):
    said = []
    steady.on_lost = said.append
    lose()
    steady._database = Database("host=127.0.0.1 port=1 dbname=none connect_timeout=1", "'none'")
    with pytest.raises(DatabaseUnavailableError):
        noted(steady)
    assert clock.slept == list(WAITS_S)
    assert "cannot be reached" in said[-1]


def test_a_stop_ends_the_attempts(steady, clock, lose):
    lose()
    steady.on_lost = lambda _why: clock.interrupt("a test")
    with pytest.raises(Stopped, match="a test"):
        noted(steady)


def test_limits_end_with_their_transaction(steady):
    steady.statement_s, steady.lock_s = 77, 66
    names = ("statement_timeout", "lock_timeout", "client_connection_check_interval")
    with steady.transaction() as cursor:
        cursor.execute("SELECT current_setting(n) FROM unnest(%s) AS n", (list(names),))
        assert cursor.fetchall() == [("77s",), ("66s",), ("2s",)]
    with steady.raw, steady.raw.cursor() as cursor:
        cursor.execute("SELECT current_setting(n) FROM unnest(%s) AS n", (list(names),))
        assert cursor.fetchall() == [("0",), ("0",), ("0",)]


def test_a_server_that_cannot_notice_who_has_gone_does_too(steady):
    steady._beginning = "SET LOCAL nothing_like_that = 1"
    assert noted(steady) == []


def test_a_statement_that_waits_is_broken_off_and_the_server_notices(steady, connection, dsn):
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")

        def wait():
            with steady.transaction() as waiting:
                waiting.execute("INSERT INTO noted VALUES (1)")
                waiting.execute("SELECT pg_advisory_xact_lock(1)")

        def is_waiting():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() == (1,):
                cut(steady.raw)
            return False

        with pytest.raises(psycopg2.OperationalError):
            in_own_thread(wait, is_waiting)
        wait_until_alone(dsn)
    assert noted(steady) == []


@pytest.mark.parametrize(
    ("code", "reason", "remedy", "returns"),
    [
        ("53100", "disk is full", "room", 1),
        ("25006", "read-only", "provider", 2),
        ("42501", "may not do this", "owns the tables", 2),
        ("57014", "too long", "statement_timeout_seconds", 1),
        ("55P03", "somebody else holds", "transaction open", 1),
        ("53300", "no more connections", "pooler", 1),
        ("57P01", "shut down", "Try again", 1),
        ("57P03", "shut down", "Try again", 1),
        ("40P01", "got in the way", "Run it again", 1),
        ("08006", "connection to the database was lost", "Run it again", 1),
        ("XX000", "refused or went away", "troubleshooting.md", 1),
    ],
)
def test_what_a_database_says_is_one_line_with_a_remedy(connection, code, reason, remedy, returns):
    with pytest.raises(psycopg2.Error) as caught, connection, connection.cursor() as cursor:
        cursor.execute(RAISE.format(code))
    told = explained(caught.value)
    assert reason in told.reason
    assert remedy in told.remedy
    assert told.exit_code == returns
    assert "\n" not in told.reason
