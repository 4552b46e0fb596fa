"""The running-lock: the same job runs once at a time for a listener, wherever it is started."""

import select
from contextlib import closing, suppress

import psycopg2
from psycopg2.extensions import connection as Connection

from utils.database.connection import Database
from utils.database.statements import statement
from utils.errors import Stopped


class RunningLock:
    """A lock of a transaction on a connection of its own: it works through a transaction pooler, and goes when the process goes."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Take it; False where somebody else has it."""
        self._connection = self._database.connect()
        with self._connection.cursor() as cursor:
            cursor.execute(statement("jobs.run_lock"), {"lock": self._name})
            return cursor.fetchone() == (True,)

    def keep(self, is_suspect: bool) -> None:
        """Take it again where its connection was lost, which costs no request to look at.

        `is_suspect`: another connection was lost, so ask over this one. Raises Stopped where somebody else has the lock now.
        """
        if self._connection is not None and self._is_lost(self._connection, is_suspect):
            self._connection.close()
            if not self.take():
                raise Stopped(
                    "the database was away, and another run of this job has begun since; it goes on from the checkpoint"
                )

    def close(self) -> None:
        """Let it go: it is free for a run that begins right after."""
        if self._connection is not None:
            with (
                closing(self._connection),
                suppress(psycopg2.Error),
            ):  # a server that has gone has let go as well
                self._connection.rollback()

    @staticmethod
    def _is_lost(connection: Connection, is_suspect: bool) -> bool:
        if connection.closed:
            return True
        has_news, _, _ = select.select([connection], [], [], 0)  # nobody says anything on it but that it ends
        if not has_news and not is_suspect:
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement("jobs.still_there"))
        except psycopg2.Error:
            return True
        return False
