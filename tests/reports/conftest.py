"""A database with the schema and the views, its tables empty, for the tests of the reports."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from db import embedded
from db.migrate import migrate
from db.views import create_views, load_views


@pytest.fixture(scope="session")
def dsn() -> Iterator[str]:
    """A server of the session's own, in memory where there is a place for that."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="reports-") as folder:
        server = embedded.acquire(Path(folder) / "postgres", server_settings={"fsync": "off"})
        connection = psycopg2.connect(server.dsn)
        try:
            migrate(connection)
            with connection, connection.cursor() as cursor:
                create_views(cursor, load_views())
        finally:
            connection.close()
        yield server.dsn
        server.release()


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    """A connection whose transaction is rolled back: nothing of a test is left."""
    connection = psycopg2.connect(dsn)
    try:
        yield connection
    finally:
        connection.rollback()
        connection.close()
