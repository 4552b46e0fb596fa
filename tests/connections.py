"""When the last one has gone: a server process ends a little after its client, and holds its locks until then."""

import time
from contextlib import closing

import psycopg2

BY_HAND = "by hand"  # the connection of a test itself, which may stay
PATIENCE_S = 600  # for what could only hang: nothing is ever expected to take that long, on any machine
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> %s"
)


def wait_until_alone(dsn: str) -> None:
    """Wait until nobody else is connected: then the locks of a killed script are free, and its counts are reported."""
    begun = time.monotonic()
    with (
        closing(psycopg2.connect(dsn, application_name=BY_HAND)) as connection,
        connection.cursor() as cursor,
    ):
        connection.autocommit = True
        while time.monotonic() - begun < PATIENCE_S:
            cursor.execute(_OTHERS, (BY_HAND,))
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.02)
    raise AssertionError("a connection is still open")
