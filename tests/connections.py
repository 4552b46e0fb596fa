"""When the last one has gone: a server process ends a little after its client, and holds its locks until then."""

import os
import signal
import subprocess
import time
from contextlib import closing, suppress

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


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """To those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def parents_of_processes() -> dict[int, int]:
    """pid → its parent's, of all processes."""
    listed = subprocess.run(["ps", "-Ao", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
