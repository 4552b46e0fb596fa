"""Time, passed in so that tests need not wait, and which stored moments are believed.

SIMULATED_NOW sets the clock of a whole process, so that months can be simulated through the real scripts: only where
SPOTIFY_API_URL names a simulated Spotify on this machine.
"""

import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

CLOCK_TOLERANCE = timedelta(minutes=5)  # by which the clocks of two machines may differ


SIMULATED = "SIMULATED_NOW"


def why_not_simulated(environ: Mapping[str, str]) -> str:
    """Why the clock is not set by this environment that would set it; empty where it is, and where nobody wants that."""
    wanted = environ.get(SIMULATED, "").strip()
    if not wanted:
        return ""
    if not _is_loopback(environ.get("SPOTIFY_API_URL", "")):
        return "is set, and SPOTIFY_API_URL beside it names no simulated Spotify on this machine"
    return (
        "" if _moment(wanted) else f"is {wanted!r}, not a moment with its zone, such as 2026-11-21T12:00:00Z"
    )


def simulated_shift() -> timedelta:
    """By how much this process's time goes before the real one; nothing where it is not simulated."""
    is_set = not why_not_simulated(os.environ)
    return _shift(os.environ.get(SIMULATED, "").strip()) if is_set else timedelta(0)


@cache
def _shift(wanted: str) -> timedelta:
    """From the first time that anybody asks, simulated time goes on as the real one does."""
    moment = _moment(wanted)
    return moment - datetime.now(UTC) if moment else timedelta(0)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url.strip()).hostname in ("127.0.0.1", "::1", "localhost")
    except ValueError:
        return False


class Clock:
    """The real time, or the simulated one, and waits that a signal can cut short."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._interrupted_at = 0.0  # as time.monotonic() counts
        self.interrupted_by = ""  # a signal, in words
        self._shift = simulated_shift()

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC) + self._shift

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
