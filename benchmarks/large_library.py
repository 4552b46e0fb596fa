"""A large library in a throwaway database: 20,000 tracks of the library, and 1,000,000 plays of ten years, all of the listener `u`."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from utils.database.embedded import server as embedded
from utils.database.migrate import migrate

NOW = datetime(2026, 3, 15, 13, tzinfo=UTC)  # when the last play ended


@contextmanager
def large_library() -> Iterator[tuple[Connection, str]]:
    """An embedded database that holds it, without the views; yields a connection and the address."""
    folder = Path(tempfile.mkdtemp(prefix="mirror-benchmark-"))
    try:
        with (
            embedded.acquire(folder / "postgres") as server,
            closing(psycopg2.connect(server.dsn)) as connection,
        ):
            migrate(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
            yield connection, server.dsn
    finally:
        shutil.rmtree(folder, ignore_errors=True)
