"""What survives a rollback: logs, call counts, capabilities."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.clock import FakeClock
from utils.database.connection import Database
from utils.database.steady import SteadyConnection
from utils.job.journal import Journal, StoredCapabilities
from utils.job.run_log import RunLog
from utils.spotify.transport import CallCount, add_calls

NOW = datetime(2026, 11, 21, 12, 34, 56, tzinfo=UTC)


@pytest.fixture
def journal(dsn, connection):
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO users (user_id, spotify_id) VALUES ('u', 'u')")
    with closing(SteadyConnection(Database(dsn, "test"), FakeClock(NOW))) as opened:
        yield Journal(opened)


def ask(connection, sql):
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


# Logs and calls


@pytest.mark.parametrize("text", ["fine", "a\x00b", "\ud800", "%s", "x" * 10_000, '"\\', "🎵"])
def test_a_log_line_of_any_text_is_stored(journal, connection, capsys, text):
    log = RunLog("some_job")
    log.logger.warning("%s", text, extra={"data": {"name": text}})
    journal.add_logs("u", str(uuid4()), log.take_rows())
    [(source, level, message, name)] = ask(
        connection, "SELECT source, level, message, extra->>'name' FROM logs"
    )
    assert (source, level) == ("some_job", "WARNING")
    assert message == name == text.replace("\x00", "").replace("\ud800", "?")


def test_many_lines_are_one_statement_and_none_is_none(journal, connection, capsys):
    log = RunLog("some_job")
    for number in range(250):
        log.logger.info("line %s", number)
    journal.add_logs("u", str(uuid4()), log.take_rows())
    journal.add_logs("u", str(uuid4()), [])
    assert ask(
        connection, "SELECT count(*), count(DISTINCT run_id), count(DISTINCT xmin::text) FROM logs"
    ) == [(250, 1, 1)]


def test_lines_stay_in_the_order_in_which_they_were_said(journal, connection):
    said = [(NOW, "some_job", "INFO", f"line {number}", None) for number in range(250)]
    journal.add_logs("*", str(uuid4()), said)
    rows = ask(connection, "SELECT user_id, message FROM logs ORDER BY logged_at, line_number")
    assert rows == [("*", f"line {number}") for number in range(250)]


def test_calls_of_an_hour_add_up(connection):
    with connection, connection.cursor() as cursor:
        add_calls(cursor, "app", {"library": CallCount(3, 1, 0), "plays": CallCount(1, 0, 1)}, NOW)
        add_calls(cursor, "app", {"library": CallCount(2, 0, 1)}, NOW + timedelta(minutes=25))
        add_calls(cursor, "app", {"library": CallCount(5, 0, 0)}, NOW + timedelta(minutes=26))
        add_calls(cursor, "other", {"library": CallCount(7, 0, 0)}, NOW)
        add_calls(cursor, "app", {}, NOW)
    rows = ask(
        connection,
        "SELECT hour AT TIME ZONE 'UTC', client_id, endpoint_group, calls, errors, rate_limited FROM api_calls ORDER BY 1, 2, 3",
    )
    assert rows == [
        (datetime(2026, 11, 21, 12), "app", "library", 5, 1, 1),  # noqa: DTZ001 - as asked for
        (datetime(2026, 11, 21, 12), "app", "plays", 1, 0, 1),  # noqa: DTZ001
        (datetime(2026, 11, 21, 12), "other", "library", 7, 0, 0),  # noqa: DTZ001
        (datetime(2026, 11, 21, 13), "app", "library", 5, 0, 0),  # noqa: DTZ001
    ]


def test_statements_of_one_call_are_one_transaction(journal, connection):
    start = {"run_id": str(uuid4()), "user_id": "u", "job": "j", "started_at": NOW}
    with pytest.raises(KeyError):
        journal.run(("sync_history.start", start), ("sync_history.no_such", {}))
    assert ask(connection, "SELECT count(*) FROM sync_history") == [(0,)]


# Capabilities


def test_a_capability_is_unknown_until_it_is_learnt_and_then_known_to_the_next_run(journal):
    clock = FakeClock(NOW)
    first = StoredCapabilities(journal, "app", clock)
    assert first.get("batch_albums") is None
    first.learn("batch_albums", False)
    assert first.get("batch_albums") is False
    assert StoredCapabilities(journal, "app", clock).get("batch_albums") is False
    assert StoredCapabilities(journal, "another", clock).get("batch_albums") is None


def test_a_capability_is_tried_again_after_a_week(journal):
    clock = FakeClock(NOW)
    StoredCapabilities(journal, "app", clock).learn("batch_albums", False)
    clock.pass_time(days=6, hours=23)
    assert StoredCapabilities(journal, "app", clock).get("batch_albums") is False
    clock.pass_time(hours=1, seconds=1)
    later = StoredCapabilities(journal, "app", clock)
    assert later.get("batch_albums") is None
    later.learn("batch_albums", False)
    clock.pass_time(days=6)
    assert StoredCapabilities(journal, "app", clock).get("batch_albums") is False


def test_what_is_known_is_not_written_again_and_news_is(journal, connection):
    clock = FakeClock(NOW)
    known = StoredCapabilities(journal, "app", clock)
    known.learn("batch_albums", True)
    before = ask(connection, "SELECT xmin::text, is_available FROM api_capabilities")
    known.learn("batch_albums", True)
    assert ask(connection, "SELECT xmin::text, is_available FROM api_capabilities") == before
    known.learn("batch_albums", False)
    assert ask(connection, "SELECT is_available FROM api_capabilities") == [(False,)]
