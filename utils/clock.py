"""Time, passed in so that tests need not wait."""

import threading
from datetime import UTC, datetime


class Clock:
    """The real time, and waits that a signal can cut short."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> bool:
        """Wait; return True when `interrupt` cut the wait short."""
        return self._stop.wait(max(seconds, 0.0))

    def interrupt(self) -> None:
        """End the wait under way and all later ones at once."""
        self._stop.set()

    @property
    def is_interrupted(self) -> bool:
        """True once `interrupt` was called: whatever comes next should not begin."""
        return self._stop.is_set()
