"""A connection that outlives its server's restarts: lost between two transactions, it is made again.

Each transaction begins with a statement that sets its limits; where that finds nobody, nothing else has happened yet. What
fails inside a transaction is rolled back, and done again only where the caller gives it as a function (`repeat`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import psycopg2
import psycopg2.errors
from psycopg2 import extensions
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.clock import Clock
from utils.database.connection import Database
from utils.database.statements import statement
from utils.database.trouble import explained, is_passing
from utils.errors import DatabaseUnavailableError, Stopped

WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # between the attempts

T = TypeVar("T")


class SteadyConnection:
    """`raw` is the connection of the moment. `on_lost` is told why another try is made; `on_begin` is called before each transaction,
    and told whether the connection is a new one."""

    def __init__(self, database: Database, clock: Clock, *, is_for_later: bool = False) -> None:
        """Raise DatabaseUnavailableError where there is no database now. `is_for_later`: it is made when it is first wanted."""
        self._raw: Connection | None = None if is_for_later else database.connect()
        self._is_lent = self._has_changed = False
        self.statement_s = 900
        self.lock_s = 60
        self.insists = False  # on one more try although the run is to end
        self.on_lost: Callable[[str], None] = lambda _why: None
        self.on_begin: Callable[[bool], None] = lambda _is_new: None
        self._beginning = statement("transactions.begin")
        self._database = database
        self._clock = clock

    @property
    def raw(self) -> Connection:
        """The connection of the moment."""
        if self._raw is None:
            self._raw = self._database.connect()
        return self._raw

    @property
    def is_at_rest(self) -> bool:
        """Whether there is a connection, and no transaction on it."""
        return (
            self._raw is not None and self._raw.info.transaction_status == extensions.TRANSACTION_STATUS_IDLE
        )

    def close(self) -> None:
        """End it."""
        if self._raw is not None:
            self._raw.close()

    @contextmanager
    def lent(self, statement_s: int, lock_s: int) -> Iterator["SteadyConnection"]:
        """For transactions of somebody else, with these limits: `on_begin` is told nothing of them, and they insist on one more try."""
        kept = self.statement_s, self.lock_s, self.insists
        self.statement_s, self.lock_s, self.insists, self._is_lent = statement_s, lock_s, True, True
        try:
            yield self
        finally:
            self.statement_s, self.lock_s, self.insists = kept
            self._is_lent = False

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """One transaction: committed behind the body, rolled back where that fails."""
        self._attempt(self._begin)
        with self._begun() as cursor:
            yield cursor

    def repeat(self, act: Callable[[Cursor], T]) -> T:
        """One transaction, done again from its start where somebody got in the way, or the connection was lost.

        It may have been committed before that; so doing it twice must come to the same.
        """
        return self._attempt(lambda: self._once(act))

    def _once(self, act: Callable[[Cursor], T]) -> T:
        self._begin()
        with self._begun() as cursor:
            return act(cursor)

    @contextmanager
    def _begun(self) -> Iterator[Cursor]:
        """The transaction that has begun, to its end."""
        try:
            with self.raw.cursor() as cursor:
                yield cursor
        except BaseException:
            with suppress(psycopg2.Error):  # what was lost is rolled back
                self.raw.rollback()
            raise
        self.raw.commit()

    def _begin(self) -> None:
        if self._raw is not None and self._raw.closed:
            self._raw = self._database.connect()
            self._has_changed = True
        if not self._is_lent:
            self.on_begin(self._has_changed)
            self._has_changed = False
        limits = {"statement": f"{self.statement_s}s", "lock": f"{self.lock_s}s"}
        with self.raw.cursor() as cursor:
            try:
                cursor.execute(self._beginning, limits)
            except (psycopg2.errors.InvalidParameterValue, psycopg2.errors.UndefinedObject):
                self.raw.rollback()
                self._beginning = statement("transactions.begin_unwatched")
                cursor.execute(self._beginning, limits)

    def _attempt(self, act: Callable[[], T]) -> T:
        for number, wait_s in enumerate(WAITS_S):
            try:
                return act()
            except DatabaseUnavailableError as error:
                if self._clock.is_interrupted:
                    raise
                why = str(error)
            except psycopg2.Error as error:
                is_over = self._clock.is_interrupted and (number > 0 or not self.insists)
                if is_over or not is_passing(error, self.raw):
                    raise
                why = explained(error).reason
            if self._clock.is_interrupted:
                continue
            self.on_lost(f"{why}; again in {wait_s:.1f} s")
            if self._clock.sleep(wait_s) and not self.insists:
                raise Stopped(f"stopped by {self._clock.interrupted_by} while waiting for the database")
        return act()
