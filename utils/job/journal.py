"""What has to survive a rollback: history, logs, pauses, call counts, capabilities.

It goes over the work's connection while that is at rest, before the first batch and behind the last, and over one of its own, made then,
while a batch is under way. Each method is one transaction, done again where the connection was lost.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from utils.clock import Clock
from utils.database.statements import statement
from utils.database.steady import SteadyConnection
from utils.job.run_log import LogRow

if TYPE_CHECKING:  # it loads requests, which a script that asks only the database does without
    from utils.spotify.transport import Transport

CAPABILITY_AGE = timedelta(days=7)
LIMIT_S = 30  # for a statement, and for a lock

T = TypeVar("T")


class Journal:
    """Writes that do not wait for the work's own transactions."""

    def __init__(self, connection: SteadyConnection, work: SteadyConnection | None = None) -> None:
        """`work`: the connection of the work, which belongs to the main thread."""
        connection.statement_s = connection.lock_s = LIMIT_S
        connection.insists = True
        self._connection = connection
        self._work = work
        self._lock = threading.Lock()  # a replaced token may arrive in any thread

    def run(self, *statements: tuple[str, Mapping[str, object]]) -> list[tuple[Any, ...]]:
        """Execute named statements in one transaction; return the rows of the last one."""

        def execute(cursor: Cursor) -> list[tuple[Any, ...]]:
            for name, parameters in statements:
                cursor.execute(statement(name), parameters)
            return cursor.fetchall() if cursor.description else []

        with self._lock:
            return self._repeat(execute)

    def _repeat(self, act: Callable[[Cursor], T]) -> T:
        """One transaction, over the connection that is free."""
        is_main = threading.current_thread() is threading.main_thread()
        if self._work is not None and is_main and self._work.is_at_rest:
            with self._work.lent(LIMIT_S, LIMIT_S) as lent:
                return lent.repeat(act)
        return self._connection.repeat(act)

    def add_logs(self, user_id: str, run_id: str, rows: list[LogRow]) -> None:
        """Store all lines of a run, in one statement."""
        if not rows:
            return
        values = [(user_id, run_id, number, *row) for number, row in enumerate(rows, start=1)]
        with self._lock:
            self._repeat(
                lambda cursor: execute_values(cursor, statement("logs.add"), values, page_size=len(values))
            )

    def store_calls(self, transport: "Transport", client_id: str) -> None:
        """Store the requests that no batch has taken along, where there are any."""
        if not transport.has_calls:
            return
        with self._lock:
            self._repeat(lambda cursor: transport.store_calls(cursor, client_id))
            transport.calls_are_stored()


class StoredCapabilities:
    """What the app's quota mode offers: learnt once per client id, forgotten after a week."""

    def __init__(self, journal: Journal, client_id: str, clock: Clock) -> None:
        self._journal = journal
        self._client_id = client_id
        self._clock = clock
        self._known: dict[str, bool] | None = None

    def get(self, name: str) -> bool | None:
        """True, False, or None where it has to be tried."""
        if self._known is None:
            now = self._clock.now()
            which = {"client_id": self._client_id, "now": now, "since": now - CAPABILITY_AGE}
            rows = self._journal.run(("api.capabilities", which))
            self._known = {str(capability): bool(is_available) for capability, is_available in rows}
        return self._known.get(name)

    def learn(self, name: str, is_available: bool) -> None:
        """Remember what a try has shown; written only when it is news."""
        if self.get(name) is is_available:
            return
        assert self._known is not None
        self._known[name] = is_available
        self._journal.run(
            (
                "api.learn_capability",
                {
                    "client_id": self._client_id,
                    "capability": name,
                    "is_available": is_available,
                    "now": self._clock.now(),
                },
            )
        )
