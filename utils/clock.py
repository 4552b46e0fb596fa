"""Time, passed in so that tests need not wait, and which stored moments are believed."""

import threading
import time
from datetime import UTC, datetime, timedelta

CLOCK_TOLERANCE = timedelta(minutes=5)  # by which the clocks of two machines may differ


class Clock:
    """The real time, and waits that a signal can cut short."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._interrupted_at = 0.0  # as time.monotonic() counts
        self.interrupted_by = ""  # a signal, in words

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> bool:
        """Wait; return True when `interrupt` cut the wait short."""
        return self._stop.wait(max(seconds, 0.0))

    def interrupt(self, reason: str) -> None:
        """End the wait under way and all later ones at once."""
        if not self.is_interrupted:
            self.interrupted_by, self._interrupted_at = reason, time.monotonic()
            self._stop.set()

    @property
    def is_interrupted(self) -> bool:
        """True once `interrupt` was called: whatever comes next should not begin."""
        return self._stop.is_set()

    @property
    def seconds_interrupted(self) -> float:
        """How long ago `interrupt` was called, in real time; 0 where it was not."""
        return time.monotonic() - self._interrupted_at if self.is_interrupted else 0.0


def cannot_be(moment: datetime | None, now: datetime) -> bool:
    """True of a moment that is later than now, by more than two clocks may differ: a clock was wrong when it was noted."""
    return moment is not None and moment > now + CLOCK_TOLERANCE


def believed(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment, or None where it is unknown because it cannot be. In SQL: the function of the same name."""
    return None if cannot_be(moment, now) else moment
