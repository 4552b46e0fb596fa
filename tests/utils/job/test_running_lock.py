"""The running-lock outlives its connection, unless somebody else has begun."""

from contextlib import closing

import pytest

from utils.database.connection import Database
from utils.errors import Stopped
from utils.job.running_lock import RunningLock


@pytest.fixture
def make(dsn):
    return lambda: closing(RunningLock(Database(dsn, "test"), "some_job:u"))


def lose(connection, lock):
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", (lock._connection.info.backend_pid,))


def test_one_at_a_time(make):
    with make() as lock, make() as other:
        assert lock.take()
        assert not other.take()
        lock.close()
        assert other.take()


def test_it_is_taken_again_where_it_was_lost(make, connection):
    with make() as lock, make() as other:
        assert lock.take()
        lock.keep(is_suspect=False)
        lose(connection, lock)
        lock.keep(is_suspect=False)
        assert not other.take()


def test_a_run_ends_where_another_has_begun_meanwhile(make, connection):
    with make() as lock, make() as other:
        assert lock.take()
        lose(connection, lock)
        assert other.take()
        with pytest.raises(Stopped, match="another run of this job has begun"):
            lock.keep(is_suspect=True)
