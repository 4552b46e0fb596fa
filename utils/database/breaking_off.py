"""Statements that a server does not answer, broken off: for a process that has to end.

The socket is shut down under the statement, which then fails as if the server had gone. libpq's way of asking the server
to cancel it would wait for a server that hangs. The server notices that nobody listens any more by itself: each of
our transactions tells it to look (`transactions.begin`).
"""

import os
import select
import signal
import socket
import threading
import time
from contextlib import suppress
from weakref import WeakKeyDictionary

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, TRANSACTION_STATUS_ACTIVE
from psycopg2.extensions import connection as Connection

from utils import stopping

PATIENCE_S = 0.5  # with one statement, once the process is late
CANCEL_S = 2.0  # for the server to cancel a statement
LOOK_UP_S = 0.2

_busy_since: "WeakKeyDictionary[Connection, float | None]" = WeakKeyDictionary()
_lock = threading.Lock()


def can_be_broken_off(connection: Connection) -> None:
    """What this connection waits for ends when a stop is late."""
    with _lock:
        _busy_since[connection] = None


def cut(connection: Connection) -> None:
    """Let what is under way on this connection fail now, in whatever thread it waits."""
    with suppress(OSError, psycopg2.Error):
        ending = socket.socket(fileno=os.dup(connection.fileno()))
        with ending:
            ending.shutdown(socket.SHUT_RDWR)


def break_off() -> None:
    """Cut the connections that have been busy for too long."""
    now = time.monotonic()
    with _lock:
        for connection, since in list(_busy_since.items()):
            is_busy = (
                not connection.closed and connection.info.transaction_status == TRANSACTION_STATUS_ACTIVE
            )
            if not is_busy:
                _busy_since[connection] = None
            elif since is None:
                _busy_since[connection] = now
            elif now - since > PATIENCE_S:
                cut(connection)


stopping.when_late(break_off)


class WaitForAnswer:
    """A wait callback as psycopg2's `wait_select`: Ctrl-C asks the server to cancel the statement.

    A server that has not done so after CANCEL_S, or a second Ctrl-C, breaks it off: `is_cut`, and the connection is lost.
    """

    def __init__(self) -> None:
        self.is_cut = False

    def __call__(self, connection: Connection) -> None:
        """Wait until the statement has been answered."""
        asking: int | None = None
        asked_at = time.monotonic()
        is_answered = False
        try:
            while not is_answered:
                try:
                    is_answered = _looked(connection)
                    is_late = asking is not None and time.monotonic() - asked_at > CANCEL_S
                except KeyboardInterrupt:  # wherever it finds us: in the wait, or in the look behind it
                    is_late = asking is not None
                    if asking is None:
                        asking, asked_at = _asking_to_cancel(connection), time.monotonic()
                if is_late and not is_answered:
                    self.is_cut = True
                    cut(connection)
        finally:
            if asking is not None:
                os.kill(asking, signal.SIGKILL)
                os.waitpid(asking, 0)


def _looked(connection: Connection) -> bool:
    """Whether the statement has been answered, after some waiting where it has not."""
    state = connection.poll()
    if state != POLL_OK:
        waits = ([connection.fileno()], []) if state == POLL_READ else ([], [connection.fileno()])
        select.select(*waits, [], LOOK_UP_S)
    return state == POLL_OK


def _asking_to_cancel(connection: Connection) -> int:
    """The process that asks the server to cancel what is under way: one of its own, since libpq waits for the server and keeps Python's lock."""
    process = os.fork()
    if process == 0:
        try:
            connection.cancel()
        finally:
            os._exit(0)
    return process
